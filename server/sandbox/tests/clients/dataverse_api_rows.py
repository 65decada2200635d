"""dataverse-api, unmodified: rows one by one, in bulk and in batches with bare line feeds, upserts, columns, metadata."""

import json
import sys

import requests
from dataverse_api.dataverse import DataverseClient

ready = json.load(open(sys.argv[1]))
facts = ready["dataverse"]
session = requests.Session()
session.headers["Authorization"] = f"Bearer {facts['users']['system-administrator']['token']}"
account = DataverseClient(session, facts["url"]).entity("account")


def step(name):
    print("  ", name)


step("definition, keys, sdkmessagefilters, relationships")
assert account.entity_set_name == "accounts" and account.primary_id_attr == "accountid"
assert account.alternate_keys == {"amb_externalkey": ["amb_externalkey"]}, account.alternate_keys
assert account.supports_create_multiple and account.supports_update_multiple
assert "primarycontactid" in account.relationships.single_valued
assert "contact_customer_accounts" in account.relationships.collection_valued

step("create one by one, in bulk, in a batch")
for number, mode in enumerate(["individual", "multiple", "batch"]):
    account.create([{"name": f"{mode} {i}", "accountnumber": str(number)} for i in range(3)], mode=mode)
rows = account.read(select=["name", "accountnumber"], order_by="name", page_size=2)
assert len(rows) == 9, rows
assert len(account.read(select=["name"], filter="accountnumber eq '2'", top=2)) == 2

step("upsert one by one and in a batch")
for mode in ["individual", "batch"]:
    account.upsert([{"amb_externalkey": k, "name": mode} for k in "ab"], mode=mode, altkey_name="amb_externalkey")
rows = account.read(select=["name"], filter="amb_externalkey ne null")
assert [r["name"] for r in rows] == ["batch", "batch"], rows

step("delete columns and rows")
account.delete_columns(filter="amb_externalkey eq 'a'", columns=["name"], mode="individual")
account.delete_columns(filter="amb_externalkey eq 'b'", columns=["name"], mode="batch")
assert [r["name"] for r in account.read(select=["name"], filter="amb_externalkey ne null")] == [None, None]
account.delete(filter="accountnumber eq '0'", mode="individual")
account.delete(filter="accountnumber eq '1'", mode="batch")
assert len(account.read(select=["name"])) == 5
print("dataverse-api ok")

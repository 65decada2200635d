"""PowerPlatform-Dataverse-Client, unmodified: rows, bulk, queries, batches, metadata."""

import json
import os
import sys
import time

ready = json.load(open(sys.argv[1]))
os.environ["REQUESTS_CA_BUNDLE"] = ready["ca_file"]

from azure.core.credentials import AccessToken  # noqa: E402
from PowerPlatform.Dataverse.client import DataverseClient  # noqa: E402
from PowerPlatform.Dataverse.core.errors import HttpError  # noqa: E402
from PowerPlatform.Dataverse.models.filters import col  # noqa: E402
from PowerPlatform.Dataverse.models.query_builder import ExpandOption  # noqa: E402
from PowerPlatform.Dataverse.models.upsert import UpsertItem  # noqa: E402

facts = ready["dataverse"]


class Credential:
    """A token the sandbox printed."""

    def get_token(self, *scopes, **_):
        assert scopes[0] == f"{facts['https_url']}/.default", scopes
        return AccessToken(facts["users"]["system-administrator"]["token"], int(time.time()) + 3000)


client = DataverseClient(facts["https_url"], Credential())


def step(name):
    print("  ", name)


step("create, retrieve, update, delete")
first = client.records.create("account", {"name": "Northwind", "revenue": 12.5})
row = client.records.retrieve("account", first, select=["name", "revenue"])
assert row["name"] == "Northwind" and row["revenue"] == 12.5, row
client.records.update("account", first, {"name": "South"})
assert client.records.retrieve("account", first, select=["name"])["name"] == "South"

step("CreateMultiple, UpdateMultiple")
ids = client.records.create("account", [{"name": f"n{i}"} for i in range(5)])
assert len(ids) == 5
client.records.update("account", ids, {"telephone1": "1"})

step("lookup by odata.bind, expand")
person = client.records.create("contact", {"lastname": "Lee", "parentcustomerid_account@odata.bind": f"/accounts({first})"})
row = client.records.retrieve("contact", person, select=["lastname"], expand=["parentcustomerid_account($select=name)"])
assert row["parentcustomerid_account"]["name"] == "South", row

step("query builder, filters, order, paging")
rows = client.query.builder("account").select("name").where(col("name").startswith("n")).order_by("name", descending=True).execute()
assert [r["name"] for r in rows] == ["n4", "n3", "n2", "n1", "n0"], rows
pages = list(client.query.builder("account").select("name").order_by("name").page_size(2).execute_pages())
assert [len(list(page)) for page in pages] == [2, 2, 2], pages
rows = client.query.builder("account").select("name").where((col("telephone1") == "1") & col("name").in_(["n1", "n2"])).execute()
assert sorted(r["name"] for r in rows) == ["n1", "n2"]
rows = client.query.builder("account").select("name").where(col("name") == "South").expand(
    ExpandOption("contact_customer_accounts").select("lastname")).execute()
assert [r["contact_customer_accounts"][0]["lastname"] for r in rows] == ["Lee"]
rows = client.records.list("account", filter="name eq 'South'", select=["name"])
assert len(list(rows)) == 1

step("upsert by alternate key")
for name in ["one", "two"]:
    client.records.upsert("account", [UpsertItem(alternate_key={"amb_externalkey": "K1"}, record={"name": name})])
client.records.upsert("account", [
    UpsertItem(alternate_key={"amb_externalkey": "K1"}, record={"name": "three"}),
    UpsertItem(alternate_key={"amb_externalkey": "K2"}, record={"name": "other"})])
rows = list(client.records.list("account", filter="amb_externalkey ne null", select=["name"]))
assert sorted(r["name"] for r in rows) == ["other", "three"], rows

step("FetchXML")
xml = "<fetch><entity name='account'><attribute name='name'/><filter><condition attribute='name' operator='like' value='n%'/></filter><order attribute='name'/></entity></fetch>"
assert [r["name"] for r in client.query.fetchxml(xml).execute()] == ["n0", "n1", "n2", "n3", "n4"]

step("batch with and without a change set")
batch = client.batch.new()
batch.records.create("account", {"name": "b1"})
with batch.changeset() as change:
    account = change.records.create("account", {"name": "b2"})
    change.records.create("contact", {"lastname": "b3", "parentcustomerid_account@odata.bind": account})
batch.records.retrieve("account", first, select=["name"])
result = batch.execute()
assert result.has_errors is False and len(result.responses) == 4, result
batch = client.batch.new()
with batch.changeset() as change:
    change.records.create("account", {"name": "gone"})
    change.records.update("account", "00000000-0000-0000-0000-00000000000f", {"nothing": "x"})
batch.records.create("account", {"name": "stays"})
result = batch.execute(continue_on_error=True)
assert result.has_errors and len(result.failed) == 1, result
assert [r["name"] for r in client.records.list("account", filter="name eq 'gone' or name eq 'stays'", select=["name"])] == ["stays"]

step("metadata")
info = client.tables.get("account")
assert info.logical_name == "account" and info.entity_set_name == "accounts", info
assert any(c["LogicalName"] == "revenue" for c in client.tables.list_columns("account"))
assert client.tables.get_alternate_keys("account")
assert any(r["ReferencingEntityNavigationPropertyName"] == "parentcustomerid_account"
           for r in client.tables.list_table_relationships("contact") if r.get("ReferencingEntityNavigationPropertyName"))
assert client.tables.get("nothing_at_all") is None

step("errors carry the codes of the product")
try:
    client.records.retrieve("account", "00000000-0000-0000-0000-00000000000f", select=["name"])
except HttpError as error:
    assert error.status_code == 404 and error.details["service_error_code"] == "0x80040217", error.details
try:
    client.query.sql("SELECT name FROM account")
    raise SystemExit("SQL is not supported and must not be answered")
except HttpError as error:
    assert error.status_code == 501, error

step("delete")
client.records.delete("contact", person)
client.records.delete("account", first)
print("PowerPlatform-Dataverse-Client ok")

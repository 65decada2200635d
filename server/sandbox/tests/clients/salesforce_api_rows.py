"""salesforce-api, unmodified, over https: client credentials by Basic header, rows, pages, metadata, versions, errors."""

import json
import os
import sys

ready = json.load(open(sys.argv[1]))
facts = ready["salesforce"]
os.environ["REQUESTS_CA_BUNDLE"] = ready["ca_file"]

from salesforce_api import Salesforce, exceptions

domain = facts["https_url"].removeprefix("https://")


def client(secret):
    return Salesforce(domain=domain, client_id=facts["client_id"], client_secret=secret, api_version="66.0")


def refused(error, call, *arguments):
    try:
        call(*arguments)
    except error as refusal:
        return refusal
    raise AssertionError(f"{error.__name__} expected")


refused(exceptions.AuthenticationInvalidClientSecretError, client, "wrong")
sf = client(facts["client_secret"])
account = sf.sobjects.Account.insert({"Name": "X"})
assert account["success"]
assert sf.sobjects.Account.get(account["id"])["Name"] == "X"
assert sf.sobjects.Account.update(account["id"], {"Name": "Y"})
assert sf.sobjects.Contact.upsert("Email", "z@b.example", {"LastName": "z"})
assert [row["Name"] for row in sf.sobjects.query("SELECT Name FROM Account")] == ["Y"]
assert sf.sobjects.Account.metadata()["objectDescribe"]["keyPrefix"] == "001"
assert any(field["name"] == "Name" for field in sf.sobjects.Account.describe()["fields"])
assert {"Account", "Contact"} <= {entry["name"] for entry in sf.sobjects.describe()["sobjects"]}
assert any(version["version"] == "66.0" for version in sf.basic.versions())
assert sf.basic.resources()["query"].endswith("/query")
assert sf.basic.limits()["DailyApiRequests"]["Max"] == 15000
wrong = refused(exceptions.RestRequestCouldNotBeUnderstoodError, sf.sobjects.Account.insert, {"Nope": 1})
assert "INVALID_FIELD" in str(wrong)
refused(exceptions.RestRequestRefusedError, sf.sobjects.Account.bulk.insert, [{"Name": "b"}])
assert sf.sobjects.Account.delete(account["id"])
assert sf.sobjects.query("SELECT Id FROM Account") == []
assert len(sf.sobjects.query("SELECT Id FROM Account", include_deleted=True)) == 1
print("salesforce-api: fine")

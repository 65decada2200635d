"""simple-salesforce, unmodified, over https: sign-in three ways, rows, queries, collections, describes, errors."""

import base64
import json
import os
import sys
import tempfile

import requests
from simple_salesforce import Salesforce, format_soql
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed, SalesforceExpiredSession, SalesforceMalformedRequest, SalesforceResourceNotFound,
)

ready = json.load(open(sys.argv[1]))
facts = ready["salesforce"]
os.environ["REQUESTS_CA_BUNDLE"] = ready["ca_file"]
host = facts["https_url"].removeprefix("https://")
session = requests.Session()
session.verify = ready["ca_file"]


def client(**how):
    return Salesforce(session=session, version="66.0", **how)


def refused(error, call, *arguments, **named):
    try:
        call(*arguments, **named)
    except error as refusal:
        return refusal
    raise AssertionError(f"{error.__name__} expected")


# Sign-in: a token at hand, client credentials, an assertion signed with the key of the ready line.
sf = client(instance=host, session_id=facts["users"]["employee"]["token"])
assert sf.query("SELECT Id FROM Account")["totalSize"] == 0

class Redirect(requests.adapters.HTTPAdapter):
    """The library builds `https://<domain>.salesforce.com`; the name leads to the sandbox here."""

    def send(self, request, **named):
        for name in SIGN_IN:
            request.url = request.url.replace(name, facts["https_url"])
        return super().send(request, **named)


SIGN_IN = ["https://sandbox.my.salesforce.com", "https://login.salesforce.com"]
for name in SIGN_IN:
    session.mount(name, Redirect())
application = client(consumer_key=facts["client_id"], consumer_secret=facts["client_secret"], domain="sandbox.my")
assert application.sf_instance == host, application.sf_instance
refused(
    SalesforceAuthenticationFailed, client, consumer_key=facts["client_id"], consumer_secret="wrong", domain="sandbox.my",
)
person = client(
    username=facts["users"]["employee"]["username"], consumer_key=facts["client_id"], privatekey=facts["private_key"],
    domain="login",
)
refused(SalesforceExpiredSession, client(instance=host, session_id="nonsense").query, "SELECT Id FROM Account")

# Rows.
account = person.Account.create({"Name": "Northwind", "AnnualRevenue": 12.5})
assert account["success"]
row = person.Account.get(account["id"])
assert row["Name"] == "Northwind" and row["OwnerId"] == facts["users"]["employee"]["user_id"]
assert person.Account.update(account["id"], {"Name": "North's"}) == 204
contact = person.Contact.create({"LastName": "O'Hara", "Email": "o@hara.example", "AccountId": account["id"]})
assert person.Contact.get_by_custom_id("Email", "o@hara.example")["Id"] == contact["id"]
assert person.Contact.upsert("Email/o@hara.example", {"FirstName": "Ann"}) == 200
missing = refused(SalesforceMalformedRequest, person.Contact.create, {"FirstName": "x"})
assert missing.content[0]["errorCode"] == "REQUIRED_FIELD_MISSING"
refused(SalesforceResourceNotFound, person.Account.get, "001000000000001AAA")

# Queries, pages, deleted rows.
found = person.query(format_soql("SELECT Id, Account.Name, Name FROM Contact WHERE LastName = {}", "O'Hara"))
assert found["records"][0]["Account"]["Name"] == "North's" and found["records"][0]["Name"] == "Ann O'Hara"
children = person.query("SELECT Name, (SELECT LastName FROM Contacts) FROM Account")["records"][0]["Contacts"]
assert children["totalSize"] == 1
assert person.query("SELECT COUNT() FROM Contact")["totalSize"] == 1
for start in range(0, 2200, 200):
    records = [{"attributes": {"type": "Account"}, "Name": f"A{start + n}"} for n in range(200)]
    results = person.restful("composite/sobjects", method="POST", json={"allOrNone": True, "records": records})
    assert all(result["success"] for result in results)
assert len(person.query_all("SELECT Id FROM Account")["records"]) == 2201
assert sum(1 for _ in person.query_all_iter("SELECT Id FROM Account LIMIT 2100")) == 2100
assert person.Contact.delete(contact["id"]) == 204
assert person.query("SELECT Id FROM Contact")["totalSize"] == 0
assert person.query("SELECT Id FROM Contact", include_deleted=True)["totalSize"] == 1
wrong = refused(SalesforceMalformedRequest, person.query, "SELECT Nope FROM Account")
assert wrong.content[0]["errorCode"] == "INVALID_FIELD"

# Describes, limits.
names = {entry["name"] for entry in person.describe()["sobjects"]}
assert {"Account", "Event", "User"} <= names
fields = {field["name"]: field for field in person.Contact.describe()["fields"]}
assert not fields["LastName"]["nillable"] and fields["AccountId"]["referenceTo"] == ["Account"]
assert person.Account.metadata()["objectDescribe"]["keyPrefix"] == "001"
assert person.limits()["DailyApiRequests"]["Max"] == 15000
assert person.api_usage["api-usage"].total == 15000
print("simple-salesforce: fine")

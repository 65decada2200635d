"""simple-salesforce, unmodified, over https: sign-in four ways, rows, upserts, queries and pages, collections, composite,
changes over time, describes, identity, errors, what a restricted user sees, what is refused by name."""

import datetime
import json
import os
import sys

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


SIGN_IN = ["https://sandbox.my.salesforce.com", "https://login.salesforce.com", "https://test.salesforce.com"]
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
employee = facts["users"]["employee"]
by_password = client(
    username=employee["username"], password=employee["password"], security_token=employee["security_token"], domain="test",
)
assert by_password.sf_instance == host and by_password.query("SELECT Id FROM Account")["totalSize"] == 0
wrong = refused(
    SalesforceAuthenticationFailed, client, username=employee["username"], password="wrong", security_token="x",
)
assert wrong.code == "INVALID_LOGIN", wrong
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

# Collections, composite, relationships, changes over time.
records = [{"LastName": f"B{n}", "Email": f"b{n}@b.example"} for n in range(3)]
results = person.restful(
    "composite/sobjects/Contact/Email", method="PATCH",
    json={"records": [{"attributes": {"type": "Contact"}, **record} for record in records]},
)
assert [result["created"] for result in results] == [True] * 3
url = "/services/data/v66.0/sobjects"
composite = person.restful("composite", method="POST", json={"allOrNone": True, "compositeRequest": [
    {"method": "POST", "url": f"{url}/Account", "referenceId": "a", "body": {"Name": "Comp"}},
    {"method": "POST", "url": f"{url}/Contact", "referenceId": "c", "body": {"LastName": "C", "AccountId": "@{a.id}"}},
]})
assert [part["httpStatusCode"] for part in composite["compositeResponse"]] == [201, 201]
parent = composite["compositeResponse"][0]["body"]["id"]
assert person.restful(f"sobjects/Account/{parent}/Contacts")["records"][0]["LastName"] == "C"
now = datetime.datetime.now(datetime.timezone.utc)
span = (now - datetime.timedelta(hours=1), now + datetime.timedelta(minutes=1))
assert parent in person.Account.updated(*span)["ids"]
assert contact["id"] in [row["id"] for row in person.Contact.deleted(*span)["deletedRecords"]]
assert person.oauth2("userinfo")["user_id"] == employee["user_id"]

# What is not there is refused by name; what a user may not see is not there.
for call in [
    lambda: person.search("FIND {x}"), lambda: person.toolingexecute("query?q=x"), lambda: person.apexecute("x"),
    lambda: list(person.bulk2.Account.query("SELECT Id FROM Account")), lambda: person.bulk.Account.insert([{"Name": "x"}]),
]:
    try:
        call()
    except Exception as refusal:
        assert "FUNCTIONALITY_NOT_ENABLED" in str(refusal), refusal
    else:
        raise AssertionError("a refusal expected")
less = client(instance=host, session_id=facts["users"]["restricted-user"]["token"])
assert "AnnualRevenue" not in {field["name"] for field in less.Account.describe()["fields"]}
assert "AnnualRevenue" not in less.Account.get(parent)
refused(SalesforceMalformedRequest, less.query, "SELECT Id FROM Opportunity")
denied = refused(SalesforceMalformedRequest, less.Account.delete, parent)
assert denied.content[0]["errorCode"] == "INSUFFICIENT_ACCESS_OR_READONLY"

# Describes, limits.
names = {entry["name"] for entry in person.describe()["sobjects"]}
assert {"Account", "Event", "User"} <= names
fields = {field["name"]: field for field in person.Contact.describe()["fields"]}
assert not fields["LastName"]["nillable"] and fields["AccountId"]["referenceTo"] == ["Account"]
assert person.Account.metadata()["objectDescribe"]["keyPrefix"] == "001"
assert person.limits()["DailyApiRequests"]["Max"] == 15000
assert person.api_usage["api-usage"].total == 15000
print("simple-salesforce: fine")

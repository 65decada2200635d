"""aiosalesforce, unmodified, over https: three ways to sign in, rows, pages, composites with references, batches, errors."""

import asyncio
import json
import os
import ssl
import sys
import tempfile

import httpx
from aiosalesforce import Salesforce
from aiosalesforce.auth import ClientCredentialsFlow, JwtBearerFlow, SoapLogin
from aiosalesforce.exceptions import AuthenticationError, AuthorizationError, NotFoundError, SalesforceError

ready = json.load(open(sys.argv[1]))
facts = ready["salesforce"]
user = facts["users"]["employee"]
port = int(facts["https_url"].rsplit(":", 1)[1])


class Redirect(httpx.AsyncHTTPTransport):
    """The library insists on the name of an organisation; it leads to the sandbox here."""

    async def handle_async_request(self, request):
        request.url = request.url.copy_with(host="localhost", port=port)
        return await super().handle_async_request(request)


async def refused(error, call):
    try:
        await call
    except error as refusal:
        return refusal
    raise AssertionError(f"{error.__name__} expected")


async def rows(sf):
    account = await sf.sobject.create("Account", {"Name": "A"})
    assert (await sf.sobject.get("Account", account, fields=["Id", "Name"]))["Name"] == "A"
    await sf.sobject.update("Account", account, {"Name": "B"})
    first = await sf.sobject.upsert("Contact", "x@y.example", "Email", {"LastName": "L"})
    again = await sf.sobject.upsert("Contact", "x@y.example", "Email", {"LastName": "M"})
    assert (first.created, again.created, first.id) == (True, False, again.id)
    assert (await sf.sobject.get("Contact", "x@y.example", "Email"))["LastName"] == "M"
    assert [row["Name"] async for row in sf.query("SELECT Name FROM Account")] == ["B"]
    wrong = await refused(SalesforceError, sf.sobject.create("Account", {"Nope": 1}))
    assert wrong.error_code == "INVALID_FIELD", wrong
    return account


async def several(sf, account):
    async with sf.composite(all_or_none=True) as composite:
        query = composite.query("SELECT Id FROM Account LIMIT 1")
        contact = composite.sobject.create("Contact", {"LastName": "N", "AccountId": str(query.reference.records[0].Id)})
        upsert = composite.sobject.upsert("Contact", "e@e.example", "Email", {"LastName": "U"})
    assert query.records[0]["Id"] == account and contact.id.startswith("003") and upsert.created
    async with sf.composite.batch(autoraise=False) as batch:
        query = batch.query("SELECT Id FROM Contact WHERE LastName = 'N'")
        bad = batch.sobject.create("Contact", {"Nope": "x"})
        row = batch.sobject.get("Account", account)
        batch.sobject.update("Account", account, {"Site": "s"})
    assert len(query.records) == 1 and row.record["Name"] == "B"
    assert not bad.is_success and bad.result[0]["errorCode"] == "INVALID_FIELD"


async def main():
    context = ssl.create_default_context(cafile=ready["ca_file"])
    async with httpx.AsyncClient(transport=Redirect(verify=context)) as http:
        def client(auth):
            return Salesforce(http, "https://sandbox.my.salesforce.com", auth, version="66.0")

        application = client(ClientCredentialsFlow(facts["client_id"], facts["client_secret"]))
        assert (await application.get_limits())["DailyApiRequests"]["Max"] == 15000
        await refused(AuthenticationError, client(ClientCredentialsFlow(facts["client_id"], "wrong")).get_limits())
        with tempfile.NamedTemporaryFile("w", suffix=".pem", delete=False) as key:
            key.write(facts["private_key"])
        await client(JwtBearerFlow(facts["client_id"], user["username"], key.name)).get_limits()
        os.unlink(key.name)
        await refused(AuthenticationError, client(SoapLogin(user["username"], "wrong", "x")).get_limits())
        sf = client(SoapLogin(user["username"], user["password"], user["security_token"]))
        account = await rows(sf)
        await several(sf, account)
        await sf.sobject.delete("Account", account)
        await refused(NotFoundError, sf.sobject.get("Account", account))
        deleted = [row async for row in sf.query("SELECT Id FROM Account", include_all_records=True)]
        assert [row["Id"] for row in deleted] == [account]
        await refused(AuthorizationError, sf.bulk_v2.ingest.create_job("insert", "Account"))


asyncio.run(main())
print("aiosalesforce: fine")

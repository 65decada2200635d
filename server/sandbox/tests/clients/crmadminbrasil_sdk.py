"""crmadminbrasil-dataverse-sdk, unmodified: asynchronous rows, queries, FetchXML, associations, batches, metadata."""

import asyncio
import json
import logging
import os
import sys

import structlog
from dataverse_sdk import DataverseSDK
from dataverse_sdk.models import QueryOptions

# Where it is set, the library takes it for the certificate of a client.
os.environ.pop("SSL_CERT_FILE", None)
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
ready = json.load(open(sys.argv[1]))
facts = ready["dataverse"]


def step(name):
    print("  ", name)


async def main():
    sdk = DataverseSDK(dataverse_url=facts["url"], client_id=facts["client_id"], client_secret=facts["client_secret"], tenant_id=facts["tenant_id"])

    async def token(*_, **__):
        # The library trusts no authority but the public one, so the token comes from the ready line.
        return facts["users"]["system-administrator"]["token"]

    sdk.authenticator.get_token = sdk.authenticator.get_access_token = token
    async with sdk:
        step("create, read, update, upsert, delete")
        account = await sdk.create("accounts", {"name": "Brasil"})
        row = await sdk.read("accounts", account, select=["name"])
        assert row["name"] == "Brasil", row
        await sdk.update("accounts", account, {"telephone1": "5", "amb_externalkey": "B1"})
        row = await sdk.upsert("accounts", {"name": "Brasília"}, alternate_key={"amb_externalkey": "B1"}, return_record=True)
        assert row["accountid"] == account, row
        full = await sdk.create("contacts", {"lastname": "Silva", "parentcustomerid_account@odata.bind": f"/accounts({account})"}, return_record=True)

        step("query, count, expand, FetchXML")
        for number in range(4):
            await sdk.create("leads", {"subject": f"lead {number}"})
        found = await sdk.query("leads", QueryOptions(select=["subject"], filter="subject ne 'lead 0'", order_by=["subject desc"], top=2))
        assert [r["subject"] for r in found.value] == ["lead 3", "lead 2"], found
        counted = await sdk.query("leads", QueryOptions(select=["subject"], count=True))
        assert counted.total_count == 4, counted
        row = await sdk.read("accounts", account, select=["name"], expand=["contact_customer_accounts($select=lastname)"])
        assert row["contact_customer_accounts"][0]["lastname"] == "Silva", row
        xml = "<fetch><entity name='account'><attribute name='name'/></entity></fetch>"
        assert [r["name"] for r in await sdk.fetch_xml(xml)] == ["Brasília"]

        step("associate, disassociate")
        lead = found.value[0]["leadid"]
        await sdk.associate("accounts", account, "accountleads_association", "leads", lead)
        await sdk.disassociate("accounts", account, "accountleads_association", lead)

        step("batches with and without change sets")
        result = await sdk.bulk_create("accounts", [{"name": f"bulk {n}"} for n in range(5)], batch_size=2)
        assert (result.successful, result.failed) == (5, 0), result
        bulk = await sdk.query("accounts", QueryOptions(select=["name"], filter="startswith(name,'bulk')", order_by=["name"]))
        assert [r["name"] for r in bulk.value] == [f"bulk {n}" for n in range(5)], bulk
        changed = [{"id": r["accountid"], "fax": "9"} for r in bulk.value]
        result = await sdk.bulk_update("accounts", changed)
        assert result.successful == 5, result

        step("metadata")
        assert (await sdk.get_entity_metadata("account"))["EntitySetName"] == "accounts"
        assert (await sdk.get_attribute_metadata("account", "name"))["AttributeType"] == "String"
        await sdk.delete("contacts", full["contactid"])


asyncio.run(main())
print("crmadminbrasil-dataverse-sdk ok")

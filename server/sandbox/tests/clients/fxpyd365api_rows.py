"""fxpyd365api, unmodified: one table at a time, blocking and asynchronous, pages by number, impersonation, errors."""

import asyncio
import datetime
import json
import sys

from fxpyD365api import get_wrapper
from fxpyD365api.exceptions import D365ApiError

facts = json.load(open(sys.argv[1]))["dataverse"]
# The library trusts no authority but the public one, so the token comes from the ready line.
tomorrow = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
common = dict(
    org_url=facts["url"], tenant=facts["tenant_id"], client_id=facts["client_id"], client_secret=facts["client_secret"], page_size=2,
)


def token(user):
    return {"access_token": facts["users"][user]["token"], "expires_on": tomorrow.isoformat()}


def step(name):
    print("  ", name)


step("create, retrieve, update, delete")
leads = get_wrapper("leads", token=token("system-administrator"), **common)
made = [leads.create({"subject": f"lead {n}", "estimatedamount": 10.5 * n}, annotations="*") for n in range(5)]
assert made[2]["estimatedamount"] == 21.0, made[2]
key = made[2]["leadid"]
assert leads.update(key, {"subject": "changed"}, select="subject")["subject"] == "changed"
row = leads.retrieve(key, select="subject,statecode", annotations="OData.Community.Display.V1.FormattedValue")
assert row["statecode@OData.Community.Display.V1.FormattedValue"] == "Open", row
leads.update(key, {"subject": "lead 2"})

step("pages by number, count")
pages = [leads.get_page(1, select="subject", order_by="subject"), leads.get_next_page(), leads.get_next_page()]
assert [[r["subject"] for r in page["value"]] for page in pages] == [["lead 0", "lead 1"], ["lead 2", "lead 3"], ["lead 4"]], pages
assert pages[0]["@odata.count"] == 5
assert leads.get_previous_page()["value"][0]["subject"] == "lead 2"
top = leads.get_top(1, select="subject", request_filter="estimatedamount gt 20", order_by="subject desc")
assert [r["subject"] for r in top["value"]] == ["lead 4"], top

step("impersonation")
person = facts["users"]["salesperson"]
as_person = get_wrapper("leads", token=token("system-administrator"), impersonate=person["user_id"], **common)
made = as_person.create({"subject": "of a salesperson"})
assert made["_createdby_value"] == person["user_id"], made
assert made["_createdonbehalfby_value"] == facts["users"]["system-administrator"]["user_id"], made

step("asynchronous")


async def rows():
    async with get_wrapper("leads", async_mode=True, token=token("system-administrator"), **common) as api:
        return (await api.get_top(3, select="subject", order_by="subject"))["value"]


assert [r["subject"] for r in asyncio.run(rows())] == ["lead 0", "lead 1", "lead 2"]

step("delete, errors")
leads.delete(key)
try:
    leads.retrieve(key)
    raise SystemExit("a row that is gone must not be found")
except D365ApiError as error:
    assert error.status_code == 404 and "0x80040217" in str(error.details), error.details
print("fxpyd365api ok")

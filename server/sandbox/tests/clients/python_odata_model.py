"""python-odata, a generic client, unmodified: classes made from $metadata, queries, navigation, rows."""

import json
import sys

import requests
from odata import ODataService

facts = json.load(open(sys.argv[1]))["dataverse"]
session = requests.Session()
session.headers["Authorization"] = f"Bearer {facts['users']['system-administrator']['token']}"


def step(name):
    print("  ", name)


step("classes from $metadata")
# Which properties are read-only the product says only when it is asked to.
session.params = {"annotations": "true"}
service = ODataService(f"{facts['url']}/api/data/v9.2/", reflect_entities=True, session=session, quiet_progress=True)
session.params = {}
Account, Contact = service.entities["accounts"], service.entities["contacts"]

step("create, query, update")
for number, name in enumerate(["Python's", "Odata & co", "third %"]):
    account = Account()
    account.name, account.numberofemployees = name, number
    service.save(account)
found = service.query(Account).filter(Account.name == "Python's").first()
assert found.numberofemployees == 0 and found.accountid
found.numberofemployees = 9
service.save(found)
rows = service.query(Account).filter(Account.numberofemployees > 0).order_by(Account.name.desc()).all()
names = [row.name for row in rows]
assert names == ["third %", "Python's", "Odata & co"], names
assert service.query(Account).filter(Account.name.contains("& c")).first().numberofemployees == 1

step("navigation, expand, deletion")
person = Contact()
person.lastname = "Lee"
person.parentcustomerid_account = found
service.save(person)
person = service.query(Contact).expand(Contact.parentcustomerid_account).first()
assert person.parentcustomerid_account.name == "Python's"
service.delete(person)
assert service.query(Contact).first() is None

step("a function")
service.functions["WhoAmI"]()
print("python-odata ok")

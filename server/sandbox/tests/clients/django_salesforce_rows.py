"""django-salesforce, unmodified, over https: Django's ORM with Salesforce as its database.

Sign-in by password with the signature checked, create, bulk create, filters, joins, aggregates, slices, subqueries, update,
delete, raw statements.
"""

import json
import os
import sys

ready = json.load(open(sys.argv[1]))
facts = ready["salesforce"]
user = facts["users"]["employee"]
os.environ["REQUESTS_CA_BUNDLE"] = ready["ca_file"]

import django
from django.conf import settings

settings.configure(
    DATABASES={
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"},
        "salesforce": {
            "ENGINE": "salesforce.backend", "HOST": facts["https_url"], "USER": user["username"],
            "PASSWORD": user["password"], "CONSUMER_KEY": facts["client_id"], "CONSUMER_SECRET": facts["client_secret"],
        },
    },
    DATABASE_ROUTERS=["salesforce.router.ModelRouter"], DEFAULT_AUTO_FIELD="django.db.models.AutoField", USE_TZ=True,
)
django.setup()

from django.db import connections
from django.db.models import Count, Max
from salesforce import models
from salesforce.dbapi.exceptions import SalesforceError
from salesforce.models import SalesforceModel


class Account(SalesforceModel):
    Name = models.CharField(max_length=255)
    Industry = models.CharField(max_length=40, null=True)
    AnnualRevenue = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    CreatedDate = models.DateTimeField(sf_read_only=models.READ_ONLY)

    class Meta:
        app_label, db_table, managed = "sandbox", "Account", False


class Contact(SalesforceModel):
    FirstName = models.CharField(max_length=40, null=True)
    LastName = models.CharField(max_length=80)
    Email = models.EmailField(null=True)
    Account = models.ForeignKey(Account, models.DO_NOTHING, db_column="AccountId", null=True)

    class Meta:
        app_label, db_table, managed = "sandbox", "Contact", False


account = Account.objects.create(Name="North's", Industry="Banking", AnnualRevenue="12.50")
assert str(Account.objects.get(pk=account.pk).AnnualRevenue) == "12.5"
people = Contact.objects.bulk_create([Contact(LastName=f"L{n}", Account=account) for n in range(5)])
assert all(person.pk.startswith("003") for person in people)
contacts = Contact.objects
rows = contacts.filter(Account__Name="North's", LastName__startswith="L").order_by("LastName")
assert list(rows.values_list("LastName", "Account__Name"))[0] == ("L0", "North's")
assert contacts.filter(LastName__in=["L1", "L2"]).count() == 2
assert contacts.exclude(LastName="L1").filter(Email=None).count() == 4
assert Account.objects.filter(Name__icontains="h's").count() == 1
assert Account.objects.filter(CreatedDate__gte="2020-01-01T00:00:00Z").count() == 1
assert {person.Account.Name for person in contacts.select_related("Account")} == {"North's"}
assert contacts.filter(LastName="L1").update(FirstName="x") == 1
second = contacts.get(LastName="L2")
second.Email = "a@b.example"
second.save()
assert contacts.get(pk=second.pk).Email == "a@b.example"
assert list(contacts.order_by().values("Account").annotate(n=Count("pk"))) == [{"Account": account.pk, "n": 5}]
assert str(Account.objects.aggregate(Max("AnnualRevenue"))["AnnualRevenue__max"]) == "12.5"
assert [person.LastName for person in contacts.order_by("-LastName")[1:3]] == ["L3", "L2"]
assert Account.objects.filter(pk__in=contacts.filter(LastName="L1").values("Account")).count() == 1
assert not contacts.filter(LastName="none").exists()
assert contacts.filter(LastName__in=["L3", "L4"]).delete()[0] == 2
assert [person.LastName for person in contacts.raw("SELECT Id, LastName FROM Contact ORDER BY LastName LIMIT 1")] == ["L0"]
cursor = connections["salesforce"].cursor()
cursor.execute("SELECT Id, Name FROM Account WHERE Name = %s", ["North's"])
assert list(cursor.fetchall()) == [(account.pk, "North's")]
try:
    Account.objects.create(Name="x" * 256)
except SalesforceError as refusal:
    assert "STRING_TOO_LONG" in str(refusal)
else:
    raise AssertionError("a name that is too long must be refused")
print("django-salesforce: fine")

// dynamics-web-api, unmodified: rows, queries, associations, batches, metadata, FetchXML.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.argv[3]}/`);
const { DynamicsWebApi } = require("dynamics-web-api");
const facts = JSON.parse(readFileSync(process.argv[2], "utf8")).dataverse;
const token = facts.users["system-administrator"].token;
const api = new DynamicsWebApi({
    serverUrl: facts.url,
    dataApi: { version: "9.2" },
    onTokenRefresh: async () => token,
});
const step = (name) => console.log("  ", name);

step("create, retrieve, update, etag");
const created = await api.create({ collection: "accounts", data: { name: "Node", revenue: 1.25 }, returnRepresentation: true, select: ["name", "revenue"] });
assert.equal(created.revenue, 1.25);
const id = created.accountid;
const row = await api.retrieve({ collection: "accounts", key: id, select: ["name"] });
assert.equal(row.name, "Node");
await api.update({ collection: "accounts", key: id, data: { name: "Noda" } });
const stale = await api.update({ collection: "accounts", key: id, data: { name: "lost" }, ifmatch: row["@odata.etag"] });
assert.equal(stale, false, "a stale etag is a precondition that failed");
await api.updateSingleProperty({ collection: "accounts", key: id, fieldValuePair: { telephone1: "5" } });

step("upsert, alternate key");
await api.upsert({ collection: "accounts", key: "amb_externalkey='N1'", data: { name: "upserted" } });
const byKey = await api.retrieve({ collection: "accounts", key: "amb_externalkey='N1'", select: ["name"] });
assert.equal(byKey.name, "upserted");

step("retrieveMultiple, filter, count, paging");
for (const name of ["p1", "p2", "p3"]) await api.create({ collection: "contacts", data: { lastname: name, "parentcustomerid_account@odata.bind": `/accounts(${id})` } });
const page = await api.retrieveMultiple({ collection: "contacts", select: ["lastname"], filter: "startswith(lastname,'p')", orderBy: ["lastname"], count: true, maxPageSize: 2 });
assert.equal(page.value.length, 2);
assert.equal(page["@odata.count"], 3);
const all = await api.retrieveAll({ collection: "contacts", select: ["lastname"], filter: "startswith(lastname,'p')", maxPageSize: 2 });
assert.equal(all.value.length, 3);
assert.equal(await api.count({ collection: "contacts", filter: "startswith(lastname,'p')" }), 3);

step("expand, formatted values");
const expanded = await api.retrieve({ collection: "accounts", key: id, select: ["name", "statecode"], includeAnnotations: "*",
    expand: [{ property: "contact_customer_accounts", select: ["lastname"], orderBy: ["lastname"], top: 2 }] });
assert.deepEqual(expanded.contact_customer_accounts.map((c) => c.lastname), ["p1", "p2"]);
assert.equal(expanded["statecode@OData.Community.Display.V1.FormattedValue"], "Active");

step("associate, disassociate");
const lead = (await api.create({ collection: "leads", data: { subject: "L" }, returnRepresentation: true })).leadid;
await api.associate({ collection: "accounts", primaryKey: id, relationshipName: "accountleads_association", relatedCollection: "leads", relatedKey: lead });
const linked = await api.retrieve({ collection: "accounts", key: id, select: ["name"], expand: [{ property: "accountleads_association", select: ["subject"] }] });
assert.equal(linked.accountleads_association[0].subject, "L");
await api.disassociate({ collection: "accounts", primaryKey: id, relationshipName: "accountleads_association", relatedKey: lead });
const contact = all.value[0].contactid;
await api.associateSingleValued({ collection: "accounts", primaryKey: id, navigationProperty: "primarycontactid", relatedCollection: "contacts", relatedKey: contact });
await api.disassociateSingleValued({ collection: "accounts", primaryKey: id, navigationProperty: "primarycontactid" });

step("batch with a change set and content ids");
api.startBatch();
api.create({ collection: "accounts", data: { name: "in batch" }, contentId: "1" });
api.create({ collection: "contacts", data: { lastname: "of batch", "parentcustomerid_account@odata.bind": "$1" } });
const answers = await api.executeBatch();
assert.equal(answers.length, 2);
const found = await api.retrieveMultiple({ collection: "contacts", select: ["lastname"], filter: "parentcustomerid_account/name eq 'in batch'" });
assert.equal(found.value[0].lastname, "of batch");
api.startBatch();
api.create({ collection: "accounts", data: { name: "rolled back" } });
api.create({ collection: "accounts", data: { nothing: "x" } });
await assert.rejects(api.executeBatch());
assert.equal(await api.count({ collection: "accounts", filter: "name eq 'rolled back'" }), 0);

step("functions, metadata");
assert.ok((await api.callFunction({ functionName: "WhoAmI" })).UserId);
const entity = (await api.retrieveEntities({ select: ["LogicalName", "EntitySetName"], filter: "LogicalName eq 'account'" })).value[0];
assert.equal(entity.EntitySetName, "accounts");
const attributes = await api.retrieveAttributes({ entityKey: "LogicalName='account'", castType: "Microsoft.Dynamics.CRM.StatusAttributeMetadata", select: ["LogicalName"], expand: [{ property: "OptionSet" }] });
assert.equal(attributes.value[0].OptionSet.Options[0].Value, 1);
const relations = await api.retrieveRelationships({ castType: "Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata", select: ["SchemaName"], filter: "ReferencedEntity eq 'account'" });
assert.ok(relations.value.length > 3);

step("FetchXML");
const xml = `<fetch><entity name="contact"><attribute name="lastname"/><filter><condition attribute="lastname" operator="begins-with" value="p"/></filter></entity></fetch>`;
assert.equal((await api.fetch({ collection: "contacts", fetchXml: xml })).value.length, 3);
assert.equal((await api.fetchAll({ collection: "contacts", fetchXml: xml.replace("<fetch>", '<fetch count="2">') })).value.length, 3);

step("delete, errors");
await api.deleteRecord({ collection: "leads", key: lead });
await assert.rejects(api.retrieve({ collection: "leads", key: lead }), (error) => error.status === 404 && error.code === "0x80040217");
console.log("dynamics-web-api ok");

// dataverse-webapi, unmodified, over https: rows, keys, properties, pages, associations, functions, batches, impersonation.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import https from "node:https";
import { pathToFileURL } from "node:url";

const api = await import(pathToFileURL(`${process.argv[3]}/node_modules/dataverse-webapi/lib/node.js`));
const ready = JSON.parse(readFileSync(process.argv[2], "utf8"));
const facts = ready.dataverse;
// The library sends to the port of its agent, whatever the address says; and the agent has to trust the test authority.
https.globalAgent = new https.Agent({ ca: readFileSync(ready.ca_file) });
https.globalAgent.defaultPort = Number(new URL(facts.https_url).port);
const config = new api.WebApiConfig("9.2", facts.users["system-administrator"].token, facts.https_url);
const step = (name) => console.log("  ", name);

step("create, retrieve, update, properties");
const account = await api.create(config, "accounts", { name: "Acme", telephone1: "1" });
const made = await api.createWithReturnData(config, "contacts", { lastname: "Lee", "parentcustomerid_account@odata.bind": `/accounts(${account})` }, "$select=lastname,_parentcustomerid_value");
assert.equal(made._parentcustomerid_value, account);
await api.update(config, "accounts", account, { name: "Acme 2" });
const changed = await api.updateWithReturnData(config, "accounts", account, { fax: "7" }, "$select=name,fax");
assert.deepEqual([changed.name, changed.fax], ["Acme 2", "7"]);
await api.updateProperty(config, "accounts", account, "telephone1", "2");
await api.deleteProperty(config, "accounts", account, "fax");
const row = await api.retrieve(config, "accounts", account, "$select=name,telephone1,fax", { includeFormattedValues: true });
assert.deepEqual([row.name, row.telephone1, row.fax], ["Acme 2", "2", null]);

step("retrieve by alternate key, pages");
await api.update(config, "accounts", account, { amb_externalkey: "W'1" });
assert.equal((await api.retrieveAlternateKey(config, "accounts", "amb_externalkey='W''1'", "$select=name")).name, "Acme 2");
for (const name of ["a", "b", "c"]) await api.create(config, "leads", { subject: name });
const page = await api.retrieveMultiple(config, "leads", "$select=subject&$orderby=subject", { maxPageSize: 2 });
assert.equal(page.value.length, 2);
// The library keeps the address of the page in the settings it is given.
const next = await api.retrieveMultipleNextPage({ ...config }, page["@odata.nextLink"], { maxPageSize: 2 });
assert.deepEqual(next.value.map((lead) => lead.subject), ["c"]);

step("associate, disassociate");
const lead = page.value[0].leadid;
await api.associate(config, "accounts", account, "accountleads_association", "leads", lead);
const linked = await api.retrieve(config, "accounts", account, "$select=name&$expand=accountleads_association($select=subject)");
assert.equal(linked.accountleads_association.length, 1);
await api.disassociate(config, "accounts", account, "accountleads_association", lead);

step("functions");
assert.equal((await api.unboundFunction(config, "WhoAmI")).UserId, facts.users["system-administrator"].user_id);
const salesperson = facts.users.salesperson;
const as = await api.unboundFunction(config, "WhoAmI", null, { impersonateUserId: salesperson.object_id });
assert.equal(as.UserId, salesperson.user_id);

step("batches");
const changes = [
    { queryString: "accounts", entity: { name: "in a batch" }, method: "POST" },
    { queryString: `accounts(${account})`, entity: { name: "Acme 3" }, method: "PATCH" },
];
const answers = await api.batchOperation(config, "b1", "c1", changes, [`accounts(${account})?$select=name`]);
assert.deepEqual(answers.map((answer) => answer.httpStatus), [204, 204, 200]);
assert.equal(answers[2].data.name, "Acme 3");

step("delete, errors");
await api.deleteRecord(config, "leads", lead);
await assert.rejects(api.retrieve(config, "leads", lead), (error) => error.code === "0x80040217");
console.log("dataverse-webapi ok");

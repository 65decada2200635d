// @odata/client, a generic client, unmodified: rows, filters, pages, groups and aggregates, functions, batches.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const { OData, EdmV4 } = createRequire(`${process.argv[3]}/`)("@odata/client");
const facts = JSON.parse(readFileSync(process.argv[2], "utf8")).dataverse;
// The ways that the product's own documents prescribe: no CSRF tokens, and rows come back when they are asked for.
const client = OData.New4({
    serviceEndpoint: `${facts.url}/api/data/v9.2/`,
    commonHeaders: { Authorization: `Bearer ${facts.users["system-administrator"].token}`, Prefer: "return=representation" },
    processCsrfToken: false,
});
const step = (name) => console.log("  ", name);
const accounts = client.getEntitySet("accounts");

const key = (id) => new EdmV4.Guid(id);

step("create, retrieve, update, delete");
const made = await accounts.create({ name: "O'Hara", revenue: 10, numberofemployees: 3 });
await accounts.create({ name: "Node", revenue: 2.5 });
await accounts.update(key(made.accountid), { name: "Ohara", telephone1: "7" });
const row = await accounts.retrieve(key(made.accountid), client.newParam().select(["name", "telephone1"]));
assert.deepEqual([row.name, row.telephone1], ["Ohara", "7"]);

step("filters, order, expand, count");
// The library does not double quotes: what comes of it is an error, not another query.
await assert.rejects(accounts.query(accounts.newFilter().field("name").eq("O'Hara")), /unterminated/);
const named = accounts.newFilter().field("name").eq("Ohara").field("revenue").gt(5);
assert.equal((await accounts.query(accounts.newParam().filter(named).select("name"))).length, 1);
const ordered = await accounts.query(accounts.newParam().orderby("name", "asc").select("name").top(1));
assert.deepEqual(ordered.map((one) => one.name), ["Node"]);
assert.equal(await accounts.count(), 2);
assert.deepEqual((await accounts.find({ name: "Node" })).map((one) => one.revenue), [2.5]);
const people = client.getEntitySet("contacts");
await people.create({ lastname: "Lee", "parentcustomerid_account@odata.bind": `/accounts(${made.accountid})` });
const [expanded] = await accounts.query(accounts.newParam().filter(named).expand("contact_customer_accounts"));
assert.equal(expanded.contact_customer_accounts[0].lastname, "Lee");

step("groups and aggregates");
const apply = "groupby((statecode),aggregate($count as number,revenue with sum as total))";
const groups = await accounts.query(accounts.newParam().apply(apply));
assert.deepEqual(groups, [{ statecode: 0, number: 2, total: 12.5 }]);

step("functions, batches");
assert.ok((await client.functionImport("WhoAmI")).UserId);
const read = () => client.newBatchRequest({ collection: "accounts", method: "GET", params: client.newParam().select("name").top(1) });
const answers = await client.execBatchRequests([read(), read()]);
assert.deepEqual(answers.map((answer) => answer.status), [200, 200]);
assert.equal((await answers[1].json()).value.length, 1);
// Its change sets have no content ids, and the product wants one on every part.

step("delete, errors");
await accounts.delete(key(made.accountid));
await assert.rejects(accounts.retrieve(key(made.accountid)), /Does Not Exist/);
console.log("@odata/client ok");

// jsforce, unmodified: signing in five ways and out, rows one by one and in collections, the query builder with children,
// pages, describes, composites, relationships, changes over time, limits; what the sandbox has not is refused by name.
import assert from "node:assert/strict";
import { createPrivateKey, createSign } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.argv[3]}/`);
const jsforce = require("jsforce");
const facts = JSON.parse(readFileSync(process.argv[2], "utf8")).salesforce;
const user = facts.users.employee;
const version = "66.0";
const step = (name) => console.log("  ", name);
const oauth2 = { loginUrl: facts.url, clientId: facts.client_id, clientSecret: facts.client_secret };

step("sign-in: a token, SOAP, password, client credentials, a signed assertion");
const conn = new jsforce.Connection({ instanceUrl: facts.url, accessToken: user.token, version });
assert.equal((await conn.identity()).username, user.username);
const soap = new jsforce.Connection({ loginUrl: facts.url, version });
assert.equal((await soap.login(user.username, user.password + user.security_token)).id, user.user_id);
assert.equal((await soap.query("SELECT Id FROM Account")).totalSize, 0);
assert.equal((await soap.soap.getUserInfo()).userName, user.username);
const ended = soap.accessToken;
await soap.logout();
await assert.rejects(new jsforce.Connection({ loginUrl: facts.url, version }).login(user.username, "wrong"), /INVALID_LOGIN/);
const password = new jsforce.Connection({ oauth2, version });
assert.equal((await password.login(user.username, user.password)).organizationId, facts.organization_id);
await password.logout();
const application = new jsforce.Connection({ instanceUrl: facts.url, oauth2, version });
assert.equal((await application.authorize({ grant_type: "client_credentials" })).id, facts.users.integration.user_id);
const base64 = (json) => Buffer.from(JSON.stringify(json)).toString("base64url");
const claims = { iss: facts.client_id, sub: user.username, aud: "https://login.salesforce.com", exp: Math.floor(Date.now() / 1000) + 180 };
const unsigned = `${base64({ alg: "RS256" })}.${base64(claims)}`;
const signature = createSign("RSA-SHA256").update(unsigned).sign(createPrivateKey(facts.private_key), "base64url");
const bearer = new jsforce.Connection({ instanceUrl: facts.url, oauth2, version });
await bearer.authorize({ grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion: `${unsigned}.${signature}` });
assert.equal((await bearer.identity()).user_id, user.user_id);
for (const token of ["nonsense", ended]) {
    const other = new jsforce.Connection({ instanceUrl: facts.url, accessToken: token, version });
    await assert.rejects(other.query("SELECT Id FROM Account"), (error) => error.errorCode === "INVALID_SESSION_ID");
}

step("rows");
const account = conn.sobject("Account");
const one = await account.create({ Name: "One", AnnualRevenue: 10.5, Industry: "Banking" });
assert.ok(one.success);
assert.equal((await account.retrieve(one.id)).AnnualRevenue, 10.5);
assert.ok((await account.update({ Id: one.id, Name: "Uno" })).success);
assert.equal((await account.retrieve(one.id, { fields: ["Name"] })).Name, "Uno");
const contact = conn.sobject("Contact");
assert.equal((await contact.upsert({ Email: "a@b.example", LastName: "L" }, "Email")).created, true);
assert.equal((await contact.upsert({ Email: "a@b.example", FirstName: "F" }, "Email")).success, true);
await assert.rejects(account.create({ Nope: 1 }), (error) => error.errorCode === "INVALID_FIELD");
await assert.rejects(contact.create({ FirstName: "x" }), (error) => error.errorCode === "REQUIRED_FIELD_MISSING" && error.data.fields[0] === "LastName");
await assert.rejects(account.retrieve("001000000000001AAA"), (error) => error.errorCode === "NOT_FOUND");

step("collections");
const made = await account.create([{ Name: "A1" }, { Name: "A2" }, { Name: "A3" }]);
assert.ok(made.every((result) => result.success));
const some = await account.create([{ Name: "A4" }, { Nope: 1 }]);
assert.deepEqual(some.map((result) => result.success), [true, false]);
assert.equal(some[1].errors[0].statusCode, "INVALID_FIELD");
const none = await account.create([{ Name: "A5" }, { Nope: 1 }], { allOrNone: true });
assert.equal(none[0].errors[0].statusCode, "ALL_OR_NONE_OPERATION_ROLLED_BACK");
assert.deepEqual((await account.retrieve(made.map((row) => row.id), { fields: ["Name"] })).map((row) => row.Name), ["A1", "A2", "A3"]);
assert.ok((await account.update(made.map(({ id }) => ({ Id: id, Site: "x" })))).every((result) => result.success));
const upserted = await contact.upsert([{ Email: "a@b.example", LastName: "M" }, { Email: "c@b.example", LastName: "N" }], "Email");
assert.deepEqual(upserted.map((result) => result.created), [false, true]);
assert.deepEqual((await account.destroy([made[2].id, "001000000000001AAA"])).map((result) => result.success), [true, false]);
await contact.create([3, 1, 2].map((n) => ({ LastName: `C${n}`, AccountId: made[0].id })));

step("the query builder");
const found = await account.find({ Name: { $like: "A%" }, CreatedDate: jsforce.SfDate.TODAY }, "Id, Name").sort({ Name: -1 }).limit(2).execute();
assert.deepEqual(found.map((row) => row.Name), ["A4", "A2"]);
const [parent] = await account.find({ Id: made[0].id }).select("Id, Name").include("Contacts").select("LastName").where({ LastName: { $in: ["C1", "C3"] } }).orderby("LastName").end().execute();
assert.deepEqual(parent.Contacts.records.map((row) => row.LastName), ["C1", "C3"]);
assert.ok("Industry" in (await account.findOne({ Id: one.id })));
assert.equal(await account.count({ Industry: null }), 3);
assert.equal((await contact.find({ LastName: "C3" }).destroy())[0].success, true);
assert.equal((await contact.find({ LastName: "C2" }).update({ Title: "${LastName} was here" }))[0].success, true);
assert.equal((await contact.findOne({ LastName: "C2" })).Title, "C2 was here");

step("queries, pages, deleted rows");
for (let from = 0; from < 2200; from += 200) {
    await conn.sobject("Lead").create(Array.from({ length: 200 }, (_, n) => ({ LastName: `L${from + n}`, Company: "c" })), { allOrNone: true });
}
const leads = await conn.query("SELECT Id, LastName FROM Lead", { autoFetch: true, maxFetch: 5000 });
assert.deepEqual([leads.totalSize, leads.records.length, leads.done], [2200, 2200, true]);
const first = await conn.query("SELECT Id FROM Lead");
assert.equal((await conn.queryMore(first.nextRecordsUrl)).records.length, 200);
assert.equal((await conn.query("SELECT Id FROM Account WHERE IsDeleted = true", { scanAll: true })).totalSize, 1);
const grouped = await conn.query("SELECT Company, COUNT(Id) n FROM Lead GROUP BY Company");
assert.deepEqual(grouped.records[0], { attributes: { type: "AggregateResult" }, Company: "c", n: 2200 });
await assert.rejects(conn.query("SELECT Nope FROM Account"), (error) => error.errorCode === "INVALID_FIELD");

step("describes, limits, changes");
assert.ok((await account.describe()).fields.some((field) => field.name === "Industry" && field.type === "picklist"));
assert.ok((await conn.describeGlobal()).sobjects.some((object) => object.name === "Event" && object.keyPrefix === "00U"));
assert.equal((await conn.limits()).DailyApiRequests.Max, 15000);
assert.equal(conn.limitInfo.apiUsage.limit, 15000);
const [start, end] = [new Date(Date.now() - 3600e3), new Date(Date.now() + 60e3)];
assert.ok((await account.updated(start, end)).ids.includes(one.id));
assert.deepEqual((await account.deleted(start, end)).deletedRecords.map((row) => row.id), [made[2].id]);
assert.deepEqual(await conn.recent(), []);
assert.equal((await conn.request(`/sobjects/Account/${made[0].id}/Contacts`)).totalSize, 2);

step("a composite");
const url = (below) => `/services/data/v${version}/sobjects/${below}`;
const composite = await conn.requestPost("/composite", { allOrNone: true, compositeRequest: [
    { method: "POST", url: url("Account"), referenceId: "a", body: { Name: "Comp" } },
    { method: "POST", url: url("Contact"), referenceId: "c", body: { LastName: "Comp", AccountId: "@{a.id}" } },
] });
assert.deepEqual(composite.compositeResponse.map((part) => part.httpStatusCode), [201, 201]);

step("what is not there");
for (const call of [() => conn.search("FIND {x}"), () => conn.bulk2.query("SELECT Id FROM Account"), () => conn.tooling.query("SELECT Id FROM ApexClass"), () => conn.chatter.resource("/users/me").retrieve()]) {
    await assert.rejects(async () => await call(), (error) => error.errorCode === "FUNCTIONALITY_NOT_ENABLED");
}
await assert.rejects(conn.metadata.describe(), /FUNCTIONALITY_NOT_ENABLED/);

step("a user who may less");
const less = new jsforce.Connection({ instanceUrl: facts.url, accessToken: facts.users["restricted-user"].token, version });
assert.ok(!(await less.sobject("Account").describe()).fields.some((field) => field.name === "AnnualRevenue"));
await assert.rejects(less.query("SELECT AnnualRevenue FROM Account"), (error) => error.errorCode === "INVALID_FIELD");
await assert.rejects(less.sobject("Account").destroy(one.id), (error) => error.errorCode === "INSUFFICIENT_ACCESS_OR_READONLY");
assert.equal((await account.destroy(one.id)).success, true);
console.log("jsforce: fine");

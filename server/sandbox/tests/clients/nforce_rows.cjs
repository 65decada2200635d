// nforce, unmodified: sign-in by password, rows, upsert, queries, identity, describes, limits, compressed answers asked for.
const assert = require("node:assert/strict");
const { readFileSync } = require("node:fs");
const { createRequire } = require("node:module");

const nforce = createRequire(`${process.argv[3]}/`)("nforce");
const facts = JSON.parse(readFileSync(process.argv[2], "utf8")).salesforce;
const user = facts.users.employee;
const loginUri = `${facts.url}/services/oauth2/token`;
const org = nforce.createConnection({
    clientId: facts.client_id, clientSecret: facts.client_secret, redirectUri: "http://localhost/callback",
    apiVersion: "v66.0", mode: "multi", gzip: true, loginUri, testLoginUri: loginUri,
});

(async () => {
    const oauth = await org.authenticate({ username: user.username, password: user.password, securityToken: user.security_token });
    assert.equal(oauth.instance_url, facts.url);
    await assert.rejects(org.authenticate({ username: user.username, password: "wrong" }), /invalid_grant|authentication failure/);
    const account = nforce.createSObject("Account", { Name: "N" });
    const { id } = await org.insert({ oauth, sobject: account });
    assert.equal((await org.getRecord({ oauth, type: "Account", id })).get("name"), "N");
    assert.equal((await org.getRecord({ oauth, type: "Account", id, fields: ["Name"] })).get("name"), "N");
    account.setId(id);
    account.set("Name", "M");
    await org.update({ oauth, sobject: account });
    const contact = nforce.createSObject("Contact", { LastName: "L" });
    contact.setExternalId("Email", "n@b.example");
    assert.equal((await org.upsert({ oauth, sobject: contact })).created, true);
    const found = await org.query({ oauth, query: "SELECT Id, Name FROM Account" });
    assert.deepEqual([found.totalSize, found.records[0].get("name")], [1, "M"]);
    assert.equal((await org.query({ oauth, query: "SELECT Id FROM Contact", fetchAll: true })).records.length, 1);
    assert.equal((await org.getIdentity({ oauth })).username, user.username);
    assert.ok((await org.getResources({ oauth })).sobjects);
    assert.ok((await org.getSObjects({ oauth })).sobjects.length > 5);
    assert.equal((await org.getMetadata({ oauth, type: "Account" })).objectDescribe.keyPrefix, "001");
    assert.ok((await org.getDescribe({ oauth, type: "Contact" })).fields.some((field) => field.name === "Email"));
    assert.equal((await org.getLimits({ oauth })).DailyApiRequests.Max, 15000);
    await assert.rejects(org.search({ oauth, search: "FIND {x}" }), (error) => error.errorCode === "FUNCTIONALITY_NOT_ENABLED");
    await assert.rejects(org.query({ oauth, query: "SELECT Nope FROM Account" }), (error) => error.errorCode === "INVALID_FIELD");
    await org.delete({ oauth, sobject: account });
    assert.equal((await org.queryAll({ oauth, query: "SELECT Id FROM Account WHERE IsDeleted = true" })).totalSize, 1);
    console.log("nforce: fine");
})().catch((error) => {
    console.error(error);
    process.exit(1);
});

// @azure/msal-node, unmodified, over https: client credentials by secret and by certificate, on-behalf-of with refresh, errors.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import https from "node:https";
import { createRequire } from "node:module";

const require = createRequire(`${process.argv[3]}/`);
const { ConfidentialClientApplication } = require("@azure/msal-node");
const ready = JSON.parse(readFileSync(process.argv[2], "utf8"));
const facts = ready.dataverse;
const ca = readFileSync(ready.ca_file);

// The library's own seam for the network: only the test authority is added to what it trusts.
const send = (method) => (url, options = {}) =>
    new Promise((resolve, reject) => {
        const request = https.request(url, { method, headers: options.headers, ca }, (answer) => {
            let body = "";
            answer.on("data", (chunk) => (body += chunk));
            answer.on("end", () => resolve({ headers: answer.headers, body: JSON.parse(body), status: answer.statusCode }));
        });
        request.on("error", reject);
        request.end(options.body);
    });
const networkClient = { sendGetRequestAsync: send("GET"), sendPostRequestAsync: send("POST") };
const host = new URL(facts.https_url).host;
const app = (credential) =>
    new ConfidentialClientApplication({
        auth: { clientId: facts.client_id, authority: `${facts.https_url}/${facts.tenant_id}`, knownAuthorities: [host], ...credential },
        system: { networkClient },
    });
const who = async (token) => (await send("GET")(`${facts.https_url}/api/data/v9.2/WhoAmI`, { headers: { Authorization: `Bearer ${token}` } })).body.UserId;
const scopes = [`${facts.https_url}/.default`];
const step = (name) => console.log("  ", name);

step("client credentials, and from the cache");
const application = app({ clientSecret: facts.client_secret });
const first = await application.acquireTokenByClientCredential({ scopes });
assert.equal(await who(first.accessToken), facts.users.application.user_id);
const again = await application.acquireTokenByClientCredential({ scopes });
assert.equal(again.fromCache, true);

step("on behalf of a user");
const user = facts.users.salesperson;
const behalf = await application.acquireTokenOnBehalfOf({ scopes, oboAssertion: user.assertion });
assert.equal(await who(behalf.accessToken), user.user_id);

step("by certificate");
const { createHash, X509Certificate } = await import("node:crypto");
const certificate = new X509Certificate(facts.client_certificate);
const thumbprintSha256 = createHash("sha256").update(certificate.raw).digest("hex");
for (const named of [{ thumbprintSha256 }, { thumbprint: facts.certificate_thumbprint }]) {
    const signed = app({ clientCertificate: { ...named, privateKey: facts.private_key } });
    assert.equal(await who((await signed.acquireTokenByClientCredential({ scopes })).accessToken), facts.users.application.user_id);
}

step("refusals");
await assert.rejects(app({ clientSecret: "wrong" }).acquireTokenByClientCredential({ scopes }), (error) => error.errorCode === "invalid_client");
await assert.rejects(application.acquireTokenOnBehalfOf({ scopes, oboAssertion: first.accessToken }), (error) => error.errorCode === "invalid_grant");
console.log("@azure/msal-node ok");

// openid-client, unmodified: discovery, keys, client credentials, on-behalf-of, by secret in the body and by Basic.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const path = createRequire(`${process.argv[3]}/`).resolve("openid-client");
const oidc = await import(pathToFileURL(path));
const facts = JSON.parse(readFileSync(process.argv[2], "utf8")).dataverse;
const { url, tenant_id, client_id, client_secret, scope } = facts;
const how = { execute: [oidc.allowInsecureRequests] };
const step = (name) => console.log("  ", name);
const who = async (token) => {
    const answer = await fetch(`${url}/api/data/v9.2/WhoAmI`, { headers: { Authorization: `Bearer ${token}` } });
    return (await answer.json()).UserId;
};

step("discovery");
const config = await oidc.discovery(new URL(`${url}/${tenant_id}/v2.0`), client_id, undefined, oidc.ClientSecretPost(client_secret), how);
const server = config.serverMetadata();
assert.ok(server.token_endpoint.endsWith("/oauth2/v2.0/token"));
const keys = await (await fetch(server.jwks_uri)).json();
assert.equal(keys.keys[0].kty, "RSA");

step("client credentials, secret in the body and by Basic");
const tokens = await oidc.clientCredentialsGrant(config, { scope });
assert.equal(tokens.token_type, "bearer");
assert.ok(tokens.expiresIn() > 3000);
assert.equal(await who(tokens.access_token), facts.users.application.user_id);
const basic = await oidc.discovery(new URL(`${url}/${tenant_id}/v2.0`), client_id, undefined, oidc.ClientSecretBasic(client_secret), how);
assert.ok((await oidc.clientCredentialsGrant(basic, { scope })).access_token);

step("client credentials by an assertion that names the certificate");
const { createPrivateKey, webcrypto, X509Certificate, createHash } = await import("node:crypto");
const der = createPrivateKey(facts.private_key).export({ type: "pkcs8", format: "der" });
const key = await webcrypto.subtle.importKey("pkcs8", der, { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, false, ["sign"]);
const x5t = createHash("sha256").update(new X509Certificate(facts.client_certificate).raw).digest("base64url");
const naming = { [oidc.modifyAssertion]: (header, payload) => { header["x5t#S256"] = x5t; payload.aud = server.token_endpoint; } };
const signed = await oidc.discovery(new URL(`${url}/${tenant_id}/v2.0`), client_id, undefined, oidc.PrivateKeyJwt(key, naming), how);
assert.ok((await oidc.clientCredentialsGrant(signed, { scope })).access_token);
const unnamed = await oidc.discovery(new URL(`${url}/${tenant_id}/v2.0`), client_id, undefined, oidc.PrivateKeyJwt(key), how);
await assert.rejects(oidc.clientCredentialsGrant(unnamed, { scope }), (error) => error.error === "invalid_client");

step("on behalf of a user, and its refresh");
const grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const user = facts.users.salesperson;
const behalf = await oidc.genericGrantRequest(config, grant, {
    assertion: user.assertion, requested_token_use: "on_behalf_of", scope: `${scope} offline_access`,
});
assert.equal(await who(behalf.access_token), user.user_id);
const fresh = await oidc.refreshTokenGrant(config, behalf.refresh_token, { scope });
assert.equal(await who(fresh.access_token), user.user_id);

step("refusals");
const wrong = await oidc.discovery(new URL(`${url}/${tenant_id}/v2.0`), client_id, undefined, oidc.ClientSecretPost("wrong"), how);
await assert.rejects(oidc.clientCredentialsGrant(wrong, { scope }), (error) => error.error === "invalid_client" && error.status === 401);
await assert.rejects(oidc.genericGrantRequest(config, "nonsense", { scope }), (error) => error.error === "unsupported_grant_type");
console.log("openid-client ok");

// oidc-provider, unmodified, as the issuer of `engage serve` with the configuration of a production server, and openid-client as what
// asks it for tokens. The clocks of all of them are moved together by libfaketime, whose file of a time is the argument `clock`.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync, createWriteStream } from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

import { CALLBACK, serve } from "./tenants.mjs";
import { ids, PERMISSION, SECRET, tenants, uris } from "./world.mjs";

const facts = JSON.parse(readFileSync(process.argv[2], "utf8"));
const require = createRequire(`${facts.foreign}/`);
const load = (name) => import(pathToFileURL(require.resolve(name)));
const { Provider } = await load("oidc-provider");
const oidc = await load("openid-client");

const step = (name) => console.log("  ", name);
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
const [MINUTE, HOUR] = [60, 3600];

// What there is.
const { platform, older, customer, stranger, elsewhere } = tenants(Provider);
const read = (name) => readFileSync(`${facts.certificates}/${name}`);
const web = await serve([platform, customer, stranger, elsewhere, older], {
    certificate: read("provider.pem"), key: read("provider.key"), authority: read("ca.pem"),
});
let engage = await started();
process.on("exit", () => engage.child.kill());

/** Starts the server: production's settings, and an environment in which the authority is behind a proxy and signed by our own CA. */
async function started() {
    const log = createWriteStream(facts.log, { flags: "a" });
    const child = spawn(facts.engage, facts.arguments, {
        env: { ...process.env, HTTPS_PROXY: web.proxy, NO_PROXY: "", SSL_CERT_FILE: `${facts.certificates}/ca.pem`, SSL_CERT_DIR: "" },
        stdio: ["pipe", "pipe", "pipe"],
    });
    child.stderr.pipe(log);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const first = await Promise.race([lines.next(), new Promise((done) => child.once("exit", done))]);
    assert.ok(first?.value, "the server did not start");
    return { child, base: JSON.parse(first.value).base_url };
}

/** Sleeps by no clock that is moved. */
const slept = async (seconds) => void (await once(spawn("sleep", [String(seconds)]), "exit"));

/** Moves the clocks of all, and waits until each has noticed: they look at the file every now and then. */
let moved = 0;
async function forward(seconds) {
    const until = Date.now() + seconds * 1000;
    moved += seconds;
    writeFileSync(facts.clock, `+${moved}\n`);
    const late = async () => Date.now() < until || Date.parse((await call(undefined, "/healthz")).headers.date) < until - 1000;
    for (let tries = 0; await late(); tries += 1) {
        assert.ok(tries < 50, "the clocks do not move");
        await slept(0.2);
    }
}

/** Calls the server: status, word of a refusal, challenge. */
function call(token, path = "/api/v3/config/employees") {
    return new Promise((resolve, reject) => {
        const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
        const request = http.get(engage.base + path, { headers, agent: false }, async (answer) => {
            const body = Buffer.concat(await answer.toArray()).toString();
            const reason = answer.statusCode >= 400 ? JSON.parse(body).details?.reason : undefined;
            resolve({ status: answer.statusCode, reason, challenge: answer.headers["www-authenticate"], headers: answer.headers, body });
        });
        request.on("error", reject);
    });
}

const good = async (token, path) => {
    const answer = await call(token, path);
    assert.equal(answer.status, 200, JSON.stringify(answer));
    return answer;
};
const refused = async (what, token, status, reason, path) => {
    const answer = await call(token, path);
    assert.deepEqual([answer.status, answer.reason], [status, reason], `${what}: ${JSON.stringify(answer)}`);
    const challenge = status === 401 ? 'Bearer error="invalid_token"' : undefined;
    assert.equal(answer.challenge, challenge, what);
    assert.ok(!answer.body.includes(token.slice(-40)), what);
};

// Tokens, as openid-client gets them.
const discovered = (tenant, client, authentication) =>
    oidc.discovery(new URL(tenant.issuer), client, undefined, authentication, { [oidc.customFetch]: web.fetch });

async function ofBackEnd(resource = uris.system, client = ids.backEnds[0], tenant = platform) {
    const config = await discovered(tenant, client, oidc.ClientSecretPost(SECRET));
    return (await oidc.clientCredentialsGrant(config, { resource })).access_token;
}

/** Signs somebody in: authorization code with PKCE, through the redirects and cookies of a browser. */
async function ofUser({ person = ids.manager, scope = "access_as_user", resource = uris.management, tenant = customer } = {}) {
    const config = await discovered(tenant, ids.tool, oidc.None());
    const verifier = oidc.randomPKCECodeVerifier();
    const [state, nonce] = [oidc.randomState(), oidc.randomNonce()];
    const code_challenge = await oidc.calculatePKCECodeChallenge(verifier);
    let url = oidc.buildAuthorizationUrl(config, {
        redirect_uri: CALLBACK, scope: `openid ${scope}`, resource, code_challenge, code_challenge_method: "S256", state, nonce,
        login_hint: person,
    });
    const jar = new Map();
    for (let redirects = 0; url.origin !== new URL(CALLBACK).origin; redirects += 1) {
        assert.ok(redirects < 10, "the provider sends the browser in circles");
        const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
        const answer = await web.fetch(url, { headers: cookie ? { cookie } : {} });
        assert.ok([302, 303].includes(answer.status), `${url.pathname} answered ${answer.status}: ${await answer.text()}`);
        for (const line of answer.headers.getSetCookie()) {
            const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
            if (value) jar.set(name, value);
            else jar.delete(name);
        }
        url = new URL(answer.headers.get("location"), url);
    }
    return oidc.authorizationCodeGrant(config, url, { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce }, { resource });
}

const CUSTOMERS = "/api/management/v1/me/customers";

async function flows() {
    step("client credentials reach the Public API, with tokens of either version");
    const { headers } = await good(await ofBackEnd());
    assert.ok(Number(headers["x-ratelimit-remaining"]) < Number(headers["x-ratelimit-limit"]));
    await good(await ofBackEnd(uris.system, ids.backEnds[0], older));
    step("authorization code with PKCE reaches it as a user with a role");
    const user = await ofUser();
    await good(user.access_token);
    const [where] = JSON.parse((await good(user.access_token, CUSTOMERS)).body);
    assert.deepEqual([where.name, where.role], ["Contoso", "Manager"]);
    step("so does a refreshed token");
    const config = await discovered(customer, ids.tool, oidc.None());
    const fresh = await oidc.refreshTokenGrant(config, user.refresh_token, { resource: uris.management, scope: "access_as_user" });
    assert.notEqual(fresh.access_token, user.access_token);
    await good(fresh.access_token);
    return user;
}

async function refusals(user) {
    step("tokens that the provider has really issued, and that are for something else");
    const of = (name) => ofBackEnd(`https://wrong.example/${name}`);
    await refused("another API", await of("audience"), 401, "AUDIENCE_REFUSED");
    await refused("a back-end at the API of users", await ofBackEnd(uris.management), 401, "AUDIENCE_REFUSED");
    await refused("an ID token", user.id_token, 401, "AUDIENCE_REFUSED");
    for (const name of ["ps256", "es256", "hs256", "long", "endless", "jku", "tenant", "kind", "opaque", "encrypted"]) {
        await refused(name, await of(name), 401, "TOKEN_INVALID");
    }
    await refused("not yet", await of("early"), 401, "TOKEN_NOT_YET_VALID");
    await refused("no permission", await ofBackEnd(uris.system, ids.powerless), 403, "PERMISSION_MISSING");
    await refused("nobody's client", await ofBackEnd(uris.system, ids.unregistered), 403, "CLIENT_NOT_REGISTERED");
    await refused("a customer's tenant", await ofBackEnd(uris.system, ids.backEnds[0], customer), 403, "CLIENT_NOT_REGISTERED");
    await refused("another issuer", await ofBackEnd(uris.system, ids.backEnds[0], elsewhere), 401, "TOKEN_INVALID");
    await refused("no role", (await ofUser({ person: ids.nobody })).access_token, 403, "ROLE_MISSING");
    await refused("another scope", (await ofUser({ scope: "access_as_user2" })).access_token, 403, "SCOPE_MISSING");
    await refused("a stranger", (await ofUser({ tenant: stranger })).access_token, 401, "TOKEN_INVALID");
    // His metadata was asked for by whoever signed him in.
    assert.deepEqual(stranger.asked, { metadata: 1, keys: 0 }, "a stranger makes the server ask for nothing");
    assert.deepEqual(web.elsewhere, [], "the server asks nobody but the authority");

    step("a token that has ended, two minutes of different clocks later");
    const brief = await of("brief");
    await good(brief);
    await forward(115);
    await good(brief);
    await forward(10);
    await refused("expired", brief, 401, "TOKEN_EXPIRED");
}

/** Calls with every token that is good, over and over, until it is told to stop. None may be refused. */
function traffic(tokens) {
    let going = true;
    const calls = new Map();
    const lane = async (first) => {
        for (let at = first; going; at += 1) {
            const [name, token, path] = tokens[at % tokens.length];
            const answer = await call(token, path);
            assert.equal(answer.status, 200, `${name}: ${JSON.stringify(answer)}`);
            calls.set(name, (calls.get(name) ?? 0) + 1);
        }
    };
    const lanes = Promise.all([0, 1, 2, 3].map(lane));
    // Until each has called so often, or one was refused.
    const each = async (count) => {
        while (tokens.some(([name]) => (calls.get(name) ?? 0) < count)) await Promise.race([lanes, pause(20)]);
    };
    return { each, stop: async () => ((going = false), await lanes, [...calls.values()].reduce((sum, count) => sum + count)) };
}

async function rollover() {
    step("keys roll over of a sudden while requests run");
    // Each application may call so often in a minute: those that have called already are left out.
    const [, a, b, c, d] = ids.backEnds;
    const tokens = [["old a", await ofBackEnd(uris.system, a)], ["old b", await ofBackEnd(uris.system, b)]];
    tokens.push(["old user", (await ofUser()).access_token, CUSTOMERS]);
    const before = [platform.asked.keys, customer.asked.keys];
    const running = traffic(tokens);
    await running.each(10);
    for (const tenant of [platform, customer]) tenant.rollOver();
    tokens.push(["new c", await ofBackEnd(uris.system, c)], ["new user", (await ofUser()).access_token, CUSTOMERS]);
    await running.each(20);
    tokens.push(["new d", await ofBackEnd(uris.system, d)]);
    await running.each(20);
    const calls = await running.stop();
    assert.deepEqual([platform.asked.keys, customer.asked.keys], before.map((count) => count + 1), "one fetch each, however many ask");
    step(`${calls} calls, none refused`);
    return tokens;
}

/** Waits until the server has fetched keys once more than so often. */
async function fetched(tenant, count) {
    for (let tries = 0; tenant.asked.keys <= count; tries += 1) {
        assert.ok(tries < 50, "the server does not fetch keys");
        // Its sleep ends when it is looked at, and it was told of a later time in between.
        await call(undefined);
        await pause(100);
    }
    await pause(200);
}

async function retirement(tokens) {
    step("a key that was announced is known before it signs");
    let count = platform.asked.keys;
    platform.announce();
    await forward(HOUR + MINUTE);
    await fetched(platform, count);
    count = platform.asked.keys;
    platform.rollOver({ announced: true });
    const latest = await ofBackEnd();
    await good(latest);
    assert.equal(platform.asked.keys, count, "nothing had to be fetched");

    step("tokens of a retired key are good until keys are fetched, within the hour, and then no longer");
    platform.retire();
    const [old, fresh] = ["old a", "new c"].map((name) => tokens.find(([known]) => known === name)[1]);
    await good(old);
    await forward(HOUR + MINUTE);
    await fetched(platform, count);
    for (const [what, token] of [["of the first key", old], ["of the second", fresh]]) await refused(what, token, 401, "TOKEN_INVALID");
    await good(latest);

    step("of keys that change of a sudden, again and again, the next is looked for after five minutes");
    // Those that were refused were looked for as well.
    await forward(5 * MINUTE);
    platform.rollOver();
    await good(await ofBackEnd());
    platform.rollOver();
    const early = await ofBackEnd();
    await refused("too soon", early, 401, "TOKEN_INVALID");
    await forward(5 * MINUTE);
    await good(early);
}

async function outage() {
    step("while keys cannot be fetched, those that are known are good for a day beyond theirs");
    const known = platform.asked.keys;
    web.leave(true);
    await forward(25 * HOUR);
    await good(await ofBackEnd());
    await forward(20 * HOUR);
    await good(await ofBackEnd());
    await forward(4 * HOUR);
    await refused("two days old", await ofBackEnd(), 401, "TOKEN_INVALID");
    assert.equal(platform.asked.keys, known, "nobody was reached");

    step("they are good again once keys can be");
    web.leave(false);
    await forward(31);
    await good(await ofBackEnd());

    step("a server that starts without them begins, and knows them later");
    web.leave(true);
    engage.child.kill();
    await once(engage.child, "exit");
    engage = await started();
    await refused("no keys", await ofBackEnd(), 401, "TOKEN_INVALID");
    web.leave(false);
    await forward(31);
    await good(await ofBackEnd());
    await good((await ofUser()).access_token);
}

try {
    const user = await flows();
    await refusals(user);
    await retirement(await rollover());
    await outage();
    console.log("oidc-provider ok");
} finally {
    engage.child.kill();
    web.close();
}

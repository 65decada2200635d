// Tenants of Entra, played by an OpenID provider nobody here wrote: oidc-provider, unmodified. Each tenant is a provider with keys of
// its own; what Entra's tokens say (`tid`, `oid`, `azp`, `roles`, `scp`, `ver`, `idtyp`) are extra claims, which it is made to take.
//
// They are reached as Entra is: by https, under a name, through the proxy that the environment of a server names. The proxy leads
// that name here and nowhere else, and remembers what else it was asked for.
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import https from "node:https";
import net from "node:net";

import { Shelf } from "./shelf.mjs";

export const HOST = "login.provider.example";
export const CALLBACK = "https://tool.example/callback";
const HOUR = 3600;

const listening = async (server) => {
    await once(server.listen(0, "127.0.0.1"), "listening");
    return server.address().port;
};

/** How long tokens are good, as the API says that they are for. */
const issued = (...kinds) => Object.fromEntries(kinds.map((kind) => [kind, (_, token) => token.resourceServer.accessTokenTTL]));

const jwk = (kind, options) => ({ ...generateKeyPairSync(kind, options).privateKey.export({ format: "jwk" }), use: "sig", kid: randomUUID() });

/** A tenant: its issuer, its keys, who and what it knows. */
export class Tenant {
    /**
     * @param Provider the class of oidc-provider
     * @param apis what tokens are for, by resource: `{audience, scope?, life?, format?, sign?, encrypt?, change?}`; `change` has the last
     *     word on header and claims
     * @param clients as oidc-provider registers them, and `roles` of each, which its own tokens have
     * @param people by their ids: `{name, roles}`
     * @param version that of its tokens, 1 or 2: their issuer is another, and so is the claim that names the client
     */
    constructor(Provider, { id, host = HOST, version = 2, apis, clients, people = {} }) {
        const [path, issuer] = version === 1 ? [`/${id}`, `/${id}/`] : [`/${id}/v2.0`, `/${id}/v2.0`];
        Object.assign(this, { Provider, id, version, apis, clients, people, path, issuer: `https://${host}${issuer}` });
        // The newest key first: it signs. One of another kind is there for tokens of another algorithm.
        this.keys = [jwk("rsa", { modulusLength: 2048 })];
        this.other = jwk("ec", { namedCurve: "P-256" });
        this.asked = { metadata: 0, keys: 0 };
        this.adapter = Shelf.ofTenant();
        this.begin();
    }

    /** A key that is told from now on; it signs once it is the first. */
    announce() {
        this.keys.push(jwk("rsa", { modulusLength: 2048 }));
        this.begin();
    }

    /** Signs with a new key from now on: the one announced last, or one that nobody has seen. The others are still told. */
    rollOver({ announced = false } = {}) {
        this.keys.unshift(announced ? this.keys.pop() : jwk("rsa", { modulusLength: 2048 }));
        this.begin();
    }

    /** Tells no key but the one that signs. */
    retire() {
        this.keys.length = 1;
        this.begin();
    }

    /** The provider, started with the keys of now, as one restarts it in earnest. What it has issued is kept apart from it. */
    begin() {
        const registered = this.clients.map(({ roles, ...client }) => client);
        this.provider = new this.Provider(this.issuer, {
            jwks: { keys: [...this.keys, this.other] },
            adapter: this.adapter,
            clients: registered,
            ttl: { ...issued("AccessToken", "ClientCredentials"), Grant: HOUR, IdToken: HOUR, Interaction: HOUR, RefreshToken: HOUR, Session: HOUR },
            // Whether somebody was asked for it is not what is looked at here.
            issueRefreshToken: (_, client) => client.grantTypeAllowed("refresh_token"),
            cookies: { keys: [this.id] },
            scopes: ["openid", "offline_access"],
            claims: { openid: ["sub", "tid", "oid", "ver"] },
            conformIdTokenClaims: false,
            findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, tid: this.id, oid: sub, ver: "2.0" }) }),
            extraTokenClaims: (_, token) => this.claims(token),
            formats: { customizers: { jwt: (_, token, parts) => this.apis[token.resourceServer.identifier()].change?.(parts) } },
            interactions: { url: (_, interaction) => `${this.path}/interaction/${interaction.uid}` },
            loadExistingGrant: (ctx) => this.granted(ctx),
            features: {
                clientCredentials: { enabled: true },
                devInteractions: { enabled: false },
                resourceIndicators: {
                    enabled: true,
                    useGrantedResource: () => true,
                    getResourceServerInfo: (_, resource) => {
                        const { audience, scope = "", life = 20 * HOUR, format = "jwt", sign = { alg: "RS256" }, encrypt } = this.apis[resource];
                        return { audience, scope, accessTokenTTL: life, accessTokenFormat: format, jwt: { sign, encrypt } };
                    },
                },
            },
        });
        this.provider.on("server_error", (_, error) => console.error("the provider failed:", error));
    }

    claims(token) {
        const client = this.version === 1 ? { appid: token.clientId, ver: "1.0" } : { azp: token.clientId, ver: "2.0" };
        const both = { tid: this.id, uti: randomUUID(), ...client };
        if (token.kind === "ClientCredentials") {
            const { roles } = this.clients.find((client) => client.client_id === token.clientId);
            return { ...both, oid: token.clientId, idtyp: "app", ...(roles && { roles }) };
        }
        const { name, roles } = this.people[token.accountId];
        return { ...both, oid: token.accountId, scp: [...token.scopes].filter((scope) => scope !== "openid").join(" "), name, roles };
    }

    /** What is asked for is granted: whether somebody consents is not what is looked at here. */
    async granted(ctx) {
        const { client, session, params, resourceServers } = ctx.oidc;
        const grant = new ctx.oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId });
        grant.addOIDCScope("openid offline_access");
        for (const resource of Object.keys(resourceServers ?? {})) grant.addResourceScope(resource, params.scope);
        await grant.save();
        return grant;
    }

    async answer(request, response) {
        const path = request.url.slice(this.path.length);
        if (path.startsWith("/interaction/")) {
            // Who is hinted at signs in; there is no page.
            const { params } = await this.provider.interactionDetails(request, response);
            await this.provider.interactionFinished(request, response, { login: { accountId: params.login_hint } });
            return;
        }
        if (path === "/.well-known/openid-configuration") this.asked.metadata += 1;
        if (path === "/jwks") this.asked.keys += 1;
        // As a framework does that the provider is mounted in.
        request.originalUrl = request.url;
        request.url = path;
        await this.provider.callback()(request, response);
    }
}

/** Serves tenants by https, and the way there. */
export async function serve(tenants, { certificate, key, authority }) {
    const state = { elsewhere: [] };
    const ways = new Set();
    let away = false;
    const server = https.createServer({ cert: certificate, key }, (request, response) => {
        const tenant = tenants.find((tenant) => request.url.startsWith(`${tenant.path}/`) && new URL(tenant.issuer).host === request.headers.host);
        // A tenant is restarted with new keys, and Entra's other documents are not there.
        if (tenant) tenant.answer(request, response).catch((error) => response.writeHead(500).end(String(error)));
        else response.writeHead(404).end();
    });
    const port = await listening(server);
    const proxy = http.createServer().on("connect", (request, socket) => {
        socket.on("error", () => socket.destroy());
        if (request.url !== `${HOST}:443`) state.elsewhere.push(request.url);
        if (request.url !== `${HOST}:443` || away) return socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
        const there = net.connect(port, "127.0.0.1", () => {
            socket.write("HTTP/1.1 200 OK\r\n\r\n");
            there.pipe(socket).pipe(there);
        });
        ways.add(socket);
        there.on("error", () => socket.destroy());
        socket.on("close", () => (ways.delete(socket), there.destroy()));
    });
    state.proxy = `http://127.0.0.1:${await listening(proxy)}`;
    /** Asks a tenant, as `fetch` does but for following redirects. */
    state.fetch = (url, { method = "GET", headers = {}, body } = {}) =>
        new Promise((resolve, reject) => {
            const { host, pathname, search } = new URL(url);
            const sent = { ...Object.fromEntries(new Headers(headers)), host };
            const options = { host: "127.0.0.1", port, servername: host, ca: authority, method, path: pathname + search, headers: sent, agent: false };
            const request = https.request(options, async (answer) => {
                const chunks = await answer.toArray();
                const told = new Headers();
                for (let at = 0; at < answer.rawHeaders.length; at += 2) told.append(answer.rawHeaders[at], answer.rawHeaders[at + 1]);
                const text = [204, 304].includes(answer.statusCode) ? null : Buffer.concat(chunks);
                resolve(new Response(text, { status: answer.statusCode, headers: told }));
            });
            request.on("error", reject);
            request.end(body === undefined || body === null ? undefined : String(body));
        });
    /** Lets nobody but us reach the tenants any more, or again. */
    state.leave = (leave) => {
        away = leave;
        if (leave) ways.forEach((socket) => socket.destroy());
    };
    /** Ends it. */
    state.close = () => [server, proxy].forEach((one) => (one.close(), one.closeAllConnections(), state.leave(true)));
    return state;
}

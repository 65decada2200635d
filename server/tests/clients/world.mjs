// Who and what there is for the check of the OpenID provider: tenants, APIs, clients, people. Ids as a platform registers them.
import { createPublicKey, createSecretKey } from "node:crypto";

import { CALLBACK, Tenant } from "./tenants.mjs";

export const ids = {
    platform: "0a000000-0000-4000-8000-000000000001",
    customer: "0a000000-0000-4000-8000-000000000002",
    stranger: "0a000000-0000-4000-8000-000000000003",
    management: "0b000000-0000-4000-8000-000000000001",
    system: "0b000000-0000-4000-8000-000000000002",
    other: "0b000000-0000-4000-8000-000000000003",
    tool: "0c000000-0000-4000-8000-000000000001",
    unregistered: "0c000000-0000-4000-8000-000000000002",
    powerless: "0c000000-0000-4000-8000-000000000003",
    // One caller may make 100 requests a minute: so there are some.
    backEnds: Array.from({ length: 6 }, (_, n) => `0d000000-0000-4000-8000-00000000000${n}`),
    manager: "0e000000-0000-4000-8000-000000000001",
    nobody: "0e000000-0000-4000-8000-000000000002",
};
export const uris = { management: "api://engage-management", system: "https://engage.example/engage-system-integration" };
export const PERMISSION = "System.Integration";
export const SECRET = "a secret of the back-ends of this check";

const day = 24 * 3600;
const api = (audience, more = {}) => ({ audience, ...more });
const changed = (change) => api(ids.system, { change });

/** APIs whose tokens are of the provider's own making, and are to be refused: each with what is wrong. */
const wrong = (tenant) => ({
    "https://wrong.example/audience": api(ids.other),
    "https://wrong.example/ps256": api(ids.system, { sign: { alg: "PS256" } }),
    "https://wrong.example/es256": api(ids.system, { sign: { alg: "ES256" } }),
    // The public key as a secret that anybody has.
    get "https://wrong.example/hs256"() {
        const [{ kid, ...key }] = tenant().keys;
        const pem = createPublicKey({ key, format: "jwk" }).export({ type: "spki", format: "pem" });
        return api(ids.system, { sign: { alg: "HS256", kid, key: createSecretKey(Buffer.from(pem)) } });
    },
    "https://wrong.example/brief": api(ids.system, { life: 1 }),
    "https://wrong.example/long": api(ids.system, { life: 2 * day }),
    "https://wrong.example/early": changed(({ payload }) => (payload.nbf = payload.iat + 600)),
    "https://wrong.example/endless": changed(({ payload }) => delete payload.exp),
    "https://wrong.example/jku": changed((parts) => (parts.header = { jku: "https://keys.attacker.example/jwks" })),
    "https://wrong.example/tenant": changed(({ payload }) => (payload.tid = ids.customer)),
    "https://wrong.example/kind": changed((parts) => (parts.header = { typ: "logout+jwt" })),
    "https://wrong.example/opaque": api(ids.system, { format: "opaque" }),
    "https://wrong.example/encrypted": api(ids.system, { encrypt: { alg: "dir", enc: "A256GCM", key: Buffer.alloc(32, 7) } }),
});

/** The tenants: the platform's, as it issues tokens of version 2.0 and of 1.0, a customer's, a stranger's, and one that says it is the platform's elsewhere. */
export function tenants(Provider) {
    const backEnd = (id, roles = [PERMISSION]) => ({
        client_id: id, client_secret: SECRET, grant_types: ["client_credentials"], response_types: [], redirect_uris: [],
        token_endpoint_auth_method: "client_secret_post", roles,
    });
    const tool = {
        client_id: ids.tool, token_endpoint_auth_method: "none", grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"], redirect_uris: [CALLBACK],
    };
    const backEnds = [...ids.backEnds, ids.unregistered].map((id) => backEnd(id));
    const systems = {
        [uris.system]: api(ids.system),
        [uris.management]: api(ids.management, { scope: "access_as_user access_as_user2" }),
    };
    const people = {
        [ids.manager]: { name: "Mia", roles: ["Manager", "SomethingElse"] },
        [ids.nobody]: { name: "Noah", roles: ["SomethingElse"] },
    };
    const own = Object.defineProperties({ ...systems }, Object.getOwnPropertyDescriptors(wrong(() => platform)));
    const platform = new Tenant(Provider, { id: ids.platform, apis: own, clients: [...backEnds, backEnd(ids.powerless, null)] });
    const older = new Tenant(Provider, { id: ids.platform, version: 1, apis: { [uris.system]: api(uris.system) }, clients: backEnds });
    const customer = new Tenant(Provider, { id: ids.customer, apis: systems, clients: [tool, ...backEnds], people });
    const stranger = new Tenant(Provider, { id: ids.stranger, apis: systems, clients: [tool], people });
    const elsewhere = new Tenant(Provider, { id: ids.platform, host: "login.other.example", apis: systems, clients: backEnds });
    return { platform, older, customer, stranger, elsewhere };
}

// What a tenant of the provider has issued, in memory: oidc-provider asks for a place of one's own.
export class Shelf {
    constructor(kind) {
        this.kind = kind;
    }

    /** The class that a provider makes its shelves of: one lot of things for all of them. */
    static ofTenant() {
        const things = new Map();
        return class extends Shelf {
            things = things;
        };
    }

    async upsert(id, payload, expiresIn) {
        this.things.set(`${this.kind}:${id}`, { payload, ends: expiresIn ? Date.now() + expiresIn * 1000 : Infinity });
    }

    async find(id) {
        const found = this.things.get(`${this.kind}:${id}`);
        return found && found.ends > Date.now() ? found.payload : undefined;
    }

    async findByUid(uid) {
        const found = [...this.things].find(([key, { payload }]) => key.startsWith(`${this.kind}:`) && payload.uid === uid);
        return found && this.find(found[0].slice(this.kind.length + 1));
    }

    async consume(id) {
        this.things.get(`${this.kind}:${id}`).payload.consumed = Math.floor(Date.now() / 1000);
    }

    async destroy(id) {
        this.things.delete(`${this.kind}:${id}`);
    }

    async revokeByGrantId(grant) {
        for (const [key, { payload }] of this.things) if (payload.grantId === grant) this.things.delete(key);
    }
}

// OData filters as the Dataverse adapter writes them, encoded as they travel, read by `@odata/parser`.
//
// Usage: odata.mjs CASES.jsonl FOLDER-OF-PACKAGES
//
// Covers every filter, `Microsoft.Dynamics.CRM.In` with its JSON lists among them: the parser reads it, its texts are exactly
// those put in, and it holds for exactly the rows that the condition holds for.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { and, cases, check, compare, exact, fold, not, option, or, value } from "./meaning.mjs";

const { defaultParser } = createRequire(`${process.argv[3]}/`)("@odata/parser");
const KNOWN = ["$select", "$filter", "$orderby"];
const SIGNS = {
    EqualsExpression: (sign) => sign === 0,
    NotEqualsExpression: (sign) => sign !== 0,
    LesserThanExpression: (sign) => sign < 0,
    LesserOrEqualsExpression: (sign) => sign <= 0,
    GreaterThanExpression: (sign) => sign > 0,
    GreaterOrEqualsExpression: (sign) => sign >= 0,
};

// The text that a pattern means: every wildcard has to stand in brackets.
function plain(pattern) {
    const bare = pattern.replace(/\[([%_[])\]/g, "\u{f0000}");
    assert.doesNotMatch(bare, /[%_[]/, `a wildcard in ${pattern}`);
    return pattern.replace(/\[([%_[])\]/g, "$1");
}

// An entry of a list as the column compares it.
function entry(kind, text) {
    if (kind === "Boolean") return text === "true";
    if (kind === "DateTime") return Date.parse(text) / 1000;
    return ["Int", "Decimal", "Choice"].includes(kind) ? exact(text) : fold(text);
}

class Reader {
    constructor(columns, text) {
        Object.assign(this, { columns, text, texts: new Set(), tree: defaultParser.filter(text) });
        assert.equal(this.tree.raw, text, "the parser stops early");
        this.read(this.tree, {});
    }

    holds(row) {
        return this.read(this.tree, row) === true;
    }

    read(node, row) {
        const inner = node.value;
        switch (node.type) {
            case "CommonExpression":
            case "BoolParenExpression":
                return this.read(inner, row);
            case "NotExpression":
                return this.not(inner, row);
            case "AndExpression":
                return and(this.read(inner.left, row), this.read(inner.right, row));
            case "OrExpression":
                return or(this.read(inner.left, row), this.read(inner.right, row));
            case "MethodCallExpression":
                return this.call(inner, row);
            case "FunctionExpression":
                return this.list(inner, row);
            default:
                return this.compare(node, row);
        }
    }

    // The parser lets `not` reach as far as it can, as the grammar by itself does; by the precedence of OData it binds closest.
    not(inner, row) {
        if (!["AndExpression", "OrExpression"].includes(inner.type)) return not(this.read(inner, row));
        const join = inner.type === "AndExpression" ? and : or;
        return join(this.not(inner.value.left, row), this.read(inner.value.right, row));
    }

    compare({ type, value: { left, right } }, row) {
        const cell = this.cell(left.raw, row);
        if (right.value === "null") return (cell === null) === (type === "EqualsExpression");
        const operand = this.literal(right);
        return cell === null ? null : SIGNS[type](compare(cell, operand));
    }

    call({ method, parameters: [column, pattern] }, row) {
        const cell = this.cell(column.raw, row);
        const part = this.literal(pattern, plain);
        const kinds = { contains: "includes", startswith: "startsWith", endswith: "endsWith" };
        return cell === null ? null : cell[kinds[method]](part);
    }

    // `Microsoft.Dynamics.CRM.In(PropertyName='…',PropertyValues=["…"])`; its values are texts, whatever the column is.
    list({ fn, params }, row) {
        const parameters = Object.fromEntries(params.value.map(({ value: { name, value } }) => [name.raw, value.value]));
        assert.deepEqual(Object.keys(parameters), ["PropertyName", "PropertyValues"]);
        const name = JSON.parse(decodeURIComponent(parameters.PropertyName.raw).replace(/^'(.*)'$/, '"$1"'));
        const cell = this.cell(name, row);
        const values = parameters.PropertyValues.value.items.map((item) => JSON.parse(decodeURIComponent(item.raw)));
        const kind = this.columns.get(name).kind;
        if (kind === "String") values.forEach((text) => this.texts.add(text));
        if (cell === null) return null;
        const found = values.some((text) => cell === entry(kind, text));
        return fn.raw.endsWith(".In") ? found : !found;
    }

    cell(name, row) {
        assert.ok(this.columns.has(name), `${name} is no column`);
        return value(row[this.columns.get(name).name]);
    }

    literal({ value: type, raw }, read = (text) => text) {
        if (type === "Edm.String") {
            const text = read(decodeURIComponent(raw).slice(1, -1).replaceAll("''", "'"));
            this.texts.add(text);
            return fold(text);
        }
        if (type === "Edm.Boolean") return raw === "true";
        if (type === "Edm.Guid") return fold(raw);
        if (type === "Edm.DateTimeOffset") return Date.parse(decodeURIComponent(raw)) / 1000;
        return exact(raw);
    }
}

const { columns, requests } = cases(process.argv[2], "dataverse");
const done = { filters: 0, lists: 0, rows: 0 };
for (const { request, queries, fetch } of requests) {
    if (fetch) continue;
    const lines = request.body.split("\r\n").filter((line) => line.startsWith("GET "));
    const targets = request.method === "GET" ? [request.target] : lines.map((line) => line.split(" ")[1]);
    assert.equal(targets.length, queries.length);
    targets.forEach((target, at) => {
        const reader = new Reader(columns, option(target, "$filter", KNOWN));
        done.rows += check(reader, queries[at]);
        done.filters += 1;
        done.lists += reader.text.includes("Microsoft.Dynamics.CRM.") ? 1 : 0;
    });
}
assert.ok(done.filters > 500 && done.lists > 50);
console.log("@odata/parser:", Object.entries(done).map(([what, number]) => `${number} ${what}`).join(", "));

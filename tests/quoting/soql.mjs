// Statements as the Salesforce adapter writes them, read by `soql-parser-js`.
//
// Usage: soql.mjs CASES.jsonl FOLDER-OF-PACKAGES
//
// For each statement: the parser reads it, it is of the object and the columns asked for, its texts are exactly those put in, and
// it holds for exactly the rows that the condition holds for; where a pattern holds a backslash, which is asked for
// as any character, for those at least. Not
// covered: what a literal's escapes mean is read here, for the parser leaves literals as they stand.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { and, cases, check, compare, exact, fold, not, option, or, tests, value } from "./meaning.mjs";

const { parseQuery } = createRequire(`${process.argv[3]}/`)("soql-parser-js");
const ESCAPES = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f", '"': '"', "'": "'", "\\": "\\" };
const SIGNS = { "<": (s) => s < 0, "<=": (s) => s <= 0, ">": (s) => s > 0, ">=": (s) => s >= 0 };

// The characters of a literal between its quotes; with `like`, wildcards stand for themselves as `{any}` and `{one}`.
function characters(literal, like = false) {
    assert.ok(literal.startsWith("'") && literal.endsWith("'") && literal.length > 1, literal);
    const found = [];
    const inside = literal.slice(1, -1);
    const part = /\\u([0-9A-F]{4})|\\(.)|([^'\\])/gsuy;
    while (part.lastIndex < inside.length) {
        const at = part.lastIndex;
        const match = part.exec(inside);
        assert.ok(match, `'${inside.slice(at)}' breaks out of ${literal}`);
        const [, code, escape, plain] = match;
        if (code) found.push(String.fromCharCode(parseInt(code, 16)));
        else if (escape && like && "%_".includes(escape)) found.push(escape);
        else if (escape) found.push(ESCAPES[escape] ?? assert.fail(`\\${escape} is no escape`));
        else if (like && plain === "%") found.push({ any: true });
        else if (like && plain === "_") found.push({ one: true });
        else found.push(plain);
    }
    return found;
}

class Reader {
    constructor(columns, text, condition) {
        // A backslash in a pattern travels as any one character; the texts of the condition say which is meant.
        const patterns = tests(condition).filter(({ operator }) => ["Contains", "StartsWith", "EndsWith"].includes(operator));
        const asked = patterns.map(({ operands: [{ text }] }) => text);
        const query = parseQuery(text);
        assert.equal(query.sObject, "Account");
        Object.assign(this, { columns, text, asked, texts: new Set(), tokens: [...flat(query.where)], at: 0 });
        this.tree = query.where ? this.either() : () => true;
        assert.equal(this.at, this.tokens.length, text);
        this.tree({});
    }

    holds(row) {
        return this.tree(row) === true;
    }

    // SOQL refuses AND beside OR without parentheses, so one level holds one of them.
    either() {
        let left = this.term();
        const word = this.tokens[this.at];
        while (["AND", "OR"].includes(this.tokens[this.at])) {
            assert.equal(this.tokens[this.at++], word, `AND and OR side by side in ${this.text}`);
            const [first, second, join] = [left, this.term(), word === "AND" ? and : or];
            left = (row) => join(first(row), second(row));
        }
        return left;
    }

    term() {
        const token = this.tokens[this.at++];
        if (token === "(") {
            const inner = this.either();
            assert.equal(this.tokens[this.at++], ")", this.text);
            return inner;
        }
        if (token === "NOT") {
            const inner = this.term();
            return (row) => not(inner(row));
        }
        assert.equal(typeof token, "object", this.text);
        return (row) => this.test(token, row);
    }

    test({ field, operator, literalType, value: written }, row) {
        const column = this.columns.get(field);
        assert.ok(column, `${field} is no column`);
        const cell = value(row[column.name]);
        if (operator === "LIKE") return this.like(written, cell);
        if (operator.endsWith("IN")) {
            const found = written.map((one) => this.literal(one, column.kind)).includes(cell);
            return operator === "IN" ? found : !found;
        }
        if (literalType === "NULL") return (cell === null) === (operator === "=");
        const operand = this.literal(written, column.kind);
        if (operator === "=" || operator === "!=") return (cell === operand) === (operator === "=");
        return cell === null ? false : SIGNS[operator](compare(cell, operand));
    }

    literal(written, kind) {
        if (written.startsWith("'")) {
            const text = characters(written).join("");
            if (kind === "String" || kind === "Choice") this.texts.add(text);
            return fold(text);
        }
        if (kind === "Boolean") return written.toLowerCase() === "true";
        return kind === "DateTime" ? Date.parse(written) / 1000 : exact(written);
    }

    like(written, cell) {
        const pattern = characters(written, true);
        const middle = pattern.slice(pattern[0]?.any ? 1 : 0, pattern.at(-1)?.any ? -1 : undefined);
        const shape = (text) => [...text].every((character, at) => character === middle[at] || (character === "\\" && middle[at]?.one));
        const meant = this.asked.find((text) => [...text].length === middle.length && shape(text));
        assert.notEqual(meant, undefined, `${written} is none of the patterns asked for`);
        this.texts.add(meant);
        if (cell === null) return false;
        const quoted = (character) => fold(character).replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
        const source = pattern.map((one) => (one.any ? ".*" : one.one ? "." : quoted(one))).join("");
        return new RegExp(`^${source}$`, "su").test(cell);
    }
}

// The parser's chain of conditions as the tokens that it read.
function* flat(where) {
    for (let node = where; node; node = node.right) {
        const { left, operator } = node;
        for (let open = left?.openParen ?? 0; open > 0; open -= 1) yield "(";
        if (left?.operator) yield left;
        for (let close = left?.closeParen ?? 0; close > 0; close -= 1) yield ")";
        if (operator) yield operator;
    }
}

// The statements of a request: of its address, or of the parts of a composite.
function statements({ method, target, body }) {
    const targets = method === "GET" ? [target] : JSON.parse(body).compositeRequest.map((part) => part.url);
    return targets.map((one) => decodeURIComponent(option(one, "q", ["q"])));
}

const { columns, requests } = cases(process.argv[2], "salesforce");
const done = { statements: 0, "of several in a request": 0, "with a pattern wider than asked for": 0, rows: 0 };
for (const { request, queries } of requests) {
    const found = statements(request);
    assert.equal(found.length, queries.length);
    found.forEach((text, at) => {
        const { condition } = queries[at];
        const reader = new Reader(columns, text, condition);
        const wide = reader.asked.some((one) => one.includes("\\"));
        done.rows += check(reader, queries[at], !wide);
        done.statements += 1;
        done["of several in a request"] += found.length > 1 ? 1 : 0;
        done["with a pattern wider than asked for"] += wide ? 1 : 0;
    });
}
assert.ok(done.statements > 500);
console.log("soql-parser-js:", Object.entries(done).map(([what, number]) => `${number} ${what}`).join(", "));

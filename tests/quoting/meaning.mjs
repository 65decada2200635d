// What a condition means, worked out from its tree alone: no product code, no parser.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

// Text as both CRMs compare it: case does not count.
export const fold = (text) => text.toLowerCase();

// A number of up to twelve places, exactly.
export function exact(text) {
    const [, sign, whole, fraction = ""] = /^(-?)(\d+)(?:\.(\d{1,12}))?$/.exec(text);
    return BigInt(`${sign}${whole}${fraction.padEnd(12, "0")}`);
}

// A cell of a row or an operand as something that compares; null is null.
export function value(cell) {
    if (cell === null || cell === undefined) return null;
    const [[kind, content]] = Object.entries(cell);
    if (kind === "number") return exact(content);
    return typeof content === "string" ? fold(content) : content;
}

// Whether a row meets a condition; two-valued, `NotEquals` and `NotIn` include null.
export function holds(condition, row) {
    const [[kind, inner]] = Object.entries(condition);
    if (kind === "and") return inner.every((one) => holds(one, row));
    if (kind === "or") return inner.some((one) => holds(one, row));
    if (kind === "not") return !holds(inner, row);
    const cell = value(row[inner.field]);
    const operands = inner.operands.map(value);
    const [one] = operands;
    const tests = {
        IsNull: () => cell === null,
        IsNotNull: () => cell !== null,
        NotEquals: () => cell !== one,
        NotIn: () => !operands.includes(cell),
        Equals: () => cell === one,
        In: () => operands.includes(cell),
        Contains: () => cell?.includes(one) ?? false,
        StartsWith: () => cell?.startsWith(one) ?? false,
        EndsWith: () => cell?.endsWith(one) ?? false,
        GreaterThan: () => cell !== null && compare(cell, one) > 0,
        GreaterThanOrEqual: () => cell !== null && compare(cell, one) >= 0,
        LessThan: () => cell !== null && compare(cell, one) < 0,
        LessThanOrEqual: () => cell !== null && compare(cell, one) <= 0,
    };
    return tests[inner.operator]();
}

// By code points, as text without a collation compares.
export function compare(a, b) {
    if (typeof a !== "string") return a < b ? -1 : a > b ? 1 : 0;
    return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

// The tests of a condition.
export function tests(condition) {
    const [[kind, inner]] = Object.entries(condition);
    if (kind === "test") return [inner];
    return kind === "not" ? tests(inner) : inner.flatMap(tests);
}

// The texts of a condition: what has to stand in the filter, character by character.
export function texts(condition) {
    return new Set(tests(condition).flatMap((test) => test.operands.filter((one) => "text" in one).map((one) => one.text)));
}

// Logic with unknown, which is null.
export const and = (a, b) => (a === false || b === false ? false : a === null || b === null ? null : true);
export const or = (a, b) => (a === true || b === true ? true : a === null || b === null ? null : false);
export const not = (a) => (a === null ? null : !a);

// The cases of one CRM: its fields by their names on the wire, and every request.
export function cases(path, crm) {
    const lines = readFileSync(path, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
    const own = lines.filter((line) => line.crm === crm);
    const fields = Object.entries(own[0].fields);
    const columns = new Map(fields.flatMap(([name, { wire, kind }]) => wire.map((column) => [column, { name, kind }])));
    return { columns, requests: own.slice(1) };
}

// The value of one query option as it stands in an address, encoded; any option but those known is an escape.
export function option(target, name, known) {
    const [, query] = /^[^?]*\?(.*)$/s.exec(target);
    const pairs = query.split("&").map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]);
    const names = pairs.map(([key]) => key);
    assert.ok(new Set(names).size === names.length && names.every((key) => known.includes(key)), `options ${names}`);
    assert.doesNotMatch(query, /[^!-~]|[#"<>\\^`{|}]/, "what an address may not hold as it is");
    return new Map(pairs).get(name);
}

// Tries a filter on the rows of its query; one that is not exact may leave tests out and let more through.
export function check(reader, query, exactly = true) {
    const [found, asked] = [[...reader.texts].sort(), [...texts(query.condition)].sort()];
    if (exactly) assert.deepEqual(found, asked, reader.text);
    assert.ok(found.every((text) => asked.includes(text)), reader.text);
    for (const row of query.rows) {
        const [found, wanted] = [reader.holds(row), holds(query.condition, row)];
        const fine = exactly ? found === wanted : found || !wanted;
        assert.ok(fine, `${reader.text}\nmeans otherwise than ${JSON.stringify(query.condition)} for ${JSON.stringify(row)}`);
    }
    return query.rows.length;
}

// ical.js, strict, over the files that icalendar_files.py has left: each has to say the same to it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [, , foreign, folder] = process.argv;
const { default: ICAL } = await import(pathToFileURL(createRequire(`${foreign}/`).resolve("ical.js")));
assert.equal(ICAL.design.strict, true);
const said = JSON.parse(readFileSync(`${folder}/said.json`, "utf8"));
assert.ok(said.length > 0);
said.forEach((expected, n) => {
    const calendar = new ICAL.Component(ICAL.parse(readFileSync(`${folder}/${String(n).padStart(3, "0")}.ics`, "utf8")));
    assert.equal(calendar.getFirstPropertyValue("method"), "PUBLISH");
    assert.deepEqual(calendar.getAllSubcomponents().map((component) => component.name), ["vevent"]);
    const event = new ICAL.Event(calendar.getFirstSubcomponent("vevent"), { strictExceptions: true });
    const { uid, sequence, summary, description, location, startDate, endDate } = event;
    assert.deepEqual([startDate.zone.tzid, endDate.zone.tzid], ["UTC", "UTC"]);
    const [start, end] = [startDate, endDate].map((time) => time.toJSDate().toISOString().replace(".000Z", "Z"));
    const read = { UID: uid, SEQUENCE: sequence, SUMMARY: summary, DESCRIPTION: description, LOCATION: location, DTSTART: start, DTEND: end };
    assert.deepEqual(read, { ...expected }, `file ${n}`);
});
console.log(`ical.js: ${said.length} files ok`);

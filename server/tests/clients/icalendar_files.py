"""icalendar (PyPI), strict, over files of the Public API; each is left in a folder with what it has to say, for other libraries."""

import json
import os
import sys
from datetime import datetime, timedelta, timezone

import icalendar
import requests
from icalendar.parser import Contentline

ready = json.load(open(sys.argv[1]))
folder = sys.argv[2]
base = ready["base_url"] + "/api/v3"
written = []


def step(name):
    print("  ", name, flush=True)


def ask(method, path, body=None, token="system", status=200, kind="application/json"):
    secret = ready["scim"]["token"] if token == "scim" else ready["tokens"][token]
    url = path if path.startswith("http") else base + path
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": kind}
    answer = requests.request(method, url, headers=headers, data=None if body is None else json.dumps(body), timeout=10)
    assert answer.status_code == status, (method, path, answer.status_code, answer.text)
    return answer


def employee():
    """Somebody of the directory, who can be met."""
    user = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "eli@bank.example", "externalId": "eli", "active": True,
        "displayName": "Eli Green",
    }
    ask("POST", ready["scim"]["employees"] + "/Users", user, "scim", 201, "application/scim+json")
    return ask("GET", "/config/employees").json()[0]["id"]


def at(instant):
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def only(component, name):
    """The one property of a name."""
    value = component[name]
    assert not isinstance(value, list), f"{name} is there several times"
    return value


def held(raw):
    """A file, held against RFC 5545 by its bytes, and read by the library; its one event."""
    assert raw.endswith(b"\r\n") and raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r"), "lines end in CRLF, and nothing else does"
    lines = raw.split(b"\r\n")[:-1]
    assert all(0 < len(line) <= 75 for line in lines), "lines are folded at 75 octets"
    for line in lines:
        # Each by itself: nothing is folded within a letter.
        line.decode("utf-8")
    for line in icalendar.parser.Contentlines.from_ical(raw):
        if line:
            Contentline(str(line), strict=True).parts()
    [calendar] = icalendar.Calendar.from_ical(raw, multiple=True)
    calendar.validate()
    assert (only(calendar, "VERSION"), only(calendar, "METHOD")) == ("2.0", "PUBLISH"), calendar
    [event] = calendar.subcomponents
    assert event.name == "VEVENT" and [*calendar.errors, *event.errors] == [], (calendar.errors, event.errors)
    expected = {"UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION", "LOCATION", "STATUS"}
    assert set(event) == expected, set(event) ^ expected
    assert only(event, "STATUS") == "CONFIRMED"
    # What the library writes of it says the same.
    [again] = icalendar.Calendar.from_ical(calendar.to_ical()).subcomponents
    assert dict(again) == dict(event)
    return event


def file(meeting, expected, texts=None):
    """Downloads the file of a meeting and holds it against what it has to say."""
    answer = ask("POST", f"/bookme/meetings/{meeting}/ical", texts)
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8", answer.headers
    assert 'filename="meeting.ics"' in answer.headers["Content-Disposition"], answer.headers
    event = held(answer.content)
    for name in ["SUMMARY", "DESCRIPTION", "LOCATION"]:
        assert str(only(event, name)) == expected[name], (name, str(only(event, name)), expected[name])
    for name in ["DTSTART", "DTEND"]:
        instant = only(event, name).dt
        assert instant.utcoffset() == timedelta(0) and instant.tzinfo is not None and at(instant) == expected[name], (name, instant)
    assert abs(only(event, "DTSTAMP").dt - datetime.now(timezone.utc)) < timedelta(minutes=5), event
    assert int(only(event, "SEQUENCE")) == expected["SEQUENCE"], event
    told = {**expected, "UID": str(only(event, "UID"))}
    open(os.path.join(folder, f"{len(written):03}.ics"), "wb").write(answer.content)
    written.append(told)
    return told["UID"]


# What a text may be, and what a file says of it: line ends are one, and other controls, which no file may have, are gone.
texts = {
    "plain": ("Pension review", None),
    "empty": ("", None),
    "marks": ("a, b; c: d \\ e \"f\" 'g' \\n \\, \\; \\\\ =?%;,", None),
    "backslash at the end": ("C:\\", None),
    "lines": ("one\ntwo\r\nthree\rfour\n\nsix\n", "one\ntwo\nthree\nfour\n\nsix\n"),
    "another event": ("x\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nATTENDEE:mailto:evil@evil.example\r\n ", "x\nEND:VEVENT\nBEGIN:VEVENT\nATTENDEE:mailto:evil@evil.example\n "),
    "controls": ("a\x01b\x08c\x0bd\x0ce\x1bf\x7fg\x85h\ti", "abcdefgh\ti"),
    "emoji": ("😀👩\u200d👩\u200d👧\u200d👦🏳️\u200d🌈" * 40, None),
    "right to left": ("פגישה \u200fעם\u202b אליהו \u202cשלום, \u2067اجتماع\u2069; مع إيلي " * 10, None),
    "marks of letters": ("Zoë\u0301\u0302\u0303 ÆØÅ ß ﬁ Ⅷ " * 12, None),
    "separators of other kinds": ("a\u2028b\u2029c\ufeffd\u00a0e\u200bf", None),
    "spaces": ("  two before, two after  ", None),
    "as wide as a line": ("x" * 67 + "é" * 75 + "日本語" * 60, None),
    "long": ("Ø, " * 3000, None),
}


def book(employee, n, **more):
    # Weeks ahead, so that nobody's clock comes between.
    start = datetime.now(timezone.utc).replace(minute=0, second=0, microsecond=0) + timedelta(days=30, hours=2 * n)
    times = {"startDate": at(start), "endDate": at(start + timedelta(hours=1))}
    meeting = {"bookedBy": "Employee", "type": "Online", "employeeId": employee, "customerId": "42", **times, **more}
    told = {"DTSTART": times["startDate"], "DTEND": times["endDate"], "SEQUENCE": 0}
    # By another application than files are asked for by: each may call so often in a minute.
    return ask("POST", "/bookme/meetings", meeting, "manager").json()["id"], told


employee = employee()
step("texts of meetings, and texts that a download brings")
for n, (name, (text, said)) in enumerate(texts.items()):
    said = text if said is None else said
    link = "https://meet.example/a,b;c?d=e#" + "%20" * 40
    meeting, told = book(employee, n, title=text[:250], description=text, videoLink=link)
    title = said if len(text) <= 250 else said[:250]
    own = {**told, "SUMMARY": title, "DESCRIPTION": said, "LOCATION": link}
    uid = file(meeting, own)
    assert file(meeting, own) == uid, name
    given = {"title": text, "description": text, "location": text}
    # An empty text is one: it takes the place of what else there is.
    assert file(meeting, {**told, "SUMMARY": said, "DESCRIPTION": said, "LOCATION": said}, given) == uid, name

step("a meeting that is moved is the same, and later; one that is cancelled has no file")
meeting, told = book(employee, 100, title="Moved")
uid = file(meeting, {**told, "SUMMARY": "Moved", "DESCRIPTION": "", "LOCATION": ""})
for moves in [1, 2, 3]:
    start = datetime.now(timezone.utc).replace(minute=0, second=0, microsecond=0) + timedelta(days=50 + moves)
    slot = {"status": "Reserved", "employeeId": employee, "startDate": at(start), "endDate": at(start + timedelta(minutes=45))}
    hold = {"token": f"7d0f3a52-6f5c-4d57-9d3b-00000000000{moves}", "timeSlot": slot, "existingMeetingId": meeting}
    held_slot = ask("POST", "/bookme/time-slots/reserve", hold).json()["id"]
    ask("PATCH", f"/bookme/meetings/{meeting}", [{"op": "replace", "path": "/timeSlotId", "value": held_slot}])
    moved = {"DTSTART": slot["startDate"], "DTEND": slot["endDate"], "SEQUENCE": moves}
    assert file(meeting, {**moved, "SUMMARY": "Moved", "DESCRIPTION": "", "LOCATION": ""}) == uid
ask("PATCH", f"/bookme/meetings/{meeting}", [{"op": "replace", "path": "/title", "value": "Renamed"}])
assert file(meeting, {**moved, "SUMMARY": "Renamed", "DESCRIPTION": "", "LOCATION": ""}) == uid
ask("DELETE", f"/bookme/meetings/{meeting}", status=204)
ask("POST", f"/bookme/meetings/{meeting}/ical", status=404)
step("texts that the organisation has set up, which take the place of those of meetings")
settings = ask("GET", "/bookme/config/organization-settings").json()
settings = settings[0] if isinstance(settings, list) else settings
templates = {"iCalMeetingTitle": "{{ employee }}: møde; {{ meetingType }}, 😀", "iCalMeetingDescription": "Se frem til\n\t{{ startDate | date: '%Y' }}\\"}
patch = [{"op": "add", "path": f"/{name}", "value": text} for name, text in templates.items()]
ask("PATCH", f"/bookme/config/organization-settings/{settings['id']}", patch, "admin")
meeting, told = book(employee, 200, title="Own", description="Own")
year = told["DTSTART"][:4]
file(meeting, {**told, "SUMMARY": "Eli Green: møde; Online, 😀", "DESCRIPTION": f"Se frem til\n\t{year}\\", "LOCATION": ""})
uids = {told["UID"] for told in written}
assert len(uids) == len(texts) + 2, uids

json.dump(written, open(os.path.join(folder, "said.json"), "w"))
print(f"icalendar {icalendar.__version__}: {len(written)} files ok")

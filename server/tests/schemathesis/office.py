"""Sets up an office in the sandbox, so that ids that are sent are of something. Writes them as dictionaries of schemathesis.

    office.py READY FOLDER      READY is what the sandbox says when it is ready
"""

import json
import sys
from pathlib import Path

import requests

READY, FOLDER = json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2])
PLACE = "Finans Allé 1-3"
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
TYPES = ["Physical", "Online", "Telephone", "Offsite"]


def send(method, url, token, body=None, media="application/json"):
    headers = {"Authorization": f"Bearer {token}", "Content-Type": media}
    answer = requests.request(method, url, data=json.dumps(body) if body is not None else None, headers=headers, timeout=20)
    assert answer.ok, f"{method} {url}: {answer.status_code} {answer.text}"
    return answer.json() if answer.content else None


def provision(service, name):
    user = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": f"{name}@bank.example",
        "externalId": name,
        "displayName": name,
        "active": True,
        "emails": [{"type": "work", "value": f"{name}@bank.example"}],
        "addresses": [{"type": "work", "formatted": PLACE}],
    }
    send("POST", f"{READY['scim'][service]}/Users", READY["scim"]["token"], user, "application/scim+json")


def main():
    admin, base = READY["tokens"]["admin"], READY["base_url"]
    api, management = f"{base}/api/v3", f"{base}/api/management/v1"
    for name in ["anna", "bo"]:
        provision("employees", name)
    provision("rooms", "fjord")
    employees = [one["id"] for one in send("GET", f"{api}/config/employees", admin)]
    rooms = [one["id"] for one in send("GET", f"{api}/config/rooms", admin)]
    workdays = [
        {"isAvailable": True, "dayOfWeek": day, "from": "08:00", "to": "16:00", "availableMeetingTypes": [{"type": kind} for kind in TYPES]}
        for day in DAYS
    ]
    schedules = [one["id"] for one in send("GET", f"{api}/bookme/config/employee-schedules", admin)]
    for schedule in schedules:
        patch = [{"op": "replace", "path": "/workdays", "value": workdays}]
        send("PATCH", f"{api}/bookme/config/employee-schedules/{schedule}", admin, patch)
    topic = send("POST", f"{api}/bookme/meeting-topics", admin, {"name": "Lån", "uniqueTopicId": "loan"})["id"]
    kind = send("POST", f"{api}/config/customer-types", admin, {"name": "Privat"})["id"]
    send("PUT", f"{management}/locales", admin, {"enabled": ["en-GB"]})
    send("POST", f"{management}/meeting-configurations", admin, {"meetingTypes": TYPES})
    dictionaries = {
        "employees": employees,
        "rooms": rooms,
        "topics": [topic],
        "customer-types": [kind],
        "places": [PLACE],
        "settings": [send("GET", f"{api}/bookme/config/organization-settings", admin)["id"]],
        "schedules": schedules,
    }
    for name, values in dictionaries.items():
        (FOLDER / name).write_text("".join(f"{json.dumps(value, ensure_ascii=False)}\n" for value in values))


main()

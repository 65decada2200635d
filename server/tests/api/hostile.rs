//! What nobody means well by, or nobody thought of: the right refusal, or it is kept as it was sent. Never an error of ours.

use axum::http::Method;
use engage_server::api::operations;
use serde_json::{Value, json};
use uuid::Uuid;

use super::kit::{ADMIN, Answer, Kit, OURS, PLACE, SYSTEM};

/// Names as people have them, and as others send them.
const TEXTS: [&str; 12] = [
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "</style><style>*{background:url(javascript:alert(1))}",
    "\"'`;-- DROP TABLE booking_meetings; {{7*7}} ${7*7} {% raw %} %s %n",
    "שלום \u{202e}evil\u{202c} مرحبا",
    "👩‍👩‍👧‍👦🇩🇰🏳️‍🌈 Å\u{30a}\u{301}\u{301}\u{301}",
    "=HYPERLINK(\"http://x\";\"x\")\t@SUM(1)",
    "../../etc/passwd\\..\\windows",
    "line\r\nBEGIN:VEVENT\r\nX-EVIL:1\nend",
    "\u{feff}zero\u{200b}width\u{2060}",
    "ﬁ ＡＢＣ ① Ω Ω",
    "\u{1f}\u{7f}\u{85}\u{2028}\u{fffd}\u{10ffff}",
    "   spaces   ",
];

/// It was refused in words; which status.
#[track_caller]
fn refused(answer: &Answer, what: &str) -> u16 {
    let status = answer.status.as_u16();
    assert!((400..500).contains(&status), "{what}: {status} {}", answer.text);
    let told = answer.json();
    assert!(told["code"].is_string() && told["message"].is_string() && told["details"].is_object(), "{what}: {told}");
    assert!(answer.text.len() < 20_000, "{what}: a refusal of {} bytes", answer.text.len());
    status
}

fn meeting(more: Value) -> Value {
    let mut all = json!({"bookedBy": "Employee", "type": "Online", "employeeId": OURS.employee(1), "customerId": "c"});
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    all
}

fn slot(start: &str, end: &str) -> Value {
    json!({"status": "Busy", "employeeId": OURS.employee(1), "startDate": start, "endDate": end})
}

#[tokio::test]
async fn times_that_are_none_are_refused_wherever_they_stand() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    let until = "2026-06-01T09:00:00Z";
    for time in [
        "2026-06-01T08:00:00+26:00",
        "2026-06-01T08:00:00+01:60",
        "2026-06-01T25:00:00Z",
        "2026-02-30T08:00:00Z",
        "2026-06-01T08:00:61Z",
        "9999-12-31T23:59:59Z",
        "10000-01-01T00:00:00Z",
        "-10000-01-01T00:00:00Z",
        "٢٠٢٦-٠٦-٠١T٠٨:٠٠:٠٠Z",
        "1e9",
        "1780300800",
        "now",
        "2026-06-01T08:00:00Z[Europe/Copenhagen][u-ca=hebrew]extra",
        "2026-W23-1T08:00:00Z",
    ] {
        let reservation = json!({"token": Uuid::new_v4(), "timeSlot": slot(time, until)});
        for (path, body) in [
            ("/bookme/time-slots", slot(time, until)),
            ("/bookme/time-slots/reserve", reservation),
            ("/bookme/meetings", meeting(json!({"startDate": time, "endDate": until}))),
        ] {
            assert_eq!(refused(&kit.post(SYSTEM, path, body).await, time), 400, "{path}: {time}");
        }
        let time: String = time.bytes().map(|byte| format!("%{byte:02X}")).collect();
        for path in [
            format!("/bookme/time-slots?startDate={time}&endDate={until}"),
            format!("/bookme/meetings?startDateModified={time}"),
            format!(
                "/bookme/time-slots/available?requireEmployeeParticipation=false&employeeTypes=Local&startDate={time}"
            ),
        ] {
            assert_eq!(refused(&kit.get(SYSTEM, &path).await, &path), 400, "{path}");
        }
    }
}

#[tokio::test]
async fn the_first_and_the_last_times_of_the_calendar_are_times() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    for (start, end, told) in [
        ("0000-01-01T00:00:00Z", "0000-01-01T01:00:00Z", "0000-01-01T00:00:00Z"),
        ("0001-01-01T00:30:00+23:59", "0001-01-01T01:00:00+23:59", "0000-12-31T00:31:00Z"),
        ("9999-12-30T20:00:00Z", "9999-12-30T21:00:00Z", "9999-12-30T20:00:00Z"),
        ("9999-12-30T18:00:00-03:00", "9999-12-30T18:59:00-03:00", "9999-12-30T21:00:00Z"),
        ("2026-06-08T10:00:00.123456789+02:00", "2026-06-08T11:00:00+02:00", "2026-06-08T08:00:00.123Z"),
    ] {
        let made = kit.post(SYSTEM, "/bookme/time-slots", slot(start, end)).await.expect(200);
        assert_eq!(made["startDate"], told, "{start}");
        let hold = json!({"token": Uuid::new_v4(), "timeSlot": slot(start, end)});
        let taken = kit.post(SYSTEM, "/bookme/time-slots/reserve", hold).await;
        assert_eq!(taken.refused(409), "TIME_SLOT_TAKEN", "{start}");
        let booked = meeting(json!({"startDate": start, "endDate": end}));
        assert_eq!(kit.post(SYSTEM, "/bookme/meetings", booked).await.refused(409), "TIME_SLOT_TAKEN", "{start}");
        let day = start[..10].to_owned();
        for start in [told.to_owned(), day] {
            let ask = format!(
                "requireEmployeeParticipation=true&explicitEmployeeIds={}&startDate={start}&lookForwardTime=3650.00:00:00",
                OURS.employee(1)
            );
            let found = kit.get(SYSTEM, &format!("/bookme/time-slots/available?{ask}")).await;
            assert!(found.status == 200 || refused(&found, &start) == 400, "{start}: {}", found.text);
        }
    }
    let all = "/bookme/time-slots?startDate=0000-01-01T00:00:00Z&endDate=9999-12-30T21:59:59Z";
    assert_eq!(kit.get(SYSTEM, all).await.expect(200).as_array().unwrap().len(), 5);
    let meetings = "/bookme/meetings?startDateModified=0000-01-01T00:00:00Z&endDateModified=9999-12-30T00:00:00Z";
    assert_eq!(kit.get(SYSTEM, meetings).await.expect(200), json!([]));
    // Beside the last instant there is nothing that could be looked at; years that RFC 3339 cannot write are no times.
    let (start, end) = ("9999-12-30T21:30:00Z", "9999-12-30T21:59:00Z");
    let last = meeting(json!({"employeeId": OURS.employee(2), "startDate": start, "endDate": end}));
    let answer = kit.post(SYSTEM, "/bookme/meetings", last).await;
    assert!(answer.status == 200 || refused(&answer, "the last") == 400, "{}", answer.text);
    let before = meeting(json!({"startDate": "-000001-12-31T23:00:00Z", "endDate": "0000-01-01T00:00:00Z"}));
    assert_eq!(refused(&kit.post(SYSTEM, "/bookme/meetings", before).await, "before"), 400);
}

#[tokio::test]
async fn ten_years_are_too_long_to_be_one_slot_and_not_too_long_to_be_looked_at() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    let (start, end) = ("2020-01-01T00:00:00Z", "2030-01-01T00:00:00Z");
    let hold = json!({"token": Uuid::new_v4(), "timeSlot": slot(start, end)});
    for (path, body) in [
        ("/bookme/time-slots", slot(start, end)),
        ("/bookme/time-slots/reserve", hold),
        ("/bookme/meetings", meeting(json!({"startDate": start, "endDate": end}))),
    ] {
        assert_eq!(kit.post(SYSTEM, path, body).await.expect(400)["code"], "BAD_REQUEST", "{path}");
    }
    assert_eq!(
        kit.get(SYSTEM, &format!("/bookme/time-slots?startDate={start}&endDate={end}")).await.expect(200),
        json!([])
    );
    let ask =
        "requireEmployeeParticipation=false&employeeTypes=Local,ServiceGroup&customerLocation=Finans%20All%C3%A9%201-3";
    let within = |span: &str| format!("/bookme/time-slots/available?{ask}&lookForwardTime={span}");
    let ten_years = kit.get(SYSTEM, &within("3650.00:00:00")).await.expect(200);
    let horizon = kit.get(SYSTEM, &within("61.00:00:00")).await.expect(200);
    assert_eq!(ten_years, horizon, "beyond the horizon there is nothing");
    for span in ["3651.00:00:00", "99999999.00:00:00", "-1.00:00:00", "1.00:00:00.99999999"] {
        assert_eq!(refused(&kit.get(SYSTEM, &within(span)).await, span), 400, "{span}");
    }
    // On either side of what a meeting may last.
    for (span, status) in [("7.00:00:00", 200), ("7.00:00:01", 400), ("3650.00:00:00", 400)] {
        let path = format!("/bookme/time-slots/available?{ask}&meetingDuration={span}");
        assert_eq!(kit.get(SYSTEM, &path).await.status, status, "{span}");
    }
}

#[tokio::test]
async fn ten_thousand_ids_are_too_many_where_each_costs() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    let ids: Vec<Uuid> = (0..10_000).map(Uuid::from_u128).collect();
    let same = vec![OURS.employee(1); 10_000];
    let group = kit.post(ADMIN, "/config/service-groups", json!({"name": "S"})).await.id();
    let add = format!("/config/service-groups/employee/{}/add", OURS.employee(1));
    for (method, path, body) in [
        (Method::POST, "/bookme/meetings", meeting(json!({"additionalEmployees": ids}))),
        (Method::PATCH, add.as_str(), json!(vec![group; 10_000])),
        (Method::POST, "/config/portals", json!({"name": "P", "authenticationType": "MitID", "labels": ids})),
    ] {
        let answer = kit.call(ADMIN, method, &format!("/api/v3{path}"), Some(body)).await;
        assert_eq!(refused(&answer, path), 400, "{path}");
    }
    // Of whom one is named again and again is somebody once; whom nobody knows is not there.
    let once =
        kit.post(ADMIN, "/config/competence-groups", json!({"name": "K", "employeeIds": same})).await.expect(201);
    assert_eq!(once["employees"].as_array().or(once["employeeIds"].as_array()).unwrap().len(), 1, "{once}");
    let unknown = json!({"name": "K", "employeeIds": ids});
    assert_eq!(refused(&kit.post(ADMIN, "/config/competence-groups", unknown).await, "unknown"), 404);
    let one_more = json!({"name": "K", "employeeIds": vec![OURS.employee(1); 10_001]});
    assert_eq!(refused(&kit.post(ADMIN, "/config/competence-groups", one_more).await, "one more"), 400);
    // In an address there are a thousand at most: more do not fit into the head of a request either.
    let listed = |count: usize| ids.iter().take(count).map(Uuid::to_string).collect::<Vec<_>>().join(",");
    for (count, status) in [(500, 404), (1_001, 400)] {
        let path = format!(
            "/bookme/time-slots/available?requireEmployeeParticipation=true&explicitEmployeeIds={}",
            listed(count)
        );
        assert_eq!(refused(&kit.get(SYSTEM, &path).await, "ids"), status, "{count}");
    }
}

#[tokio::test]
async fn patterns_of_portals_cost_no_more_than_the_text_that_they_are_held_against() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    let portal = |pattern: &str| {
        let field = json!({"name": "f", "label": "F", "type": "Text", "validation": {"pattern": pattern}});
        json!({"name": "P", "authenticationType": "AzureAD", "fields": [field]})
    };
    for bomb in [
        "((a{0,1000}){0,1000}){0,1000}",
        &"(".repeat(3_999),
        &format!("{}a{}", "(".repeat(1_000), ")".repeat(1_000)),
        r"(\pL{1,1000}){1,1000}",
        r"(a)\1",
        r"(?=a)b",
        "[a-",
        "a{4294967296}",
        &"x".repeat(4_001),
    ] {
        let answer = kit.post(ADMIN, "/config/portals", portal(bomb)).await;
        let what: String = bomb.chars().take(30).collect();
        assert_eq!(refused(&answer, &what), 400, "{what}");
    }
    // What blows up where patterns are tried one way after another takes one pass here.
    for (pattern, fits) in
        [("^(a+)+$", "aaa"), ("^(a|aa)+$", "aaaa"), (r"^([a-zA-Z]+)*\d$", "abc1"), ("(.*)*(.*)*x", "x")]
    {
        let id = kit.post(ADMIN, "/config/portals", portal(pattern)).await.id();
        let book = |value: String, start: &str| {
            meeting(json!({
                "bookedBy": "PortalPartner", "portalId": id, "startDate": format!("2026-06-09T{start}:00Z"),
                "endDate": format!("2026-06-09T{start}:30Z"), "customFields": [{"key": "f", "value": value}],
            }))
        };
        let long = format!("{}!", "a".repeat(3_990));
        let from = std::time::Instant::now();
        let answer = kit.post(SYSTEM, "/bookme/meetings", book(long, "08:00")).await;
        assert_eq!(refused(&answer, pattern), 400, "{pattern}");
        assert!(from.elapsed().as_secs() < 5, "{pattern} took {:?}", from.elapsed());
        let booked = kit.post(SYSTEM, "/bookme/meetings", book(fits.to_owned(), "08:00")).await;
        let id = booked.id();
        assert_eq!(kit.delete(SYSTEM, &format!("/bookme/meetings/{id}")).await.status, 204);
    }
}

#[tokio::test]
async fn texts_are_kept_as_they_were_sent() {
    let kit = Kit::start().await;
    let office = kit.office(OURS).await;
    for (number, text) in TEXTS.into_iter().enumerate() {
        let all = [
            (
                "/bookme/meeting-topics",
                json!({"localizedName": {"da-DK": text, "en-GB": text}, "uniqueTopicId": number.to_string()}),
            ),
            ("/config/customer-types", json!({"name": text})),
            ("/bookme/config/locations", json!({"location": text, "displayName": text})),
            ("/config/competence-groups", json!({"name": text})),
            ("/config/service-groups", json!({"name": text, "membershipEmail": format!("{text}@x")})),
            ("/labels", json!({"labelName": format!("{number} {text}"), "description": text})),
            (
                "/config/portals",
                json!({
                    "name": text, "authenticationType": "MitID", "styling": text, "logoUrl": text, "location": text,
                    "fields": [{"name": text, "label": text, "type": "Dropdown", "options": [text], "description": text,
                        "placeholder": text, "defaultValue": text, "validation": {"errorMessage": null}}],
                }),
            ),
            (
                "/bookme/meetings",
                meeting(json!({
                    "title": text, "description": text, "customerId": text, "salesforceId": text, "videoLink": text,
                    "startAddress": text, "endAddress": text,
                })),
            ),
        ];
        for (path, body) in all {
            let made = kit.post(ADMIN, path, body.clone()).await;
            assert!(made.status.is_success(), "{path} {text:?}: {} {}", made.status, made.text);
            let read = kit.get(ADMIN, &format!("{path}/{}", made.id())).await.expect(200);
            for (name, sent) in body.as_object().unwrap().iter().filter(|(_, sent)| sent.is_string()) {
                let is_name = matches!(name.as_str(), "bookedBy" | "type" | "authenticationType");
                assert!(is_name || read[name] == *sent, "{path} {name}: {sent} became {}", read[name]);
            }
            if path == "/config/portals" {
                let field = &read["fields"][0];
                for name in ["name", "label", "description", "placeholder", "defaultValue"] {
                    assert_eq!(field[name], text, "{name}");
                }
                assert_eq!(field["options"], json!([text]));
            }
        }
    }
    let found = kit.get(SYSTEM, "/bookme/meetings").await.expect(200);
    assert_eq!(found.as_array().unwrap().len(), TEXTS.len());
    assert!(office.contains_key("topic"));
}

#[tokio::test]
async fn names_that_look_alike_are_two() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    // Invariant 22: by case, by a space, by the normal form of Unicode.
    let decomposed = PLACE.replace('é', "e\u{301}");
    for place in [PLACE.to_owned(), PLACE.to_uppercase(), format!("{PLACE} "), decomposed] {
        let encoded: String = place.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let ask = format!("requireEmployeeParticipation=false&employeeTypes=Local&customerLocation={encoded}");
        let found = kit.get(SYSTEM, &format!("/bookme/time-slots/available?{ask}")).await.expect(200);
        assert_eq!(found.as_array().unwrap().is_empty(), place != PLACE, "{place:?}");
    }
}

#[tokio::test]
async fn a_calendar_file_says_what_was_sent_and_nothing_more() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    let held = kit.hold(SYSTEM, OURS.employee(1), "08:00", "09:00").await.id();
    let id = kit.post(SYSTEM, "/bookme/meetings", meeting(json!({"timeSlotId": held}))).await.id();
    for text in TEXTS {
        let body = json!({"title": text, "description": text, "location": text});
        let file = kit.post(SYSTEM, &format!("/bookme/meetings/{id}/ical"), body).await;
        assert_eq!(file.status, 200, "{text:?}: {}", file.text);
        let unfolded = file.text.replace("\r\n ", "");
        let names: Vec<&str> = unfolded.lines().filter_map(|line| line.split([':', ';']).next()).collect();
        assert_eq!(names.iter().filter(|name| **name == "BEGIN").count(), 2, "{}", file.text);
        assert!(!names.contains(&"X-EVIL"), "{}", file.text);
        assert!(file.text.lines().all(|line| line.len() <= 75), "{}", file.text);
    }
}

#[tokio::test]
async fn an_id_is_not_to_be_patched() {
    let kit = Kit::start().await;
    let office = kit.office(OURS).await;
    let busy = slot("2026-06-01T08:00:00Z", "2026-06-01T09:00:00Z");
    let slot = kit.post(ADMIN, "/bookme/time-slots", busy).await.id();
    let settings = OURS.id().to_string();
    let ids = [
        ("Meetings_patch", kit.post(ADMIN, "/bookme/meetings", meeting(json!({}))).await.id()),
        ("TimeSlots_patch", slot),
        ("Topics_patch", office["topic"].to_string()),
        ("CustomerTypes_patch", office["customerType"].to_string()),
        ("Labels_merge", kit.post(ADMIN, "/labels", json!({"labelName": "L"})).await.id()),
        ("CompetenceGroups_patch", kit.post(ADMIN, "/config/competence-groups", json!({"name": "K"})).await.id()),
        ("ServiceGroups_patch", kit.post(ADMIN, "/config/service-groups", json!({"name": "S"})).await.id()),
        (
            "Portals_patch",
            kit.post(ADMIN, "/config/portals", json!({"name": "P", "authenticationType": "MitID"})).await.id(),
        ),
        ("EmployeeSchedules_patch", OURS.employee(1).to_string()),
        ("OrganizationSettings_patch", settings),
        ("Locations_patch", kit.post(ADMIN, "/bookme/config/locations", json!({"location": "Aarhus"})).await.id()),
    ];
    // What is no document of its own has no id: memberships, the two parts of a service group, slides.
    let apart = ["addEmployee", "removeEmployee", "patchTrigger", "patchLevel", "patchLabels"];
    let patched = operations().iter().filter(|row| row.method == Method::PATCH);
    for operation in patched.filter(|row| !apart.iter().any(|name| row.id.ends_with(name))) {
        let (_, id) = ids.iter().find(|(name, _)| *name == operation.id).unwrap_or_else(|| panic!("{}", operation.id));
        let other = Uuid::from_u128(7);
        for version in &operation.versions {
            let path = format!("{}{}", version.prefix(), operation.path.replace("{id}", id));
            for patch in [
                json!([{"op": "replace", "path": "/id", "value": other}]),
                json!([{"op": "add", "path": "/ID", "value": other}]),
                json!([{"op": "remove", "path": "/id"}]),
                json!([{"op": "move", "from": "/id", "path": "/title"}]),
                json!([{"op": "copy", "from": "/title", "path": "/id"}]),
                json!([{"op": "replace", "path": "", "value": {"id": other}}]),
                json!([{"op": "replace", "path": "/organisation", "value": other}]),
            ] {
                let answer = kit.call(ADMIN, Method::PATCH, &path, Some(patch.clone())).await;
                assert_eq!(refused(&answer, &format!("{path} {patch}")), 400, "{path} {patch}");
            }
        }
        let path = match operation.id {
            // Settings are one, and have no address of their own to be read at.
            "OrganizationSettings_patch" => operation.path.replace("/{id}", ""),
            _ => operation.path.replace("{id}", id),
        };
        let still = kit.get(ADMIN, &path).await.expect(200);
        assert_eq!(still["id"], json!(id), "{path}");
    }
}

#[tokio::test]
async fn a_megabyte_is_too_long_for_any_text() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    let megabyte = "å".repeat(500_000);
    for (path, body) in [
        ("/bookme/meetings", meeting(json!({"description": megabyte}))),
        ("/bookme/meetings", meeting(json!({"title": megabyte}))),
        ("/bookme/meetings", meeting(json!({"externalAttendees": [{"name": megabyte, "email": "a@b"}]}))),
        (
            "/bookme/time-slots",
            json!({"status": "Busy", "employeeId": OURS.employee(1), "serviceGroup": megabyte,
            "startDate": "2026-06-01T08:00:00Z", "endDate": "2026-06-01T09:00:00Z"}),
        ),
        ("/bookme/meeting-topics", json!({"name": megabyte, "uniqueTopicId": "x"})),
        ("/config/customer-types", json!({"name": megabyte})),
        ("/config/competence-groups", json!({"name": megabyte})),
        ("/config/service-groups", json!({"name": "S", "membershipEmail": megabyte})),
        ("/config/portals", json!({"name": "P", "authenticationType": "MitID", "styling": megabyte})),
        ("/config/portals", json!({"name": "P", "authenticationType": "MitID", "logoUrl": megabyte})),
        ("/bookme/config/locations", json!({"location": megabyte})),
        ("/labels", json!({"labelName": "L", "description": megabyte})),
    ] {
        assert_eq!(refused(&kit.post(ADMIN, path, body).await, path), 400, "{path}");
    }
    // Many that are each short enough: what is kept as one has a size of its own.
    let options: Vec<String> = (10..90).map(|n| format!("{n}{}", "å".repeat(250))).collect();
    let field = |n| json!({"name": format!("f{n}"), "label": "F", "type": "Dropdown", "options": options});
    let fields: Vec<Value> = (0..20).map(field).collect();
    let portal = json!({"name": "P", "authenticationType": "MitID", "fields": fields});
    assert_eq!(refused(&kit.post(ADMIN, "/config/portals", portal).await, "a large portal"), 400);
    let over = meeting(json!({"description": "x".repeat(1 << 20)}));
    assert_eq!(refused(&kit.post(ADMIN, "/bookme/meetings", over).await, "more than a body may have"), 413);
    let most = meeting(json!({"description": "😀".repeat(20_000)}));
    let made = kit.post(ADMIN, "/bookme/meetings", most.clone()).await.expect(200);
    assert_eq!(made["description"], most["description"]);
}

//! What an organisation sets up, over HTTP.

use serde_json::{Value, json};

use super::kit::{ADMIN, Kit, OURS, PLACE, SYSTEM};

fn replace(path: &str, value: Value) -> Value {
    json!([{"op": "replace", "path": path, "value": value}])
}

#[tokio::test]
async fn topics_have_texts_in_several_languages() {
    let kit = Kit::start().await;
    let office = kit.office(OURS).await;
    let path = format!("/bookme/meeting-topics/{}", office["topic"]);
    let one = |language: &str| format!("{path}?lang={language}");
    assert_eq!(kit.get(SYSTEM, &one("en-gb")).await.expect(200)["localizedName"], json!({"en-GB": "loan in English"}));
    assert_eq!(kit.get(SYSTEM, &one("sv-SE")).await.expect(200)["localizedName"], json!({"sv-SE": "Lån"}));
    let merged = kit.patch(ADMIN, &path, replace("/localizedName", json!({"en-gb": "Loans"}))).await.expect(200);
    assert_eq!(merged["localizedName"], json!({"da-DK": "Lån", "en-GB": "Loans"}));
    let legacy = kit.patch(ADMIN, &path, replace("/name", json!("Boliglån"))).await.expect(200);
    assert_eq!(legacy["localizedName"], json!({"da-DK": "Boliglån", "en-GB": "Loans"}));
    let off = kit.patch(ADMIN, &path, replace("/localizedName", json!({"fr-FR": "Prêts"}))).await;
    assert_eq!(off.refused(400), "LOCALE_NOT_ENABLED");
    let gone = json!([{"op": "remove", "path": "/localizedName/en-GB"}]);
    assert_eq!(kit.patch(ADMIN, &path, gone).await.expect(200)["localizedName"], json!({"da-DK": "Boliglån"}));
    let danish = json!([{"op": "remove", "path": "/localizedName/da-DK"}]);
    kit.patch(ADMIN, &path, danish).await.expect(400);
    let new = json!({"localizedName": {"en-GB": "Only English"}, "uniqueTopicId": "x"});
    kit.post(ADMIN, "/bookme/meeting-topics", new).await.expect(400);
    let same = json!({"name": "Andet", "uniqueTopicId": "loan"});
    assert_eq!(kit.post(ADMIN, "/bookme/meeting-topics", same).await.refused(409), "DUPLICATE");
}

#[tokio::test]
async fn customer_types_are_replaced_and_removed_unless_needed() {
    let kit = Kit::start().await;
    let made = kit.post(ADMIN, "/config/customer-types", json!({"name": "Erhverv"})).await;
    assert_eq!(made.status, 200);
    let path = format!("/config/customer-types/{}", made.id());
    assert_eq!(
        kit.put(ADMIN, &path, json!({"id": made.id(), "name": "Business"})).await.expect(200)["name"],
        "Business"
    );
    kit.put(ADMIN, &path, json!({"id": OURS.id(), "name": "x"})).await.expect(400);
    assert_eq!(kit.patch(ADMIN, &path, replace("/name", json!("Biz"))).await.expect(200)["name"], "Biz");
    let portal = json!({"name": "P", "authenticationType": "azuread", "customerTypeId": made.id()});
    let portal = kit.post(ADMIN, "/config/portals", portal).await;
    assert_eq!(portal.header("location"), format!("/api/v3/config/portals/{}", portal.id()));
    assert_eq!(kit.delete(ADMIN, &path).await.refused(409), "IN_USE");
    assert_eq!(kit.delete(ADMIN, &format!("/config/portals/{}", portal.id())).await.status, 204);
    assert_eq!(kit.delete(ADMIN, &path).await.status, 204);
    let topics = format!("/bookme/meeting-topics?isCustomer=false&customerTypeId={}", made.id());
    assert_eq!(kit.get(ADMIN, &topics).await.expect(404)["details"]["field"], "/customerTypeId");
}

#[tokio::test]
async fn labels_are_registered_paged_searched_and_kept_while_used() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    let group = json!({"name": "G", "labels": ["Premium", "premium", "Vip"]});
    let group = kit.post(ADMIN, "/config/service-groups", group).await.expect(201);
    assert_eq!(group["labels"], json!(["Premium", "Vip"]));
    let spare = kit.post(ADMIN, "/labels", json!({"labelName": "Spare", "color": "#ff0000", "description": "d"})).await;
    let page = kit.get(SYSTEM, "/labels?pageSize=2&pageNumber=1").await.expect(200);
    assert_eq!((&page["totalCount"], &page["totalPages"]), (&json!(3), &json!(2)));
    assert_eq!(page["items"][0]["labelName"], "Vip");
    let active = kit.get(SYSTEM, "/labels?activeFilter=active").await.expect(200);
    assert_eq!(active["totalCount"], 2);
    let found = kit.get(SYSTEM, "/labels/search?q=premum&threshold=0.2").await.expect(200);
    assert_eq!(found[0]["labelName"], "Premium");
    assert!(found[0]["similarityScore"].as_f64().unwrap() > 0.2);
    let suggested = kit.get(SYSTEM, "/labels/suggest?prefix=PRE").await.expect(200);
    assert_eq!(suggested, json!([{"labelName": "Premium", "color": "#808080", "usageCount": 1}]));
    let path = format!("/labels/{}", spare.id());
    let reset = kit.put(ADMIN, &path, json!({"description": "e"})).await.expect(200);
    assert_eq!((&reset["color"], &reset["description"]), (&json!("#808080"), &json!("e")));
    let merged = kit.patch(ADMIN, &path, json!({"color": "#00ff00"})).await.expect(200);
    assert_eq!((&merged["color"], &merged["description"]), (&json!("#00ff00"), &json!("e")));
    let patched = kit.patch(ADMIN, &path, replace("/color", json!("#0000ff"))).await.expect(200);
    assert_eq!(patched["color"], "#0000ff");
    kit.put(ADMIN, &path, json!({"labelName": "Other"})).await.expect(400);
    let vip = page["items"][0]["id"].as_str().unwrap();
    assert_eq!(kit.delete(ADMIN, &format!("/labels/{vip}")).await.refused(409), "LABEL_IN_USE");
    assert_eq!(kit.delete(ADMIN, &path).await.status, 204);
    let filtered = kit.get(SYSTEM, "/config/service-groups?labels=nothing,VIP").await.expect(200);
    assert_eq!(filtered.as_array().unwrap().len(), 1);
    assert_eq!(kit.get(SYSTEM, "/config/service-groups?labels=nothing").await.expect(200), json!([]));
    kit.post(ADMIN, "/config/service-groups", json!({"name": "H", "labels": ["Fyn, Jylland"]})).await.expect(201);
    for (query, count) in [
        ("labels=Fyn%2C%20Jylland", 1),
        ("labels=Fyn,Jylland", 0),
        ("labels=vip&labels=fyn%2C+jylland", 2),
        ("labels[]=vip&labels%5B%5D=nothing", 1),
        ("LABELS=%5B%22Vip%22,%22Fyn,%20Jylland%22%5D", 2),
        ("labels=%5B%5D", 2),
        ("labels=", 2),
    ] {
        let found = kit.get(SYSTEM, &format!("/config/service-groups?{query}")).await.expect(200);
        assert_eq!(found.as_array().unwrap().len(), count, "{query}");
    }
}

#[tokio::test]
async fn employees_are_in_groups_since_they_came() {
    let kit = Kit::start().await;
    let office = kit.office(OURS).await;
    let (anna, bo) = (OURS.employee(1), OURS.employee(2));
    let child = json!({"name": "Barn", "employeeIds": [bo], "topicIds": [office["topic"]]});
    let child = kit.post(ADMIN, "/config/competence-groups", child).await.expect(201);
    assert_eq!(child["topics"], json!([{"id": office["topic"], "name": "Lån"}]));
    let above = json!({"name": "Over", "childGroupIds": [child["id"]]});
    let above = kit.post(ADMIN, "/config/competence-groups", above).await.id();
    let path = format!("/config/competence-groups/{}", child["id"].as_str().unwrap());
    assert_eq!(kit.get(SYSTEM, &path).await.expect(200)["parentGroupIds"], json!([above]));
    let circle = kit.patch(ADMIN, &path, replace("/childGroupIds", json!([above]))).await;
    assert_eq!(circle.expect(400)["details"]["field"], "/childGroupIds");

    let service = json!({"name": "S", "competenceGroupIds": [above], "maxMeetingTimePerDay": "04:00:00"});
    let service = kit.post(ADMIN, "/config/service-groups", service).await.id();
    let of = format!("/config/service-groups/employee/{anna}");
    let added = kit.patch(ADMIN, &format!("{of}/add"), json!([service])).await.expect(200);
    let since = added[0]["dateAssigned"].clone();
    assert_eq!(added[0]["name"], "S");
    kit.pass(60);
    let again = kit.patch(ADMIN, &format!("{of}/add"), json!([service, service])).await.expect(200);
    assert_eq!(again[0]["dateAssigned"], since, "set once");
    let unknown = json!([service, "00000000-0000-0000-0000-000000000009"]);
    kit.patch(ADMIN, &format!("{of}/remove"), unknown).await.expect(404);
    assert_eq!(kit.get(SYSTEM, &of).await.expect(200).as_array().unwrap().len(), 1, "nothing changed");
    let advisors = kit.get(SYSTEM, &format!("/config/service-groups/{service}/advisors")).await.expect(200);
    assert_eq!((&advisors["assigned"], &advisors["competenceGroupAdvisors"]), (&json!([anna]), &json!([bo])));
    assert_eq!(kit.patch(ADMIN, &format!("{of}/remove"), json!([service])).await.expect(200), json!([]));

    let trigger = replace("/locations", json!([PLACE]));
    let group =
        kit.patch(ADMIN, &format!("/config/service-groups/{service}/service-trigger"), trigger).await.expect(200);
    assert_eq!(group["serviceTrigger"]["locations"], json!([PLACE]));
    let level = json!([{"op": "add", "path": "/meetingTypes/-", "value": "telephone"}]);
    let group = kit.patch(ADMIN, &format!("/config/service-groups/{service}/service-level"), level).await.expect(200);
    assert_eq!(group["serviceLevel"], json!({"meetingTypes": ["Telephone"], "locations": []}));
    assert_eq!(group["maxMeetingTimePerDay"], "04:00:00");
}

#[tokio::test]
async fn portals_hide_their_hidden_fields() {
    let kit = Kit::start().await;
    let fields = json!([
        {"name": "navn", "label": "Navn", "type": "text", "validation": {"required": true, "pattern": "^[a-z]+$"}},
        {"name": "kilde", "label": "Kilde", "type": "Text", "hidden": true, "defaultValue": "web"},
    ]);
    let portal = json!({"name": "P", "authenticationType": "MitID", "fields": fields, "logoHeight": 40});
    let made = kit.post(ADMIN, "/config/portals", portal).await.expect(201);
    assert_eq!(made["fields"].as_array().unwrap().len(), 2, "echoed");
    assert_eq!((&made["icalEnabled"], &made["crmCreationStrategy"]), (&json!(false), &json!("Playbook")));
    let path = format!("/config/portals/{}", made["id"].as_str().unwrap());
    assert_eq!(kit.get(SYSTEM, &path).await.expect(200)["fields"].as_array().unwrap().len(), 1);
    let all = kit.get(SYSTEM, &format!("{path}?includeHiddenFields=TRUE")).await.expect(200);
    assert_eq!(all["fields"].as_array().unwrap().len(), 2);
    let patched = kit.patch(ADMIN, &path, replace("/fields/1/label", json!("Kilden"))).await.expect(200);
    assert_eq!(
        (&patched["fields"][1]["label"], &patched["fields"][1]["id"]),
        (&json!("Kilden"), &made["fields"][1]["id"])
    );
    assert_eq!(patched["fields"][0]["validation"]["pattern"], "^[a-z]+$");
    let bad = kit.patch(ADMIN, &path, replace("/fields/0/validation/pattern", json!("(a"))).await.expect(400);
    assert!(bad["details"]["field"].as_str().unwrap().starts_with("/fields/0/"), "{bad}");
}

#[tokio::test]
async fn schedules_are_there_for_every_employee() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    let all = kit.get(SYSTEM, "/bookme/config/employee-schedules").await.expect(200);
    assert_eq!(all.as_array().unwrap().len(), 2);
    let path = format!("/bookme/config/employee-schedules/{}", OURS.employee(1));
    let patch = json!([
        {"op": "replace", "path": "/canBeBooked", "value": false},
        {"op": "replace", "path": "/workdays/0/from", "value": "09:00"},
    ]);
    let patched = kit.patch(ADMIN, &path, patch).await.expect(200);
    assert_eq!((&patched["canBeBooked"], &patched["workdays"][0]["from"]), (&json!(false), &json!("09:00:00")));
    assert_eq!(patched["workdays"][0]["availableMeetingTypes"][0], json!({"type": "Physical"}));
    assert_eq!(patched["workdays"][0]["location"], json!(null));
    let actual = kit.get(SYSTEM, &format!("{path}/actual")).await.expect(200);
    assert_eq!(actual["workdays"][0]["location"], PLACE);
    kit.patch(ADMIN, &path, replace("/employeeId", json!(OURS.employee(2)))).await.expect(400);
    let second = json!({"employeeId": OURS.employee(1)});
    assert_eq!(kit.post(ADMIN, "/bookme/config/employee-schedules", second).await.refused(409), "DUPLICATE");
    assert_eq!(kit.delete(ADMIN, &path).await.status, 204);
    assert_eq!(kit.get(SYSTEM, &path).await.expect(200)["canBeBooked"], true, "with defaults");
}

#[tokio::test]
async fn settings_are_one_record_with_closing_days() {
    let kit = Kit::start().await;
    let settings = kit.get(SYSTEM, "/bookme/config/organization-settings").await.expect(200);
    assert_eq!((&settings["openingTime"], &settings["closingTime"]), (&json!("08:00:00"), &json!("17:00:00")));
    assert_eq!(settings["maxTimeFromBookingToMeeting"], "60.00:00:00");
    assert_eq!(settings["timeZone"]["identifier"], "Romance Standard Time");
    let path = format!("/bookme/config/organization-settings/{}", settings["id"].as_str().unwrap());
    let zones = kit.get(SYSTEM, "/bookme/config/timezones").await.expect(200);
    let patch = json!([
        {"op": "replace", "path": "/timeZoneId", "value": zones[1]["id"]},
        {"op": "add", "path": "/meetingTypeLabels/-", "value": {"name": "online", "label": "Video", "order": 2}},
        {"op": "replace", "path": "/iCalMeetingTitle", "value": "Møde med {{employee}}"},
        {"op": "replace", "path": "/maxMeetingTimePerDay", "value": "05:30"},
    ]);
    let patched = kit.patch(ADMIN, &path, patch).await.expect(200);
    assert_eq!(patched["timeZone"]["identifier"], "Greenland Standard Time");
    let label = json!({"name": "Online", "label": "Video", "localizedLabel": {"da-DK": "Video"}, "order": 2});
    assert_eq!(patched["meetingTypeLabels"], json!([label]));
    assert_eq!(patched["localizedICalMeetingTitle"], json!({"da-DK": "Møde med {{employee}}"}));
    assert_eq!(patched["maxMeetingTimePerDay"], "05:30:00");
    let unset = kit.patch(ADMIN, &path, replace("/iCalMeetingTitle", json!(null))).await.expect(200);
    assert_eq!((&unset["iCalMeetingTitle"], &unset["localizedICalMeetingTitle"]), (&json!(null), &json!(null)));
    kit.patch(ADMIN, &path, replace("/openingTime", json!("18:00:00"))).await.expect(400);
    kit.patch(ADMIN, &path, replace("/timeZone", json!({}))).await.expect(400);

    let days = format!("{path}/closing-days");
    let add = |query: &str| format!("{days}?{query}");
    let added = kit.post(ADMIN, &add("closingDays=2026-12-25T00:00:00%2B01:00,2026-12-24"), json!(null)).await;
    assert_eq!(added.expect(200)["closingDays"], json!(["2026-12-24T00:00:00Z", "2026-12-25T00:00:00Z"]));
    assert_eq!(kit.delete(ADMIN, &add("closingDays=2026-12-24")).await.status, 204);
    kit.post(ADMIN, &add("closingDays=Christmas"), json!(null)).await.expect(400);
    kit.post(ADMIN, &add(""), json!(null)).await.expect(400);
    assert_eq!(kit.delete(ADMIN, &path).await.status, 204);
    let again = kit.get(SYSTEM, "/bookme/config/organization-settings").await.expect(200);
    assert_eq!(again, settings, "the next read makes it again");
}

#[tokio::test]
async fn locations_come_from_the_directory_or_by_hand() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    let all = kit.get(SYSTEM, "/bookme/config/locations").await.expect(200);
    assert_eq!(all[0]["location"], PLACE);
    let path = format!("/bookme/config/locations/{}", all[0]["id"].as_str().unwrap());
    let named = kit.patch(ADMIN, &path, replace("/displayName", json!("Hovedkontor"))).await.expect(200);
    assert_eq!(named["displayName"], "Hovedkontor");
    kit.patch(ADMIN, &path, replace("/location", json!("x"))).await.expect(400);
    kit.post(ADMIN, "/bookme/config/locations", json!({"location": "Aarhus"})).await.expect(201);
    assert_eq!(
        kit.post(ADMIN, "/bookme/config/locations", json!({"location": "Aarhus"})).await.refused(409),
        "DUPLICATE"
    );
    for (query, count) in [("search=HOVED", 1), ("location=Aarhus", 1), ("location=aarhus", 0), ("search=s", 2)] {
        let found = kit.get(SYSTEM, &format!("/bookme/config/locations?{query}")).await.expect(200);
        assert_eq!(found.as_array().unwrap().len(), count, "{query}");
    }
}

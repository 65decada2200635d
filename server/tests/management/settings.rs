//! Settings of an organisation: locales, intervals, zones, priority, strategies of portals.

use engage_store::platform::{AuditEntry, AuditReads as _};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::kit::{As, Kit, OURS, SYSTEM, THEIRS};
use super::{CONFIGURATOR, MANAGER, get, patch, put};

#[tokio::test]
async fn a_language_that_is_switched_off_stays_stored_and_is_not_told() {
    let kit = Kit::start().await;
    let office = kit.office(OURS).await;
    let told = get(&kit, MANAGER, "/locales").await.expect(200);
    assert_eq!((&told["enabled"], &told["fallback"]), (&json!(["da-DK", "en-GB"]), &json!("da-DK")));
    assert_eq!(told["available"].as_array().unwrap().len(), 11);
    let topic = format!("/bookme/meeting-topics/{}", office["topic"]);
    let names = async || kit.get(SYSTEM, &topic).await.expect(200)["localizedName"].clone();
    let both = names().await;
    assert_eq!(both["en-GB"], "loan in English");
    let told = put(&kit, CONFIGURATOR, "/locales", json!({"enabled": ["FO-fo"]})).await.expect(200);
    assert_eq!(told["enabled"], json!(["da-DK", "fo-FO"]), "Danish is always on");
    assert_eq!(names().await, json!({"da-DK": "Lån"}));
    let english = json!([{"op": "add", "path": "/localizedName", "value": {"en-GB": "Loan"}}]);
    assert_eq!(kit.patch(CONFIGURATOR, &topic, english).await.refused(400), "LOCALE_NOT_ENABLED");
    put(&kit, CONFIGURATOR, "/locales", json!({"enabled": ["en-GB"]})).await.expect(200);
    assert_eq!(names().await, both);
    let refused = put(&kit, CONFIGURATOR, "/locales", json!({"enabled": ["xx", "en-GB", "da"]})).await.expect(400);
    let fields: Vec<&String> = refused["details"]["fields"].as_object().unwrap().keys().collect();
    assert_eq!(fields, ["/enabled/0", "/enabled/2"]);
    assert_eq!(put(&kit, CONFIGURATOR, "/locales", json!({})).await.expect(400)["details"]["field"], "/enabled");
}

fn starts(times: &Value) -> Vec<&str> {
    times.as_array().unwrap().iter().map(|time| &time["startDate"].as_str().unwrap()[11..16]).collect()
}

#[tokio::test]
async fn the_interval_and_the_zone_of_the_clock_decide_which_times_are_offered() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    let told = get(&kit, MANAGER, "/booking-settings").await.expect(200);
    let defaults = json!({
        "slotInterval": 30,
        "timeZone": "Europe/Copenhagen",
        "inviteExternalAttendees": false,
        "travelStartAddress": null,
    });
    assert_eq!(told, defaults);
    let query = format!(
        "requireEmployeeParticipation=true&explicitEmployeeIds={}&meetingTypes=Online&startDate=2026-06-01T06:00:00Z\
         &lookForwardTime=01:00:00",
        OURS.employee(1)
    );
    let times = async || kit.get(SYSTEM, &format!("/bookme/time-slots/available?{query}")).await.expect(200);
    assert_eq!(starts(&times().await), ["06:00", "06:30"]);
    let change = |path: &str, value: Value| json!([{"op": "replace", "path": path, "value": value}]);
    patch(&kit, CONFIGURATOR, "/booking-settings", change("/slotInterval", json!(20))).await.expect(200);
    assert_eq!(starts(&times().await), ["06:00", "06:20", "06:40"]);
    // An hour behind Copenhagen: nobody works yet.
    let told = patch(&kit, CONFIGURATOR, "/booking-settings", change("/timeZone", json!("europe/lisbon"))).await;
    assert_eq!(told.expect(200)["timeZone"], "Europe/Lisbon");
    assert_eq!(times().await, json!([]));
    let public = kit.get(SYSTEM, "/bookme/config/organization-settings").await.expect(200);
    assert_eq!(
        (&public["timeZoneId"], &public["openingTime"]),
        (&Value::Null, &json!("08:00:00")),
        "it has no id there"
    );
    for (path, value) in [
        ("/slotInterval", json!(7)),
        ("/slotInterval", json!(300)),
        ("/slotInterval", json!("20")),
        ("/timeZone", json!("Mars/Olympus")),
        ("/inviteExternalAttendees", json!(1)),
        ("/travelStartAddress", json!("x".repeat(1_001))),
    ] {
        let refused = patch(&kit, CONFIGURATOR, "/booking-settings", change(path, value.clone())).await.expect(400);
        assert_eq!(refused["details"]["field"], path, "{value}: {refused}");
    }
    let other = patch(&kit, CONFIGURATOR, "/booking-settings", change("/openingTime", json!("07:00:00"))).await;
    other.expect(400);
    assert_eq!(get(&kit, MANAGER, "/booking-settings").await.expect(200)["slotInterval"], 20);
}

#[tokio::test]
async fn a_meeting_at_the_customers_place_begins_where_the_organisation_says() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    let start = json!([{"op": "replace", "path": "/travelStartAddress", "value": "Torvet 1"}]);
    patch(&kit, CONFIGURATOR, "/booking-settings", start).await.expect(200);
    let meeting = |kind: &str, start: Value| {
        json!({
            "bookedBy": "Employee",
            "type": kind,
            "employeeId": OURS.employee(1),
            "customerId": "c",
            "endAddress": "Havnen 2",
            "startAddress": start,
        })
    };
    for (kind, start, expected) in [
        ("Offsite", Value::Null, json!("Torvet 1")),
        ("Offsite", json!("Hjemme 3"), json!("Hjemme 3")),
        ("Online", Value::Null, Value::Null),
    ] {
        let told = kit.post(SYSTEM, "/bookme/meetings", meeting(kind, start)).await.expect(200);
        assert_eq!(told["startAddress"], expected, "{kind}");
    }
}

#[tokio::test]
async fn priority_is_replaced_and_checked_as_a_whole() {
    let kit = Kit::start().await;
    let level = |kind: &str, label: Value| json!({"type": kind, "description": null, "label": label});
    let all = Value::Null;
    let default = json!({"levels": [level("Explicit", all.clone()), level("Local", all.clone()), level("ServiceGroup", all.clone())]});
    assert_eq!(get(&kit, MANAGER, "/priority-levels").await.expect(200), default);
    let vip = json!({"levels": [{"type": "servicegroup", "label": "VIP", "description": "first"}, {"type": "Local"}]});
    let told = put(&kit, CONFIGURATOR, "/priority-levels", vip).await.expect(200);
    let first = json!({"type": "ServiceGroup", "description": "first", "label": "VIP"});
    assert_eq!(told, json!({"levels": [first, level("Local", all.clone())]}));
    let add = json!([{"op": "add", "path": "/levels/0", "value": {"type": "Explicit"}}]);
    let told = patch(&kit, CONFIGURATOR, "/priority-levels", add).await.expect(200);
    assert_eq!(told["levels"].as_array().unwrap().len(), 3);
    for (levels, fields) in [
        (json!([]), vec!["/levels"]),
        (json!(null), vec!["/levels"]),
        (json!([{"type": "Local"}, {"type": "Local"}]), vec!["/levels/1"]),
        (json!([{"type": "Local", "label": "x"}]), vec!["/levels/0/label"]),
        (json!([{"type": "ServiceGroup", "label": "a"}, {"type": "ServiceGroup", "label": "A"}]), vec!["/levels/1"]),
        (json!([{"type": "Global"}, {}, 1]), vec!["/levels/0/type", "/levels/1/type", "/levels/2"]),
    ] {
        let refused = put(&kit, CONFIGURATOR, "/priority-levels", json!({"levels": levels})).await.expect(400);
        let told: Vec<&String> = refused["details"]["fields"].as_object().unwrap().keys().collect();
        assert_eq!(told, fields, "{levels}");
    }
    assert_eq!(get(&kit, MANAGER, "/priority-levels").await.expect(200)["levels"].as_array().unwrap().len(), 3);
    let others = As::User(THEIRS, "Manager", 1);
    assert_eq!(get(&kit, others, "/priority-levels").await.expect(200), default, "of others nothing changed");
}

#[tokio::test]
async fn a_portal_has_one_way_to_the_crm() {
    let kit = Kit::start().await;
    let portal =
        kit.post(CONFIGURATOR, "/config/portals", json!({"name": "P", "authenticationType": "MitID"})).await.id();
    let path = format!("/portals/{portal}/crm-strategy");
    let mapping = "0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e0001";
    let told = |strategy: Value, mapping: Value, effective: &str| {
        json!({
            "portalId": portal,
            "crmCreationStrategy": strategy,
            "crmMappingConfigurationId": mapping,
            "effectiveStrategy": effective,
        })
    };
    let get = async || get(&kit, MANAGER, &path).await.expect(200);
    assert_eq!(get().await, told(json!(null), json!(null), "Playbook"));
    let mapped = put(&kit, CONFIGURATOR, &path, json!({"crmMappingConfigurationId": mapping})).await.expect(200);
    assert_eq!(mapped, told(json!(null), json!(mapping), "CrmConfiguration"));
    let both = json!({"crmMappingConfigurationId": mapping, "crmCreationStrategy": "playbook"});
    assert_eq!(
        put(&kit, CONFIGURATOR, &path, both).await.expect(200),
        told(json!("Playbook"), json!(mapping), "Playbook")
    );
    let refused = put(&kit, CONFIGURATOR, &path, json!({"crmCreationStrategy": "CrmConfiguration"})).await.expect(400);
    assert_eq!(refused["details"]["field"], "/crmMappingConfigurationId");
    let refused = put(&kit, CONFIGURATOR, &path, json!({"crmCreationStrategy": "Both"})).await.expect(400);
    assert_eq!(refused["details"]["field"], "/crmCreationStrategy");
    let public = kit.get(SYSTEM, &format!("/config/portals/{portal}")).await.expect(200);
    assert_eq!((&public["crmCreationStrategy"], &public["name"]), (&json!("Playbook"), &json!("P")));
}

#[tokio::test]
async fn the_audit_log_says_who_changed_what_of_both_apis_and_no_values() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    let labels = format!("/employees/{}/labels", OURS.employee(1));
    put(&kit, MANAGER, &labels, json!({"labels": ["hemmelig"]})).await.expect(200);
    put(&kit, MANAGER, &labels, json!({"labels": ["hemmelig"]})).await.expect(200);
    put(&kit, MANAGER, &labels, json!({"labels": 1})).await.expect(400);
    let kind = kit.post(SYSTEM, "/config/customer-types", json!({"name": "hemmelig"})).await.id();
    assert_eq!(kit.delete(CONFIGURATOR, &format!("/config/customer-types/{kind}")).await.status, 204);
    let page = kit.database.reader().audit_page(OURS.id(), Timestamp::MIN, Timestamp::MAX, None, 10).await.unwrap();
    let told = |entry: &AuditEntry| {
        let Value::Object(details) = &entry.details else { panic!("{entry:?}") };
        let who = entry.actor.split(' ').next().unwrap().to_owned();
        (who, entry.event.clone(), details["kind"].clone(), details["members"].clone())
    };
    let expected = [
        ("user", "configuration.changed", json!("employee"), json!(["labels"])),
        ("client", "configuration.created", json!("customerType"), json!(["name"])),
        ("user", "configuration.removed", json!("customerType"), json!([])),
    ]
    .map(|(who, event, kind, members)| (who.to_owned(), event.to_owned(), kind, members));
    assert_eq!(page.iter().map(|(_, entry)| told(entry)).collect::<Vec<_>>(), expected);
    assert_eq!(page[1].1.details["id"], json!(kind));
    assert!(!format!("{page:?}").contains("hemmelig"), "no value is written down");
}

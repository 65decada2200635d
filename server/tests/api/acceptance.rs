//! The way from what is offered to a meeting in a calendar.

use serde_json::json;
use uuid::Uuid;

use super::kit::{Kit, OURS, PLACE, SYSTEM};

#[tokio::test]
async fn from_topics_to_a_calendar_file() {
    let kit = Kit::start().await;
    let office = kit.office(OURS).await;
    let topics = kit.get(SYSTEM, "/bookme/meeting-topics?isCustomer=true").await.expect(200);
    assert_eq!(topics[0]["name"], "Lån");
    assert_eq!(topics[0]["localizedName"], json!({"da-DK": "Lån", "en-GB": "loan in English"}));
    assert_eq!(topics.as_array().unwrap().len(), 1, "the other is for staff: {topics}");
    let topic = topics[0]["id"].as_str().unwrap().to_owned();
    let types = kit.get(SYSTEM, "/config/customer-types").await.expect(200);
    let kind = types[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(kind, office["customerType"].to_string());
    let employees = kit.get(SYSTEM, "/config/employees").await;
    for name in ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"] {
        assert!(employees.header(name).parse::<u64>().is_ok(), "{name}");
    }
    let employee = employees.expect(200)[0].clone();
    assert_eq!(employee["initials"], "anna");
    let rooms = kit.get(SYSTEM, "/config/rooms").await.expect(200);
    assert_eq!(rooms[0]["canBeBooked"], true);

    let place = PLACE.replace(' ', "%20");
    let ask = format!("topicId={topic}&customerTypeId={kind}&location={place}");
    let options = kit.get(SYSTEM, &format!("/bookme/config/allowed-options?{ask}")).await.expect(200);
    assert_eq!(options["meetingTypes"].as_array().unwrap().len(), 4);
    assert_eq!(options["advisorSelection"][0]["name"], "OtherEmployees");

    let ask = format!(
        "requireEmployeeParticipation=false&employeeTypes=Local&topic={topic}&customerTypeId={kind}&customerLocation={place}\
         &isCustomerInitiated=true&meetingTypes=[\"online\"]&meetingDuration=01:00:00&startDate=2026-06-01T06:00:00Z\
         &lookForwardTime=1.00:00:00"
    );
    let ask = ask.replace('"', "%22");
    let slots = kit.get(SYSTEM, &format!("/bookme/time-slots/available?{ask}")).await.expect(200);
    let slot = &slots[0];
    assert_eq!((&slot["startDate"], &slot["meetingType"]), (&json!("2026-06-01T06:00:00Z"), &json!("Online")));
    assert_eq!(slot.as_object().unwrap().len(), 6, "{slot}");

    let token = Uuid::new_v4();
    let hold = json!({
        "timeSlot": {
            "status": "reserved",
            "startDate": slot["startDate"],
            "endDate": slot["endDate"],
            "employeeId": slot["employeeId"],
        },
        "token": token,
    });
    let held = kit.post(SYSTEM, "/bookme/time-slots/reserve", hold).await.expect(200);
    assert_eq!(held["status"], "Reserved");

    let meeting = json!({
        "bookedBy": "Customer",
        "customerTypeId": kind,
        "topicId": topic,
        "timeSlotId": held["id"],
        "title": "Om lån",
        "type": "online",
        "employeeId": slot["employeeId"],
        "customerId": "0015g00000XyZ",
        "somethingNew": true,
    });
    let meeting = kit.post(SYSTEM, "/bookme/meetings", meeting).await.expect(200);
    assert_eq!((&meeting["startDate"], &meeting["type"]), (&slot["startDate"], &json!("Online")));
    let id = meeting["id"].as_str().unwrap();
    let file = kit.post(SYSTEM, &format!("/bookme/meetings/{id}/ical"), json!({"title": "Møde"})).await;
    assert_eq!(file.status, 200);
    assert_eq!(file.header("content-type"), "text/calendar; charset=utf-8");
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"meeting.ics\"");
    assert!(file.text.contains("SUMMARY:Møde") && file.text.contains("DTSTART:20260601T060000Z"), "{}", file.text);
}

#[tokio::test]
async fn a_meeting_is_changed_moved_and_cancelled() {
    let kit = Kit::start().await;
    let office = kit.office(OURS).await;
    let anna = OURS.employee(1);
    let held = kit.hold(SYSTEM, anna, "08:00", "09:00").await.id();
    let meeting = json!({
        "bookedBy": "Employee",
        "topicId": office["topic"],
        "customerTypeId": office["customerType"],
        "timeSlotId": held,
        "type": "Online",
        "employeeId": anna,
        "customerId": "c",
    });
    let id = kit.post(SYSTEM, "/bookme/meetings", meeting.clone()).await.id();
    let again = kit.post(SYSTEM, "/bookme/meetings", meeting).await;
    assert_eq!(again.refused(409), "RESERVATION_USED");
    let path = format!("/bookme/meetings/{id}");
    let lone = json!({"op": "Replace", "path": "/Title", "value": "Nyt"});
    assert_eq!(kit.patch(SYSTEM, &path, lone).await.expect(200)["title"], "Nyt");
    let test = json!([{"op": "replace", "path": "/title", "value": "x"}, {"op": "test", "path": "/type", "value": "Physical"}]);
    assert_eq!(kit.patch(SYSTEM, &path, test).await.refused(409), "TEST_FAILED");
    assert_eq!(kit.get(SYSTEM, &path).await.expect(200)["title"], "Nyt", "all or nothing");
    for fixed in ["/id", "/bookedBy", "/startDate", "/dateCreated"] {
        kit.patch(SYSTEM, &path, json!([{"op": "replace", "path": fixed, "value": "x"}])).await.expect(400);
    }
    let hold = json!({
        "timeSlot": {"status": "Reserved", "startDate": "2026-06-01T10:00:00Z", "endDate": "2026-06-01T11:00:00Z", "employeeId": anna},
        "token": Uuid::new_v4(),
        "existingMeetingId": id,
    });
    let to = kit.post(SYSTEM, "/bookme/time-slots/reserve", hold).await.id();
    let moved = json!([{"op": "replace", "path": "/timeSlotId", "value": to}]);
    assert_eq!(kit.patch(SYSTEM, &path, moved).await.expect(200)["startDate"], "2026-06-01T10:00:00Z");
    let range = "startDate=2026-06-01T00:00:00Z&endDate=2026-06-02T00:00:00Z";
    let slots = kit.get(SYSTEM, &format!("/bookme/time-slots?{range}&status=booked,Reserved&employeeId={anna}")).await;
    assert_eq!(slots.expect(200).as_array().unwrap().len(), 1, "the old time is free: {}", slots.text);
    let found =
        kit.get(SYSTEM, &format!("/bookme/meetings?employeeId={anna}&startDateModified=2026-05-28T06:00:00Z")).await;
    assert_eq!(found.expect(200)[0]["id"], id);
    let gone = kit.delete(SYSTEM, &format!("{path}?cancelledBy=Bo&cancellationReason=Syg")).await;
    assert_eq!((gone.status.as_u16(), gone.text.as_str()), (204, ""));
    kit.get(SYSTEM, &path).await.expect(404);
    kit.delete(SYSTEM, &path).await.expect(404);
}

#[tokio::test]
async fn a_hold_is_somebodys_for_five_minutes() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    let held = kit.hold(SYSTEM, OURS.employee(1), "08:00", "09:00").await.id();
    let taken = kit.hold(SYSTEM, OURS.employee(1), "08:30", "09:30").await;
    assert_eq!(taken.refused(409), "TIME_SLOT_TAKEN");
    let path = format!("/bookme/time-slots/{held}");
    let later = json!([{"op": "replace", "path": "/endDate", "value": "2026-06-01T09:30:00Z"}]);
    assert_eq!(kit.patch(SYSTEM, &path, later).await.refused(403), "RESERVATION_TOKEN_MISMATCH");
    kit.pass(300);
    kit.get(SYSTEM, &path).await.expect(404);
    kit.hold(SYSTEM, OURS.employee(1), "08:30", "09:30").await.id();
}

#[tokio::test]
async fn rooms_are_vacant_unless_taken() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    let busy = |room: bool| {
        let mut slot = json!({
            "status": "Busy",
            "startDate": "2026-06-01T08:00:00Z",
            "endDate": "2026-06-01T09:00:00Z",
            "employeeId": OURS.employee(1),
        });
        if room {
            slot["roomId"] = json!(OURS.room());
            slot["employeeId"] = json!(null);
        }
        slot
    };
    let slot = kit.post(SYSTEM, "/bookme/time-slots", busy(false)).await.id();
    let ask = format!("/bookme/room-vacancies?location={}&timeSlotId={slot}", PLACE.replace(' ', "%20"));
    assert_eq!(kit.get(SYSTEM, &ask).await.expect(200)[0]["id"], json!(OURS.room()));
    kit.post(SYSTEM, "/bookme/time-slots", busy(true)).await.id();
    assert_eq!(kit.get(SYSTEM, &ask).await.expect(200), json!([]));
}

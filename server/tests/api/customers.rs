//! Callers with the role Customer: what they may do, and for whom.

use serde_json::{Value, json};
use uuid::Uuid;

use super::kit::{As, CUSTOMER, Kit, OURS, PLACE, SYSTEM};

const OTHER: As = As::User(OURS, "Customer", 2);

fn ask() -> String {
    format!("requireEmployeeParticipation=false&employeeTypes=Local&customerLocation={}", PLACE.replace(' ', "%20"))
}

#[tokio::test]
async fn they_are_held_to_what_customers_may_do() {
    let kit = Kit::start().await;
    let office = kit.office(OURS).await;
    let topics = kit.get(CUSTOMER, "/bookme/meeting-topics?isCustomer=false").await.expect(200);
    assert_eq!(topics.as_array().unwrap().len(), 1, "whatever they ask for: {topics}");
    for flag in ["ignoreMinimumTimeBeforeBooking", "extendToOpeningHours"] {
        let path = format!("/bookme/time-slots/available?{}&topic={}&{flag}=true", ask(), office["topic"]);
        kit.get(CUSTOMER, &path).await.expect(403);
        kit.get(SYSTEM, &path).await.expect(200);
    }
    let forced = json!({
        "timeSlot": {
            "status": "Reserved",
            "startDate": "2026-06-01T08:00:00Z",
            "endDate": "2026-06-01T09:00:00Z",
            "employeeId": OURS.employee(1),
            "ignoreTimeSlotConflicts": true,
        },
        "token": Uuid::new_v4(),
    });
    kit.post(CUSTOMER, "/bookme/time-slots/reserve", forced).await.expect(403);
    let place = PLACE.replace(' ', "%20");
    let internal = format!(
        "/bookme/config/allowed-options?topicId={}&customerTypeId={}&location={place}&isCustomerInitiated=false",
        office["internalTopic"], office["customerType"]
    );
    assert_eq!(kit.get(CUSTOMER, &internal).await.expect(200)["meetingTypes"], json!([]));
    assert_ne!(kit.get(SYSTEM, &internal).await.expect(200)["meetingTypes"], json!([]));
}

async fn booked(kit: &Kit, who: As, change: Value) -> super::kit::Answer {
    let topics = kit.get(SYSTEM, "/bookme/meeting-topics?isCustomer=true").await.expect(200);
    let types = kit.get(SYSTEM, "/config/customer-types").await.expect(200);
    let held = kit.hold(who, OURS.employee(1), "08:00", "09:00").await.id();
    let mut body = json!({
        "topicId": topics[0]["id"],
        "customerTypeId": types[0]["id"],
        "timeSlotId": held,
        "type": "Online",
        "employeeId": OURS.employee(1),
    });
    body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    kit.post(who, "/bookme/meetings", body).await
}

#[tokio::test]
async fn who_they_are_is_not_for_them_to_say() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    let meeting =
        booked(&kit, CUSTOMER, json!({"bookedBy": "Employee", "customerId": "somebody else"})).await.expect(200);
    assert_eq!(meeting["bookedBy"], "Customer");
    assert_ne!(meeting["customerId"], "somebody else");
}

#[tokio::test]
async fn they_reach_what_they_made_and_nothing_else() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    let id = booked(&kit, CUSTOMER, json!({})).await.id();
    let path = format!("/bookme/meetings/{id}/ical");
    assert_eq!(kit.post(CUSTOMER, &path, json!({})).await.status, 200);
    kit.post(OTHER, &path, json!({})).await.expect(404);
    let hold = json!({
        "timeSlot": {
            "status": "Reserved",
            "startDate": "2026-06-01T10:00:00Z",
            "endDate": "2026-06-01T11:00:00Z",
            "employeeId": OURS.employee(1),
        },
        "token": Uuid::new_v4(),
        "existingMeetingId": id,
    });
    kit.post(OTHER, "/bookme/time-slots/reserve", hold.clone()).await.expect(404);
    kit.post(CUSTOMER, "/bookme/time-slots/reserve", hold).await.expect(200);
    let overlooked =
        format!("/bookme/time-slots/available?{}&ignoreMeetingIds={id}&isCustomerInitiated=true&topic=", ask());
    let topics = kit.get(SYSTEM, "/bookme/meeting-topics?isCustomer=true").await.expect(200);
    let overlooked = format!("{overlooked}{}", topics[0]["id"].as_str().unwrap());
    kit.get(OTHER, &overlooked).await.expect(404);
    kit.get(CUSTOMER, &overlooked).await.expect(200);
}

#[tokio::test]
async fn a_hold_of_another_is_not_theirs_to_book() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    let held = kit.hold(OTHER, OURS.employee(1), "12:00", "13:00").await.id();
    let stolen = booked(&kit, CUSTOMER, json!({"timeSlotId": held})).await;
    assert!(matches!(stolen.status.as_u16(), 404 | 409), "{}", stolen.text);
}

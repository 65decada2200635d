//! What bookings forget by themselves, once their time is over.

use std::sync::Arc;
use std::time::Duration;

use engage_bookme::calendar::{NewSlot, Reservation};
use engage_bookme::meetings::{Booking, Caller, Cancellation, Meeting, MeetingDetails};
use engage_bookme::values::{BookedBy, MeetingType, SlotStatus};
use engage_bookme::{Bookme, Tenancy};
use engage_server::work::{Chores, Kept, Nobody};
use engage_store::platform::{
    self as store, AlertReads as _, CalendarReads as _, Environment, JobReads as _, Meetings as _, StoreError,
};
use serde_json::json;
use uuid::Uuid;

use crate::kit::{Customer, Kit, measures};

const DAY: Duration = Duration::from_secs(24 * 3600);

fn bookme(kit: &Kit) -> Bookme {
    let clock = kit.time.clone();
    let now = move || engage_playbooks::ports::Time::timestamp(&*clock);
    Bookme::new(kit.database.clone(), Arc::new(now), kit.around.ids.clone())
}

async fn chores(kit: &Kit) {
    let kept = Kept { silence: 365 * DAY, audit: 365 * DAY };
    let chores = Chores::new(kit.around.clone(), kept, measures(), Arc::new(Nobody));
    chores.plan().await.unwrap();
    chores.look().await.unwrap();
}

fn tenancy(customer: &Customer<'_>) -> Tenancy {
    Tenancy { organisation: customer.organisation, environment: Environment::Test }
}

/// An employee of a customer, as bookings know them.
async fn employee(bookme: &Bookme, customer: &Customer<'_>) -> Uuid {
    let made = customer.post("/employees/scim/Users", &json!({"userName": "ann", "externalId": "ann"})).await;
    assert_eq!(made.status, 201, "{made:?}");
    bookme.employees(&tenancy(customer)).await.unwrap()[0].id
}

fn booking(employee: Uuid) -> Booking {
    let details: MeetingDetails = serde_json::from_value(json!({
        "type": MeetingType::Online, "employeeId": employee, "customerId": "acme", "title": "Pension review",
        "description": "in person",
    }))
    .unwrap();
    Booking {
        details,
        booked_by: BookedBy::Employee,
        time_slot_id: None,
        time: None,
        is_internal: false,
        send_confirmation: true,
        portal_id: None,
        custom_fields: Default::default(),
        cpr: None,
        external_attendees: Vec::new(),
        ignore_conflicts: false,
        needs_address: true,
    }
}

/// A meeting that has no time yet: what counts is when it was written.
async fn meeting(bookme: &Bookme, at: &Tenancy, employee: Uuid) -> Meeting {
    bookme.book(at, booking(employee), &Caller::client("tests")).await.unwrap()
}

#[tokio::test]
async fn meetings_of_every_organisation_are_forgotten_whatever_one_of_them_has() {
    let kit = Kit::start().await;
    let (contoso, adatum) = (kit.customer("Contoso").await, kit.customer("Adatum").await);
    let bookme = bookme(&kit);
    let mut made = Vec::new();
    for customer in [&contoso, &adatum] {
        let at = tenancy(customer);
        let employee = employee(&bookme, customer).await;
        made.push((at, meeting(&bookme, &at, employee).await.id));
    }
    let senseless = store::Meeting {
        id: Uuid::from_u128(7),
        starts: None,
        ends: None,
        creator: "tests".to_owned(),
        customer: None,
        body: json!({"nobody": "knows"}),
        version: 1,
        created: kit.around.time.timestamp(),
        modified: kit.around.time.timestamp(),
        cancelled: None,
        erased: None,
    };
    let work = kit.database.write((tenancy(&contoso), senseless), |tx, (at, meeting)| {
        Box::pin(async move { tx.insert_meeting(at, meeting, &[]).await })
    });
    Result::<(), StoreError>::unwrap(work.await);
    let titles = async || {
        let mut titles = Vec::new();
        for (at, id) in &made {
            titles.push(bookme.meeting(at, *id, &Caller::client("tests")).await.unwrap().details.title);
        }
        titles
    };
    kit.time.forward(27 * DAY);
    chores(&kit).await;
    assert_eq!(titles().await, [Some("Pension review".to_owned()), Some("Pension review".to_owned())]);
    kit.time.forward(5 * DAY);
    chores(&kit).await;
    assert_eq!(titles().await, [None, None]);
    let jobs = kit.database.reader().jobs().await.unwrap();
    for (name, hour) in [("meetings", " 01:00"), ("calendars", " 20:00")] {
        let job = jobs.iter().find(|job| job.name == name).unwrap();
        let due = job.due.unwrap();
        assert_eq!(due.strftime(" %H:%M").to_string(), hour);
        assert!(due > kit.around.time.timestamp());
    }
}

#[tokio::test]
async fn what_is_gone_from_calendars_is_removed_after_seven_days_by_many_a_turn() {
    let kit = Kit::start().await;
    let contoso = kit.customer("Contoso").await;
    let (bookme, at) = (bookme(&kit), tenancy(&contoso));
    let employee = employee(&bookme, &contoso).await;
    let mut last = Uuid::nil();
    for n in 0..501u32 {
        let start = kit.around.time.timestamp() + Duration::from_secs(3600 + u64::from(n) * 60);
        let slot = NewSlot {
            status: SlotStatus::Reserved,
            start,
            end: start + Duration::from_secs(60),
            employee_id: Some(employee),
            room_id: None,
            service_group: None,
            ignore_conflicts: false,
        };
        let hold = Reservation { slot, token: Uuid::from_u128(u128::from(n) + 1), existing_meeting_id: None };
        last = bookme.reserve(&at, &hold, &Caller::client("tests")).await.unwrap().id;
    }
    let there = async |id| kit.database.reader().slot(&at, id).await.unwrap().is_some();
    kit.time.forward(DAY);
    chores(&kit).await;
    assert!(there(last).await, "it ran out a day ago");
    kit.time.forward(8 * DAY);
    chores(&kit).await;
    assert!(!there(last).await);
}

#[tokio::test]
async fn meetings_that_lie_ahead_of_who_has_gone_are_flagged_until_somebody_has_seen_to_them() {
    let kit = Kit::start().await;
    let contoso = kit.customer("Contoso").await;
    let (bookme, at) = (bookme(&kit), tenancy(&contoso));
    let employee = employee(&bookme, &contoso).await;
    meeting(&bookme, &at, employee).await;
    let start = kit.around.time.timestamp() + 5 * DAY;
    let ahead = Booking { time: Some((start, start + Duration::from_secs(3600))), ..booking(employee) };
    let ahead = bookme.book(&at, ahead, &Caller::client("tests")).await.unwrap();
    let open = async || kit.database.reader().alerts(contoso.organisation, true, 10).await.unwrap();
    chores(&kit).await;
    assert_eq!(open().await, [], "everybody is here");
    let users = contoso.get("/employees/scim/Users").await;
    let user = users.body["Resources"][0]["id"].as_str().unwrap();
    contoso.delete(&format!("/employees/scim/Users/{user}")).await;
    kit.time.forward(DAY);
    chores(&kit).await;
    let alerts = open().await;
    let flagged = alerts.iter().find(|alert| alert.kind == "meetings.employee-gone").unwrap();
    assert_eq!(flagged.details, json!({"meetings": 1, "ids": [ahead.id]}), "one that has no time lies nowhere");
    bookme.cancel(&at, ahead.id, Cancellation::default(), &Caller::client("tests")).await.unwrap();
    kit.time.forward(DAY);
    chores(&kit).await;
    assert!(!open().await.iter().any(|alert| alert.kind == "meetings.employee-gone"));
}

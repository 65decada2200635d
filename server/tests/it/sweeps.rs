//! What bookings forget by themselves, once their time is over.

use std::sync::Arc;
use std::time::Duration;

use engage_bookme::calendar::{NewSlot, Reservation};
use engage_bookme::meetings::{Booking, Caller, Meeting, MeetingDetails};
use engage_bookme::values::{BookedBy, MeetingType, SlotStatus};
use engage_bookme::{Bookme, Tenancy};
use engage_server::work::{Chores, Kept, Nobody};
use engage_store::platform::{
    self as store, CalendarReads as _, Environment, JobReads as _, Meetings as _, StoreError,
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

async fn employee(customer: &Customer<'_>) -> Uuid {
    let made = customer.post("/employees/scim/Users", &json!({"userName": "ann", "externalId": "ann"})).await;
    made.id().parse().unwrap()
}

/// A meeting that has no time yet: what counts is when it was written.
async fn meeting(bookme: &Bookme, at: &Tenancy, employee: Uuid) -> Meeting {
    let details: MeetingDetails = serde_json::from_value(json!({
        "type": MeetingType::Online, "employeeId": employee, "customerId": "acme", "title": "Pension review",
        "description": "in person",
    }))
    .unwrap();
    let booking = Booking {
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
    };
    bookme.book(at, booking, &Caller::client("tests")).await.unwrap()
}

#[tokio::test]
async fn meetings_of_every_organisation_are_forgotten_whatever_one_of_them_has() {
    let kit = Kit::start().await;
    let (contoso, adatum) = (kit.customer("Contoso").await, kit.customer("Adatum").await);
    let bookme = bookme(&kit);
    let mut made = Vec::new();
    for customer in [&contoso, &adatum] {
        made.push((tenancy(customer), meeting(&bookme, &tenancy(customer), employee(customer).await).await.id));
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
    let (bookme, at, employee) = (bookme(&kit), tenancy(&contoso), employee(&contoso).await);
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

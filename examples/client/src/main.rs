//! The typed client of the Public API: a token, a time, a hold, a meeting.

use std::error::Error;

use engage_client::model::{
    AvailableQuery, BookedBy, CreateMeeting, CreateTimeSlot, Meeting, Reservation, TimeSlotStatus,
};
use engage_client::{Client, ClientCredentials};
use secrecy::SecretString;
use uuid::Uuid;

const USAGE: &str = "ENGAGE_CLIENT_SECRET=… client BASE TOKEN_URL CLIENT_ID SCOPE CUSTOMER [TOKEN]";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let [base, token_url, client_id, scope, customer, rest @ ..] = given.as_slice() else { return Err(USAGE.into()) };
    let secret = SecretString::from(std::env::var("ENGAGE_CLIENT_SECRET").map_err(|_| USAGE)?);
    let hold = rest.first().map_or(Ok(Uuid::from_u128(1)), |token| token.parse())?;
    let tokens = ClientCredentials::new(token_url, client_id, secret, scope)?;
    let client = Client::new(base, tokens)?;
    let meeting = booked(&client, customer, hold).await?;
    show(&format!("meeting {} at {}", meeting.id, meeting.start_date.map_or_else(String::new, |at| at.to_string())));
    let left = client.standing().map_or(0, |standing| standing.remaining);
    show(&format!("{left} calls are left in this window"));
    Ok(())
}

/// Books a free time of the first employee for a customer.
async fn booked(client: &Client, customer: &str, hold: Uuid) -> Result<Meeting, Box<dyn Error>> {
    let employees = client.employees_all(&Default::default()).await?;
    let named = employees.iter().take(1).map(|employee| employee.id).collect();
    let query = AvailableQuery { explicit_employee_ids: named, ..AvailableQuery::new(true) };
    let times = client.time_slots_list(&query).await?;
    let time = times.last().ok_or("nobody has time")?;
    let time_slot = CreateTimeSlot {
        employee_id: Some(time.employee_id),
        ..CreateTimeSlot::new(TimeSlotStatus::Reserved, time.start_date, time.end_date)
    };
    let held = client.time_slots_reserve(&Reservation { time_slot, token: hold, existing_meeting_id: None }).await?;
    let meeting = CreateMeeting {
        booked_by: Some(BookedBy::Employee),
        customer_id: Some(customer.to_owned()),
        time_slot_id: Some(held.id),
        title: Some("Pension review".to_owned()),
        ..CreateMeeting::new(time.meeting_type, time.employee_id)
    };
    Ok(client.meetings_create(&meeting).await?)
}

#[expect(clippy::print_stdout, reason = "an example shows what it did")]
fn show(text: &str) {
    println!("{text}");
}

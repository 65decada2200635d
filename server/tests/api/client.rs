//! The typed client against the API, over a socket.

use engage_client::model::{
    ActiveFilter, AvailableQuery, BookedBy, CancelQuery, CreateLabel, CreateMeeting, CreateServiceGroup,
    CreateTimeSlot, CreateTopic, DayTime, ICalTexts, LabelsQuery, LanguageQuery, MeetingType, MeetingsQuery, Patch,
    Reason, Reservation, TimeSlotStatus, TopicsQuery, UpdateLabel,
};
use engage_client::{Client, FixedToken};
use engage_server::api::{Rates, Settings};
use secrecy::SecretString;
use uuid::Uuid;

use super::kit::{ADMIN, As, Kit, OURS, SYSTEM};

async fn client(kit: &Kit, who: As) -> Client {
    let token = kit.token(who).unwrap_or_else(|| "no token".to_owned());
    Client::new(&kit.listen().await, FixedToken(SecretString::from(token))).unwrap()
}

#[tokio::test]
async fn from_a_time_to_a_meeting_and_back() {
    let kit = Kit::start().await;
    let office = kit.office(OURS).await;
    let client = client(&kit, SYSTEM).await;
    assert_eq!(client.standing(), None);
    let topics = TopicsQuery { is_customer: true, customer_type_id: None, lang: Some("en-GB".to_owned()) };
    let topics = client.topics_list(&topics).await.unwrap();
    assert_eq!((topics[0].id, topics[0].localized_name["en-GB"].as_str()), (office["topic"], "loan in English"));
    let query = AvailableQuery {
        explicit_employee_ids: vec![OURS.employee(1)],
        topic: Some(office["topic"]),
        meeting_types: vec![MeetingType::Online],
        start_date: Some("2026-06-01T06:00:00Z".parse().unwrap()),
        look_forward_time: Some("1.00:00:00".parse().unwrap()),
        ..AvailableQuery::new(true)
    };
    let time = client.time_slots_list(&query).await.unwrap().remove(0);
    let time_slot = CreateTimeSlot {
        employee_id: Some(time.employee_id),
        ..CreateTimeSlot::new(TimeSlotStatus::Reserved, time.start_date, time.end_date)
    };
    let hold = Reservation { time_slot, token: Uuid::from_u128(7), existing_meeting_id: None };
    let held = client.time_slots_reserve(&hold).await.unwrap();
    let other = client.time_slots_reserve(&Reservation { token: Uuid::from_u128(8), ..hold }).await.unwrap_err();
    assert_eq!((other.refusal().unwrap().status, other.reason()), (409, Some(&Reason::TimeSlotTaken)));
    let meeting = CreateMeeting {
        booked_by: Some(BookedBy::Customer),
        customer_id: Some("c".to_owned()),
        topic_id: Some(office["topic"]),
        customer_type_id: Some(office["customerType"]),
        time_slot_id: Some(held.id),
        ..CreateMeeting::new(MeetingType::Online, time.employee_id)
    };
    let meeting = client.meetings_create(&meeting).await.unwrap();
    assert_eq!((meeting.start_date, meeting.meeting_type), (Some(time.start_date), MeetingType::Online));
    let patch = Patch::new().test("/type", MeetingType::Online).replace("/title", "Om lån");
    assert_eq!(client.meetings_patch(meeting.id, &patch).await.unwrap().title.as_deref(), Some("Om lån"));
    let texts = ICalTexts { title: Some("Møde".to_owned()), ..ICalTexts::default() };
    let file = client.meetings_generate_ical(meeting.id, &LanguageQuery::default(), &texts).await.unwrap();
    assert!(file.contains("SUMMARY:Møde"), "{file}");
    let query = MeetingsQuery { employee_id: Some(time.employee_id), ..MeetingsQuery::default() };
    assert_eq!(client.meetings_list(&query).await.unwrap().len(), 1);
    client.meetings_delete(meeting.id, &CancelQuery::default()).await.unwrap();
    let gone = client.meetings_get(meeting.id).await.unwrap_err();
    assert_eq!(gone.refusal().unwrap().body.code, "NOT_FOUND");
}

#[tokio::test]
async fn what_is_set_up_goes_to_and_fro() {
    let kit = Kit::start().await;
    kit.office(OURS).await;
    let client = client(&kit, ADMIN).await;
    let label = CreateLabel { label_name: "Vip".to_owned(), color: None, description: None };
    let label = client.labels_create(&label).await.unwrap();
    assert_eq!(label.color, "#808080");
    let color = UpdateLabel { color: Some("#00ff00".to_owned()), ..UpdateLabel::default() };
    assert_eq!(client.labels_update(label.id, &color).await.unwrap().color, "#00ff00");
    let query = LabelsQuery { active_filter: Some(ActiveFilter::Inactive), ..LabelsQuery::default() };
    assert_eq!(client.labels_list(&query).await.unwrap().total_count, 1);
    let group = CreateServiceGroup {
        name: "Aften".to_owned(),
        membership_email: None,
        employee_ids: vec![OURS.employee(1)],
        competence_group_ids: Vec::new(),
        labels: vec!["vip".to_owned()],
        max_meeting_time_per_day: Some("05:30".parse().unwrap()),
    };
    let group = client.service_groups_create(&group).await.unwrap();
    assert_eq!(
        (group.labels, group.max_meeting_time_per_day.unwrap().to_string()),
        (vec!["Vip".to_owned()], "05:30:00".to_owned())
    );
    let level = Patch::new().add("/meetingTypes/-", MeetingType::Telephone);
    let group = client.service_groups_patch_level(group.id, &level).await.unwrap();
    assert_eq!(group.service_level.meeting_types, [MeetingType::Telephone]);
    let members = client.service_groups_remove_employee(OURS.employee(1), &[group.id]).await.unwrap();
    assert!(members.is_empty());
    client.employee_schedules_list().await.unwrap();
    let settings = client.organization_settings_get(&LanguageQuery::default()).await.unwrap();
    let whole_days = Patch::new().replace("/openingTime", "00:00").replace("/closingTime", "24:00");
    client.organization_settings_patch(settings.id, &LanguageQuery::default(), &whole_days).await.unwrap();
    let settings = client.organization_settings_get(&LanguageQuery::default()).await.unwrap();
    assert_eq!((Some(settings.opening_time), Some(settings.closing_time)), (DayTime::new(0, 0), DayTime::new(24, 0)));
    client.timezones_list().await.unwrap();
    let wrong =
        CreateTopic { name: None, localized_name: None, unique_topic_id: String::new(), parent_id: None, order: None };
    let wrong = client.topics_create(&LanguageQuery::default(), &wrong).await.unwrap_err();
    assert!(wrong.refusal().unwrap().body.details.fields.contains_key("/name"), "{wrong:?}");
}

#[tokio::test]
async fn a_refusal_says_who_how_and_when() {
    let kit = Kit::with(Settings { rates: Rates { per_hour: 1_000, per_minute: 2 } }).await;
    let client = client(&kit, SYSTEM).await;
    client.employees_all(&Default::default()).await.unwrap();
    assert_eq!(client.standing().map(|standing| (standing.limit, standing.remaining)), Some((2, 1)));
    client.employees_all(&Default::default()).await.unwrap();
    let refused = client.employees_all(&Default::default()).await.unwrap_err();
    let refusal = refused.refusal().unwrap();
    assert_eq!((refusal.status, refusal.standing.unwrap().remaining), (429, 0));
    assert!(refusal.retry_after.unwrap().as_secs() <= 60);
    let nobody = self::client(&kit, As::Nobody).await;
    assert_eq!(nobody.rooms_all(&Default::default()).await.unwrap_err().reason(), Some(&Reason::TokenInvalid));
    assert!(nobody.openapi_get().await.unwrap().starts_with("openapi: \"3.1.0\""));
}

#[tokio::test]
async fn a_token_goes_nowhere_in_the_clear() {
    let token = || FixedToken(SecretString::from("x"));
    for address in ["http://engage.example", "ftp://engage.example", "engage"] {
        assert!(matches!(Client::new(address, token()), Err(engage_client::Error::Address { .. })), "{address}");
    }
    let nowhere = Client::new("http://127.0.0.1:1", token()).unwrap();
    let error = nowhere.timezones_list().await.unwrap_err();
    assert!(matches!(error, engage_client::Error::Unsent(_)), "{error:?}");
}

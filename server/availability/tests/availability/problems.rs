//! What is refused: organisations that make no sense, all problems at once, and requests.

use engage_availability::*;

use crate::world::*;

fn problems(change: impl FnOnce(&mut Organisation)) -> Vec<Problem> {
    let case = Case::base().with(|case| change(&mut case.organisation));
    Index::compile(&case.organisation).map(|_| ()).unwrap_err()
}

#[test]
fn all_problems_are_told_at_once() {
    let found = problems(|organisation| {
        organisation.settings.zone = "Atlantis".to_owned();
        organisation.settings.opening = clock("17:00");
        organisation.settings.interval_minutes = 7;
        organisation.settings.horizon = days(5_000);
        organisation.settings.priority.clear();
    });
    let expected = [Problem::Hours, Problem::Interval(7), Problem::Horizon(5_000), Problem::NoLevel, Problem::Zone];
    assert_eq!(found, expected);
    assert_eq!(found[1].to_string(), "the interval is 7 minutes: it may be 5, 10, 15, 20, 30 or 60");
}

#[test]
fn levels_are_there_once_labels_compared_without_case() {
    let level = |label: &str| PriorityLevel::ServiceGroup(Some(label.to_owned()));
    let twice = |levels: Vec<PriorityLevel>| problems(|organisation| organisation.settings.priority = levels);
    assert_eq!(twice(vec![level("VIP"), PriorityLevel::Local, level("vip")]), [Problem::LevelTwice(2)]);
    assert_eq!(twice(vec![PriorityLevel::ServiceGroup(None); 2]), [Problem::LevelTwice(1)]);
    assert_eq!(twice(vec![PriorityLevel::Local; 2]), [Problem::LevelTwice(1)]);
}

#[test]
fn what_is_there_twice_is_told() {
    let found = problems(|organisation| {
        organisation.employees.push(advisor(1));
        let first = organisation.employees[0].schedule.workdays[0].clone();
        organisation.employees[0].schedule.workdays.push(first);
        organisation.configurations.push(row());
        organisation.topics.push(Topic { id: topic(1), parent: None });
        let location =
            Location { key: L.to_owned(), add_rooms_to_booked_meetings: false, require_available_room: false };
        organisation.locations = vec![location.clone(), location];
    });
    let expected = [
        Problem::Twice("employee", employee(1).0),
        Problem::Twice("topic", topic(1).0),
        Problem::LocationTwice(1),
        Problem::WeekdayTwice(employee(1).0),
        Problem::RowTwice(1),
    ];
    assert_eq!(found, expected);
}

#[test]
fn topics_are_not_above_themselves() {
    let found = problems(|organisation| {
        organisation.topics.extend([
            Topic { id: topic(5), parent: Some(topic(6)) },
            Topic { id: topic(6), parent: Some(topic(5)) },
            Topic { id: topic(7), parent: Some(topic(6)) },
        ]);
    });
    assert_eq!(found, [Problem::TopicCircle(topic(5).0), Problem::TopicCircle(topic(6).0)]);
}

#[test]
fn who_is_gone_counts_for_nothing() {
    let case = Case::base().with(|case| {
        case.organisation.service_groups = vec![service(1, &[1, 77], &[MeetingType::Online], &[])];
        case.organisation.employees[0].skills.topics = vec![topic(77)];
        case.request.pools = vec![Pool::ServiceGroup];
    });
    assert_eq!(case.employees(), [employee(1)]);
}

fn refused(change: impl FnOnce(&mut Request)) -> SearchError {
    Case::base().with(|case| change(&mut case.request)).found().unwrap_err()
}

#[test]
fn requests_that_make_no_sense_are_refused() {
    assert_eq!(refused(|request| request.pools.clear()), SearchError::NoPool);
    assert_eq!(refused(|request| request.topic = Some(topic(9))), SearchError::UnknownTopic(topic(9)));
    assert_eq!(refused(|request| request.customer_type = Some(kind(9))), SearchError::UnknownCustomerType(kind(9)));
    let nobody = refused(|request| request.explicit_employees.push(employee(9)));
    assert_eq!(nobody, SearchError::UnknownEmployee(employee(9)));
    assert_eq!(refused(|request| request.specific_rooms.push(room(9))), SearchError::UnknownRoom(room(9)));
    assert_eq!(refused(|request| request.duration = Some(minutes(0))), SearchError::Duration);
    assert_eq!(refused(|request| request.duration = Some(days(8))), SearchError::Duration);
    let start = Some(Start::On(jiff::civil::Date::MAX));
    assert_eq!(refused(|request| request.start = start), SearchError::Range);
    let late = Case::base().with(|case| case.now = jiff::Timestamp::MAX.into());
    assert_eq!(late.found(), Err(SearchError::Range));
    assert_eq!(nobody.to_string(), format!("employee `{}` is unknown", employee(9)));
}

#[test]
fn modes_follow_from_what_is_asked() {
    let mode = |customer, internal, topic_id: Option<u128>| {
        let request = Request {
            is_customer_initiated: customer,
            is_internal: internal,
            topic: topic_id.map(topic),
            ..Request::default()
        };
        request.mode()
    };
    assert_eq!(mode(true, None, None), Mode::Customer);
    assert_eq!(mode(false, None, None), Mode::Internal);
    assert_eq!(mode(false, None, Some(1)), Mode::Employee);
    assert_eq!(mode(false, Some(false), None), Mode::Employee);
    assert_eq!(mode(true, Some(true), Some(1)), Mode::Internal);
}

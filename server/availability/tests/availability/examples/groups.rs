//! Service groups and priority.

use engage_availability::MeetingType::{Online, Physical, Telephone};
use engage_availability::*;

use crate::world::*;

const CPH: &str = "CPH";
const AAR: &str = "AAR";

/// Employee 1 is in one service group; the customer at CPH asks for topic 1 and customer type 1 there.
fn served(change: impl FnOnce(&mut ServiceGroup), eff: &str) -> Case {
    Case::base().with(|case| {
        let mut group = service(1, &[1], &[], &[]);
        change(&mut group);
        case.organisation.service_groups = vec![group];
        case.organisation.employees[0].location = Some(eff.to_owned());
        case.request.customer_location = Some(CPH.to_owned());
        (case.request.topic, case.request.customer_type) = (Some(topic(1)), Some(kind(1)));
        case.request.pools = vec![Pool::ServiceGroup];
    })
}

fn offer(meeting_types: &[MeetingType], locations: &[&str]) -> Offer {
    let locations = locations.iter().map(|key| (*key).to_owned()).collect();
    Offer { meeting_types: types(meeting_types), locations }
}

fn for_topic() -> Trigger {
    Trigger { topics: vec![topic(1)], ..Trigger::default() }
}

#[test]
fn a_new_group_offers_nothing() {
    assert_eq!(served(|_| (), CPH).found_types(), []);
}

#[test]
fn a_group_without_conditions_is_always_triggered() {
    assert_eq!(served(|group| group.offer = offer(&[Online], &[]), CPH).found_types(), [Online]);
}

#[test]
fn conditions_have_to_fit_together() {
    let case = |locations: &[&str]| {
        served(
            |group| {
                group.offer = offer(&[Online], &[]);
                group.trigger = for_topic();
                group.trigger.locations = locations.iter().map(|key| (*key).to_owned()).collect();
            },
            CPH,
        )
    };
    assert_eq!(case(&[AAR]).found_types(), []);
    assert_eq!(case(&[AAR, CPH]).found_types(), [Online]);
}

#[test]
fn without_locations_there_are_no_physical_meetings() {
    let case = served(
        |group| {
            group.trigger = for_topic();
            group.offer = offer(&[Physical, Online], &[]);
        },
        CPH,
    );
    assert_eq!(case.found_types(), [Online]);
}

#[test]
fn physical_meetings_need_the_employee_there() {
    let case = |eff| {
        served(
            |group| {
                group.trigger = for_topic();
                group.offer = offer(&[Physical], &[CPH]);
            },
            eff,
        )
    };
    assert_eq!(case(AAR).found_types(), []);
    assert_eq!(case(CPH).found_types(), [Physical]);
}

#[test]
fn a_condition_does_not_fit_a_request_that_says_nothing() {
    let case = served(
        |group| {
            group.trigger = for_topic();
            group.offer = offer(&[Online], &[]);
        },
        CPH,
    );
    assert_eq!(case.found_types(), [Online]);
    assert_eq!(case.with(|case| case.request.topic = None).found_types(), []);
}

#[test]
fn who_is_only_explicitly_available_comes_in_through_extra_time() {
    let case = served(|group| group.offer = offer(&[Online, Physical], &[CPH]), CPH).lasting(hours(1));
    let case = case.put("2026-06-01 16:00", "2026-06-01 18:00", Status::ExtraOpen);
    let case = case.with(|case| case.organisation.employees[0].schedule.is_only_explicitly_available = true);
    assert_eq!(case.found_types(), [Online]);
    assert_eq!(case.starts(), "16:00 16:30 17:00");
}

#[test]
fn members_of_linked_competence_groups_are_members() {
    let linked = group(50);
    let case = served(
        |group| {
            group.employees.clear();
            group.competence_groups = vec![linked];
            group.offer = offer(&[Online], &[]);
        },
        CPH,
    );
    let competence = |n, employees: &[u128], children| CompetenceGroup {
        id: group(n),
        employees: employees.iter().map(|n| employee(*n)).collect(),
        topics: vec![],
        customer_types: vec![],
        children,
    };
    let case = case.with(|case| {
        case.organisation.competence_groups = vec![competence(50, &[], vec![group(51)]), competence(51, &[1], vec![])];
    });
    assert_eq!(case.found_types(), [Online]);
}

fn dynamic(end: Option<&str>, start: &str) -> Case {
    let case = served(
        |group| {
            group.is_dynamic = true;
            group.offer = offer(&[Online, Telephone], &[]);
        },
        CPH,
    );
    case.lasting(hours(1)).with(|case| {
        let sign_in = SignIn { group: group(1), start: cph(start), end: end.map(cph) };
        case.organisation.employees[0].calendar.sign_ins = vec![sign_in];
        case.organisation.employees[0].schedule.workdays.clear();
        case.request.look_forward = days(2);
    })
}

#[test]
fn members_of_dynamic_groups_count_while_signed_in() {
    let case = dynamic(Some("2026-06-01 20:30"), "2026-06-01 18:00");
    assert_eq!(case.starts(), "18:00 18:30 19:00 19:30");
    assert_eq!(case.found_types(), [Online, Telephone]);
    let never = case.with(|case| case.organisation.employees[0].calendar.sign_ins.clear());
    assert_eq!(never.works(jiff::civil::Weekday::Monday, "8:00", "16:00").slots(), []);
}

#[test]
fn a_sign_in_without_an_end_lasts_until_closing_time_or_midnight() {
    assert_eq!(dynamic(None, "2026-06-01 15:00").starts(), "15:00 15:30 16:00");
    assert_eq!(dynamic(None, "2026-06-01 22:00").starts(), "22:00 22:30 23:00");
}

/// V in a group labelled VIP, N in one without a label, Lo at the location; all free. X is named.
fn preferred(levels: Vec<PriorityLevel>, free: &[u128], pools: &[Pool]) -> Vec<EmployeeId> {
    let case = Case::base().with(|case| {
        let organisation = &mut case.organisation;
        organisation.employees = [V, N, LO, NAMED].map(advisor).to_vec();
        for employee in &mut organisation.employees {
            employee.location = Some(X.to_owned());
            employee.active = free.iter().any(|n| crate::world::employee(*n) == employee.id);
        }
        organisation.employees[2].location = Some(L.to_owned());
        let mut vip = service(1, &[V], &[Online], &[]);
        vip.labels = vec!["vip".to_owned()];
        organisation.service_groups = vec![vip, service(2, &[N], &[Online], &[])];
        organisation.settings.priority = levels;
        case.request.pools = pools.to_vec();
        case.request.explicit_employees = vec![employee(NAMED)];
        case.request.best = None;
        case.request.meeting_types = Some(types(&[Online]));
    });
    case.employees()
}

const V: u128 = 1;
const N: u128 = 2;
const LO: u128 = 3;
const NAMED: u128 = 4;
const POOLS: [Pool; 2] = [Pool::Local, Pool::ServiceGroup];

fn vip_first() -> Vec<PriorityLevel> {
    let vip = PriorityLevel::ServiceGroup(Some("VIP".to_owned()));
    vec![PriorityLevel::Explicit, vip, PriorityLevel::Local, PriorityLevel::ServiceGroup(None)]
}

#[test]
fn by_default_locals_go_before_service_groups() {
    let levels = Settings::default().priority;
    assert_eq!(preferred(levels, &[V, N, LO], &POOLS), [employee(LO)]);
}

#[test]
fn a_label_may_go_before_locals() {
    assert_eq!(preferred(vip_first(), &[V, N, LO], &POOLS), [employee(V)]);
    assert_eq!(preferred(vip_first(), &[N, LO], &POOLS), [employee(LO)]);
    assert_eq!(preferred(vip_first(), &[N], &POOLS), [employee(N)]);
}

#[test]
fn priority_never_removes_who_no_level_names() {
    assert_eq!(preferred(vec![PriorityLevel::Local], &[N], &POOLS), [employee(N)]);
}

#[test]
fn who_is_named_goes_first() {
    let pools = [Pool::Explicit, Pool::Local, Pool::ServiceGroup];
    let levels = Settings::default().priority;
    assert_eq!(preferred(levels, &[V, N, LO, NAMED], &pools), [employee(NAMED)]);
}

//! Qualification: skills and competence groups.

use engage_availability::*;

use crate::world::*;

const FINANCE: u128 = 10;
const INVEST: u128 = 11;
const TAX: u128 = 12;
const MORTGAGE: u128 = 13;
const SAVINGS: u128 = 14;
const PREMIUM: u128 = 1;
const BASIC: u128 = 2;
const A: u128 = 1;
const B: u128 = 2;
const C: u128 = 3;
const DI: u128 = 4;
const E: u128 = 5;
const G: u128 = 6;

fn competence(n: u128, topics: &[u128], employees: &[u128], children: &[u128]) -> CompetenceGroup {
    CompetenceGroup {
        id: group(100 + n),
        employees: employees.iter().map(|n| employee(*n)).collect(),
        topics: topics.iter().map(|n| topic(*n)).collect(),
        customer_types: vec![],
        children: children.iter().map(|n| group(100 + n)).collect(),
    }
}

/// F{Finance, Invest; A, B} → M{–; C} → T{–; Di}; S{Tax; E} below F and X{–; G}.
fn bank() -> Case {
    Case::base().with(|case| {
        let organisation = &mut case.organisation;
        organisation.employees = [A, B, C, DI, E, G].map(advisor).to_vec();
        let topics = [FINANCE, INVEST, TAX, MORTGAGE, SAVINGS];
        organisation.topics = topics.map(|n| Topic { id: topic(n), parent: None }).to_vec();
        organisation.customer_types = vec![kind(PREMIUM), kind(BASIC)];
        organisation.competence_groups = vec![
            competence(1, &[FINANCE, INVEST], &[A, B], &[2, 4]),
            competence(2, &[], &[C], &[3]),
            competence(3, &[], &[DI], &[]),
            competence(4, &[TAX], &[E], &[]),
            competence(5, &[], &[G], &[4]),
        ];
        case.request.pools = vec![Pool::Local];
    })
}

fn qualified(case: &Case, asked: u128, of: Option<u128>) -> Vec<EmployeeId> {
    let case = case.clone().with(|case| {
        case.request.topic = Some(topic(asked));
        case.request.customer_type = of.map(kind);
    });
    case.employees()
}

#[test]
fn a_group_grants_to_all_below_whatever_their_own_sets_say() {
    assert_eq!(qualified(&bank(), FINANCE, None), [A, B, C, DI, E].map(employee));
}

#[test]
fn groups_above_gain_nothing_and_a_container_grants_nothing() {
    assert_eq!(qualified(&bank(), TAX, None), [employee(E)]);
    assert_eq!(qualified(&bank(), MORTGAGE, None), []);
}

#[test]
fn a_skill_needs_both_topic_and_customer_type() {
    let case = bank().with(|case| {
        let skills = Skills { topics: vec![topic(MORTGAGE)], customer_types: vec![kind(PREMIUM)] };
        case.organisation.employees[5].skills = skills;
    });
    assert_eq!(qualified(&case, MORTGAGE, Some(PREMIUM)), [employee(G)]);
    assert_eq!(qualified(&case, SAVINGS, Some(PREMIUM)), []);
    assert_eq!(qualified(&case, MORTGAGE, Some(BASIC)), []);
}

#[test]
fn never_half_a_skill_and_half_a_group() {
    let case = bank().with(|case| {
        case.organisation.employees[0].skills.customer_types = vec![kind(PREMIUM)];
        case.organisation.competence_groups[0].customer_types = vec![kind(BASIC)];
    });
    assert_eq!(qualified(&case, FINANCE, Some(PREMIUM)), []);
}

#[test]
fn a_topic_above_covers_those_below() {
    let case = bank().with(|case| {
        case.organisation.topics.push(Topic { id: topic(20), parent: Some(topic(TAX)) });
    });
    assert_eq!(qualified(&case, 20, None), [employee(E)]);
}

#[test]
fn chains_of_five_are_saved_longer_ones_and_circles_are_not() {
    let chain = |length: u128, last: &[u128]| {
        let mut groups: Vec<_> = (1..length).map(|n| competence(n, &[FINANCE], &[A], &[n + 1])).collect();
        groups.push(competence(length, &[FINANCE], &[A], last));
        let case = bank().with(|case| case.organisation.competence_groups = groups);
        Index::compile(&case.organisation).map(|_| ())
    };
    let id = |n: u128| group(100 + n).0;
    assert_eq!(chain(5, &[]), Ok(()));
    assert_eq!(chain(6, &[]), Err(vec![Problem::GroupDepth(id(1))]));
    assert_eq!(chain(2, &[1]), Err(vec![Problem::GroupCircle(id(1)), Problem::GroupCircle(id(2))]));
    assert_eq!(chain(1, &[1]), Err(vec![Problem::GroupCircle(id(1))]));
}

#[test]
fn the_closest_row_counts_as_a_whole() {
    let key = |row: &mut MeetingConfiguration, topic_id: Option<u128>, of: Option<u128>, length: u64| {
        (row.topic, row.customer_type) = (topic_id.map(topic), of.map(kind));
        row.duration = Some(minutes(length));
    };
    let keys: [(Option<u128>, Option<u128>, u64); 6] = [
        (Some(20), Some(PREMIUM), 60),
        (Some(TAX), Some(PREMIUM), 50),
        (None, Some(PREMIUM), 40),
        (Some(20), None, 30),
        (Some(TAX), None, 20),
        (None, None, 10),
    ];
    for (position, (_, _, expected)) in keys.iter().enumerate() {
        let case = bank().with(|case| {
            case.organisation.topics.push(Topic { id: topic(20), parent: Some(topic(TAX)) });
            case.organisation.configurations = keys[position..]
                .iter()
                .map(|(topic, of, length)| {
                    let mut row = row();
                    key(&mut row, *topic, *of, *length);
                    row
                })
                .collect();
            case.request.pools = vec![Pool::Explicit];
            (case.request.topic, case.request.customer_type) = (Some(topic(20)), Some(kind(PREMIUM)));
        });
        let slot = case.slots()[0];
        let length = slot.end.as_micros() - slot.start.as_micros();
        assert_eq!(length, i64::try_from(*expected).unwrap() * 60_000_000, "rows from {position} on");
    }
    let none = bank().with(|case| {
        case.organisation.configurations.clear();
        case.request.topic = Some(topic(TAX));
    });
    assert_eq!(none.found(), Err(SearchError::ConfigurationMissing));
}

#[test]
fn a_row_without_types_offers_nothing() {
    let case = Case::base().row(|row| row.meeting_types = MeetingTypes::NONE);
    assert_eq!(case.slots(), []);
    assert_ne!(case.mode(Mode::Internal).slots(), [], "the ceiling is not for internal meetings");
}

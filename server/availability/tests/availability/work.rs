//! What a search takes, in numbers that no machine has a part in: as much as the employees of its pools, whoever else there is.

use engage_availability::*;

use crate::office;
use crate::world::*;

fn work(organisation: &Organisation, request: &Request) -> Work {
    let mut index = Index::compile(organisation).unwrap();
    office::fill(&mut index, organisation.employees.len().try_into().unwrap());
    let (found, work) = index.search_counted(request, office::now(), 7).unwrap();
    assert_eq!(found, index.search(request, office::now(), 7).unwrap(), "it is the same search");
    assert!(!found.slots.is_empty());
    work
}

#[test]
fn it_grows_with_the_employees_of_the_pool() {
    let [small, large] = [30, 300].map(|pool| work(&office::organisation(pool, 0), &office::request()));
    assert_eq!((small.employees, large.employees), (30, 300));
    // Thirty days of 48 starts: 24 words of 64 starts for each of the six five minutes between two of them.
    assert!((30 * 6 * 20..=30 * 6 * 24).contains(&small.entries), "{small:?}");
    for (small, large) in [(small.entries, large.entries), (small.starts, large.starts)] {
        assert!((9 * small..=11 * small).contains(&large), "{small} {large}");
    }
}

#[test]
fn it_does_not_grow_with_employees_elsewhere() {
    let alone = work(&office::organisation(30, 0), &office::request());
    let mut organisation = office::organisation(30, 470);
    assert_eq!(work(&organisation, &office::request()), alone);
    // Nor with those whom a group grants the topic who are elsewhere, nor with groups that the request does not trigger.
    let elsewhere: Vec<EmployeeId> = (31..=500).map(employee).collect();
    organisation.competence_groups = vec![CompetenceGroup {
        id: group(1),
        employees: elsewhere.clone(),
        topics: organisation.topics.iter().map(|topic| topic.id).collect(),
        customer_types: vec![],
        children: vec![],
    }];
    let members: Vec<u128> = (31..=500).collect();
    let mut other = service(2, &members, &MeetingType::ALL, &["there"]);
    other.trigger.locations = vec!["there".to_owned()];
    organisation.service_groups = vec![other];
    assert_eq!(work(&organisation, &office::request()), alone);
    // Who names one looks at one.
    let request = Request {
        pools: vec![Pool::Explicit],
        explicit_employees: vec![employee(7), employee(8)],
        best: Some(false),
        ..office::request()
    };
    let named = work(&organisation, &Request { topic: None, ..request.clone() });
    assert_eq!(named.employees, 2);
    assert!(named.entries <= 2 * 6 * 24, "{named:?}");
}

#[test]
fn events_beside_the_range_are_not_read() {
    let organisation = office::organisation(10, 0);
    let month = work(&organisation, &office::request());
    let mut index = Index::compile(&organisation).unwrap();
    office::fill(&mut index, 10);
    let day = Request { start: Some(Start::On(date("2026-06-03"))), look_forward: days(1), ..office::request() };
    let (found, work) = index.search_counted(&day, office::now(), 7).unwrap();
    assert!(!found.slots.is_empty());
    assert!(work.entries * 6 < month.entries, "{work:?} of {month:?}");
}

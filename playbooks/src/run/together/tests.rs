//! Who travels with whom, and that nobody notices.

use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use engage_engine::acting::Identity;
use engage_engine::adapter::{
    Adapter, AdapterError, AdapterErrorKind, Call, Capabilities, GroupError, Page, Query, Request, Row, WriteGroup,
    Written,
};
use engage_engine::catalog::Entity;
use engage_engine::ids::CrmName;
use engage_engine::run::Clock;
use futures_util::StreamExt;

use super::*;
use crate::outlook::testing::crm as can;
use crate::run::testing::Virtual;

/// A CRM that takes 10 ms, keeps what it was asked, and fails as it is told to.
struct Crm {
    name: CrmName,
    can: Capabilities,
    entity: Arc<Entity>,
    time: Virtual,
    /// The queries of each request, by their numbers, and who sent it.
    requests: Mutex<Vec<(String, Vec<u32>)>>,
    /// A query, how a request fails that holds it, and how often.
    faults: Mutex<Vec<(u32, AdapterErrorKind, usize)>>,
}

impl Crm {
    fn new(most: usize) -> Self {
        let playbook =
            crate::check::testing::compiled("trigger t CustomerOverview\nread a customer : account.Id <- t.AccountId");
        let entity = playbook.blocks[1].pattern.as_ref().unwrap().parts[0].entity.clone();
        let mut can = can(true);
        can.read_batch.max = most;
        let (requests, faults) = (Mutex::default(), Mutex::default());
        Self { name: CrmName::new("crm-a").unwrap(), can, entity, time: Virtual::default(), requests, faults }
    }

    fn failing(most: usize, faults: &[(u32, AdapterErrorKind, usize)]) -> Self {
        Self { faults: Mutex::new(faults.to_vec()), ..Self::new(most) }
    }

    fn query(&self, number: u32) -> Query {
        let (entity, select, joins) = (Arc::clone(&self.entity), Vec::new(), Vec::new());
        Query { entity, select, filter: None, sort: None, limit: Some(number), joins }
    }

    fn requests(&self) -> Vec<Vec<u32>> {
        self.requests.lock().unwrap().iter().map(|(_, queries)| queries.clone()).collect()
    }

    fn fault(&self, queries: &[u32]) -> Option<AdapterErrorKind> {
        let mut faults = self.faults.lock().unwrap();
        let (_, kind, left) = faults.iter_mut().find(|(query, _, left)| queries.contains(query) && *left > 0)?;
        *left -= 1;
        Some(kind.clone())
    }
}

#[async_trait]
impl Adapter for Crm {
    fn crm(&self) -> &CrmName {
        &self.name
    }

    fn capabilities(&self) -> &Capabilities {
        &self.can
    }

    async fn read(&self, call: &Call, queries: &[Query]) -> Result<Vec<Page>, AdapterError> {
        let numbers: Vec<u32> = queries.iter().filter_map(|query| query.limit).collect();
        self.requests.lock().unwrap().push((call.run.clone(), numbers.clone()));
        self.time.sleep(Duration::from_millis(10)).await;
        let row = |number: &u32| Row { id: number.to_string(), ..Row::default() };
        match self.fault(&numbers) {
            Some(kind) => Err(AdapterError::new(kind)),
            None => Ok(numbers.iter().map(|number| Page { rows: vec![row(number)], truncated: false }).collect()),
        }
    }

    async fn write(&self, _: &Call, _: &WriteGroup) -> Result<Vec<Result<Written, AdapterError>>, GroupError> {
        unreachable!("nothing is written")
    }

    fn preview_read(&self, _: &[Query]) -> Result<Vec<Request>, AdapterError> {
        unreachable!("nothing is shown")
    }

    fn preview_write(&self, _: &WriteGroup) -> Result<Vec<Request>, AdapterError> {
        unreachable!("nothing is shown")
    }
}

/// A block: its name, who acts, how long it takes to connect, and what it asks for, one after the other, three times where
/// it fails for a passing reason.
#[derive(Clone)]
struct Asks {
    name: &'static str,
    who: &'static str,
    connects: u64,
    reads: Vec<Vec<u32>>,
}

fn asks(name: &'static str, reads: &[&[u32]]) -> Asks {
    Asks { name, who: "ann", connects: 0, reads: reads.iter().map(|read| read.to_vec()).collect() }
}

async fn block(crm: &Crm, asks: Asks, seat: Option<Seat>) -> String {
    crm.time.sleep(Duration::from_millis(asks.connects)).await;
    let call = Call { identity: Identity::Employee(asks.who.into()), run: asks.name.into(), timeout: None };
    let mut told = vec![asks.name.to_owned()];
    for numbers in &asks.reads {
        let queries: Vec<Query> = numbers.iter().map(|number| crm.query(*number)).collect();
        let mut left = 3;
        told.push(loop {
            let answer = match &seat {
                Some(seat) => seat.read(crm, &call, &queries).await,
                None => crm.read(&call, &queries).await,
            };
            left -= 1;
            match answer {
                Ok(pages) => break pages.iter().map(|page| page.rows[0].id.clone()).collect::<Vec<_>>().join("+"),
                Err(error) if error.is_retryable() && left > 0 => crm.time.sleep(Duration::from_millis(1)).await,
                Err(error) => break error.to_string(),
            }
        });
    }
    told.join(" ")
}

/// What blocks came to, as they were done.
fn together(crm: &Crm, blocks: &[Asks]) -> Vec<String> {
    let together = Together::new(blocks.to_vec(), |asks, seat| block(crm, asks, seat));
    crm.time.run(together.collect())
}

#[test]
fn what_is_asked_for_at_once_is_one_request_under_the_first_ones_name() {
    let crm = Crm::new(10);
    let told = together(&crm, &[asks("a", &[&[1], &[4]]), asks("b", &[&[2, 3]]), asks("c", &[&[5], &[6, 7]])]);
    assert_eq!(told, ["b 2+3", "a 1 4", "c 5 6+7"]);
    let requests = crm.requests.lock().unwrap().clone();
    assert_eq!(requests, [("a".into(), vec![1, 2, 3, 5]), ("a".into(), vec![4, 6, 7])]);
}

#[test]
fn a_request_holds_no_more_than_the_crm_takes_and_the_queries_of_one_block_stay_together() {
    let crm = Crm::new(3);
    let told = together(&crm, &[asks("a", &[&[1, 2]]), asks("b", &[&[3, 4]]), asks("c", &[&[5]]), asks("d", &[&[6]])]);
    assert_eq!(told, ["a 1+2", "b 3+4", "c 5", "d 6"]);
    assert_eq!(crm.requests(), [vec![1, 2, 5], vec![3, 4, 6]]);
}

#[test]
fn a_crm_that_is_better_off_without_is_asked_by_each() {
    for (most, shares) in [(1, true), (10, false)] {
        let mut crm = Crm::new(most);
        crm.can.share_reads = shares;
        // Who is late holds up nobody.
        let late = Asks { connects: 500, ..asks("b", &[&[2]]) };
        assert_eq!(together(&crm, &[asks("a", &[&[1], &[3]]), late]), ["a 1 3", "b 2"]);
        assert_eq!(crm.requests(), [vec![1], vec![3], vec![2]]);
    }
}

#[test]
fn the_first_request_waits_for_all_and_no_other_does() {
    let crm = Crm::new(2);
    let late = Asks { connects: 500, ..asks("c", &[&[3]]) };
    let gone = Asks { connects: 900, ..asks("d", &[]) };
    together(&crm, &[asks("a", &[&[1], &[4], &[5]]), asks("b", &[&[2]]), late, gone]);
    assert_eq!(crm.requests(), [vec![1, 2], vec![3], vec![4], vec![5]]);
    assert_eq!(crm.time.now(), Duration::from_millis(930));
}

#[test]
fn what_is_refused_is_asked_by_each_and_only_the_one_at_fault_fails() {
    use AdapterErrorKind::{Denied, NotFound, Rejected, Unknown, Unsupported};
    let unsupported = Unsupported { operation: "ask", adapter: "crm".into() };
    for kind in [Denied, NotFound, Rejected { field: None }, unsupported] {
        let crm = Crm::failing(10, &[(2, kind.clone(), 9)]);
        let told = together(&crm, &[asks("a", &[&[1], &[4]]), asks("b", &[&[2]]), asks("c", &[&[3], &[5]])]);
        assert_eq!(told, [format!("b {kind}"), "a 1 4".into(), "c 3 5".into()]);
        assert_eq!(
            crm.requests(),
            [vec![1, 2, 3], vec![1], vec![2], vec![3], vec![4, 5]],
            "the others go on in company"
        );
    }
    // A read without an answer had no effect.
    let crm = Crm::failing(10, &[(2, Unknown, 1)]);
    assert_eq!(together(&crm, &[asks("a", &[&[1]]), asks("b", &[&[2]])]), ["a 1", "b 2"]);
}

#[test]
fn what_concerns_all_all_are_told_and_each_goes_on_by_its_own_rule() {
    use AdapterErrorKind::{Locked, QuotaExhausted, Throttled, Unauthenticated, Unavailable};
    for kind in [QuotaExhausted { after: None }, Unauthenticated] {
        let crm = Crm::failing(10, &[(2, kind.clone(), 9)]);
        let told = together(&crm, &[asks("a", &[&[1]]), asks("b", &[&[2]])]);
        assert_eq!(told, [format!("a {kind}"), format!("b {kind}")]);
        assert_eq!(crm.requests(), [[1, 2]]);
    }
    let crm = Crm::failing(10, &[(2, Throttled { after: None }, 2)]);
    assert_eq!(together(&crm, &[asks("a", &[&[1]]), asks("b", &[&[2]])]), ["a 1", "b 2"]);
    assert_eq!(crm.requests(), [[1, 2], [1, 2], [1, 2]], "who comes back at once travels together");
    for kind in [Unavailable, Locked] {
        let crm = Crm::failing(10, &[(2, kind, 1)]);
        assert_eq!(together(&crm, &[asks("a", &[&[1]]), asks("b", &[&[2]])]), ["a 1", "b 2"]);
        assert_eq!(crm.requests(), [vec![1, 2], vec![1], vec![2]], "whoever it was, the other need not meet it again");
    }
}

#[test]
fn identities_do_not_mix() {
    let crm = Crm::new(10);
    let other = Asks { who: "ben", ..asks("b", &[&[2]]) };
    together(&crm, &[asks("a", &[&[1]]), other, asks("c", &[&[3]])]);
    assert_eq!(crm.requests(), [vec![1, 3], vec![2]]);
}

#[test]
fn where_the_one_who_sends_is_dropped_the_others_ask_again() {
    let crm = Crm::new(10);
    let together = Together::new(vec![1_u32, 2, 3], |number, seat| {
        let crm = &crm;
        async move {
            let (call, queries) = (call(), [crm.query(number)]);
            let seat = seat.unwrap();
            let read = std::pin::pin!(seat.read(crm, &call, &queries));
            let patience = Duration::from_millis(if number == 1 { 5 } else { 1000 });
            match futures_util::future::select(read, crm.time.sleep(patience)).await {
                futures_util::future::Either::Left((answer, _)) => answer.unwrap()[0].rows[0].id.clone(),
                futures_util::future::Either::Right(_) => "gone".to_owned(),
            }
        }
    });
    let told: Vec<String> = crm.time.run(together.collect());
    assert_eq!(told, ["gone", "2", "3"]);
    assert_eq!(crm.requests(), [vec![1, 2, 3], vec![2, 3]]);
}

fn call() -> Call {
    Call { identity: Identity::Application, run: String::new(), timeout: None }
}

#[test]
fn groups_are_of_those_with_the_same_company_and_keep_their_order() {
    let all = ["a1", "x", "b1", "a2", "y", "b2"];
    let company = |name: &&str| Some(name.chars().next()?).filter(|letter| "ab".contains(*letter));
    assert_eq!(groups(all, company), [vec!["a1", "a2"], vec!["x"], vec!["b1", "b2"], vec!["y"]]);
}

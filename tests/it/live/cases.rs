//! The starter's snapshot cases over HTTP: given state in the sandbox, the adapter, the sandbox's rows afterwards.
//!
//! Each is held against what it ends in on the simulated CRM, where `engage test` runs it, and what runs on both CRMs is
//! held against itself on the other.

use std::collections::{BTreeMap, BTreeSet};

use engage_cli::case::{self, Actual, Any, Case};
use engage_engine::Input;
use serde_json::{Map, Value as Json};

use super::harness::{CRMS, Live};
use super::judge::{End, Judge};

/// What a case came to over HTTP.
struct Ran {
    simulated: Actual,
    live: Actual,
    /// What was asked, tokens and describes apart.
    requests: Vec<String>,
}

/// The cases of the starter library that run on a CRM, by file and name.
fn cases(live: &Live) -> Vec<(String, Case)> {
    let mut problems = Vec::new();
    let all = case::cases(&live.loaded, None, &mut problems);
    assert!(problems.is_empty(), "{problems:?}");
    let patterns = all.into_iter().filter_map(|(case, path)| match case {
        Any::Pattern(case) => Some((*case, path)),
        Any::Playbook(_) => None,
    });
    let here = patterns.filter(|(case, _)| case.crms.iter().any(|crm| crm.value.as_str() == live.crm));
    here.map(|(case, path)| {
        let file = path.file_name().unwrap().to_str().unwrap().trim_end_matches(".case.yaml");
        (format!("{file}: {}", case.name), case)
    })
    .collect()
}

/// The state of a case as JSON, by entity.
fn given(case: &Case) -> Json {
    let tables = case
        .state
        .iter()
        .map(|(entity, rows)| (entity.value.clone(), Json::Array(rows.iter().map(engage_dsl::value::json).collect())));
    Json::Object(tables.collect())
}

/// The names of the records of a case.
fn known(state: &Json) -> BTreeSet<String> {
    let rows = state.as_object().unwrap().values().flat_map(|rows| rows.as_array().unwrap());
    rows.map(|row| row["Id"].as_str().unwrap().to_owned()).collect()
}

impl Live {
    async fn case(&self, case: &Case) -> Ran {
        self.running.reset().unwrap();
        self.ids.forget();
        self.seed(&given(case));
        self.running.clear_log();
        let pattern = self.pattern(&case.pattern.value);
        let input = Input::from_json(pattern, &case::given(&self.loaded, case).unwrap());
        let input = input.map(|input| self.ids.of_input(&self.loaded.catalog, pattern, input));
        let mut live = case::operate(pattern, case, input, self.wire.adapter()).await;
        live.result = live.result.map(|result| self.ids.named(&result));
        live.state = self.state();
        let (loaded, case) = (self.loaded.clone(), case.clone());
        let crm = case.crms.iter().find(|crm| crm.value.as_str() == self.crm).unwrap().clone();
        // The simulated CRM brings a runtime of its own.
        let simulated = std::thread::spawn(move || case::execute(&loaded, &case, &crm)).join().unwrap();
        Ran { simulated: simulated.unwrap(), live, requests: self.requests() }
    }
}

#[tokio::test]
async fn every_case_ends_over_http_as_on_the_simulated_crm_and_on_the_other_crm() {
    let mut ends: BTreeMap<String, Vec<Map<String, Json>>> = BTreeMap::new();
    let (mut judge, mut runs) = (Judge::default(), 0);
    for crm in CRMS {
        let live = Live::start(crm).await;
        for (name, case) in cases(&live) {
            let Ran { simulated, live: real, requests } = live.case(&case).await;
            let place = format!("{crm} {name}");
            judge.outcomes(&place, &simulated, &real);
            judge.trips(&place, &simulated, &requests);
            let known = known(&given(&case));
            let expected = End::of(&simulated, &live.base, &known);
            let found = End::of(&real, &live.base, &known);
            judge.results(&place, live.pattern(&case.pattern.value), &expected, &found);
            judge.states(&place, crm, &expected, &found);
            ends.entry(name).or_default().push(found.as_far_as(&expected));
            runs += 1;
        }
    }
    let both = ends.iter().filter(|(_, ends)| ends.len() == CRMS.len());
    let both = both.map(|(name, ends)| judge.same(name, &ends[0], &ends[1])).count();
    assert!(judge.differences.is_empty(), "\n{}", judge.differences.join("\n"));
    assert_eq!(judge.unused(), []);
    // So that no case is passed over.
    assert_eq!((runs, both), (115, 54));
}

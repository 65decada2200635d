//! A whole playbook over the wire: reads that start together are one request where the CRM takes them in one.

use std::collections::BTreeMap;
use std::sync::Arc;

use engage_dsl::templates::Liquid;
use engage_engine::run::SystemClock;
use engage_playbooks::blocks::Blocks;
use engage_playbooks::outlook::Outlook;
use engage_playbooks::ports::Since;
use engage_playbooks::run::{Beginning, Facts, Machine, Run, RunKey, RunState, Tenant};
use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::harness::{CRMS, Live};
use crate::crash::worker::ai;
use crate::playbooks::world::{Reached, label};

/// Runs the overview of a customer.
async fn overview(live: &Live, account: &str) -> Machine {
    let compiled = live.loaded.compiled.get(live.crm, "customer-overview").unwrap();
    let begins = Beginning {
        playbook: compiled.id.clone(),
        digest: compiled.digest.clone(),
        crm: compiled.crm.clone(),
        trigger: compiled.trigger().unwrap().kind,
        event: "overview-1".into(),
        subject: None,
        data: json!({"AccountId": account}),
        given: Json::Null,
        employee: Some("ann".into()),
        versions: BTreeMap::from(["summarise-records", "customer-briefing"].map(|id| (id.parse().unwrap(), 1))),
        deadline: None,
        closed: false,
    };
    let key = RunKey::of_event(&Tenant::new("contoso").unwrap(), &compiled.id, "overview-1");
    let time = Since::new(Arc::new(SystemClock::default()), Timestamp::UNIX_EPOCH);
    let reached = Arc::new(Reached(Ok(live.wire.shared())));
    let blocks = Blocks::new(reached, Arc::new(ai()), Arc::new(Liquid::default()), Arc::new(time.clone()));
    Run::new(compiled.clone(), key, begins).execute(&blocks, &time, &Facts::default()).await.unwrap()
}

#[tokio::test]
async fn the_reads_that_begin_an_overview_of_a_customer_travel_together() {
    for crm in CRMS {
        let live = Live::with_people(crm).await;
        let account = live.loaded.catalog.entity(crm, "account").unwrap();
        let machine = overview(&live, &live.ids.of(&account.crm_type, "acme")).await;
        assert_eq!(machine.state(), RunState::Succeeded, "{:?}", machine.outcome());

        let requests = live.requests();
        let (_, reads) = requests.split_last().unwrap();
        match crm {
            "dataverse" => assert_eq!(reads, ["POST /api/data/v9.2/$batch"]),
            // Five queries in a composite.
            _ => assert_eq!(reads, ["POST /services/data/v66.0/composite"; 2]),
        }

        let outlook = Outlook::of(machine.compiled(), live.wire.adapter().capabilities()).unwrap();
        assert_eq!((outlook.round_trips, outlook.exact), (requests.len(), true), "{crm}");
        let trips: u32 = machine.view().iter().map(|block| block.trips).sum();
        assert_eq!(trips as usize, requests.len() + outlook.ai_calls, "what blocks count adds up to what went out");

        let found = machine.output_of(&label("contacts")).unwrap();
        assert_eq!(found["Results"].as_array().unwrap().len(), 25, "{crm}");
    }
}

//! The organisation, the events, and what is there at the end.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use engage_playbooks::model::TriggerKind;
use engage_playbooks::ports::{Event, Journal, Offer, RunQuery};
use engage_playbooks::run::{RunState, Tenant};
use engage_sandbox::server::{Fault, Rule};
use serde_json::{Value as Json, json};
use tokio::runtime::Runtime;

use super::worker::{Job, Process, TENANT, open};
use crate::live::harness::Live;

/// The playbooks that are on; each has events of its own.
pub const PLAYBOOKS: [&str; 4] = ["portal-lead", "book-meeting", "meeting-summary", "customer-overview"];

/// A seeded row of numbers: the same in every run, and random enough.
pub struct Lots(pub u64);

impl Lots {
    pub fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

/// One CRM with an organisation, and a journal.
pub struct Scene {
    pub runtime: Runtime,
    pub live: Live,
    pub journal: Arc<dyn Journal>,
    job: Job,
    known: BTreeSet<String>,
}

fn organisation() -> Json {
    let employee = |id: &str| {
        json!({"Id": id, "EmployeeKey": format!("e-{id}"), "UserName": format!("{id}@bank.example"), "FirstName": id,
            "LastName": "Berg", "Email": format!("{id}@bank.example"), "Alias": id, "AccessId": "advice"})
    };
    json!({
        "access": [{"Id": "advice", "Name": "Advice"}],
        "employee": [employee("ann"), employee("ben")],
        "account": [{"Id": "acme", "Name": "Acme", "Number": "10042"}],
        "contact": [
            {"Id": "kari", "LastName": "Nordmann", "Email": "kari@acme.example", "AccountId": "acme"},
            {"Id": "ola", "LastName": "Nordmann", "Email": "ola@acme.example", "AccountId": "acme"},
        ],
        "meeting": [{"Id": "m0", "Subject": "Review", "Start": "2026-11-30T09:00:00Z", "End": "2026-11-30T10:00:00Z",
            "AccountId": "acme", "OwnerId": "ann", "MeetingKey": "held"}],
    })
}

fn meeting(key: &str, account: &str) -> Json {
    json!({
        "Id": key, "Title": format!("Meeting {key}"), "Description": "Yearly", "Type": "Online", "Internal": false,
        "StartDate": "2026-12-01T09:00:00Z", "EndDate": "2026-12-01T10:00:00Z", "Location": "Online",
        "VideoLink": "https://meet.bank.example/1", "CustomerId": account,
        "MeetingOwner": {"Id": "e-ann", "Name": "Ann Berg", "Email": "ann@bank.example"},
        "AdditionalAdvisors": [], "Theme": "Pension", "CustomFields": {}, "CustomerCategory": "Private",
        "ExternalAttendees": [{"Name": "Kari N", "Email": "kari@acme.example"}, {"Name": "Ola N", "Email": "ola@acme.example"}],
    })
}

impl Scene {
    /// An organisation, and a journal with nothing in it.
    pub fn new(crm: &'static str, journal: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let live = runtime.block_on(Live::start(crm));
        live.seed(&organisation());
        let journal_at = runtime.block_on(open(journal));
        let facts = live.running.ready()[crm].clone();
        let job = Job { journal: journal.to_owned(), crm: crm.to_owned(), facts, runs: 0, at: None };
        let mut scene = Self { runtime, live, journal: journal_at, job, known: BTreeSet::new() };
        scene.known = scene.rows().into_iter().map(|(_, row)| row["Id"].as_str().unwrap().to_owned()).collect();
        scene
    }

    /// The same organisation again, and another journal.
    pub fn again(&mut self, journal: &str) {
        self.live.running.reset().unwrap();
        self.live.ids.forget();
        self.live.seed(&organisation());
        self.journal = self.runtime.block_on(open(journal));
        self.job = Job { journal: journal.to_owned(), runs: 0, ..self.job.clone() };
    }

    /// Events from one on: of each playbook in turn.
    pub fn offer(&mut self, events: std::ops::Range<usize>) {
        self.job.runs = self.job.runs.max(events.end);
        let offers: Vec<Offer> = events.map(|number| Offer::Event(self.event(number))).collect();
        let new = self.runtime.block_on(self.journal.offer(&offers)).unwrap();
        assert!(new.iter().all(|new| *new));
        // Whoever offers twice, because an answer was lost, starts nothing twice.
        assert!(!self.runtime.block_on(self.journal.offer(&offers)).unwrap().contains(&true));
    }

    fn event(&self, number: usize) -> Event {
        let table = if self.live.crm == "dataverse" { "account" } else { "Account" };
        let (key, account) = (format!("k{number}"), self.live.ids.of(table, "acme"));
        let (kind, data) = match number % PLAYBOOKS.len() {
            0 => (
                TriggerKind::PortalMeetings,
                json!({"PortalId": "retail", "PortalName": "Retail", "Meeting": meeting(&key, &account)}),
            ),
            1 => (TriggerKind::MeetingBooked, json!({"Meeting": meeting(&key, &account), "BookedBy": "Ann Berg"})),
            2 => (
                TriggerKind::TranscriptReady,
                json!({"MeetingId": "held", "TranscriptId": key, "Transcript": "Ann: Shall we?"}),
            ),
            _ => (TriggerKind::CustomerOverview, json!({"AccountId": account})),
        };
        Event {
            tenant: Tenant::new(TENANT).unwrap(),
            id: format!("event-{number}"),
            kind,
            subject: None,
            playbook: None,
            employee: Some("ann".to_owned()),
            data,
            given: Json::Null,
            at: "2026-11-26T09:00:00Z".parse().unwrap(),
        }
    }

    pub fn process(&self, at: Option<super::dying::At>) -> Process {
        Process::start(&Job { at, ..self.job.clone() })
    }

    /// A few faults at requests to come.
    pub fn trouble(&self, lots: &mut Lots) {
        let rule = |lots: &mut Lots| {
            let fault = match lots.below(7) {
                0 => Fault::CutBefore,
                1 => Fault::CutAfter,
                2 => Fault::Unavailable,
                3 => Fault::Throttled { after: 0 },
                4 => Fault::RowLocked,
                5 => Fault::Latency { milliseconds: 30 },
                _ => Fault::Truncated { bytes: 40 },
            };
            Rule {
                service: Some(self.live.crm.to_owned()),
                method: None,
                target: None,
                skip: lots.below(20),
                times: 1,
                fault,
            }
        };
        let rules = (0..4).map(|_| rule(lots)).collect();
        assert!(self.live.running.set_faults(rules));
    }

    fn rows(&self) -> Vec<(String, Json)> {
        let state = self.live.state().into_iter();
        state
            .flat_map(|(entity, rows)| {
                rows.as_array().unwrap().clone().into_iter().map(move |row| (entity.clone(), row))
            })
            .collect()
    }

    /// Everything that is there, with keys in place of ids that the CRM makes; not when it was made.
    pub fn end(&self) -> Vec<String> {
        let rows = self.rows();
        let name = |(entity, row): &(String, Json)| {
            let id = row["Id"].as_str().unwrap().to_owned();
            let key = row["ExternalKey"].as_str().unwrap_or(entity).to_owned();
            (!self.known.contains(&id)).then_some((id, key))
        };
        let names: Vec<(String, String)> = rows.iter().filter_map(name).collect();
        let line = |(entity, row): &(String, Json)| {
            let mut row = row.clone();
            row.as_object_mut().unwrap().remove("CreatedOn");
            names.iter().fold(format!("{entity} {row}"), |line, (id, name)| line.replace(id.as_str(), name))
        };
        let mut lines: Vec<String> = rows.iter().map(line).collect();
        lines.sort();
        lines
    }

    /// How the runs ended; every event has started one.
    pub fn states(&self) -> Vec<RunState> {
        let query = RunQuery { most: 100_000, ..RunQuery::default() };
        let tenant = Tenant::new(TENANT).unwrap();
        let runs = self.runtime.block_on(self.journal.runs(&tenant, &query)).unwrap().runs;
        assert_eq!(runs.len(), self.job.runs, "every event has one run");
        runs.into_iter().map(|run| run.state).collect()
    }

    /// Every entry of every run.
    pub fn entries(&self) -> Vec<String> {
        let (tenant, query) = (Tenant::new(TENANT).unwrap(), RunQuery { most: 100_000, ..RunQuery::default() });
        self.runtime.block_on(async {
            let mut all = Vec::new();
            for run in self.journal.runs(&tenant, &query).await.unwrap().runs {
                let entries = self.journal.entries(&run.key).await.unwrap();
                all.extend(entries.into_iter().map(|entry| format!("{} {} {}", run.key, entry.sequence, entry.fact)));
            }
            all
        })
    }

    /// What runs that nobody disturbs leave of these events.
    pub fn undisturbed(crm: &'static str, folder: &Path, events: usize) -> (Self, Vec<String>) {
        let mut scene = Self::new(crm, folder.join("undisturbed.db").to_str().unwrap());
        scene.offer(0..events);
        assert!(scene.process(None).until("done"));
        assert_eq!(scene.states(), vec![RunState::Succeeded; events]);
        let end = scene.end();
        (scene, end)
    }
}

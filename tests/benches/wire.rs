//! What stands between the engine and the wire: lowering and parsing a batch of a hundred, a round trip with and without
//! the engine, and how much the sandbox answers, so that it is never what a load test measures.
//!
//! `cargo bench -p engage-tests --bench wire`
//!
//! Everything runs on loopback in one process, so that only differences between lines of one group say something: `raw`
//! sends the same bytes by the HTTP client alone.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput};
use engage_adapters::dataverse::{self, Dataverse};
use engage_adapters::http::{HttpOptions, Secret};
use engage_adapters::salesforce::{self, Salesforce};
use engage_dsl::Workspace;
use engage_dsl::engine::adapter::{Call, Query, Write, WriteAction, WriteGroup, WriteValue};
use engage_dsl::engine::{Adapter, Catalog, CrmName, Execution, Identity, Input, Operation, Value};
use engage_sandbox::dataverse::Setup;
use engage_sandbox::{Options, Running, Sandbox};
use serde_json::json;
use tokio::runtime::Runtime;

/// Operations in a batch.
const BATCH: usize = 100;
/// Requests at a time for the throughput of the sandbox.
const AT_A_TIME: u64 = 32;

const WORKSPACE: &str = r#"
entity account "Account" on dataverse account {
  Name -> name
}
entity account "Account" on salesforce Account {
  Name -> Name
}
pattern one "One account" {
  as application "a measurement has no user"
  account : account readonly root
}
"#;

struct Bench {
    runtime: Runtime,
    running: Running,
    catalog: Catalog,
    http: reqwest::Client,
}

impl Bench {
    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
        // Limits of a tenant are not what is measured.
        let options = Options {
            dataverse_setup: Setup { requests_per_window: usize::MAX, concurrency: usize::MAX, ..Setup::default() },
            salesforce_setup: engage_sandbox::salesforce::Setup {
                daily_requests: u64::MAX,
                ..engage_sandbox::salesforce::Setup::default()
            },
            ..Options::default()
        };
        let running = runtime.block_on(Sandbox::start(options)).expect("it starts");
        let catalog = Workspace::from_sources([("bench.engage", WORKSPACE)]).catalog().expect("the workspace is right");
        Self { runtime, running, catalog, http: reqwest::Client::new() }
    }

    fn at(&self, crm: &str, name: &str) -> String {
        self.running.ready()[crm][name].as_str().expect("the ready line has it").to_owned()
    }

    fn token(&self, crm: &str, user: &str) -> String {
        self.running.ready()[crm]["users"][user]["token"].as_str().expect("the user has a token").to_owned()
    }

    fn dataverse(&self) -> Arc<dyn Adapter> {
        let config = dataverse::Config {
            url: self.at("dataverse", "url"),
            token_url: self.at("dataverse", "token_url"),
            client_id: self.at("dataverse", "client_id"),
            client_secret: Secret::new(self.at("dataverse", "client_secret")),
            scope: None,
            assertions: None,
            impersonate: false,
            http: HttpOptions::default(),
        };
        let crm = Dataverse::new(config, &self.catalog, CrmName::new("dataverse").expect("a name")).expect("it opens");
        self.runtime.block_on(crm.metadata(&call())).expect("the metadata is there");
        Arc::new(crm)
    }

    fn salesforce(&self) -> Arc<dyn Adapter> {
        let config = salesforce::Config {
            login_url: self.at("salesforce", "url"),
            client_id: self.at("salesforce", "client_id"),
            client_secret: Some(Secret::new(self.at("salesforce", "client_secret"))),
            signing_key: None,
            username: None,
            audience: None,
            usernames: None,
            api_version: None,
            http: HttpOptions::default(),
        };
        let crm =
            Salesforce::new(config, &self.catalog, CrmName::new("salesforce").expect("a name")).expect("it opens");
        self.runtime.block_on(crm.metadata(&call())).expect("the describes are there");
        Arc::new(crm)
    }

    fn put(&self, crm: &dyn Adapter, count: usize) -> Vec<String> {
        let group = self.creates(crm, count);
        let made = self.runtime.block_on(crm.write(&call(), &group)).expect("they are made");
        made.into_iter().map(|one| one.expect("it is made").id).collect()
    }

    /// Accounts to make. No two kinds, so that no limit but that of the batch is met.
    fn creates(&self, crm: &dyn Adapter, count: usize) -> WriteGroup {
        let entity = self.catalog.entity(crm.crm().as_str(), "account").expect("the workspace has accounts");
        let name = entity.position("Name").expect("they have names");
        let one = |number| Write {
            entity: Arc::clone(entity),
            action: WriteAction::Create { id: None },
            fields: vec![(name, WriteValue::Value(Value::String(format!("Number {number}"))))],
            embedded: Vec::new(),
        };
        WriteGroup { atomic: true, writes: (0..count).map(one).collect() }
    }

    /// A query for one account by its id.
    fn query(&self, crm: &dyn Adapter, id: &str) -> Query {
        let entity = self.catalog.entity(crm.crm().as_str(), "account").expect("the workspace has accounts");
        let filter = engage_dsl::engine::model::Condition::Test(engage_dsl::engine::model::Test {
            field: engage_dsl::engine::FieldName::new("Id").expect("a name"),
            operator: engage_dsl::engine::model::Operator::Equals,
            operands: vec![Value::Id(id.to_owned())],
        });
        let select = vec![entity.position("Name").expect("they have names")];
        Query { entity: Arc::clone(entity), select, filter: Some(filter), sort: None, limit: None, joins: Vec::new() }
    }

    /// Sends what a preview shows, by the HTTP client alone, and reads the answer whole.
    async fn raw(&self, crm: &str, token: &str, request: &engage_dsl::engine::adapter::Request) -> usize {
        let url = format!("{}{}", self.at(crm, "url"), request.target);
        let method = request.method.parse().expect("a method");
        let mut sent = self.http.request(method, url).bearer_auth(token).header("accept", "application/json");
        if !request.body.is_empty() {
            let kind = if crm == "dataverse" { content_type(&request.body) } else { "application/json".to_owned() };
            sent = sent.header("content-type", kind).body(request.body.clone());
        }
        let answer = sent.send().await.expect("it answers");
        assert!(answer.status().is_success(), "{}", answer.status());
        answer.bytes().await.expect("the answer is whole").len()
    }
}

/// The boundary of a batch is its first line.
fn content_type(body: &str) -> String {
    let first = body.lines().next().unwrap_or_default();
    format!("multipart/mixed; boundary=\"{}\"", first.trim_start_matches('-'))
}

fn call() -> Call {
    Call { identity: Identity::Application, run: String::new(), timeout: None }
}

fn lowering(bench: &Bench, crm: &dyn Adapter, group: &mut BenchmarkGroup<'_, WallTime>) {
    let writes = bench.creates(crm, BATCH);
    group.throughput(Throughput::Elements(BATCH as u64));
    group.bench_function(BenchmarkId::new("lower 100 writes", crm.crm()), |bencher| {
        bencher.iter(|| black_box(crm.preview_write(&writes).expect("it can be shown")));
    });
}

fn parsing(bench: &Bench, crm: &dyn Adapter, ids: &[String], group: &mut BenchmarkGroup<'_, WallTime>) {
    let queries: Vec<Query> = ids.iter().map(|id| bench.query(crm, id)).collect();
    let most = crm.capabilities().read_batch.max.min(BATCH);
    let queries = &queries[..most.min(queries.len())];
    let shown = crm.preview_read(queries).expect("it can be shown");
    let name = crm.crm().as_str().to_owned();
    let token = token(bench, &name);
    group.throughput(Throughput::Elements(queries.len() as u64));
    group.bench_function(BenchmarkId::new(format!("read {} in a batch, raw", queries.len()), &name), |bencher| {
        bencher.iter(|| bench.runtime.block_on(bench.raw(&name, &token, &shown[0])));
    });
    group.bench_function(BenchmarkId::new(format!("read {} in a batch, adapter", queries.len()), &name), |bencher| {
        bencher.iter(|| bench.runtime.block_on(crm.read(&call(), queries)).expect("it reads"));
    });
}

fn round_trip(bench: &Bench, crm: &dyn Adapter, id: &str, group: &mut BenchmarkGroup<'_, WallTime>) {
    let name = crm.crm().as_str().to_owned();
    let token = token(bench, &name);
    let pattern = bench.catalog.pattern(&name, "one").expect("the workspace has it");
    let input = Input::from_json(pattern, &json!({"account": {"Id": id}})).expect("the input is right");
    let run = || Execution::new(pattern, Operation::Read, input.clone(), crm, Identity::Application);
    let queries = [bench.query(crm, id)];
    let shown = crm.preview_read(&queries).expect("it can be shown");
    group.throughput(Throughput::Elements(1));
    group.bench_function(BenchmarkId::new("round trip, raw", &name), |bencher| {
        bencher.iter(|| bench.runtime.block_on(bench.raw(&name, &token, &shown[0])));
    });
    group.bench_function(BenchmarkId::new("round trip, adapter", &name), |bencher| {
        bencher.iter(|| bench.runtime.block_on(crm.read(&call(), &queries)).expect("it reads"));
    });
    group.bench_function(BenchmarkId::new("round trip, engine", &name), |bencher| {
        bencher.iter(|| bench.runtime.block_on(run().execute()).expect("it runs"));
    });
}

fn throughput(bench: &Bench, crm: &dyn Adapter, id: &str, group: &mut BenchmarkGroup<'_, WallTime>) {
    let name = crm.crm().as_str().to_owned();
    let token = token(bench, &name);
    let shown = crm.preview_read(&[bench.query(crm, id)]).expect("it can be shown");
    group.throughput(Throughput::Elements(AT_A_TIME));
    group.bench_function(BenchmarkId::new("sandbox, 32 reads at a time", &name), |bencher| {
        bencher.iter(|| {
            let all = (0..AT_A_TIME).map(|_| bench.raw(&name, &token, &shown[0]));
            bench.runtime.block_on(futures_util::future::join_all(all))
        });
    });
}

fn token(bench: &Bench, crm: &str) -> String {
    bench.token(crm, if crm == "dataverse" { "application" } else { "integration" })
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let bench = Bench::start();
    let mut group = criterion.benchmark_group("wire");
    group.sample_size(20).measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_secs(1));
    for crm in [bench.dataverse(), bench.salesforce()] {
        let ids = bench.put(&*crm, BATCH);
        lowering(&bench, &*crm, &mut group);
        parsing(&bench, &*crm, &ids, &mut group);
        round_trip(&bench, &*crm, &ids[0], &mut group);
        throughput(&bench, &*crm, &ids[0], &mut group);
    }
    group.finish();
    criterion.final_summary();
}

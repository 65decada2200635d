//! The suite, on the in-memory CRM under every capability set, and through every wrapper.

use std::sync::{Arc, Mutex};

use engage_adapters::conformance;
use engage_adapters::memory::{MemoryCrm, presets};
use engage_adapters::wrap::{Fault, FaultKind, Limit, Narrow, Record, Replay, Tape, Trace, When};
use engage_engine::Adapter;
use engage_engine::adapter::AdapterErrorKind;

use crate::support::{crm, memory};

#[tokio::test]
async fn memory_conforms_under_every_capability_set() {
    for (name, capabilities) in presets::all().into_iter().chain(presets::switches()) {
        let fresh = || Arc::new(memory().with_capabilities(capabilities.clone())) as Arc<dyn Adapter>;
        let failures = conformance::failures(&fresh).await;
        let failures: Vec<String> = failures.iter().map(ToString::to_string).collect();
        assert!(failures.is_empty(), "{name}:\n{}", failures.join("\n"));
    }
}

#[tokio::test]
async fn every_wrapper_conforms() {
    conformance::all(|| Arc::new(Limit::new(Arc::new(memory()), 2)) as Arc<dyn Adapter>).await;
    conformance::all(|| Arc::new(Trace::new(Arc::new(memory()))) as Arc<dyn Adapter>).await;
    for (_, to) in presets::all().into_iter().chain(presets::switches()) {
        conformance::all(|| Arc::new(Narrow::new(Arc::new(memory()), &to)) as Arc<dyn Adapter>).await;
    }
    conformance::all(|| Arc::new(Fault::new(Arc::new(memory()))) as Arc<dyn Adapter>).await;
}

#[tokio::test]
async fn a_tape_of_the_suite_answers_the_suite() {
    let recorders: Mutex<Vec<Arc<Record<MemoryCrm>>>> = Mutex::default();
    conformance::all(|| {
        let recorder = Arc::new(Record::new(Arc::new(memory())));
        recorders.lock().unwrap().push(Arc::clone(&recorder));
        recorder as Arc<dyn Adapter>
    })
    .await;
    let recorders = recorders.into_inner().unwrap();
    let kept: Vec<String> = recorders.iter().map(|recorder| serde_json::to_string(&recorder.tape()).unwrap()).collect();
    let tapes = Mutex::new(kept.iter().map(|text| serde_json::from_str::<Tape>(text).unwrap()));
    conformance::all(|| {
        let tape = tapes.lock().unwrap().next().unwrap();
        Arc::new(Replay::new(tape, crm(), presets::everything())) as Arc<dyn Adapter>
    })
    .await;
}

#[tokio::test]
async fn an_adapter_that_does_not_conform_is_found_out() {
    // It declares what it cannot do, or cannot what it declares.
    for (declared, real) in [
        (presets::everything(), presets::no_joins()),
        (presets::no_joins(), presets::everything()),
        (presets::everything(), presets::no_atomic_groups()),
        (presets::batch_of(2), presets::everything()),
    ] {
        let fresh = || {
            let crm = Arc::new(memory().with_capabilities(real.clone()));
            Arc::new(Liar { declared: declared.clone(), crm }) as Arc<dyn Adapter>
        };
        assert!(!conformance::failures(&fresh).await.is_empty(), "{} as {}", real.name, declared.name);
    }
    let broken = || {
        let locked = FaultKind::Error(AdapterErrorKind::Locked);
        Arc::new(Fault::new(Arc::new(memory())).on(When::Always, locked)) as Arc<dyn Adapter>
    };
    assert!(conformance::failures(&broken).await.len() > 20);
}

struct Liar {
    declared: engage_engine::Capabilities,
    crm: Arc<MemoryCrm>,
}

#[async_trait::async_trait]
impl Adapter for Liar {
    fn crm(&self) -> &engage_engine::CrmName {
        self.crm.crm()
    }

    fn capabilities(&self) -> &engage_engine::Capabilities {
        &self.declared
    }

    async fn read(
        &self,
        call: &engage_engine::adapter::Call,
        queries: &[engage_engine::adapter::Query],
    ) -> Result<Vec<engage_engine::adapter::Page>, engage_engine::AdapterError> {
        self.crm.read(call, queries).await
    }

    async fn write(
        &self,
        call: &engage_engine::adapter::Call,
        group: &engage_engine::adapter::WriteGroup,
    ) -> Result<
        Vec<Result<engage_engine::adapter::Written, engage_engine::AdapterError>>,
        engage_engine::adapter::GroupError,
    > {
        self.crm.write(call, group).await
    }

    fn preview_read(
        &self,
        queries: &[engage_engine::adapter::Query],
    ) -> Result<Vec<engage_engine::adapter::Request>, engage_engine::AdapterError> {
        self.crm.preview_read(queries)
    }

    fn preview_write(
        &self,
        group: &engage_engine::adapter::WriteGroup,
    ) -> Result<Vec<engage_engine::adapter::Request>, engage_engine::AdapterError> {
        self.crm.preview_write(group)
    }
}

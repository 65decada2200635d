//! Wrappers: what each adds.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;

use engage_adapters::memory::presets;
use engage_adapters::wrap::{Fault, FaultKind, Limit, Record, Replay, Seen, Trace, When};
use engage_engine::Identity;
use engage_engine::adapter::{Adapter, AdapterErrorKind, Back, WriteGroup, WriteValue};

use crate::support::{batch, call, catalog, create, crm, entity, memory, one, query, text};

#[tokio::test]
async fn a_lost_answer_has_its_effect_and_a_lost_request_has_none() {
    for (kind, records) in [(FaultKind::LostBefore, 0), (FaultKind::LostAfter, 1)] {
        let inner = Arc::new(memory());
        let crm = Fault::new(Arc::clone(&inner)).on(When::Write(0), kind);
        let error = one(&crm, create("account", &[("Name", text("A"))])).await.unwrap_err();
        assert_eq!(error.kind, AdapterErrorKind::Unknown);
        assert_eq!(inner.dump(&catalog())["account"].len(), records);
        one(&crm, create("account", &[("Name", text("B"))])).await.unwrap();
    }
}

#[tokio::test]
async fn the_call_that_fails_is_chosen_by_number_or_by_what_it_asks() {
    let throttled = AdapterErrorKind::Throttled { after: Some(Duration::from_secs(3)) };
    let about_contacts = |seen: Seen<'_>| match seen {
        Seen::Write(group) => group.writes.iter().any(|write| write.entity.id.as_str() == "contact"),
        Seen::Read(_) => false,
    };
    let crm = Fault::new(Arc::new(memory()))
        .on(When::Call(1), FaultKind::Error(throttled.clone()))
        .on(When::If(Arc::new(about_contacts)), FaultKind::Error(AdapterErrorKind::Locked));
    let who = call(Identity::Application);
    crm.read(&who, &[query("account", &[])]).await.unwrap();
    let error = one(&crm, create("account", &[("Name", text("A"))])).await.unwrap_err();
    assert_eq!(error.kind, throttled);
    one(&crm, create("account", &[("Name", text("A"))])).await.unwrap();
    let error = one(&crm, create("contact", &[("LastName", text("L"))])).await.unwrap_err();
    assert_eq!(error.kind, AdapterErrorKind::Locked);
}

#[tokio::test]
async fn part_of_a_batch_fails_with_what_refers_to_it() {
    let inner = Arc::new(memory());
    let failing = BTreeMap::from([(0, AdapterErrorKind::Locked)]);
    let crm = Fault::new(Arc::clone(&inner)).on(When::Always, FaultKind::Writes(failing));
    let contact = |back| {
        let mut contact = create("contact", &[("LastName", text("L"))]);
        let account = entity("contact").position("AccountId").unwrap();
        contact.fields.insert(0, (account, WriteValue::Back(Back(back))));
        contact.fields.sort_by_key(|(position, _)| *position);
        contact
    };
    let account = |name| create("account", &[("Name", text(name))]);
    let writes = vec![account("A"), account("B"), contact(0), contact(1)];
    let results = crm.write(&call(Identity::Application), &batch(writes.clone())).await.unwrap();
    let kinds: Vec<_> = results.iter().map(|result| result.as_ref().err().map(|error| error.kind.clone())).collect();
    assert_eq!(kinds, [Some(AdapterErrorKind::Locked), None, Some(AdapterErrorKind::NotFound), None]);
    let records = inner.dump(&catalog());
    assert_eq!(records["contact"][0]["AccountId"], records["account"][0]["Id"]);
    let failed = crm.write(&call(Identity::Application), &WriteGroup { atomic: true, writes }).await.unwrap_err();
    assert_eq!((failed.culprit, failed.error.kind), (Some(0), AdapterErrorKind::Locked));
    assert_eq!(inner.dump(&catalog())["account"].len(), 1);
}

#[tokio::test]
async fn a_trace_names_what_was_called_and_shows_no_value() {
    let crm = Trace::new(Arc::new(memory()));
    one(&crm, create("account", &[("Name", text("secret"))])).await.unwrap();
    one(&crm, create("contact", &[])).await.unwrap_err();
    crm.read(&call(Identity::Employee("ada".into())), &[query("account", &["Name"])]).await.unwrap();
    let lines: Vec<String> =
        crm.log().iter().map(|line| format!("{}: {}: {}", line.identity, line.asked, line.outcome)).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    application: write: create account: ok
    application: write: create contact: 1 of 1 failed
    employee ada: read account: ok
    ");
}

#[tokio::test]
async fn a_limit_gives_way_and_comes_back() {
    let throttled = FaultKind::Error(AdapterErrorKind::Throttled { after: None });
    let crm = (0..5).fold(Fault::new(Arc::new(memory())), |crm, call| crm.on(When::Call(call), throttled.clone()));
    let limit = Limit::new(Arc::new(crm), 3);
    let who = call(Identity::Application);
    let queries = [query("account", &[])];
    let mut places = Vec::new();
    for _ in 0..10 {
        let _ = limit.read(&who, &queries).await;
        places.push(limit.places());
    }
    // Two go; the first comes back after one good call, the second after two.
    assert_eq!(places, [2, 1, 1, 1, 1, 2, 2, 3, 3, 3]);
    let waiting = futures_util::future::join_all((0..9).map(|_| limit.read(&who, &queries))).await;
    assert!(waiting.iter().all(Result::is_ok));
}

#[tokio::test]
async fn a_call_that_is_given_up_is_in_the_trace_too() {
    let crm = Trace::new(Arc::new(Limit::new(Arc::new(Never(memory())), 1)));
    let call = call(Identity::Application);
    drop(crm.read(&call, &[query("account", &[])]));
    assert!(crm.log().is_empty(), "it was never begun");
    let queries = [query("account", &[])];
    assert!(crm.read(&call, &queries).now_or_never().is_none());
    assert_eq!(crm.log()[0].outcome, "dropped");
}

/// Answers nothing.
struct Never(engage_adapters::memory::MemoryCrm);

#[async_trait::async_trait]
impl Adapter for Never {
    fn crm(&self) -> &engage_engine::CrmName {
        self.0.crm()
    }
    fn capabilities(&self) -> &engage_engine::Capabilities {
        self.0.capabilities()
    }
    async fn read(
        &self,
        _: &engage_engine::adapter::Call,
        _: &[engage_engine::adapter::Query],
    ) -> Result<Vec<engage_engine::adapter::Page>, engage_engine::AdapterError> {
        std::future::pending().await
    }
    async fn write(
        &self,
        _: &engage_engine::adapter::Call,
        _: &WriteGroup,
    ) -> Result<
        Vec<Result<engage_engine::adapter::Written, engage_engine::AdapterError>>,
        engage_engine::adapter::GroupError,
    > {
        std::future::pending().await
    }
    fn preview_read(
        &self,
        _: &[engage_engine::adapter::Query],
    ) -> Result<Vec<engage_engine::adapter::Request>, engage_engine::AdapterError> {
        Ok(Vec::new())
    }
    fn preview_write(
        &self,
        _: &WriteGroup,
    ) -> Result<Vec<engage_engine::adapter::Request>, engage_engine::AdapterError> {
        Ok(Vec::new())
    }
}

#[tokio::test]
async fn a_write_that_a_group_does_not_have_fails_nothing() {
    let failing = BTreeMap::from([(5, AdapterErrorKind::Locked)]);
    let crm = Fault::new(Arc::new(memory())).on(When::Always, FaultKind::Writes(failing));
    let group = WriteGroup { atomic: true, writes: vec![create("account", &[("Name", text("A"))])] };
    crm.write(&call(Identity::Application), &group).await.unwrap();
}

#[tokio::test]
async fn what_is_not_on_the_tape_is_an_error() {
    let recorder = Record::new(Arc::new(memory()));
    one(&recorder, create("account", &[("Name", text("A"))])).await.unwrap();
    let replay = Replay::new(recorder.tape(), crm(), presets::everything());
    let error = one(&replay, create("account", &[("Name", text("B"))])).await.unwrap_err();
    assert_eq!(error.to_string(), "the tape cannot answer a call that is not on it");
    assert_eq!(replay.left(), 1);
    one(&replay, create("account", &[("Name", text("A"))])).await.unwrap();
    one(&replay, create("account", &[("Name", text("A"))])).await.unwrap_err();
}

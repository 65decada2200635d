//! Adapters with one mistake each, of the kind that an author makes: the suite finds every one.

mod reads;
mod writes;

use std::sync::Arc;

use engage_adapters::conformance;
use engage_adapters::memory::{MemoryCrm, presets};
use engage_engine::CrmName;
use engage_engine::adapter::{
    Adapter, AdapterError, Call, Capabilities, GroupError, Page, Query, Request, WriteGroup, Written,
};

use crate::support::memory;

/// What is wrong, and an adapter in which it is.
type Mistake = (&'static str, fn() -> Broken);

type Answer = Result<Vec<Result<Written, AdapterError>>, GroupError>;

/// What is done to the queries before, and to the pages after; to the group before, and to the results after.
struct Broken {
    crm: MemoryCrm,
    can: Capabilities,
    asks: fn(&mut Query),
    gives: fn(&[Query], &mut Vec<Page>),
    sends: fn(&mut WriteGroup),
    tells: fn(&WriteGroup, Answer) -> Answer,
    /// `gives` sees every field of a row, selected or not.
    sees: bool,
    previews_send: bool,
}

impl Broken {
    fn new() -> Self {
        Self {
            crm: memory(),
            can: presets::everything(),
            asks: |_| {},
            gives: |_, _| {},
            sends: |_| {},
            tells: |_, answer| answer,
            sees: false,
            previews_send: false,
        }
    }

    fn asks(self, asks: fn(&mut Query)) -> Self {
        Self { asks, ..self }
    }

    fn gives(self, gives: fn(&[Query], &mut Vec<Page>)) -> Self {
        Self { gives, ..self }
    }

    fn sees(self, gives: fn(&[Query], &mut Vec<Page>)) -> Self {
        Self { gives, sees: true, ..self }
    }

    fn sends(self, sends: fn(&mut WriteGroup)) -> Self {
        Self { sends, ..self }
    }

    fn tells(self, tells: fn(&WriteGroup, Answer) -> Answer) -> Self {
        Self { tells, ..self }
    }
}

#[async_trait::async_trait]
impl Adapter for Broken {
    fn crm(&self) -> &CrmName {
        self.crm.crm()
    }

    fn capabilities(&self) -> &Capabilities {
        &self.can
    }

    async fn read(&self, call: &Call, queries: &[Query]) -> Result<Vec<Page>, AdapterError> {
        let mut asked = queries.to_vec();
        asked.iter_mut().for_each(self.asks);
        if self.sees {
            asked.iter_mut().for_each(|query| query.select = (0..query.entity.fields.len()).collect());
        }
        let mut pages = self.crm.read(call, &asked).await?;
        (self.gives)(queries, &mut pages);
        for (query, page) in queries.iter().zip(&mut pages).filter(|_| self.sees) {
            let selected =
                |name: &str| query.select.iter().any(|field| query.entity.fields[*field].name.as_str() == name);
            page.rows.iter_mut().for_each(|row| row.values.retain(|name, _| name.is_id() || selected(name.as_str())));
        }
        Ok(pages)
    }

    async fn write(&self, call: &Call, group: &WriteGroup) -> Answer {
        let mut sent = group.clone();
        (self.sends)(&mut sent);
        (self.tells)(group, self.crm.write(call, &sent).await)
    }

    fn preview_read(&self, queries: &[Query]) -> Result<Vec<Request>, AdapterError> {
        self.crm.preview_read(queries)
    }

    fn preview_write(&self, group: &WriteGroup) -> Result<Vec<Request>, AdapterError> {
        if self.previews_send {
            let call = crate::support::call(engage_engine::Identity::Application);
            let _ = futures_util::FutureExt::now_or_never(self.crm.write(&call, group));
        }
        self.crm.preview_write(group)
    }
}

#[tokio::test]
async fn the_suite_finds_every_mistake() {
    let mut missed = Vec::new();
    for (mistake, broken) in reads::mistakes().into_iter().chain(writes::mistakes()) {
        let fresh = move || Arc::new(broken()) as Arc<dyn Adapter>;
        let failures = conformance::failures(&fresh).await;
        if failures.is_empty() {
            missed.push(mistake);
        }
        // One mistake, not a suite that fails whatever is wrong.
        assert!(failures.len() < 36, "{mistake}: {} failures", failures.len());
    }
    assert!(missed.is_empty(), "not found: {missed:#?}");
}

#[tokio::test]
async fn without_a_mistake_it_finds_none() {
    conformance::all(|| Arc::new(Broken::new()) as Arc<dyn Adapter>).await;
}

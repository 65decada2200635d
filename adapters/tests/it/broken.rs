//! Adapters with one mistake each, of the kind that an author makes: the suite finds every one.

use std::sync::Arc;

use engage_adapters::conformance;
use engage_adapters::memory::{MemoryCrm, presets};
use engage_engine::adapter::{
    Adapter, AdapterError, AdapterErrorKind, Back, BatchLimits, Call, Capabilities, GroupError, Page, Query, Record,
    Request, Row, Write, WriteAction, WriteGroup, WriteValue, Written,
};
use engage_engine::model::{Condition, Operator, Test};
use engage_engine::{CrmName, Value};

use crate::support::memory;

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

    fn able(self, change: fn(&mut Capabilities)) -> Self {
        let mut can = presets::everything();
        change(&mut can);
        Self { crm: memory().with_capabilities(can.clone()), can, ..self }
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

fn each_test(condition: &mut Condition<Value>, change: &mut dyn FnMut(&mut Test<Value>)) {
    match condition {
        Condition::Test(test) => change(test),
        Condition::And(inner) | Condition::Or(inner) => inner.iter_mut().for_each(|inner| each_test(inner, change)),
        Condition::Not(inner) => each_test(inner, change),
    }
}

fn each_row(rows: &mut [Row], change: &mut dyn FnMut(&mut Row)) {
    for row in rows {
        change(row);
        row.joined.iter_mut().for_each(|rows| each_row(rows, change));
    }
}

fn rows(pages: &mut [Page], mut change: impl FnMut(&mut Row)) {
    pages.iter_mut().for_each(|page| each_row(&mut page.rows, &mut change));
}

/// Rows that an operator lets through though they have no value.
fn without_nulls(queries: &[Query], pages: &mut Vec<Page>) {
    for (query, page) in queries.iter().zip(pages) {
        let Some(Condition::Test(test)) = &query.filter else { continue };
        if matches!(test.operator, Operator::NotEquals | Operator::NotIn) {
            page.rows.retain(|row| row.values.get(&test.field).is_none_or(|value| !value.is_null()));
        }
    }
}

/// Compares as a CRM does that only knows the case of ASCII.
fn ascii_case(queries: &[Query], pages: &mut Vec<Page>) {
    for (query, page) in queries.iter().zip(pages) {
        let Some(Condition::Test(test)) = &query.filter else { continue };
        let Some(Value::String(operand)) = test.operands.first() else { continue };
        page.rows.retain(|row| match row.values.get(&test.field) {
            Some(Value::String(text)) => text.to_ascii_lowercase().contains(&operand.to_ascii_lowercase()),
            _ => true,
        });
    }
}

fn each_back(group: &mut WriteGroup, mut change: impl FnMut(&mut Back)) {
    for write in &mut group.writes {
        let embedded = write.embedded.iter_mut().flat_map(|embedded| embedded.rows.iter_mut().flatten());
        for (_, value) in write.fields.iter_mut().chain(embedded) {
            if let WriteValue::Back(back) = value {
                change(back);
            }
        }
    }
}

fn each_write(group: &mut WriteGroup, change: impl FnMut(&mut Write)) {
    group.writes.iter_mut().for_each(change);
}

fn mistaken_reads() -> Vec<(&'static str, fn() -> Broken)> {
    vec![
        ("a comparison that null escapes", || Broken::new().sees(without_nulls)),
        ("case of ASCII alone", || Broken::new().sees(ascii_case)),
        ("the limit before the filter", || {
            Broken::new().asks(|query| query.limit = None).gives(|queries, pages| {
                for (query, page) in queries.iter().zip(pages) {
                    let most = query.limit.map_or(usize::MAX, |limit| limit as usize - 1);
                    page.rows.truncate(most);
                }
            })
        }),
        ("no order", || Broken::new().asks(|query| query.sort = None)),
        ("null last", || {
            Broken::new().gives(|queries, pages| {
                for (query, page) in queries.iter().zip(pages) {
                    let Some((field, _)) = query.sort else { continue };
                    let name = query.entity.fields[field].name.clone();
                    page.rows.sort_by_key(|row| row.values.get(&name).is_some_and(Value::is_null));
                }
            })
        }),
        ("ties anyhow", || {
            Broken::new().gives(|_, pages| {
                for page in pages.iter_mut() {
                    page.rows.reverse();
                }
            })
        }),
        ("pages in another order", || Broken::new().gives(|_, pages| pages.reverse())),
        ("a page cut without a word", || {
            Broken::new().gives(|_, pages| pages.iter_mut().for_each(|page| page.rows.truncate(200)))
        }),
        ("an inner join", || {
            Broken::new().gives(|_, pages| {
                for page in pages {
                    page.rows.retain(|row| row.joined.is_empty() || row.joined.iter().any(|rows| !rows.is_empty()));
                }
            })
        }),
        ("joined rows unsorted", || {
            Broken::new().gives(|_, pages| rows(pages, |row| row.joined.iter_mut().for_each(|rows| rows.reverse())))
        }),
        ("the condition of a join lost", || {
            Broken::new().asks(|query| query.joins.iter_mut().for_each(|join| join.query.filter = None))
        }),
        ("the limit of a join lost", || {
            Broken::new().asks(|query| query.joins.iter_mut().for_each(|join| join.query.limit = None))
        }),
        ("a condition on one record takes the row", || {
            Broken::new().gives(|queries, pages| {
                for (query, page) in queries.iter().zip(pages) {
                    let to_one = |join: &engage_engine::adapter::Join| {
                        join.query.entity.fields[join.child_field].name.is_id() && join.query.filter.is_some()
                    };
                    if query.joins.iter().any(to_one) {
                        page.rows.retain(|row| row.joined.iter().all(|rows| !rows.is_empty()));
                    }
                }
            })
        }),
        ("two joins by one reference as one", || {
            Broken::new().asks(|query| {
                if let [first, .., last] = query.joins.as_mut_slice()
                    && (first.parent_field, first.child_field) == (last.parent_field, last.child_field)
                {
                    last.query.filter = first.query.filter.clone();
                }
            })
        }),
        ("null left out of rows", || {
            Broken::new().gives(|_, pages| rows(pages, |row| row.values.retain(|_, value| !value.is_null())))
        }),
        ("more than was selected", || {
            Broken::new().asks(|query| query.select = (0..query.entity.fields.len()).collect())
        }),
        ("no Id among the values", || {
            Broken::new().gives(|_, pages| rows(pages, |row| row.values.retain(|name, _| !name.is_id())))
        }),
        ("decimals through a float", || {
            Broken::new().gives(|_, pages| {
                rows(pages, |row| {
                    for value in row.values.values_mut() {
                        if let Value::Decimal(number) = value {
                            let float: f64 = number.to_string().parse().unwrap();
                            *number = float.to_string().parse().unwrap();
                        }
                    }
                });
            })
        }),
        ("a pattern letter taken for any", || {
            Broken::new().asks(|query| {
                if let Some(filter) = &mut query.filter {
                    each_test(filter, &mut |test| {
                        if matches!(test.operator, Operator::Contains | Operator::StartsWith)
                            && test.operands.iter().any(|operand| *operand == Value::String("_".to_owned()))
                        {
                            test.operands = vec![Value::String(String::new())];
                        }
                    });
                }
            })
        }),
        ("NotIn of nothing holds nothing", || {
            Broken::new().gives(|queries, pages| {
                for (query, page) in queries.iter().zip(pages) {
                    if let Some(Condition::Test(test)) = &query.filter
                        && test.operator == Operator::NotIn
                        && test.operands.is_empty()
                    {
                        page.rows.clear();
                    }
                }
            })
        }),
        ("Not of a comparison loses null", || {
            Broken::new().sees(|queries, pages| {
                for (query, page) in queries.iter().zip(pages) {
                    if let Some(Condition::Not(inner)) = &query.filter {
                        let named = engage_engine::condition::fields(inner);
                        let known = |row: &Row| named.iter().all(|name| !row.values[name.as_str()].is_null());
                        page.rows.retain(known);
                    }
                }
            })
        }),
        ("no versions though they are declared", || Broken::new().gives(|_, pages| rows(pages, |row| row.etag = None))),
        ("joins deeper than declared", || {
            let mut broken = Broken::new();
            broken.can.join.depth = 1;
            broken
        }),
        ("joins more than declared", || {
            let mut broken = Broken::new();
            broken.can.join.max_to_many = 2;
            broken
        }),
        ("sorts below joins though it says not", || {
            let mut broken = Broken::new();
            broken.can.join.sorted = engage_engine::adapter::JoinSort::WireWhenFlat;
            broken
        }),
        ("repeats joins though it says not", || {
            let mut broken = Broken::new();
            broken.can.join.repeats = false;
            broken
        }),
    ]
}

fn mistaken_writes() -> Vec<(&'static str, fn() -> Broken)> {
    vec![
        ("an atomic group that is none", || {
            let mut broken = Broken::new().sends(|group| group.atomic = false);
            broken.tells = |group, answer| match answer {
                Ok(results) if group.atomic => match results.iter().position(Result::is_err) {
                    Some(culprit) => {
                        Err(GroupError { error: results[culprit].clone().unwrap_err(), culprit: Some(culprit) })
                    }
                    None => Ok(results),
                },
                other => other,
            };
            broken
        }),
        ("a batch that is atomic", || Broken::new().sends(|group| group.atomic = true)),
        ("the wrong culprit", || {
            Broken::new().tells(|_, answer| answer.map_err(|failed| GroupError { culprit: Some(0), ..failed }))
        }),
        ("references off by one", || {
            Broken::new().sends(|group| each_back(group, |back| back.0 = back.0.saturating_sub(1)))
        }),
        ("references to the first", || Broken::new().sends(|group| each_back(group, |back| back.0 = 0))),
        ("an update that forgets what clears", || {
            Broken::new().sends(|group| {
                each_write(group, |write| {
                    write.fields.retain(|(_, value)| *value != WriteValue::Value(Value::Null));
                });
            })
        }),
        ("an upsert that always creates or updates", || {
            Broken::new().sends(|group| {
                each_write(group, |write| {
                    if let WriteAction::Upsert { update_only, .. } = &mut write.action {
                        *update_only = false;
                    }
                });
            })
        }),
        ("everything is `created`", || {
            Broken::new().tells(|_, answer| {
                let all = |written: Written| Written { created: true, ..written };
                answer.map(|results| results.into_iter().map(|result| result.map(all)).collect())
            })
        }),
        ("versions that are not compared", || {
            Broken::new().sends(|group| {
                each_write(group, |write| {
                    if let WriteAction::Update { etag, .. } | WriteAction::Delete { etag, .. } = &mut write.action {
                        *etag = None;
                    }
                });
            })
        }),
        ("removals whose version is not compared", || {
            Broken::new().sends(|group| {
                each_write(group, |write| {
                    if let WriteAction::Delete { etag, .. } = &mut write.action {
                        *etag = None;
                    }
                });
            })
        }),
        ("ids of its own", || {
            Broken::new().sends(|group| {
                each_write(group, |write| {
                    if let WriteAction::Create { id } = &mut write.action {
                        *id = None;
                    }
                });
            })
        }),
        ("a removal of nothing that succeeds", || {
            Broken::new().tells(|group, answer| {
                let gone = |(write, result): (&Write, Result<Written, AdapterError>)| match (&write.action, result) {
                    (WriteAction::Delete { record: Record::Id(id), .. }, Err(_)) => {
                        Ok(Written { id: id.clone(), created: false, etag: None })
                    }
                    (_, result) => result,
                };
                match answer {
                    Ok(results) => Ok(group.writes.iter().zip(results).map(gone).collect()),
                    Err(failed) if group.writes.len() == 1 => match gone((&group.writes[0], Err(failed.error.clone())))
                    {
                        Ok(written) => Ok(vec![Ok(written)]),
                        Err(_) => Err(failed),
                    },
                    Err(failed) => Err(failed),
                }
            })
        }),
        ("embedded records that are lost", || {
            Broken::new().sends(|group| each_write(group, |write| write.embedded.clear()))
        }),
        ("results in another order", || {
            Broken::new().tells(|_, answer| {
                answer.map(|mut results| {
                    results.reverse();
                    results
                })
            })
        }),
        ("a duplicate told as a refusal", || {
            Broken::new().tells(|_, answer| {
                let refused = |mut error: AdapterError| {
                    if error.kind == AdapterErrorKind::Duplicate {
                        error.kind = AdapterErrorKind::Rejected { field: None };
                    }
                    error
                };
                match answer {
                    Err(failed) => Err(GroupError { error: refused(failed.error), ..failed }),
                    Ok(results) => Ok(results.into_iter().map(|result| result.map_err(refused)).collect()),
                }
            })
        }),
        ("a column in the place of a field", || {
            Broken::new().tells(|_, answer| {
                answer.map_err(|mut failed| {
                    if let AdapterErrorKind::Rejected { field } = &mut failed.error.kind {
                        *field = Some("acct_name".to_owned());
                    }
                    failed
                })
            })
        }),
        ("a preview that sends", || Broken { previews_send: true, ..Broken::new() }),
        ("chains longer than declared", || {
            let mut broken = Broken::new();
            broken.can.atomic_group.as_mut().unwrap().max_depth = Some(3);
            broken
        }),
        ("writes more than declared", || {
            let mut broken = Broken::new();
            broken.can.write_batch = BatchLimits { max: 10, ..broken.can.write_batch };
            broken
        }),
        ("back-references that it says it has not", || {
            let mut broken = Broken::new();
            broken.can.back_references = false;
            broken
        }),
        ("an upsert that makes a second record", || {
            Broken::new().able(|_| {}).sends(|group| {
                each_write(group, |write| {
                    if matches!(write.action, WriteAction::Upsert { update_only: false, .. }) {
                        write.action = WriteAction::Create { id: None };
                    }
                });
            })
        }),
    ]
}

#[tokio::test]
async fn the_suite_finds_every_mistake() {
    let mut missed = Vec::new();
    for (mistake, broken) in mistaken_reads().into_iter().chain(mistaken_writes()) {
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

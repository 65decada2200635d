//! Runs the reads of a plan: trip by trip, the groups of a trip at the same time.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::sync::Arc;

use futures_util::{StreamExt, stream};

use super::assemble::{narrowed, root};
use super::error::{Failure, RunErrorKind};
use super::observe::{Audit, AuditAction};
use super::query::{Queries, Restriction, distinct, nested_in, one_of, read_of};
use super::session::Session;
use super::state::State;
use super::values::Values;
use crate::adapter::{Page, Query, Row};
use crate::catalog::{Pattern, Requirement};
use crate::ids::{FieldName, RefId};
use crate::model::{Condition, Operator, Test};
use crate::plan::{By, GroupKind, JoinWire, Operation, Plan, WireGroup};
use crate::value::{Instance, Value};

/// A record that was read.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) id: String,
    pub(super) values: Arc<Instance>,
    pub(super) etag: Option<String>,
}

impl Found {
    pub(super) fn value(&self, field: &str) -> &Value {
        self.values.get(field).unwrap_or(&Value::Null)
    }
}

/// What each step of a plan has read, each record once.
pub(super) type Rows = Vec<Vec<Found>>;

/// Queries of one request, and the step each belongs to.
pub(super) struct Request {
    steps: Vec<usize>,
    pub(super) queries: Vec<Query>,
}

/// Runs all reads of a plan. What an earlier trip found is what a later one asks for.
pub(super) async fn fetch(
    session: &Session<'_>,
    pattern: &Pattern,
    plan: &Plan,
    state: &State,
) -> Result<Rows, Failure> {
    let mut fetch = Fetch::new(session, pattern, plan, state);
    let groups = || plan.groups.iter().filter(|group| group.kind == GroupKind::Read);
    let trips: BTreeSet<usize> = groups().map(|group| group.trip).collect();
    for trip in trips {
        let requests = groups().filter(|group| group.trip == trip).flat_map(|group| fetch.requests(group));
        let requests: Vec<Request> = requests.collect();
        // A closure in a lazy iterator would make the future of the whole execution one that cannot be sent.
        let mut calls = Vec::with_capacity(requests.len());
        for request in &requests {
            calls.push(session.read(&request.queries));
        }
        let answers: Vec<_> = stream::iter(calls).buffered(session.concurrency).collect().await;
        for (request, answer) in requests.iter().zip(answers) {
            fetch.take(request, answer)?;
        }
    }
    Ok(fetch.rows)
}

/// The reads of a plan on their way.
pub(super) struct Fetch<'a> {
    session: &'a Session<'a>,
    pattern: &'a Pattern,
    plan: &'a Plan,
    state: &'a State,
    extra: Vec<Vec<usize>>,
    joined: Vec<bool>,
    narrowed: Vec<bool>,
    nested: Vec<Vec<usize>>,
    root: Option<usize>,
    pub(super) rows: Rows,
    seen: Vec<HashSet<String>>,
}

impl<'a> Fetch<'a> {
    pub(super) fn new(session: &'a Session<'a>, pattern: &'a Pattern, plan: &'a Plan, state: &'a State) -> Self {
        let steps = plan.steps.len();
        let joined = joined(pattern, plan);
        Self {
            session,
            pattern,
            plan,
            state,
            joined: joined.iter().map(|fields| !fields.is_empty()).collect(),
            extra: extra(pattern, plan, &joined),
            narrowed: narrowed(pattern, plan, state),
            nested: nested(plan),
            root: root(pattern, plan, state),
            rows: vec![Vec::new(); steps],
            seen: vec![HashSet::new(); steps],
        }
    }

    /// The requests of a group: more than one where lists had to be cut.
    pub(super) fn requests(&self, group: &WireGroup) -> Vec<Request> {
        let capabilities = self.session.capabilities();
        let queries = Queries {
            pattern: self.pattern,
            plan: self.plan,
            state: self.state,
            in_list: capabilities.in_list,
            extra: &self.extra,
            joined: &self.joined,
            narrowed: &self.narrowed,
            nested: &self.nested,
            root: self.root,
        };
        let alone = |step: &usize| self.plan.steps.get(*step).is_some_and(|step| nested_in(step).is_none());
        let steps = group.members.iter().map(|member| member.step).filter(alone).collect::<BTreeSet<_>>();
        let made = steps.into_iter().flat_map(|step| {
            let made = self.restriction(step).map(|restriction| queries.of(step, restriction)).unwrap_or_default();
            made.into_iter().map(move |query| (step, query))
        });
        let made: Vec<(usize, Query)> = made.collect();
        let chunks = made.chunks(capabilities.read_batch.max.max(1));
        let request = |chunk: &[(usize, Query)]| {
            let (steps, queries) = chunk.iter().cloned().unzip();
            Request { steps, queries }
        };
        chunks.map(request).collect()
    }

    /// What earlier reads and the input say about a step's records; `None`: there can be none.
    fn restriction(&self, step: usize) -> Option<Restriction> {
        let found = self.plan.steps.get(step)?;
        let mut restriction = Restriction::default();
        match &read_of(found)?.by {
            By::Id | By::Filter | By::Own => {}
            By::Join { step: parent, field, other, .. } => {
                let values = if found.after.contains(parent) {
                    distinct(self.rows.get(*parent)?.iter().map(|row| row.value(other.as_str())))
                } else {
                    // Both are read at the same time: the other's Ids are those of the input.
                    let records = self.state.records(self.plan.steps.get(*parent)?.position).iter();
                    let ids: Vec<Value> = records.filter_map(|record| record.id.clone().map(Value::Id)).collect();
                    distinct(ids.iter())
                };
                restriction.per_parent = values.len() > 1;
                restriction.lists.push((field.clone(), values));
            }
            By::Children { field, parent } => {
                let parent = self.pattern.position(parent.as_str())?;
                let ids = self.state.records(parent).iter().filter_map(|record| record.id.clone());
                let ids: Vec<Value> = ids.map(Value::Id).collect();
                restriction.lists.push((field.clone(), distinct(ids.iter())));
            }
            By::Match { on } => self.matched(found.position, on, &mut restriction),
        }
        let empty = restriction.lists.iter().any(|(_, values)| values.is_empty());
        (!empty && restriction.any.as_ref().is_none_or(|any| !any.is_empty())).then_some(restriction)
    }

    fn matched(&self, part: usize, on: &[FieldName], restriction: &mut Restriction) {
        let looked = Values::new(self.pattern, self.state).matched(part, on);
        if let [field] = on {
            let values = looked.iter().filter_map(|(_, values)| values.first());
            restriction.lists.push((field.clone(), distinct(values)));
            return;
        }
        let mut seen = HashSet::new();
        let group = |values: Vec<Value>| {
            let tests = on.iter().zip(values).map(|(field, value)| {
                Condition::Test(Test { field: field.clone(), operator: Operator::Equals, operands: vec![value] })
            });
            Condition::And(tests.collect())
        };
        let new = looked.into_iter().filter(|(key, _)| seen.insert(key.clone()));
        restriction.any = Some(new.map(|(_, values)| group(values)).collect());
    }

    fn take(&mut self, request: &Request, answer: Result<Vec<Page>, RunErrorKind>) -> Result<(), Failure> {
        for (step, query) in request.steps.iter().zip(&request.queries) {
            self.audit(*step, query, answer.as_ref().err());
        }
        let first = request.steps.first().copied().unwrap_or_default();
        let pages = answer.map_err(|kind| self.failure(kind, first))?;
        for (step, page) in request.steps.iter().zip(pages) {
            if page.truncated {
                return Err(self.failure(RunErrorKind::Truncated, *step));
            }
            self.rows_of(*step, page.rows)?;
        }
        Ok(())
    }

    /// Takes rows apart: what was nested belongs to its own step, where every record stands once.
    fn rows_of(&mut self, step: usize, rows: Vec<Row>) -> Result<(), Failure> {
        let mut open = VecDeque::from([(step, rows)]);
        while let Some((step, rows)) = open.pop_front() {
            let children = self.nested.get(step).cloned().unwrap_or_default();
            for row in rows {
                if row.joined.len() != children.len() {
                    return Err(self.failure(RunErrorKind::Contract("a row answers every join"), step));
                }
                open.extend(children.iter().copied().zip(row.joined));
                let (Some(seen), Some(found)) = (self.seen.get_mut(step), self.rows.get_mut(step)) else { continue };
                if seen.insert(row.id.clone()) {
                    let mut values = row.values;
                    values.entry(FieldName::id()).or_insert_with(|| Value::Id(row.id.clone()));
                    found.push(Found { id: row.id, values: Arc::new(values), etag: row.etag });
                }
            }
        }
        Ok(())
    }

    fn failure(&self, kind: RunErrorKind, step: usize) -> Failure {
        match self.plan.steps.get(step) {
            Some(found) => Failure::at(kind, &found.part).step(step),
            None => kind.into(),
        }
    }

    fn audit(&self, step: usize, query: &Query, error: Option<&RunErrorKind>) {
        let kind = error.and_then(RunErrorKind::of_the_crm);
        let mut open = vec![(step, query)];
        while let Some((step, query)) = open.pop() {
            let Some(found) = self.plan.steps.get(step) else { continue };
            tracing::debug!(run = %self.session.run, part = %found.part, entity = %found.entity, ok = error.is_none(), "read");
            self.session.audit(|| Audit {
                run: &self.session.run,
                identity: &self.session.identity,
                part: &found.part,
                position: None,
                entity: &query.entity,
                action: AuditAction::Read,
                fields: &query.select,
                id: None,
                failure: kind,
            });
            let children = self.nested.get(step).into_iter().flatten().copied();
            open.extend(children.zip(query.joins.iter().map(|join| &join.query)));
        }
    }
}

fn nested(plan: &Plan) -> Vec<Vec<usize>> {
    let mut nested = vec![Vec::new(); plan.steps.len()];
    for (position, step) in plan.steps.iter().enumerate() {
        if let Some(list) = nested_in(step).and_then(|parent| nested.get_mut(parent)) {
            list.push(position);
        }
    }
    nested
}

/// By part the fields by which the engine joins its records to those of others that are read.
fn joined(pattern: &Pattern, plan: &Plan) -> Vec<Vec<usize>> {
    let mut read = vec![false; pattern.parts.len()];
    for step in plan.steps.iter().filter(|step| read_of(step).is_some()) {
        if let Some(flag) = read.get_mut(step.position) {
            *flag = true;
        }
    }
    let is_read = |part: usize| read.get(part).copied().unwrap_or_default();
    let mut joined: Vec<Vec<usize>> = vec![Vec::new(); pattern.parts.len()];
    let reads = plan.operation == Operation::Read;
    let joins = |requirement: &&Requirement| {
        reads || pattern.parts.get(requirement.dependent.part).is_some_and(|part| part.read_only)
    };
    for requirement in pattern.requirements.iter().filter(joins).filter(|found| is_read(found.dependent.part)) {
        for source in requirement.sources.iter().filter(|source| is_read(source.part)) {
            for slot in [&requirement.dependent, source] {
                if let Some(list) = joined.get_mut(slot.part) {
                    list.push(slot.field);
                }
            }
        }
    }
    joined
}

/// What the engine itself needs of each step's records: to join, to order, to match, to know its own again.
fn extra(pattern: &Pattern, plan: &Plan, joined: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let of = |step: &crate::plan::Step| {
        let (Some(found), Some(part)) = (read_of(step), pattern.parts.get(step.position)) else { return Vec::new() };
        let mut fields = joined.get(step.position).cloned().unwrap_or_default();
        match &found.by {
            By::Match { .. } => fields.extend(&part.match_on),
            By::Children { .. } => fields.extend(part.entity.idempotency),
            By::Join { field, .. } => fields.extend(part.entity.position(field.as_str())),
            _ => {}
        }
        fields.extend(part.sort.map(|(field, _)| field));
        fields
    };
    let mut extra: Vec<Vec<usize>> = plan.steps.iter().map(of).collect();
    // The other side of a join, where the planner did not ask for it.
    for step in &plan.steps {
        if let Some(By::Join { step: parent, other, wire: JoinWire::InList, .. }) = read_of(step).map(|read| &read.by) {
            let entity = plan.steps.get(*parent).and_then(|above| pattern.parts.get(above.position));
            let field = entity.and_then(|part| part.entity.position(other.as_str()));
            if let (Some(list), Some(field)) = (extra.get_mut(*parent), field) {
                list.push(field);
            }
        }
    }
    extra
}

/// The records of an entity whose field is one of `values`, in as many requests as the CRM needs; for the audit log
/// they are read for a part. It settles what became of a write, so that no budget refuses it.
pub(super) async fn lookup(
    session: &Session<'_>,
    part: &RefId,
    entity: &Arc<crate::catalog::Entity>,
    field: usize,
    select: &[usize],
    values: Vec<Value>,
) -> Result<Vec<Row>, RunErrorKind> {
    let Some(name) = entity.fields.get(field).map(|field| field.name.clone()) else {
        return Err(RunErrorKind::Internal("a look-up names a field that is not there"));
    };
    let capabilities = session.capabilities();
    let query = |values: &[Value]| Query {
        entity: entity.clone(),
        select: select.to_vec(),
        filter: Some(one_of(name.clone(), values.to_vec())),
        sort: None,
        limit: None,
        joins: Vec::new(),
    };
    let queries: Vec<Query> = values.chunks(capabilities.in_list.max(1)).map(query).collect();
    let mut rows = Vec::new();
    for queries in queries.chunks(capabilities.read_batch.max.max(1)) {
        let answer = session.settle(queries).await;
        session.audit(|| Audit {
            run: &session.run,
            identity: &session.identity,
            part,
            position: None,
            entity,
            action: AuditAction::Read,
            fields: select,
            id: None,
            failure: answer.as_ref().err().and_then(RunErrorKind::of_the_crm),
        });
        for page in answer? {
            if page.truncated {
                return Err(RunErrorKind::Truncated);
            }
            rows.extend(page.rows);
        }
    }
    Ok(rows)
}

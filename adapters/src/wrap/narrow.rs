//! Less than the CRM can do: for tests of what is built on it, and for what an administrator does not want used.

use std::sync::Arc;

use async_trait::async_trait;
use engage_engine::CrmName;
use engage_engine::adapter::{
    Adapter, AdapterError, AtomicGroup, BatchLimits, Call, Capabilities, GroupError, JoinLimits, JoinSort, Page, Query,
    Request, ValueJoins, WriteGroup, Written,
};

use crate::guard;

/// Declares what both the adapter and a set of capabilities have, and refuses everything else before the adapter sees
/// it. Never more than the adapter can do, whatever the set says.
#[derive(Debug)]
pub struct Narrow<A: ?Sized> {
    can: Capabilities,
    inner: Arc<A>,
}

impl<A: Adapter + ?Sized> Narrow<A> {
    /// Around an adapter; `to` is what is left where the adapter has it.
    pub fn new(inner: Arc<A>, to: &Capabilities) -> Self {
        let can = both(inner.capabilities(), to);
        Self { can, inner }
    }
}

/// What both can do. Names and forms are those of the first, which is what travels.
fn both(real: &Capabilities, to: &Capabilities) -> Capabilities {
    let other = match (&real.other_atomic_group, &to.other_atomic_group) {
        (None, None) => None,
        // A group that fits one form of each fits what travels and what is asked for.
        (real_other, to_other) => {
            groups(real_other.as_ref().or(real.atomic_group.as_ref()), to_other.as_ref().or(to.atomic_group.as_ref()))
        }
    };
    Capabilities {
        name: format!("{}, narrowed to {}", real.name, to.name),
        atomic_group: groups(real.atomic_group.as_ref(), to.atomic_group.as_ref()),
        other_atomic_group: other,
        write_batch: batch(&real.write_batch, &to.write_batch),
        read_batch: batch(&real.read_batch, &to.read_batch),
        share_reads: real.share_reads && to.share_reads,
        back_references: real.back_references && to.back_references,
        caller_ids: real.caller_ids && to.caller_ids,
        upsert: real.upsert && to.upsert,
        find_in_group: real.find_in_group && to.find_in_group,
        compound_keys: real.compound_keys && to.compound_keys,
        etags: real.etags && to.etags,
        join: join(&real.join, &to.join),
        in_list: real.in_list.min(to.in_list),
    }
}

fn groups(real: Option<&AtomicGroup>, to: Option<&AtomicGroup>) -> Option<AtomicGroup> {
    let (real, to) = (real?, to?);
    let least = |a: Option<usize>, b: Option<usize>| a.into_iter().chain(b).min();
    Some(AtomicGroup {
        form: real.form.clone(),
        max_writes: real.max_writes.min(to.max_writes),
        max_depth: least(real.max_depth, to.max_depth),
        max_kinds: least(real.max_kinds, to.max_kinds),
    })
}

fn batch(real: &BatchLimits, to: &BatchLimits) -> BatchLimits {
    BatchLimits { form: real.form.clone(), max: real.max.min(to.max) }
}

fn join(real: &JoinLimits, to: &JoinLimits) -> JoinLimits {
    let sorted = match (real.sorted, to.sorted) {
        (JoinSort::Local, _) | (_, JoinSort::Local) => JoinSort::Local,
        (JoinSort::WireWhenFlat, _) | (_, JoinSort::WireWhenFlat) => JoinSort::WireWhenFlat,
        (JoinSort::Wire, JoinSort::Wire) => JoinSort::Wire,
    };
    let by_value = match (&real.by_value, &to.by_value) {
        (Some(real), Some(to)) => Some(ValueJoins { max_total: real.max_total.min(to.max_total), ..real.clone() }),
        // Who joins any field joins text by value too.
        (Some(real), None) if to.any_field => Some(real.clone()),
        _ => None,
    };
    JoinLimits {
        form: real.form.clone(),
        depth: real.depth.min(to.depth),
        many_depth: real.many_depth.min(to.many_depth),
        many_below_one: real.many_below_one && to.many_below_one,
        max_to_one: real.max_to_one.min(to.max_to_one),
        max_to_many: real.max_to_many.min(to.max_to_many),
        max_total: real.max_total.min(to.max_total),
        repeats: real.repeats && to.repeats,
        any_field: real.any_field && to.any_field,
        by_value,
        sorted,
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<A: Adapter + ?Sized> Adapter for Narrow<A> {
    fn crm(&self) -> &CrmName {
        self.inner.crm()
    }

    fn capabilities(&self) -> &Capabilities {
        &self.can
    }

    async fn read(&self, call: &Call, queries: &[Query]) -> Result<Vec<Page>, AdapterError> {
        guard::queries(&self.can, queries)?;
        self.inner.read(call, queries).await
    }

    async fn write(&self, call: &Call, group: &WriteGroup) -> Result<Vec<Result<Written, AdapterError>>, GroupError> {
        guard::group(&self.can, group)?;
        self.inner.write(call, group).await
    }

    fn preview_read(&self, queries: &[Query]) -> Result<Vec<Request>, AdapterError> {
        guard::queries(&self.can, queries)?;
        self.inner.preview_read(queries)
    }

    fn preview_write(&self, group: &WriteGroup) -> Result<Vec<Request>, AdapterError> {
        guard::group(&self.can, group)?;
        self.inner.preview_write(group)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::presets;
    use crate::targets;

    #[test]
    fn what_both_can_do_is_never_more_than_either_can() {
        let narrow = both(&targets::dataverse(), &targets::salesforce());
        let form = |group: Option<AtomicGroup>| group.map(|group| (group.max_writes, group.max_depth));
        assert_eq!(form(narrow.atomic_group), Some((500, Some(15))));
        assert_eq!(form(narrow.other_atomic_group), Some((25, None)));
        assert!(!narrow.caller_ids && !narrow.etags && !narrow.join.many_below_one);
        assert_eq!((narrow.join.depth, narrow.join.max_to_one, narrow.in_list), (5, 15, 500));
        assert_eq!(narrow.join.sorted, JoinSort::WireWhenFlat);
        assert!(both(&targets::salesforce(), &presets::no_atomic_groups()).other_atomic_group.is_none());
        let same = both(&targets::salesforce(), &targets::salesforce());
        assert_eq!(Capabilities { name: targets::salesforce().name, ..same }, targets::salesforce());
    }
}

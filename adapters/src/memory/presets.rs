//! Capability sets to run one test under: the memory CRM with something switched off.

use engage_engine::adapter::{BatchLimits, Capabilities, JoinLimits, JoinSort};

use crate::targets;

/// Nothing switched off.
pub fn everything() -> Capabilities {
    targets::memory()
}

/// Writes travel together, but each stands alone.
pub fn no_atomic_groups() -> Capabilities {
    Capabilities {
        name: "memory without atomic groups".to_owned(),
        atomic_group: None,
        other_atomic_group: None,
        ..everything()
    }
}

/// Every query is of one table.
pub fn no_joins() -> Capabilities {
    let join = JoinLimits {
        form: "none".to_owned(),
        depth: 0,
        many_depth: 0,
        many_below_one: false,
        max_to_one: 0,
        max_to_many: 0,
        max_total: 0,
        repeats: false,
        any_field: false,
        by_value: None,
        sorted: JoinSort::Local,
    };
    Capabilities { name: "memory without joins".to_owned(), join, ..everything() }
}

/// At most `size` operations in a request; atomic groups included.
pub fn batch_of(size: usize) -> Capabilities {
    let all = everything();
    let batch = |limits: BatchLimits| BatchLimits { max: size, ..limits };
    Capabilities {
        name: format!("memory in batches of {size}"),
        atomic_group: all
            .atomic_group
            .clone()
            .map(|group| engage_engine::adapter::AtomicGroup { max_writes: size, ..group }),
        write_batch: batch(all.write_batch.clone()),
        read_batch: batch(all.read_batch.clone()),
        ..all
    }
}

/// One thing at a time switched off, and at last everything: single operations, each a request of its own.
pub fn switches() -> Vec<(&'static str, Capabilities)> {
    let off = |name: &'static str, switch: fn(&mut Capabilities)| {
        let mut capabilities = Capabilities { name: format!("memory, {name}"), ..everything() };
        switch(&mut capabilities);
        (name, capabilities)
    };
    vec![
        off("no-caller-ids", |can| can.caller_ids = false),
        off("no-upsert", |can| can.upsert = false),
        off("no-back-references", |can| can.back_references = false),
        off("no-finds-in-groups", |can| can.find_in_group = false),
        off("no-etags", |can| can.etags = false),
        off("no-sorted-joins", |can| can.join.sorted = JoinSort::Local),
        off("bare", |can| {
            *can = Capabilities {
                name: "memory, bare".to_owned(),
                back_references: false,
                caller_ids: false,
                upsert: false,
                find_in_group: false,
                compound_keys: false,
                etags: false,
                share_reads: false,
                atomic_group: None,
                join: no_joins().join,
                ..batch_of(1)
            };
        }),
    ]
}

/// Every preset, with the capabilities of the target CRMs, by the name that the command line gives it.
pub fn all() -> Vec<(&'static str, Capabilities)> {
    vec![
        ("everything", everything()),
        ("no-atomic-groups", no_atomic_groups()),
        ("no-joins", no_joins()),
        ("batch-of-2", batch_of(2)),
        ("dataverse", targets::dataverse()),
        ("salesforce", targets::salesforce()),
    ]
}

//! A CRM that can do everything: what a plan lacks on it, it lacks on every CRM.

use engage_engine::Capabilities;
use engage_engine::adapter::{AtomicGroup, BatchLimits, JoinLimits, JoinSort};

const MANY: usize = 1_000_000;

pub(super) fn generous() -> Capabilities {
    Capabilities {
        name: "any CRM".to_owned(),
        atomic_group: Some(AtomicGroup {
            form: "group".to_owned(),
            max_writes: MANY,
            max_depth: None,
            max_kinds: None,
        }),
        other_atomic_group: None,
        write_batch: BatchLimits { form: "batch".to_owned(), max: MANY },
        read_batch: BatchLimits { form: "batch".to_owned(), max: MANY },
        share_reads: true,
        back_references: true,
        caller_ids: true,
        upsert: true,
        find_in_group: true,
        compound_keys: true,
        etags: true,
        join: JoinLimits {
            form: "join".to_owned(),
            depth: MANY,
            many_depth: MANY,
            many_below_one: true,
            max_to_one: MANY,
            max_to_many: MANY,
            max_total: MANY,
            repeats: true,
            any_field: true,
            by_value: None,
            sorted: JoinSort::Wire,
        },
        in_list: MANY,
    }
}

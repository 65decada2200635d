//! What a CRM can do, for tests.

use engage_engine::Capabilities;
use engage_engine::adapter::{AtomicGroup, BatchLimits, JoinLimits, JoinSort};

/// A CRM that joins one level and shares reads where asked.
pub(crate) fn crm(share_reads: bool) -> Capabilities {
    Capabilities {
        name: "test".into(),
        atomic_group: Some(AtomicGroup { form: "group".into(), max_writes: 100, max_depth: None, max_kinds: None }),
        other_atomic_group: None,
        write_batch: BatchLimits { form: "batch".into(), max: 10 },
        read_batch: BatchLimits { form: "batch".into(), max: 10 },
        share_reads,
        back_references: true,
        caller_ids: true,
        upsert: false,
        find_in_group: false,
        compound_keys: false,
        etags: true,
        join: JoinLimits {
            form: "join".into(),
            depth: 1,
            many_depth: 1,
            many_below_one: false,
            max_to_one: 5,
            max_to_many: 5,
            max_total: 10,
            repeats: false,
            any_field: false,
            by_value: None,
            sorted: JoinSort::Wire,
        },
        in_list: 100,
    }
}

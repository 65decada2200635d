//! What the target CRMs can do, as data, so that plans for them are real.
//!
//! Beside each figure stands the title of the vendor's page that it comes from. Where pages leave room, the smaller
//! promise is made: a plan may then take one trip more, but it never promises what the wire cannot do.

use engage_engine::adapter::{AtomicGroup, BatchLimits, Capabilities, JoinLimits, JoinSort, ValueJoins};
use engage_engine::ids::CrmName;

/// Enough for every plan that anybody makes; kept finite so that it prints.
const PLENTY: usize = 1_000_000;

/// The capabilities of a CRM by name; `None` for a CRM that this crate does not know.
///
/// ```
/// let crm = "dataverse".parse().unwrap();
/// assert_eq!(engage_adapters::targets::for_crm(&crm).unwrap().name, "Dataverse Web API v9.2");
/// ```
pub fn for_crm(crm: &CrmName) -> Option<Capabilities> {
    match crm.as_str() {
        "dataverse" => Some(dataverse()),
        "salesforce" => Some(salesforce()),
        "memory" => Some(memory()),
        _ => None,
    }
}

/// Microsoft Dataverse, Web API v9.2.
pub fn dataverse() -> Capabilities {
    Capabilities {
        name: "Dataverse Web API v9.2".to_owned(),
        // "Execute batch operations using the Web API": a change set is atomic; 1000 requests in a batch. References
        // and kinds are not limited.
        atomic_group: Some(AtomicGroup {
            form: "$batch change set".to_owned(),
            max_writes: 1000,
            max_depth: None,
            max_kinds: None,
        }),
        other_atomic_group: None,
        // The same page: requests outside a change set, with `odata.continue-on-error`.
        write_batch: BatchLimits { form: "$batch".to_owned(), max: 1000 },
        read_batch: BatchLimits { form: "$batch".to_owned(), max: 1000 },
        share_reads: true,
        // The same page, "Reference URIs in an operation": `$1`.
        back_references: true,
        // "Create a table row using the Web API": the primary id column in the body.
        caller_ids: true,
        // "Use Upsert to Create or Update a record": PATCH by alternate key.
        upsert: true,
        // "Use an alternate key to reference a record": `/accounts(accountnumber='A')` stands wherever an id does,
        // `@odata.bind` included; a key leads to one row or to none.
        find_in_group: true,
        // The same page: a key of several columns.
        compound_keys: true,
        // "Perform conditional operations using the Web API": `If-Match`.
        etags: true,
        join: JoinLimits {
            // "Join tables using OData": 15 `$expand` options in a query, nested ones counted.
            form: "$expand".to_owned(),
            depth: 15,
            // The same page: lookups and collections nest and mix.
            many_depth: 15,
            many_below_one: true,
            max_to_one: 15,
            max_to_many: 15,
            max_total: 15,
            // The same page shows each navigation property once, and OData lets it stand in one item only.
            repeats: false,
            // "Use OData to query data": joins follow navigation properties.
            any_field: false,
            // "Join tables using FetchXml": `from` and `to` name any two columns of one type, 15 link-entities in a query.
            // Every row of the answer is one combination of records, so that limits of records are none of rows.
            by_value: Some(ValueJoins { form: "FetchXML".to_owned(), max_total: 15 }),
            // "Join tables using OData": `$top` and `$orderby` are refused as soon as an expand is nested.
            sorted: JoinSort::WireWhenFlat,
        },
        // "Use OData to query data": a URL has 32,768 characters. 45 for each GUID with its encoded quotes and
        // comma leaves a third for the rest of the query.
        in_list: 500,
    }
}

/// Salesforce, REST API.
pub fn salesforce() -> Capabilities {
    Capabilities {
        name: "Salesforce REST API".to_owned(),
        // "Composite Graph Limits": 500 nodes, depth 15, 15 different nodes, where different means another version,
        // method or object.
        atomic_group: Some(AtomicGroup {
            form: "composite graph".to_owned(),
            max_writes: 500,
            max_depth: Some(15),
            max_kinds: Some(15),
        }),
        // "Send Multiple Requests Using Composite": 25 subrequests, with `allOrNone` one transaction, whatever their
        // kinds and however long their chains.
        other_atomic_group: Some(AtomicGroup {
            form: "composite".to_owned(),
            max_writes: 25,
            max_depth: None,
            max_kinds: None,
        }),
        // "Send Multiple Requests Using Composite": 25 subrequests with `allOrNone` off, 5 of them queries.
        write_batch: BatchLimits { form: "composite".to_owned(), max: 25 },
        read_batch: BatchLimits { form: "composite".to_owned(), max: 5 },
        share_reads: true,
        // "Using Composite Graphs": `@{reference.id}`.
        back_references: true,
        // Ids are made by the server.
        caller_ids: false,
        // "Using Composite Graphs": PATCH by external id is a node.
        upsert: true,
        // The same page: GET by external id is a node, so a declared key of one field is found inside the group. A
        // query is not: what refers to it takes its first hit, and no hit of several would be told.
        find_in_group: true,
        // A row is addressed by one external id.
        compound_keys: false,
        // REST has no conditional writes on rows.
        etags: false,
        join: JoinLimits {
            // "Understanding Relationship Query Limitations": 5 levels up, 55 child-to-parent relationships, 20
            // parent-to-child.
            form: "relationship query".to_owned(),
            depth: 5,
            // "Using Relationship Queries": five levels down from version 58, of which the parent is the first; a
            // subquery is of what is related to the object after the outer FROM, not to one that a path leads up to.
            many_depth: 4,
            many_below_one: false,
            max_to_one: 55,
            max_to_many: 20,
            max_total: 75,
            // "Using Relationship Queries" shows each child relationship once; another subquery of it would be the same
            // column twice.
            repeats: false,
            // The same page: only relationships are traversed. Other columns need a second query, which may stand in the
            // same composite only where it takes one value from the first (`@{first.records[0].Field}`): how many there
            // are is not known beforehand, so that it is a trip of its own.
            any_field: false,
            by_value: None,
            // A subquery has its own ORDER BY and LIMIT.
            sorted: JoinSort::Wire,
        },
        // "SOQL and SOSL Limits for Search Queries": 100,000 characters in a statement; 50 for each value is twice
        // what an id takes.
        in_list: 2000,
    }
}

/// The in-memory CRM with nothing switched off.
pub fn memory() -> Capabilities {
    Capabilities {
        name: "memory".to_owned(),
        atomic_group: Some(AtomicGroup {
            form: "transaction".to_owned(),
            max_writes: PLENTY,
            max_depth: None,
            max_kinds: None,
        }),
        other_atomic_group: None,
        write_batch: BatchLimits { form: "batch".to_owned(), max: PLENTY },
        read_batch: BatchLimits { form: "batch".to_owned(), max: PLENTY },
        share_reads: true,
        back_references: true,
        caller_ids: true,
        upsert: true,
        find_in_group: true,
        compound_keys: true,
        etags: true,
        join: JoinLimits {
            form: "join".to_owned(),
            // Deeper queries than the adapter is willing to recurse into are refused.
            depth: 32,
            many_depth: 32,
            many_below_one: true,
            max_to_one: PLENTY,
            max_to_many: PLENTY,
            max_total: PLENTY,
            repeats: true,
            any_field: true,
            by_value: None,
            sorted: JoinSort::Wire,
        },
        in_list: PLENTY,
    }
}

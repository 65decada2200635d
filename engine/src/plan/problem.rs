//! What keeps an operation from being planned, each kind with its code.

use std::fmt;

use crate::catalog::Part;
use crate::ids::{FieldName, RefId};
use crate::problem::{Code, CodeInfo};

/// One reason why there is no plan. It holds names and counts, never a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanProblem {
    /// The rule.
    pub code: Code,
    /// The part, where it is about one.
    pub part: Option<RefId>,
    /// The part's field, where it is about one.
    pub field: Option<FieldName>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl PlanProblem {
    pub(super) fn new(info: &CodeInfo, part: &Part, message: String) -> Self {
        Self { code: info.code, part: Some(part.ref_id.clone()), field: None, message, help: None }
    }

    pub(super) fn whole(info: &CodeInfo, message: String) -> Self {
        Self { code: info.code, part: None, field: None, message, help: None }
    }

    pub(super) fn field(mut self, part: &Part, position: usize) -> Self {
        self.field = part.entity.fields.get(position).map(|field| field.name.clone());
        self
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for PlanProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for PlanProblem {}

pub(super) const NOT_FOUND_BY_ANYTHING: CodeInfo = CodeInfo {
    code: Code("E0450"),
    title: "a read-only part that nothing finds",
    explanation: "A read-only part that always exists is resolved before anything is written: by the `Id` or the \
                  filter that the caller gives, by its own `where` or limit, or by a requirement that leads to another \
                  read-only part. Here there is none of these.",
    example: r#"{"event": {"Subject": "Review"}}"#,
    cure: r#"{"event": {"Subject": "Review"}, "account": {"Id": "…"}}"#,
};

pub(super) const WHICH_RECORD: CodeInfo = CodeInfo {
    code: Code("E0451"),
    title: "an update that does not say which record",
    explanation: "An update changes existing records: each instance has an `Id`, or its part declares `match` and the \
                  instance has those fields. Only a `replace` part takes instances without: they are made.",
    example: r#"{"event": {"Status": "Open"}}"#,
    cure: r#"{"event": {"Id": "…", "Status": "Open"}}"#,
};

pub(super) const REFERRED: CodeInfo = CodeInfo {
    code: Code("E0452"),
    title: "a create that gives fields of an existing record",
    explanation: "An instance with an `Id` is a record that exists already. A create refers to it and leaves it as it \
                  is, so fields beside the `Id` would be lost.",
    example: r#"{"account": {"Id": "…", "Name": "Contoso"}}"#,
    cure: r#"{"account": {"Id": "…"}}"#,
};

pub(super) const REQUIRED: CodeInfo = CodeInfo {
    code: Code("E0453"),
    title: "a required field without a value",
    explanation: "A required field has a value on create: a fixed one, one from a requirement, the caller's or a \
                  default. This one has none of them.",
    example: r#"{"contact": {"FirstName": "Ann"}}"#,
    cure: r#"{"contact": {"FirstName": "Ann", "LastName": "Berg"}}"#,
};

pub(super) const COUNTS: CodeInfo = CodeInfo {
    code: Code("E0454"),
    title: "counts that do not match",
    explanation: "A multiple part that takes values from another multiple part has one instance per instance there, \
                  in order. Two such sources, or instances that the caller gives beside them, have the same number; \
                  nothing is crossed or dropped silently. A list for each instance of the other part (nested \
                  one-to-many) cannot be expressed in one pattern: run the pattern once per parent.",
    example: r#"{"advisors": [{"Id": "1"}, {"Id": "2"}], "invites": [{"Role": "Optional"}]}"#,
    cure: r#"{"advisors": [{"Id": "1"}, {"Id": "2"}], "invites": [{"Role": "Optional"}, {"Role": "Required"}]}"#,
};

pub(super) const FILTER_ON_WRITTEN: CodeInfo = CodeInfo {
    code: Code("E0455"),
    title: "a filter on a part that is written",
    explanation: "A filter finds records, and how many is not known before. Create and update write to the instances \
                  that they are given; a record is recognised by `match`, or found by a read-only part.",
    example: r#"{"event": {"$filter": {"field": "Subject", "operator": "Equals", "value": "Review"}}}"#,
    cure: r#"{"event": {"Id": "…", "Status": "Open"}}"#,
};

pub(super) const NEEDS_WRITTEN: CodeInfo = CodeInfo {
    code: Code("E0456"),
    title: "a read-only part that depends on one being made",
    explanation: "Read-only parts are resolved before anything is written. A record that belongs to one that does not \
                  exist yet cannot be found.",
    example: r#"{"account": {"Name": "Contoso"}, "contact": {"$filter": {"field": "Email", "operator": "IsNotNull"}}}"#,
    cure: r#"{"account": {"Id": "…"}, "contact": {"$filter": {"field": "Email", "operator": "IsNotNull"}}}"#,
};

pub(super) const UNREACHED: CodeInfo = CodeInfo {
    code: Code("E0457"),
    title: "a part that a read does not reach",
    explanation: "A read starts at the parts that are given by `Id` or filter and follows the requirements. A part \
                  that they do not lead to would be read whole, so it needs its own `where` or limit, or to be given.",
    example: r#"{"account": {"Id": "…"}}"#,
    cure: r#"{"account": {"Id": "…"}, "employee": {"$filter": {"field": "Email", "operator": "IsNotNull"}}}"#,
};

pub(super) const ROOT: CodeInfo = CodeInfo {
    code: Code("E0458"),
    title: "a read without a root",
    explanation: "A read makes one match per instance of its root: the only part that is given, else the part marked \
                  `root`. With several parts given, or none, and no part marked, there is no telling.",
    example: "pattern find \"Find\" {\n  account : account readonly\n  contact : contact readonly\n\n  \
              contact.AccountId = account.Id\n}\n",
    cure: "pattern find \"Find\" {\n  account : account readonly root\n  contact : contact readonly\n\n  \
           contact.AccountId = account.Id\n}\n",
};

pub(super) const BY_ID: CodeInfo = CodeInfo {
    code: Code("E0459"),
    title: "a part to be read that is given without an Id",
    explanation: "What is only read is given by `Id` or by `$filter`. Other fields of an instance would say nothing: \
                  to find records by them, use a filter.",
    example: r#"{"account": {"Name": "Contoso"}}"#,
    cure: r#"{"account": {"$filter": {"field": "Name", "operator": "Equals", "value": "Contoso"}}}"#,
};

pub(super) const PARENT: CodeInfo = CodeInfo {
    code: Code("E0460"),
    title: "a set without the record it belongs to",
    explanation: "Embedded instances travel in their parent's write, and a `replace` set is looked up by its parent. \
                  So the parent is in the input, and for embedded instances it is written.",
    example: r#"{"people": [{"Role": "Required"}]}"#,
    cure: r#"{"event": {"Id": "…"}, "people": [{"Role": "Required"}]}"#,
};

pub(super) const SET_AFTERWARDS: CodeInfo = CodeInfo {
    code: Code("E0461"),
    title: "a value that comes too late",
    explanation: "A deferred requirement is set after both records exist. Another requirement that takes its value \
                  from that field would wait for it before its own record is made.",
    example: "pattern customer \"A customer\" {\n  account : account\n  contact : contact\n  note    : note\n\n  \
              contact.AccountId = account.Id\n  account.Primary = contact.Id deferred\n  \
              note.About = account.Primary\n}\n",
    cure: "pattern customer \"A customer\" {\n  account : account\n  contact : contact\n  note    : note\n\n  \
           contact.AccountId = account.Id\n  account.Primary = contact.Id deferred\n  note.About = contact.Id\n}\n",
};

pub(super) const NO_MATCH: CodeInfo = CodeInfo {
    code: Code("E0462"),
    title: "an update of a record that is not there",
    explanation: "The look-up by the match fields found no record, and an update makes none.",
    example: r#"{"contact": {"Email": "nobody@example.com", "Vip": true}}"#,
    cure: r#"{"contact": {"Id": "…", "Vip": true}}"#,
};

pub(super) const NO_SOURCE_VALUE: CodeInfo = CodeInfo {
    code: Code("E0463"),
    title: "a requirement whose source has no value",
    explanation: "The field that the requirement copies belongs to a record that is made by the same operation, and \
                  nothing gives it a value.",
    example: r#"{"account": {"Name": "Contoso"}}"#,
    cure: r#"{"account": {"Name": "Contoso", "Number": "10042"}}"#,
};

pub(super) const MATCH_VALUE: CodeInfo = CodeInfo {
    code: Code("E0464"),
    title: "a match without a value",
    explanation: "A record is recognised by all the match fields, so every instance without an `Id` has a value in \
                  each of them, and the value is there before the write.",
    example: r#"{"contact": {"LastName": "Berg"}}"#,
    cure: r#"{"contact": {"Email": "ann@example.com", "LastName": "Berg"}}"#,
};

pub(super) const NONE_GIVEN: CodeInfo = CodeInfo {
    code: Code("E0465"),
    title: "a part that must be there and is given empty",
    explanation: "A part that is not optional has an instance, so an empty list stands for nothing that could be \
                  read or written.",
    example: r#"{"account": []}"#,
    cure: r#"{"account": {"Id": "…"}}"#,
};

const CODES: [&CodeInfo; 16] = [
    &NOT_FOUND_BY_ANYTHING,
    &WHICH_RECORD,
    &REFERRED,
    &REQUIRED,
    &COUNTS,
    &FILTER_ON_WRITTEN,
    &NEEDS_WRITTEN,
    &UNREACHED,
    &ROOT,
    &BY_ID,
    &PARENT,
    &SET_AFTERWARDS,
    &NO_MATCH,
    &NO_SOURCE_VALUE,
    &MATCH_VALUE,
    &NONE_GIVEN,
];

/// Every code of the planner, by code. Examples are inputs as JSON, or patterns in the DSL.
pub fn index() -> Vec<CodeInfo> {
    CODES.iter().map(|info| **info).chain([super::repeat::NOT_ONCE]).collect()
}

//! What can be wrong with an input, each kind with its code.

use std::fmt;

use crate::problem::{Code, CodeInfo};

/// One thing that is wrong with an input. The message holds names and places, never a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputProblem {
    /// The rule.
    pub code: Code,
    /// Where, as a path into the JSON: `advisors[1].Email`; empty for the input as a whole.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The nearest name to one that does not exist.
    pub suggestion: Option<String>,
}

impl InputProblem {
    pub(crate) fn new(info: &CodeInfo, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: info.code, path: path.into(), message: message.into(), help: None, suggestion: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn suggest(mut self, nearest: Option<String>) -> Self {
        self.suggestion = nearest;
        self
    }
}

impl fmt::Display for InputProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            return f.write_str(&self.message);
        }
        write!(f, "{}: {}", self.path, self.message)
    }
}

impl std::error::Error for InputProblem {}

pub(super) const UNKNOWN_PART: CodeInfo = CodeInfo {
    code: Code("E0401"),
    title: "an input for a part that is not there",
    explanation: "An input is a mapping from the pattern's reference ids to instances. A name that is none of them \
                  would otherwise be ignored, and with it what the caller meant.",
    example: r#"{"acount": {"Name": "Contoso"}}"#,
    cure: r#"{"account": {"Name": "Contoso"}}"#,
};

pub(super) const UNKNOWN_FIELD: CodeInfo = CodeInfo {
    code: Code("E0402"),
    title: "an input for a field that is not there",
    explanation: "Instances name their fields by the abstract names that the entity's definition declares, and the \
                  record itself by `Id`.",
    example: r#"{"account": {"Nmae": "Contoso"}}"#,
    cure: r#"{"account": {"Name": "Contoso"}}"#,
};

pub(super) const VALUE: CodeInfo = CodeInfo {
    code: Code("E0403"),
    title: "an input value does not fit its field",
    explanation: "A value has the type of its field: text within its length and allowed texts, a number in range, a \
                  declared choice by its abstract name, a date or an instant in its written form. `null` clears a \
                  field, which a required one does not allow. The message never shows the value.",
    example: r#"{"event": {"Start": "tomorrow"}}"#,
    cure: r#"{"event": {"Start": "2026-11-24T09:00:00+01:00"}}"#,
};

pub(super) const FORM: CodeInfo = CodeInfo {
    code: Code("E0404"),
    title: "an input of the wrong form",
    explanation: "The input is an object by part, a part has one instance or a list of them, an instance is an object \
                  by field. A single part takes one instance. Lists inside lists would be lists per parent, which one \
                  pattern cannot express: use one pattern per parent.",
    example: r#"{"advisors": [[{"Id": "1"}], [{"Id": "2"}]]}"#,
    cure: r#"{"advisors": [{"Id": "1"}, {"Id": "2"}]}"#,
};

pub(super) const RECORD_ID: CodeInfo = CodeInfo {
    code: Code("E0405"),
    title: "an `Id` that names no record",
    explanation: "`Id` says which existing record is meant, as text. It cannot be cleared, and a record that does not \
                  exist yet has none: then `Id` is left out. A part that is written names a record once.",
    example: r#"{"account": {"Id": null, "Name": "Contoso"}}"#,
    cure: r#"{"account": {"Name": "Contoso"}}"#,
};

pub(super) const FILTER: CodeInfo = CodeInfo {
    code: Code("E0406"),
    title: "a filter that cannot be read",
    explanation: "`$filter` stands alone and holds one condition: `{field, operator, value}`, with `values` for `In` \
                  and `NotIn` and neither for `IsNull` and `IsNotNull`, or a group `{and: […]}`, `{or: […]}`, \
                  `{not: …}`. The operator must be one that the field's type has.",
    example: r#"{"owner": {"$filter": {"field": "Email", "operator": "Is", "value": "a@example.com"}}}"#,
    cure: r#"{"owner": {"$filter": {"field": "Email", "operator": "Equals", "value": "a@example.com"}}}"#,
};

pub(super) const TOO_LARGE: CodeInfo = CodeInfo {
    code: Code("E0407"),
    title: "an input too large for one operation",
    explanation: "One operation takes at most 100,000 instances in all, and the groups of a filter stand at most 64 \
                  deep. More is split over several operations.",
    example: r#"{"owner": {"$filter": {"not": {"not": {"not": "… and so on, 65 times"}}}}}"#,
    cure: r#"{"owner": {"$filter": {"not": {"field": "Email", "operator": "IsNull"}}}}"#,
};

pub(super) const NOT_WRITABLE: CodeInfo = CodeInfo {
    code: Code("E0408"),
    title: "an input for something that is never written",
    explanation: "A read-only part is found, not written: it is given by `Id` alone or by `$filter`. A read-only field \
                  of any other part takes no value either.",
    example: r#"{"owner": {"Id": "1", "Email": "a@example.com"}}"#,
    cure: r#"{"owner": {"Id": "1"}}"#,
};

pub(super) const COLUMN: CodeInfo = CodeInfo {
    code: Code("E0409"),
    title: "two targets of one reference",
    explanation: "Fields that are targets of one polymorphic reference share its column, so one instance can have a \
                  value in one of them.",
    example: r#"{"task": {"AccountId": "1", "LeadId": "2"}}"#,
    cure: r#"{"task": {"AccountId": "1"}}"#,
};

/// Every code of inputs, by code. Their examples are inputs as JSON.
pub fn codes() -> Vec<CodeInfo> {
    vec![UNKNOWN_PART, UNKNOWN_FIELD, VALUE, FORM, RECORD_ID, FILTER, TOO_LARGE, NOT_WRITABLE, COLUMN]
}

//! Where the inputs of blocks come from, and conditions over them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde_json::Value;

use super::{ListOperator, Literal, Name, Operator, PresenceOperator};

/// Where the input of a block comes from: one source for all of it, sources by destination, or a list.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(in crate::schema) enum Input {
    Whole(String),
    ByDestination(BTreeMap<String, Source>),
    List(Vec<Mapping>),
}

/// A path from a block (`trigger.Meeting.Title`; `!` behind it: there has to be a value), or a mapping that says more.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(in crate::schema) enum Source {
    Path(String),
    From(From),
    Constant(Constant),
}

/// A path from a block, and what is done to it.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct From {
    /// The path: `trigger.Meeting.Title`.
    from: String,
    /// What is done, in order.
    #[schemars(default)]
    then: Option<Steps>,
}

/// A constant, and what is done to it.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct Constant {
    /// Any value.
    value: Value,
    /// What is done, in order.
    #[schemars(default)]
    then: Option<Steps>,
}

/// One input in a list.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(in crate::schema) enum Mapping {
    From(MappedFrom),
    Constant(MappedConstant),
}

/// A path from a block on its way to a destination.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct MappedFrom {
    /// Where it goes; the whole input where nothing is given.
    #[schemars(default)]
    to: Option<String>,
    /// The path: `trigger.Meeting.Title`.
    from: String,
    /// What is done, in order.
    #[schemars(default)]
    then: Option<Steps>,
}

/// A constant on its way to a destination.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct MappedConstant {
    /// Where it goes; the whole input where nothing is given.
    #[schemars(default)]
    to: Option<String>,
    /// Any value.
    value: Value,
    /// What is done, in order.
    #[schemars(default)]
    then: Option<Steps>,
}

/// One transformation, or several in order.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(in crate::schema) enum Steps {
    One(Step),
    Several(Vec<Step>),
}

/// A transformation: a word, or a word with what it takes.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(in crate::schema) enum Step {
    Word(StepWord),
    With(Box<StepWith>),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub(in crate::schema) enum StepWord {
    Identity,
    Join,
    Split,
    Serialize,
    Base64Decode,
    First,
    Count,
    Require,
}

/// One transformation with what it takes.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("minProperties" = 1))]
pub(in crate::schema) struct StepWith {
    /// A list as text, with this between its elements.
    #[schemars(default)]
    join: Option<String>,
    /// A text as list, split at this.
    #[schemars(default)]
    split: Option<String>,
    /// The value where there is none.
    #[schemars(default)]
    default: Option<Value>,
    /// What stands at this path.
    #[schemars(default)]
    extract: Option<String>,
    /// These fields alone.
    #[schemars(default)]
    project: Option<Vec<String>>,
    /// A value for a value.
    #[schemars(default)]
    map: Option<Table>,
    /// Of `map`: for every other value; those are absent where nothing is given.
    #[schemars(default, rename = "else")]
    otherwise: Option<Value>,
    /// A date or an instant as text: `%d.%m.%Y %H:%M`.
    #[schemars(default)]
    format: Option<String>,
    /// Of `format`: the IANA zone; UTC where none is given.
    #[schemars(default)]
    zone: Option<String>,
    /// Of a list of objects, those whose field of this name is one of the values in `in`.
    #[schemars(default, rename = "where")]
    field: Option<String>,
    /// Of `where`: the values; null stands for an absent one.
    #[schemars(default, rename = "in")]
    values: Option<Vec<Value>>,
}

/// By text, or a list of pairs.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(in crate::schema) enum Table {
    ByText(BTreeMap<String, Value>),
    Pairs(Vec<Pair>),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct Pair {
    /// The value that is looked up.
    from: Value,
    /// What stands for it.
    to: Value,
}

/// A value, or where it comes from.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(in crate::schema) enum Operand {
    Literal(Literal),
    From(From),
    Constant(Constant),
}

/// The condition of a filter: comparisons of fields of its part, and groups of them.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(in crate::schema) enum Filter {
    One(Box<FilterTest>),
    List(FilterListTest),
    Presence(FilterPresence),
    And(FilterAnd),
    Or(FilterOr),
    Not(FilterNot),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct FilterTest {
    field: Name,
    operator: Operator,
    value: Operand,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct FilterListTest {
    field: Name,
    operator: ListOperator,
    values: Vec<Operand>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct FilterPresence {
    field: Name,
    operator: PresenceOperator,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct FilterAnd {
    and: Vec<Filter>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct FilterOr {
    or: Vec<Filter>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct FilterNot {
    not: Box<Filter>,
}

/// A condition on what blocks give.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(in crate::schema) enum When {
    One(Box<WhenTest>),
    List(Box<WhenListTest>),
    Presence(Box<WhenPresence>),
    And(WhenAnd),
    Or(WhenOr),
    Not(WhenNot),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct WhenTest {
    source: Source,
    operator: Operator,
    value: Operand,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct WhenListTest {
    source: Source,
    operator: ListOperator,
    values: Vec<Operand>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct WhenPresence {
    source: Source,
    operator: PresenceOperator,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct WhenAnd {
    and: Vec<When>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct WhenOr {
    or: Vec<When>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::schema) struct WhenNot {
    not: Box<When>,
}

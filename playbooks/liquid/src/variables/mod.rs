//! What a template reads of its input: known before it is rendered, so that its block can be typed.

mod bindings;
mod conditions;
mod filters;
mod flow;
mod plot;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};

pub(crate) use flow::variables;

/// The fields of the input that a template reads.
///
/// Complete: an input that was [restricted](Self::restrict) to them renders to the same text as the whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variables {
    /// By name.
    pub roots: BTreeMap<String, Variable>,
    /// The template reads fields whose names it only finds out while rendering (`{{ [name] }}`), or so many that they
    /// were not followed: any field may be read, and the tree is not the whole of it.
    pub dynamic: bool,
}

/// One field, item or variable of the input, and how the template uses it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variable {
    /// What is done with the value itself. Empty if only its fields or items are used.
    pub uses: BTreeSet<Use>,
    /// Some use has nothing that stands in for a missing value: no `default`, no `if` around it.
    pub required: bool,
    /// The first line that reads it, from 1.
    pub line: usize,
    /// The fields that are read of it: it is an object.
    pub fields: BTreeMap<String, Variable>,
    /// What is read of its items: it is a list.
    pub items: Option<Box<Variable>>,
}

/// What a template does with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Use {
    /// Printed, or taken as a text by a filter or comparison.
    Text,
    /// Calculated with, or compared with a number.
    Number,
    /// Taken as a time by `date`.
    Date,
    /// Iterated, or its items are picked.
    List,
    /// Its size is asked for, or whether it is empty.
    Size,
    /// Whether it is there, or true.
    Test,
    /// Compared with another value.
    Comparison,
    /// Fields or items of it are read whose names or places are only known while rendering.
    Whole,
}

impl Variables {
    /// The input without what the template does not read. Lists keep all of their items.
    #[must_use]
    pub fn restrict(&self, input: &Json) -> Json {
        match input {
            Json::Object(object) if !self.dynamic => Json::Object(fields(&self.roots, object)),
            _ => input.clone(),
        }
    }
}

fn fields(read: &BTreeMap<String, Variable>, object: &Map<String, Json>) -> Map<String, Json> {
    let kept = object.iter().filter_map(|(name, value)| Some((name.clone(), read.get(name)?.restrict(value))));
    kept.collect()
}

impl Variable {
    /// The value in one piece matters, not only some of its fields.
    fn is_whole(&self) -> bool {
        self.uses.iter().any(|used| match used {
            Use::Text | Use::Number | Use::Date | Use::Comparison | Use::Whole => true,
            Use::List | Use::Size | Use::Test => false,
        })
    }

    fn restrict(&self, value: &Json) -> Json {
        let counted = self.uses.contains(&Use::List) || self.uses.contains(&Use::Size);
        match value {
            Json::Object(object) if !self.is_whole() && !counted => Json::Object(fields(&self.fields, object)),
            Json::Array(items) if !self.is_whole() => {
                Json::Array(items.iter().map(|item| self.restrict_item(item)).collect())
            }
            _ => value.clone(),
        }
    }

    /// Lists within lists stay as they are: some filters take their items for those of the outer list.
    fn restrict_item(&self, item: &Json) -> Json {
        match (&self.items, item) {
            (_, Json::Array(_)) => item.clone(),
            (Some(items), _) => items.restrict(item),
            (None, Json::Object(_)) => Json::Object(Map::new()),
            (None, _) => item.clone(),
        }
    }
}

//! Types: what may stand where values flow between blocks.
//!
//! Values are JSON. Dates, instants, decimals, choices and ids of records are JSON text of a certain form, so that each
//! of them is also text. A type says two things about absence: `optional`, nothing may stand there (no key, no value),
//! and `nullable`, null may stand there. What flows out of a block is read with null as absent, so that nulls matter
//! only within lists and within objects that flow whole.
//!
//! INVARIANT: what [`fits`] lets through is taken by whatever reads the destination, as far as types go.
//! Lengths of text are looked at where the text is a constant, and else when the CRM block runs.

mod conform;
mod display;
mod entity;
mod fit;
mod literal;
mod part;
mod schema;
mod spelling;
mod step;

#[cfg(test)]
pub(crate) mod arbitrary;
#[cfg(test)]
mod properties;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use engage_engine::ids::{RefId, SemanticId};

pub use conform::{Misfit, Misfits, conforms, take_in};
pub use entity::{effects, field, input, results};
pub use fit::{Unfit, UnfitKind, fits};
pub use literal::{of_constant, united};
pub use part::Instances;
pub use schema::{SchemaProblem, declared, of_schema};
pub use step::{Missing, MissingKind, at, into};

/// The type of a value, or of the place where one goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Type {
    /// What stands there when something does.
    pub shape: Shape,
    /// Nothing may stand there.
    pub optional: bool,
    /// Null may stand there.
    pub nullable: bool,
    /// The sensitive fields of records that went into it, as `entity.Field`; those of inner types not repeated.
    pub sensitive: BTreeSet<String>,
}

/// What kind of value a type is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// Any JSON.
    Any,
    /// Nothing but null.
    Null,
    /// Text, of at most so many characters.
    Text(Option<u32>),
    /// One of these texts: the names of a choice, or a constant.
    Choice(BTreeSet<String>),
    /// True or false.
    Boolean,
    /// A whole number of 64 bits, with sign.
    Int,
    /// A finite number.
    Double,
    /// A number of at most 28 digits, as a number or as text.
    Decimal,
    /// A calendar day as text: `2026-11-24`.
    Date,
    /// An instant as RFC 3339 text.
    DateTime,
    /// The id of a record, text that is not empty; `None`: of whatever entity.
    Id(Option<SemanticId>),
    /// A list.
    List(Box<Type>),
    /// An object.
    Object(Arc<Object>),
    /// A condition on a part of a pattern.
    Condition(SemanticId, RefId),
    /// A part of the input of a block that calls a CRM. No value that flows has it.
    Instances(Arc<Instances>),
}

/// The type of an object.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Object {
    /// The known keys.
    pub fields: BTreeMap<String, Type>,
    /// Other keys.
    pub rest: Rest,
}

/// What else an object may hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Rest {
    /// Nothing.
    #[default]
    Closed,
    /// Something that nobody may name: a later version of the platform may add keys.
    Hidden,
    /// Any key, each with a value of this type.
    Map(Box<Type>),
}

impl Type {
    /// A value that is always there.
    pub fn of(shape: Shape) -> Self {
        Self { shape, optional: false, nullable: false, sensitive: BTreeSet::new() }
    }

    /// Text.
    pub fn text() -> Self {
        Self::of(Shape::Text(None))
    }

    /// Any JSON.
    pub fn any() -> Self {
        Self::of(Shape::Any)
    }

    /// A list.
    pub fn list(element: Type) -> Self {
        Self::of(Shape::List(Box::new(element)))
    }

    /// An object with these keys and no others.
    pub fn object<K: Into<String>>(fields: impl IntoIterator<Item = (K, Type)>) -> Self {
        let fields = fields.into_iter().map(|(key, of)| (key.into(), of)).collect();
        Self::of(Shape::Object(Arc::new(Object { fields, rest: Rest::Closed })))
    }

    /// An object with these keys and perhaps more that nobody may name.
    pub fn open<K: Into<String>>(fields: impl IntoIterator<Item = (K, Type)>) -> Self {
        let fields = fields.into_iter().map(|(key, of)| (key.into(), of)).collect();
        Self::of(Shape::Object(Arc::new(Object { fields, rest: Rest::Hidden })))
    }

    /// The same, and nothing may stand there.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// The same, and it is always there.
    #[must_use]
    pub fn present(mut self) -> Self {
        (self.optional, self.nullable) = (false, false);
        self
    }

    /// The same, and null may stand there.
    #[must_use]
    pub fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    /// The same with null read as absent: what a mapping takes.
    #[must_use]
    pub fn read(mut self) -> Self {
        self.optional |= self.nullable;
        self.nullable = false;
        self
    }

    /// The same with null in place of an absent value: what stands in a list.
    #[must_use]
    pub fn absent_as_null(mut self) -> Self {
        self.nullable |= self.optional;
        self.optional = false;
        self
    }

    /// The same, made with sensitive values.
    #[must_use]
    pub fn tainted(mut self, by: impl IntoIterator<Item = String>) -> Self {
        self.sensitive.extend(by);
        self
    }

    /// Whether every value of it that is there is text.
    pub fn is_text(&self) -> bool {
        matches!(self.shape, Shape::Text(_) | Shape::Choice(_) | Shape::Date | Shape::DateTime | Shape::Id(_))
    }

    /// Whether it is one value: no list, no object, and known to be none.
    pub fn is_scalar(&self) -> bool {
        self.is_text() || matches!(self.shape, Shape::Boolean | Shape::Int | Shape::Double | Shape::Decimal)
    }

    /// Every sensitive field that went into a value of this type, at any depth.
    pub fn taints(&self) -> BTreeSet<String> {
        let mut found = self.sensitive.clone();
        let mut open = vec![self];
        while let Some(of) = open.pop() {
            found.extend(of.sensitive.iter().cloned());
            match &of.shape {
                Shape::List(element) => open.push(element),
                Shape::Object(object) => {
                    open.extend(object.fields.values());
                    if let Rest::Map(rest) = &object.rest {
                        open.push(rest);
                    }
                }
                _ => {}
            }
        }
        found
    }
}

//! A value as an author writes it, before the field it belongs to has given it a type.

/// An untyped literal. A number keeps its spelling, so that a decimal never passes through a float.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Literal {
    /// `null`: clear the field.
    Null,
    /// Quoted text.
    Text(String),
    /// `true` or `false`.
    Boolean(bool),
    /// A number, as written: `-12.50`.
    Number(String),
    /// A list: multi-choice values, operands of `In`.
    List(Vec<Literal>),
}

//! SOQL: text to a tree ([`parse`]), the tree held against the schema and answered over a state ([`run`]).

mod aggregate;
mod condition;
mod expand;
mod function;
mod lex;
mod literal;
mod parse;
mod parse_condition;
mod path;
mod run;
mod select;
mod test;
mod tree;

pub(crate) use self::run::{Asked, children, holds, query, read_condition, record};

//! SOQL: text to a tree ([`parse`]), the tree held against the schema and answered over a state ([`run`]).

mod aggregate;
mod ask;
mod condition;
mod expand;
mod function;
mod lex;
mod literal;
mod parse;
mod parse_clause;
mod parse_condition;
mod path;
mod run;
mod select;
mod test;
mod tree;

pub(crate) use self::ask::{children, holds, read_condition, record};
pub(crate) use self::run::{Asked, query};

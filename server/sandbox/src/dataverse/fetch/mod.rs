//! FetchXML: joins along any columns, conditions, orders, pages, aggregates.

mod aggregate;
mod query;
mod run;
mod xml;

pub(crate) use self::run::run;

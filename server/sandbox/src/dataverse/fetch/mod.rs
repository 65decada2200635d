//! FetchXML: joins along any columns, conditions, orders, pages, aggregates.

mod aggregate;
mod conditions;
mod link;
mod query;
mod run;
mod xml;

pub(crate) use self::aggregate::{computed, refuse_many};
pub(crate) use self::query::Aggregate;
pub(crate) use self::run::{compare, run};

/// Whether the text is XML at all.
#[cfg(test)]
pub(crate) fn well_formed(text: &str) -> bool {
    xml::parse(text).is_ok()
}

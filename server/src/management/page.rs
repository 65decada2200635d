//! Lists that do not end: a page, and where the next one goes on.

use std::borrow::Cow;

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use crate::api::query::Query;
use crate::openapi::Described;

/// The most things of a page, and how many there are where nobody says.
const MOST: usize = 200;
const USUAL: usize = 50;

/// A page of something.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "{T}Page")]
pub(super) struct Page<T> {
    /// What is on it.
    items: Vec<T>,
    /// What `after` of the next page is; `null`: this is the last.
    next: Option<String>,
}

impl<T> Page<T> {
    /// A page of at most so many of what was found, where one more was asked for. `place` says where one is.
    pub(super) fn of<F>(mut found: Vec<F>, most: usize, place: impl Fn(&F) -> String, tell: impl Fn(F) -> T) -> Self {
        let more = found.len() > most;
        found.truncate(most);
        Self::known(found, more, place, tell)
    }

    /// A page of which it is known whether there is more behind it.
    pub(super) fn known<F>(found: Vec<F>, more: bool, place: impl Fn(&F) -> String, tell: impl Fn(F) -> T) -> Self {
        let next = found.last().filter(|_| more).map(place);
        Self { items: found.into_iter().map(tell).collect(), next }
    }
}

/// How many are asked for: `limit`.
pub(super) fn limit(query: &mut Query) -> usize {
    let many = query.value::<usize>("limit").unwrap_or(USUAL);
    if !(1..=MOST).contains(&many) {
        query.add("limit", &format!("it is a number from 1 to {MOST}"));
        return USUAL;
    }
    many
}

/// A place in a list by time: an instant, and which of those at that instant.
pub(super) fn place(at: Timestamp, which: impl std::fmt::Display) -> String {
    format!("{}-{which}", at.as_nanosecond())
}

/// The place that `after` names.
pub(super) fn after<T: std::str::FromStr>(query: &mut Query) -> Option<(Timestamp, T)> {
    let text = query.text("after")?;
    let read = || {
        let (at, which) = text.split_once('-')?;
        Some((Timestamp::from_nanosecond(at.parse().ok()?).ok()?, which.parse().ok()?))
    };
    let found = read();
    if found.is_none() {
        query.add("after", "it is `next` of the page before");
    }
    found
}

/// What a description says of `limit`.
enum Limit {}

impl JsonSchema for Limit {
    fn schema_name() -> Cow<'static, str> {
        "Limit".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "minimum": 1, "maximum": MOST})
    }
}

/// What a description says of lists that do not end.
pub(super) trait Paged {
    /// It is told page by page.
    fn paged(self) -> Self;
}

impl Paged for Described {
    fn paged(self) -> Self {
        self.query::<Limit>("limit", "How many there are on a page at most.")
            .otherwise(USUAL)
            .query::<String>("after", "`next` of the page before; left out: the first page.")
    }
}

/// Names of closed lists that stand in addresses, in any case: what a description says of them.
macro_rules! words {
    ($($name:ident: [$($word:literal),+], $what:literal;)+) => {$(
        #[doc = $what]
        enum $name {}

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                $crate::management::values::word(&[$($word),+], $what, generator)
            }
        }
    )+};
}
pub(super) use words;

/// One of the names of a closed list, in any case.
pub(super) fn named<T: Copy>(query: &mut Query, name: &str, all: &[(&str, T)]) -> Option<T> {
    let text = query.text(name)?;
    let found = all.iter().find(|(known, _)| known.eq_ignore_ascii_case(&text)).map(|(_, value)| *value);
    if found.is_none() {
        let known: Vec<String> = all.iter().map(|(known, _)| format!("`{known}`")).collect();
        query.add(name, &format!("it is one of {}", known.join(", ")));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_comes_back_as_it_went_and_what_is_none_is_refused() {
        let at = Timestamp::from_nanosecond(1_780_000_000_000_000_001).unwrap();
        let read = |text: &str| {
            let mut query = Query::of(&format!("after={text}")).unwrap();
            (after::<i64>(&mut query), query.finish().is_ok())
        };
        assert_eq!(read(&place(at, 7)), (Some((at, 7)), true));
        for wrong in ["7", "-", "x-1", "1-x", "9999999999999999999999-1", "1-9223372036854775808"] {
            assert_eq!(read(wrong), (None, false), "{wrong}");
        }
    }

    #[test]
    fn a_page_says_where_the_next_one_goes_on() {
        let page = |many: i64| Page::of((1..=many).collect(), 2, i64::to_string, |one| one);
        let told = |page: Page<i64>| (page.items, page.next);
        assert_eq!(told(page(3)), (vec![1, 2], Some("2".to_owned())));
        assert_eq!(told(page(2)), (vec![1, 2], None));
        assert_eq!(told(page(0)), (vec![], None));
    }
}

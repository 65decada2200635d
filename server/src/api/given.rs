//! What was sent, read member by member: all that is wrong is found, each with its place.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::LazyLock;

use engage_bookme::values::{Languages, Localized, Malformed};
use engage_bookme::{Error, Problems};
use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::scalars;

/// The most elements of a list.
const MOST: usize = 10_000;
/// What something new said before.
pub(crate) static NOTHING: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);

/// An object that was sent, or a document after a patch. A member that is `null` is as if it was not there.
pub(crate) struct Given<'m> {
    /// What it says.
    is: &'m Map<String, Value>,
    /// What it said before the patch; empty where it is new.
    was: &'m Map<String, Value>,
    place: String,
    pub(crate) problems: Problems,
}

impl<'m> Given<'m> {
    pub(crate) fn new(is: &'m Map<String, Value>, was: &'m Map<String, Value>) -> Self {
        Self { is, was, place: String::new(), problems: Problems::default() }
    }

    /// What was made of it, where nothing is wrong.
    pub(crate) fn finish<T>(self, made: Option<T>) -> Result<T, Error> {
        self.problems.finish()?;
        made.ok_or_else(|| Error::invalid("", "what was sent cannot be read"))
    }

    pub(crate) fn wrong(&mut self, name: &str, message: impl Into<String>) {
        let field = format!("{}/{name}", self.place);
        self.problems.add(field, message);
    }

    /// A member. One without a name is none of ours: a version that has no member for something calls it so.
    pub(crate) fn value(&self, name: &str) -> Option<&'m Value> {
        self.is.get(name).filter(|value| !name.is_empty() && !value.is_null())
    }

    /// What has to be there.
    pub(crate) fn needed<T>(&mut self, name: &str, value: Option<T>) -> Option<T> {
        if value.is_none() && self.value(name).is_none() {
            self.wrong(name, "it is needed");
        }
        value
    }

    /// A member, as `read` takes it.
    fn read<T>(&mut self, name: &str, read: impl FnOnce(&'m Value) -> Result<T, &'static str>) -> Option<T> {
        let value = self.value(name)?;
        read(value).map_err(|message| self.wrong(name, message)).ok()
    }

    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        self.read(name, |value| value.as_str().map(str::to_owned).ok_or("it is a text"))
    }

    pub(crate) fn flag(&mut self, name: &str) -> Option<bool> {
        self.read(name, |value| value.as_bool().ok_or("it is `true` or `false`"))
    }

    pub(crate) fn number(&mut self, name: &str) -> Option<i32> {
        let number = |value: &Value| value.as_i64().and_then(|number| i32::try_from(number).ok());
        self.read(name, |value| number(value).ok_or("it is a whole number of 32 bits"))
    }

    pub(crate) fn id(&mut self, name: &str) -> Option<Uuid> {
        self.read(name, |value| scalars::id(value.as_str().unwrap_or_default()))
    }

    pub(crate) fn instant(&mut self, name: &str) -> Option<Timestamp> {
        self.read(name, |value| scalars::instant(value.as_str().unwrap_or_default()))
    }

    /// A value that has a text form.
    pub(crate) fn parsed<T: FromStr<Err = Malformed>>(&mut self, name: &str) -> Option<T> {
        let text = self.value(name)?.as_str().unwrap_or_default();
        text.parse().map_err(|wrong: Malformed| self.wrong(name, wrong.to_string())).ok()
    }

    /// A list, of whose elements `read` makes what they are.
    fn list<T>(&mut self, name: &str, read: impl Fn(&Value) -> Result<T, String>) -> Vec<T> {
        let Some(value) = self.value(name) else { return Vec::new() };
        let Some(items) = value.as_array().filter(|items| items.len() <= MOST) else {
            self.wrong(name, format!("it is a list of {MOST} at most"));
            return Vec::new();
        };
        let mut all = Vec::with_capacity(items.len());
        for (position, item) in items.iter().enumerate() {
            match read(item) {
                Ok(one) => all.push(one),
                Err(message) => self.wrong(&format!("{name}/{position}"), message),
            }
        }
        all
    }

    pub(crate) fn texts(&mut self, name: &str) -> Vec<String> {
        self.list(name, |value| value.as_str().map(str::to_owned).ok_or_else(|| "it is a text".to_owned()))
    }

    pub(crate) fn ids(&mut self, name: &str) -> Vec<Uuid> {
        self.list(name, |value| scalars::id(value.as_str().unwrap_or_default()).map_err(str::to_owned))
    }

    pub(crate) fn all_parsed<T: FromStr<Err = Malformed>>(&mut self, name: &str) -> Vec<T> {
        self.list(name, |value| {
            value.as_str().unwrap_or_default().parse().map_err(|wrong: Malformed| wrong.to_string())
        })
    }

    /// A member that is an object.
    pub(crate) fn object<T>(&mut self, name: &str, read: impl FnOnce(&mut Given<'m>) -> Option<T>) -> Option<T> {
        let value = self.value(name)?;
        let Some(is) = value.as_object() else {
            self.wrong(name, "it is an object");
            return None;
        };
        let place = format!("{}/{name}", self.place);
        let mut inner = Given { is, was: self.was, place, problems: std::mem::take(&mut self.problems) };
        let made = read(&mut inner);
        self.problems = inner.problems;
        made
    }

    /// A list of objects.
    pub(crate) fn objects<T>(&mut self, name: &str, mut read: impl FnMut(&mut Given<'m>) -> Option<T>) -> Vec<T> {
        let Some(value) = self.value(name) else { return Vec::new() };
        let Some(items) = value.as_array().filter(|items| items.len() <= MOST) else {
            self.wrong(name, format!("it is a list of {MOST} at most"));
            return Vec::new();
        };
        let before = self.was.get(name).and_then(Value::as_array);
        let mut all = Vec::with_capacity(items.len());
        for (position, item) in items.iter().enumerate() {
            let Some(is) = item.as_object() else {
                self.wrong(&format!("{name}/{position}"), "it is an object");
                continue;
            };
            let was = before.into_iter().flatten().filter_map(Value::as_object).find(|was| is_same(was, is));
            let mut inner = Given {
                is,
                was: was.unwrap_or(&NOTHING),
                place: format!("{}/{name}/{position}", self.place),
                problems: std::mem::take(&mut self.problems),
            };
            all.extend(read(&mut inner));
            self.problems = inner.problems;
        }
        all
    }

    /// A text in several languages, as two members hold it: one in Danish alone, one by language. What differs from before is
    /// written to what is kept; nothing where neither is there.
    pub(crate) fn localized(
        &mut self,
        (plain, localized): (&str, &str),
        kept: Option<&Localized>,
        languages: &Languages,
    ) -> Option<Localized> {
        let text = self.text(plain);
        let by_tag = self.tags(localized);
        if (text.is_none() && by_tag.is_none()) || self.is_unset(plain, localized) {
            return None;
        }
        let is_new = |name: &str| kept.is_none() || self.is.get(name) != self.was.get(name);
        let text = text.filter(|_| is_new(plain));
        let before = self.was.get(localized).and_then(Value::as_object).filter(|_| kept.is_some());
        let changed = by_tag.map(|is| changes(is, before));
        let mut all = kept.cloned().unwrap_or_default();
        let field = format!("{}/{localized}", self.place);
        all.write(text.as_deref(), changed.as_ref(), languages, &field, &mut self.problems);
        Some(all)
    }

    /// Whether one of two members is taken away that were there, and the other is as it was: that takes away both.
    fn is_unset(&self, plain: &str, localized: &str) -> bool {
        let was = |name: &str| self.was.get(name).filter(|value| !value.is_null());
        let gone = |name: &str| was(name).is_some() && self.value(name).is_none();
        let same = |name: &str| was(name) == self.value(name);
        (gone(plain) && same(localized)) || (gone(localized) && same(plain))
    }

    fn tags(&mut self, name: &str) -> Option<BTreeMap<String, Option<String>>> {
        let texts = self.value(name)?;
        let Some(texts) = texts.as_object() else {
            self.wrong(name, "it is an object with a text for each language");
            return None;
        };
        let mut all = BTreeMap::new();
        for (tag, text) in texts {
            match text {
                Value::String(text) => drop(all.insert(tag.clone(), Some(text.clone()))),
                Value::Null => drop(all.insert(tag.clone(), None)),
                _ => self.wrong(name, "it is an object with a text for each language"),
            }
        }
        Some(all)
    }
}

/// What differs: languages with another text than before, and with none where they are gone.
fn changes(is: BTreeMap<String, Option<String>>, was: Option<&Map<String, Value>>) -> BTreeMap<String, Option<String>> {
    let old = |tag: &str| was.and_then(|was| was.get(tag)).and_then(Value::as_str);
    let gone = was.into_iter().flat_map(Map::keys).filter(|tag| !is.contains_key(*tag)).map(|tag| (tag.clone(), None));
    let gone: Vec<(String, Option<String>)> = gone.collect();
    let changed = is.into_iter().filter(|(tag, text)| text.as_deref() != old(tag) || text.is_none());
    changed.chain(gone).collect()
}

fn is_same(one: &Map<String, Value>, other: &Map<String, Value>) -> bool {
    match (one.get("name").and_then(Value::as_str), other.get("name").and_then(Value::as_str)) {
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        _ => false,
    }
}

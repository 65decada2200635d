//! Parameters of an address, in every spelling in which lists come: `a=1,2`, `a=1&a=2`, `a[]=1`, `a=["1","2"]`.

use std::str::FromStr;

use engage_bookme::Problems;
use engage_bookme::values::Malformed;
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use uuid::Uuid;

use super::fault::Fault;
use super::scalars;

/// The most elements of a list.
const MOST: usize = 1_000;

/// The parameters, and what is wrong with those that were read.
#[derive(Debug)]
pub(crate) struct Query {
    /// Names in lower case, and values as they were sent.
    sent: Vec<(String, String)>,
    problems: Problems,
}

fn decoded(raw: &str) -> Result<String, Fault> {
    let plain = raw.replace('+', " ");
    let text = percent_decode_str(&plain).decode_utf8();
    let text = text.map_err(|_| Fault::bad("the parameters of the address are not UTF-8"))?;
    if text.contains('\0') {
        return Err(Fault::bad("the parameters of the address hold a character that is none"));
    }
    Ok(text.into_owned())
}

impl Query {
    pub(crate) fn of(raw: &str) -> Result<Self, Fault> {
        let mut sent = Vec::new();
        for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decoded(name)?.to_ascii_lowercase();
            decoded(value)?;
            sent.push((name.strip_suffix("[]").unwrap_or(&name).to_owned(), value.to_owned()));
        }
        Ok(Self { sent, problems: Problems::default() })
    }

    /// The values of a name, as they were sent.
    fn raw(&self, name: &str) -> impl Iterator<Item = &str> {
        let name = name.to_ascii_lowercase();
        self.sent.iter().filter(move |(sent, _)| *sent == name).map(|(_, value)| value.as_str())
    }

    fn wrong(&mut self, name: &str, message: impl Into<String>) {
        self.problems.add(format!("/{name}"), message);
    }

    /// A text; one that is empty is none.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        let sent: Vec<String> = self.raw(name).filter_map(|raw| decoded(raw).ok()).collect();
        if sent.len() > 1 {
            self.wrong(name, "the parameter is there twice");
        }
        sent.into_iter().next().filter(|text| !text.is_empty())
    }

    /// A value that has a text form.
    pub(crate) fn value<T: FromStr<Err: std::fmt::Display>>(&mut self, name: &str) -> Option<T> {
        let text = self.text(name)?;
        self.parsed(name, &text)
    }

    fn parsed<T: FromStr<Err: std::fmt::Display>>(&mut self, name: &str, text: &str) -> Option<T> {
        text.parse().map_err(|wrong: T::Err| self.wrong(name, wrong.to_string())).ok()
    }

    pub(crate) fn id(&mut self, name: &str) -> Option<Uuid> {
        let text = self.text(name)?;
        scalars::id(&text).map_err(|wrong| self.wrong(name, wrong)).ok()
    }

    pub(crate) fn instant(&mut self, name: &str) -> Option<Timestamp> {
        // Where nobody wrote `%2B`, the plus of an offset has become a space.
        let text = self.text(name)?.replace(' ', "+");
        scalars::instant(&text).map_err(|wrong| self.wrong(name, wrong)).ok()
    }

    pub(crate) fn flag(&mut self, name: &str) -> Option<bool> {
        let text = self.text(name)?.to_ascii_lowercase();
        match text.parse() {
            Ok(flag) => Some(flag),
            Err(_) => {
                self.wrong(name, "it is `true` or `false`");
                None
            }
        }
    }

    pub(crate) fn texts(&mut self, name: &str) -> Vec<String> {
        let mut all = Vec::new();
        for raw in self.raw(name) {
            let whole = decoded(raw).unwrap_or_default();
            match serde_json::from_str(&whole) {
                Ok(Value::Array(items)) => all.extend(items.iter().map(plain)),
                _ => all.extend(raw.split(',').filter_map(|one| decoded(one).ok())),
            }
        }
        all.retain(|one| !one.is_empty());
        if all.len() > MOST {
            self.wrong(name, format!("there may be {MOST} at most"));
            all.clear();
        }
        all
    }

    pub(crate) fn values<T: FromStr<Err = Malformed>>(&mut self, name: &str) -> Vec<T> {
        self.texts(name).iter().filter_map(|text| self.parsed(name, text)).collect()
    }

    pub(crate) fn ids(&mut self, name: &str) -> Vec<Uuid> {
        let texts = self.texts(name);
        let read = |text: &String| scalars::id(text).map_err(|wrong| self.wrong(name, wrong)).ok();
        texts.iter().filter_map(read).collect()
    }

    /// What has to be there.
    pub(crate) fn needed<T>(&mut self, name: &str, value: Option<T>) -> Option<T> {
        if value.is_none() && self.raw(name).all(str::is_empty) {
            self.wrong(name, "the parameter is needed");
        }
        value
    }

    pub(crate) fn add(&mut self, name: &str, message: &str) {
        self.wrong(name, message);
    }

    /// Nothing, or all that is wrong.
    pub(crate) fn finish(&mut self) -> Result<(), Fault> {
        Ok(std::mem::take(&mut self.problems).finish()?)
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

//! Forms and queries (`application/x-www-form-urlencoded`).

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::answer::{Refused, missing, refused};

/// The most fields that are read.
const MAX_FIELDS: usize = 64;

/// The fields of a form or of a query, in their order.
#[derive(Debug, Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads them. None may be there twice (RFC 6749 §3.1, §3.2).
    pub(super) fn read(text: &str) -> Result<Self, Refused> {
        let malformed = || refused(400, "invalid_request", 9_002_313, "The request is malformed or invalid.");
        let mut fields: Vec<(String, String)> = Vec::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (Some(name), Some(value)) = (decode(name), decode(value)) else { return Err(malformed()) };
            if fields.len() == MAX_FIELDS || fields.iter().any(|(known, _)| *known == name) {
                return Err(malformed());
            }
            fields.push((name, value));
        }
        Ok(Self(fields))
    }

    /// A field that has a value.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        found.filter(|value| !value.is_empty())
    }

    /// A field that has to have a value.
    pub(super) fn need(&self, name: &str) -> Result<&str, Refused> {
        self.get(name).ok_or_else(|| missing(name))
    }

    /// All of them, with one more.
    pub(super) fn with(&self, name: &str, value: &str) -> String {
        let all =
            self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).filter(|(known, _)| *known != name);
        query(all.chain([(name, value)]))
    }
}

/// Writes a query.
pub(super) fn query<'f>(fields: impl IntoIterator<Item = (&'f str, &'f str)>) -> String {
    let encode = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
    let pairs: Vec<String> =
        fields.into_iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    pairs.join("&")
}

/// One name or value.
pub(super) fn decode(text: &str) -> Option<String> {
    percent_decode_str(&text.replace('+', " ")).decode_utf8().ok().map(|text| text.into_owned())
}

//! What a request asks for beside its address and body: pages, conditions, permission to save duplicates.

use jiff::Timestamp;
use jiff::fmt::rfc2822;

/// Deepest and shallowest page a client may ask for ("Query Options Header").
const PAGES: std::ops::RangeInclusive<usize> = 200..=2000;

/// The headers that change what is done.
#[derive(Clone, Debug, Default)]
pub(crate) struct Terms {
    /// Rows on a page.
    pub(crate) page: Option<usize>,
    /// Rows that a duplicate rule only warns of are saved.
    pub(crate) allow_save: bool,
    /// The answer tells of duplicates more than their ids.
    pub(crate) duplicate_details: bool,
    /// Answer only what has changed since.
    pub(crate) modified_since: Option<Timestamp>,
    /// Write only what has not changed since.
    pub(crate) unmodified_since: Option<Timestamp>,
    /// Etags of which one must be the row's.
    pub(crate) matching: Vec<String>,
    /// Etags of which none may be the row's.
    pub(crate) not_matching: Vec<String>,
}

impl Terms {
    /// Reads them; `header` gives the value of a header by its lower-case name.
    pub(crate) fn read<'h>(header: impl Fn(&str) -> Option<&'h str>) -> Terms {
        let time = |name: &str| http_date(header(name)?);
        let etags = |name: &str| {
            let list = header(name).unwrap_or_default().split(',').map(str::trim);
            list.filter(|etag| !etag.is_empty()).map(|etag| etag.trim_end_matches("--gzip").to_owned()).collect()
        };
        let duplicates = header("sforce-duplicate-rule-header").unwrap_or_default();
        Terms {
            page: header("sforce-query-options").and_then(page_size),
            allow_save: option(duplicates, "allowSave") == Some("true"),
            duplicate_details: option(duplicates, "includeRecordDetails") == Some("true"),
            modified_since: time("if-modified-since"),
            unmodified_since: time("if-unmodified-since"),
            matching: etags("if-match"),
            not_matching: etags("if-none-match"),
        }
    }

    /// Rows on a page.
    pub(crate) fn page(&self) -> usize {
        self.page.unwrap_or(*PAGES.end())
    }

    /// Whether something of this time and etag is what the client has already.
    pub(crate) fn is_known(&self, modified: Timestamp, etag: Option<&str>) -> bool {
        match etag.filter(|_| !self.not_matching.is_empty()) {
            Some(etag) => names(&self.not_matching, etag),
            None => self.modified_since.is_some_and(|since| modified.as_second() <= since.as_second()),
        }
    }

    /// Whether something of this time and etag may be written.
    pub(crate) fn is_fresh(&self, modified: Timestamp, etag: Option<&str>) -> bool {
        let matches = etag.is_none_or(|etag| self.matching.is_empty() || names(&self.matching, etag));
        matches && self.unmodified_since.is_none_or(|since| modified.as_second() <= since.as_second())
    }
}

/// Whether a list of etags has one, or everything.
fn names(list: &[String], etag: &str) -> bool {
    let bare = |etag: &str| etag.trim_start_matches("W/").trim_matches('"').to_owned();
    list.iter().any(|one| one == "*" || bare(one) == bare(etag))
}

/// `allowSave=true, includeRecordDetails=true`.
fn option<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let options = text.split([',', ';']).filter_map(|option| option.split_once('='));
    options.map(|(key, value)| (key.trim(), value.trim())).find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|o| o.1)
}

/// Rows on a page: `batchSize=500`.
fn page_size(options: &str) -> Option<usize> {
    let size = option(options, "batchSize")?.parse::<usize>().ok()?;
    Some(size.clamp(*PAGES.start(), *PAGES.end()))
}

/// A time as headers write it.
pub(crate) fn http_date(text: &str) -> Option<Timestamp> {
    rfc2822::parse(text.trim()).ok().map(|zoned| zoned.timestamp())
}

/// A time for a header.
pub(crate) fn to_http_date(time: Timestamp) -> String {
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read() {
        let time: Timestamp = "2026-03-01T10:00:00Z".parse().unwrap();
        assert_eq!(http_date("Sun, 01 Mar 2026 10:00:00 GMT"), Some(time));
        assert_eq!(http_date(&to_http_date(time)), Some(time));
        let terms = Terms::read(|name| match name {
            "sforce-query-options" => Some("batchSize=5"),
            "sforce-duplicate-rule-header" => Some("allowSave=true; includeRecordDetails=false"),
            "if-none-match" => Some("\"a\", \"b--gzip\""),
            _ => None,
        });
        assert_eq!((terms.page, terms.allow_save, terms.duplicate_details), (Some(200), true, false));
        assert!(terms.is_known(time, Some("\"a\"")) && !terms.is_known(time, Some("\"c\"")));
    }
}

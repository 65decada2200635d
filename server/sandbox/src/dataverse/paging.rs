//! The cookie in `$skiptoken`.

use super::fault::Fault;
use crate::http::{decode, encode};

/// What a cookie says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cookie {
    /// Number of the page, from 1.
    pub(crate) page: usize,
    /// Where the page starts; none in the cookies that clients make themselves, which only number the page.
    pub(crate) last: Option<u64>,
    /// Of a query that tracks changes: the version that its first page showed.
    pub(crate) tracking: Option<u64>,
}

impl Cookie {
    /// The first page.
    pub(crate) const FIRST: Cookie = Cookie { page: 1, last: None, tracking: None };

    /// The cookie of the page that starts after `offset` rows.
    pub(crate) fn at(page: usize, offset: usize) -> Cookie {
        Cookie { page, last: u64::try_from(offset).ok(), tracking: None }
    }

    /// The number of rows before the page, where pages have this size.
    pub(crate) fn offset(&self, size: usize) -> usize {
        match self.last {
            Some(last) => usize::try_from(last).unwrap_or(usize::MAX),
            None => size.saturating_mul(self.page - 1),
        }
    }

    /// The cookie, percent-encoded for an address.
    pub(crate) fn write(&self) -> String {
        let Cookie { page, last, tracking } = *self;
        let since = tracking.map_or_else(String::new, |version| format!(" since=\"{version}\""));
        let row = format!("<row last=\"{}\"{since} />", last.unwrap_or_default());
        let inner = encode(&encode(&format!("<cookie page=\"{}\">{row}</cookie>", page - 1)));
        let tracking = if tracking.is_some() { "True" } else { "False" };
        encode(&format!("<cookie pagenumber=\"{page}\" pagingcookie=\"{inner}\" istracking=\"{tracking}\" />"))
    }

    /// Reads a cookie.
    pub(crate) fn read(cookie: &str) -> Result<Cookie, Fault> {
        let invalid = || Fault::usage("The skip token is not valid.");
        let page: usize = attribute(cookie, "pagenumber").and_then(|page| page.parse().ok()).ok_or_else(invalid)?;
        if page == 0 {
            return Err(invalid());
        }
        let Some(inner) = attribute(cookie, "pagingcookie") else {
            return Ok(Cookie { page, last: None, tracking: None });
        };
        let inner = decode(inner, false).and_then(|once| decode(&once, false)).ok_or_else(invalid)?;
        let last = attribute(&inner, "last").and_then(|last| last.parse().ok()).ok_or_else(invalid)?;
        let tracking = attribute(&inner, "since").map(|since| since.parse().map_err(|_| invalid())).transpose()?;
        Ok(Cookie { page, last: Some(last), tracking })
    }
}

fn attribute<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(&format!("{name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_read_as_it_was_made() {
        for cookie in [Cookie::at(3, 40), Cookie { page: 2, last: Some(7), tracking: Some(9) }] {
            assert_eq!(Cookie::read(&decode(&cookie.write(), true).unwrap()), Ok(cookie));
        }
        assert!(Cookie::read("nonsense").is_err());
    }

    #[test]
    fn a_cookie_that_a_client_made_numbers_the_page() {
        let cookie = Cookie::read("<cookie pagenumber=\"3\" istracking=\"False\" />").unwrap();
        assert_eq!(cookie.offset(20), 40);
        assert!(Cookie::read("<cookie pagenumber=\"0\" />").is_err());
    }
}

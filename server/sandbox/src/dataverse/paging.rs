//! The cookie in `$skiptoken`.

use super::fault::Fault;
use crate::http::{decode, encode};

/// A cookie for the page that starts after `offset` rows, percent-encoded for an address.
pub(crate) fn cookie(page: usize, offset: usize) -> String {
    let inner = encode(&encode(&format!("<cookie page=\"{}\"><row last=\"{offset}\" /></cookie>", page - 1)));
    encode(&format!("<cookie pagenumber=\"{page}\" pagingcookie=\"{inner}\" istracking=\"False\" />"))
}

/// Page number and offset of a cookie.
pub(crate) fn read(cookie: &str) -> Result<(usize, usize), Fault> {
    let invalid = || Fault::usage("The skip token is not valid.");
    let attribute = |text: &str, name: &str| {
        let (_, rest) = text.split_once(&format!("{name}=\""))?;
        rest.split_once('"').map(|(value, _)| value.to_owned())
    };
    let inner = attribute(cookie, "pagingcookie").ok_or_else(invalid)?;
    let inner = decode(&inner, false).and_then(|once| decode(&once, false)).ok_or_else(invalid)?;
    let offset = attribute(&inner, "last").and_then(|last| last.parse().ok()).ok_or_else(invalid)?;
    let page = attribute(cookie, "pagenumber").and_then(|page| page.parse().ok()).ok_or_else(invalid)?;
    Ok((page, offset))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_read_as_it_was_made() {
        let sent = cookie(3, 40);
        assert_eq!(read(&decode(&sent, true).unwrap()), Ok((3, 40)));
        assert!(read("nonsense").is_err());
    }
}

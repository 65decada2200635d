//! What a probe is given: where the service is, and the token.

use std::convert::Infallible;
use std::fmt;
use std::net::IpAddr;
use std::path::Path;

use reqwest::Url;
use reqwest::header::HeaderValue;

use crate::failure::Failure;
use crate::input;
use crate::io::Io;

/// The variable that holds the token where the command line has none.
pub const TOKEN: &str = "ENGAGE_SCIM_TOKEN";
/// What stands in the place of a token.
const HIDDEN: &str = "<redacted>";
/// What is to be done about an address that cannot be used.
const ADDRESS: &str = "give the base URL, what stands before `/Users`: `https://HOST/employees/scim`";

/// A bearer token. Nothing prints it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl Token {
    /// A token as it stands on the command line. Whatever is there is taken, so that the argument parser repeats nothing.
    pub(super) fn argument(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }

    /// The token: the one given, with `-` that of standard input, else that of the environment.
    pub(super) fn read(given: Option<&Self>, io: &mut Io<'_>) -> Result<Self, Failure> {
        let text = match given {
            Some(Self(text)) if text == "-" => {
                io.read().map_err(|error| Failure::read(Path::new("standard input"), &error))?
            }
            Some(Self(text)) => text.clone(),
            None => input::variable(TOKEN)?.unwrap_or_default(),
        };
        let text = text.trim();
        if text.is_empty() {
            return Err(Failure::usage("there is no token").help(format!(
                "set `{TOKEN}`, or give `-` and the token on standard input; a token on the command line can be seen by others on \
                 this machine"
            )));
        }
        Ok(Self(text.to_owned()))
    }

    /// The token as a header has it.
    pub(super) fn header(&self) -> Result<HeaderValue, Failure> {
        header(&self.0).ok_or_else(|| {
            Failure::usage("the token has characters that no header can carry")
                .help("compare it with the one you were given: blanks and line breaks are no part of it")
        })
    }

    /// A text without the token, wherever a server has repeated it.
    pub(super) fn hidden_in(&self, text: &str) -> String {
        text.replace(&self.0, HIDDEN)
    }
}

/// A token as a header has it; `None` where none can.
pub(super) fn header(token: &str) -> Option<HeaderValue> {
    let plain = token.bytes().all(|byte| byte.is_ascii_graphic());
    let mut value = HeaderValue::from_str(&format!("Bearer {token}")).ok().filter(|_| plain)?;
    value.set_sensitive(true);
    Some(value)
}

/// The base URL: over TLS, or on this machine. No message repeats it: what stands there may be the token.
pub(super) fn address(text: &str) -> Result<Url, Failure> {
    let url = Url::parse(text).ok().filter(|url| url.has_host() && matches!(url.scheme(), "https" | "http"));
    let mut url = url.ok_or_else(|| Failure::usage("URL is not the address of a service").help(ADDRESS))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Failure::usage("URL has a user or a password in it").help(ADDRESS));
    }
    if url.scheme() == "http" && !local(&url) {
        return Err(Failure::usage(
            "a token is not sent over `http://` to another machine: anybody on the way could read it",
        )
        .help("give an `https://` address; for a server with a certificate of your own add `--ca-file`"));
    }
    url.set_fragment(None);
    Ok(url)
}

/// Whether a server is on this machine.
fn local(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_goes_over_tls_or_stays_on_this_machine() {
        for good in [
            "https://scim.example/employees/scim",
            "https://scim.example/scim/?aadOptscim062020",
            "http://localhost:8080/rooms/scim",
            "http://127.9.9.9/scim",
            "http://[::1]:8080/scim",
        ] {
            assert!(address(good).is_ok(), "{good}");
        }
        for bad in [
            "http://scim.example/scim",
            "http://localhost.example/scim",
            "http://10.0.0.1/scim",
            "https://user:secret@scim.example/scim",
            "ftp://localhost/scim",
            "secret",
            "",
        ] {
            let failure = address(bad).unwrap_err();
            assert!(failure.help.is_some() && !failure.message.contains("secret"), "{bad}: {failure:?}");
        }
    }

    #[test]
    fn nothing_prints_a_token() {
        let token = Token("s3cret".to_owned());
        assert_eq!(format!("{token:?}"), HIDDEN);
        assert_eq!(token.hidden_in("no `s3cret` here"), "no `<redacted>` here");
        assert!(!format!("{:?}", token.header().unwrap()).contains("s3cret"));
        for bad in ["a b", "a\nb", "å"] {
            assert!(Token(bad.to_owned()).header().is_err(), "{bad}");
        }
    }
}

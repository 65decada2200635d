//! A request and an answer in memory.

/// One request, whole.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Verb, in capitals.
    pub method: String,
    /// Scheme and authority under which the client reached us, without a final slash.
    pub base: String,
    /// Path as sent, still percent-encoded.
    pub path: String,
    /// Query as sent, without the question mark.
    pub query: String,
    /// Headers; names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl Request {
    /// The first header of this lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    /// Every value of a header, split at commas outside of quotes.
    pub fn header_list(&self, name: &str) -> Vec<String> {
        let headers = self.headers.iter().filter(|(header, _)| header == name);
        headers.flat_map(|(_, value)| split_list(value)).collect()
    }

    /// Path and query as sent.
    pub fn target(&self) -> String {
        match self.query.is_empty() {
            true => self.path.clone(),
            false => format!("{}?{}", self.path, self.query),
        }
    }
}

fn split_list(value: &str) -> Vec<String> {
    let (mut items, mut item, mut quoted) = (Vec::new(), String::new(), false);
    for c in value.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => items.push(std::mem::take(&mut item)),
            _ => {}
        }
        if c != ',' || quoted {
            item.push(c);
        }
    }
    items.push(item);
    items.into_iter().map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
}

/// One answer, whole.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Headers in the order they are sent.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
    /// What was done inside, one line per operation; for the log.
    pub operations: Vec<String>,
}

impl Answer {
    /// An answer without a body.
    pub fn empty(status: u16) -> Answer {
        Answer { status, ..Answer::default() }
    }

    /// An answer with a JSON body.
    pub fn json(status: u16, body: &serde_json::Value) -> Answer {
        Answer::empty(status).with("Content-Type", "application/json").body(body.to_string().into_bytes())
    }

    /// An answer with a text body.
    pub fn text(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Answer {
        Answer::empty(status).with("Content-Type", content_type).body(body.into())
    }

    /// Adds a header.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Answer {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: Vec<u8>) -> Answer {
        self.body = body;
        self
    }
}

/// Decodes percent-encoding, and `+` as a blank when asked. None when the result is not UTF-8 or an escape is broken.
pub fn decode(text: &str, plus_is_blank: bool) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let digits = [bytes.next()?, bytes.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            b'+' if plus_is_blank => b' ',
            other => other,
        });
    }
    String::from_utf8(decoded).ok()
}

/// Percent-encodes everything but unreserved characters.
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}

/// The pairs of a form or of a query.
pub fn form(text: &str) -> Option<Vec<(String, String)>> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((decode(name, true)?, decode(value, true)?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_split_outside_of_quotes() {
        let headers = vec![("prefer".to_owned(), "a=\"x,y\", return=representation".to_owned())];
        let request = Request { headers, ..Request::default() };
        assert_eq!(request.header_list("prefer"), ["a=\"x,y\"", "return=representation"]);
    }

    #[test]
    fn encoding_goes_there_and_back() {
        let text = "a b/ü+'%";
        assert_eq!(decode(&encode(text), true).unwrap(), text);
        assert_eq!(decode("%2", false), None);
        assert_eq!(form("%24select=a+b&x").unwrap(), [("$select".into(), "a b".into()), ("x".into(), String::new())]);
    }
}

//! Multipart bodies of batches, read strictly: every boundary is there, lines end with CRLF or LF.

use super::fault::Fault;
use crate::http::Answer;

/// Most headers of a part.
const MAX_HEADERS: usize = 64;

/// One part: its headers (names in lower case) and what follows.
#[derive(Debug)]
pub(crate) struct Part<'t> {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: &'t str,
}

impl Part<'_> {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }
}

/// The boundary of a content type `multipart/mixed`.
pub(crate) fn boundary(content_type: &str) -> Option<String> {
    let mut pieces = content_type.split(';').map(str::trim);
    if !pieces.next()?.eq_ignore_ascii_case("multipart/mixed") {
        return None;
    }
    let value = pieces.find_map(|piece| {
        let (name, value) = piece.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim().trim_matches('"').to_owned())
    })?;
    (!value.is_empty() && value.len() <= 200).then_some(value)
}

/// Splits a body at its boundary.
pub(crate) fn parts<'t>(text: &'t str, boundary: &str) -> Result<Vec<Part<'t>>, Fault> {
    let (delimiter, end) = (format!("--{boundary}"), format!("--{boundary}--"));
    let (mut found, mut start, mut at) = (Vec::new(), None, 0);
    for line in text.split_inclusive('\n') {
        let (here, bare) = (at, line.trim_end());
        at += line.len();
        if bare != delimiter && bare != end {
            if start.is_none() && !bare.is_empty() {
                return Err(malformed("The body does not begin with its boundary."));
            }
            continue;
        }
        if let Some(start) = start {
            found.push(part(without_line_end(text.get(start..here).unwrap_or_default()))?);
        }
        if bare == end {
            return Ok(found);
        }
        start = Some(at);
    }
    Err(malformed("The final boundary is missing."))
}

fn malformed(what: &str) -> Fault {
    Fault::payload(format!("The multipart body is malformed. {what}"))
}

fn without_line_end(text: &str) -> &str {
    text.strip_suffix("\r\n").or_else(|| text.strip_suffix('\n')).unwrap_or(text)
}

fn part(text: &str) -> Result<Part<'_>, Fault> {
    let (mut headers, mut at) = (Vec::new(), 0);
    for line in text.split_inclusive('\n') {
        at += line.len();
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').ok_or_else(|| malformed("A header has no colon."))?;
        headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        if headers.len() > MAX_HEADERS {
            return Err(malformed("A part has too many headers."));
        }
    }
    Ok(Part { headers, body: text.get(at..).unwrap_or_default() })
}

/// Reads the request within a part: its line, its headers, its body.
pub(crate) fn request(text: &str) -> Result<(&str, &str, Part<'_>), Fault> {
    let text = text.trim_start_matches(['\r', '\n']);
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    let line = line.trim_end();
    let (method, rest_of_line) = line.split_once(' ').ok_or_else(|| malformed("A part holds no request."))?;
    let address = match rest_of_line.trim().rsplit_once(' ') {
        Some((address, "HTTP/1.1" | "HTTP/1.0" | "HTTP/2")) => address.trim(),
        _ => return Err(malformed("The line of a request has no protocol version.")),
    };
    if !matches!(method, "GET" | "POST" | "PATCH" | "PUT" | "DELETE") {
        return Err(malformed(&format!("The method '{method}' is not known.")));
    }
    Ok((method, address, part(rest)?))
}

/// An answer as a part.
pub(crate) fn wrap(boundary: &str, content_id: Option<&str>, answer: &Answer) -> String {
    let mut out = format!("--{boundary}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n");
    if let Some(id) = content_id {
        out.push_str(&format!("Content-ID: {id}\r\n"));
    }
    out.push_str(&format!("\r\nHTTP/1.1 {} {}\r\n", answer.status, reason(answer.status)));
    for (name, value) in &answer.headers {
        out.push_str(&format!("{name}: {value}\r\n"));
    }
    out.push_str("\r\n");
    out.push_str(&String::from_utf8_lossy(&answer.body));
    out.push_str("\r\n");
    out
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        304 => "Not Modified",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        412 => "Precondition Failed",
        429 => "Too Many Requests",
        501 => "Not Implemented",
        _ => "Internal Server Error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_line_ends_and_a_blank_line_before_the_first_boundary() {
        for end in ["\r\n", "\n"] {
            let text =
                ["", "--b", "Content-Type: application/http", "", "GET /x HTTP/1.1", "Accept: a", "", "", "--b--", ""];
            let text = text.join(end);
            let found = parts(&text, "b").unwrap();
            assert_eq!(found.len(), 1);
            let (method, address, inner) = request(found[0].body).unwrap();
            assert_eq!((method, address, inner.header("accept")), ("GET", "/x", Some("a")));
        }
    }

    #[test]
    fn boundaries_are_strict() {
        assert!(parts("--b\r\n\r\nGET / HTTP/1.1\r\n", "b").is_err());
        assert!(parts("text\r\n--b--", "b").is_err());
        assert!(parts("--c\r\n--c--", "b").is_err());
        assert_eq!(boundary("multipart/mixed; boundary=\"batch x\"").as_deref(), Some("batch x"));
        assert_eq!(boundary("application/json"), None);
        assert!(request("GET /x\r\n").is_err());
    }
}

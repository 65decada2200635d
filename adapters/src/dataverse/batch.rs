//! `$batch`: requests as one multipart body, and the answers out of one ("Execute batch operations using the Web API").

use std::time::Duration;

use super::write::Part;
use crate::http::retry_after;

/// Boundaries cannot occur in what they separate: a body is JSON on one line, which holds no line that starts so.
const BATCH: &str = "batch_engage";
const CHANGE_SET: &str = "changeset_engage";

/// The content type of a batch.
pub(super) const CONTENT_TYPE: &str = "multipart/mixed; boundary=\"batch_engage\"";

/// A batch on its way.
#[derive(Debug, Default)]
pub(super) struct Batch {
    text: String,
}

impl Batch {
    /// Adds a request that stands alone. `root` is the path of the service.
    pub(super) fn single(&mut self, root: &str, part: &Part) {
        self.text.push_str(&format!("--{BATCH}\r\n"));
        self.request(root, part, None);
    }

    /// Adds requests that take effect together or not at all.
    pub(super) fn change_set(&mut self, root: &str, parts: &[Part]) {
        self.text.push_str(&format!("--{BATCH}\r\nContent-Type: multipart/mixed; boundary=\"{CHANGE_SET}\"\r\n\r\n"));
        for (position, part) in parts.iter().enumerate() {
            self.text.push_str(&format!("--{CHANGE_SET}\r\n"));
            self.request(root, part, Some(position + 1));
        }
        self.text.push_str(&format!("--{CHANGE_SET}--\r\n"));
    }

    fn request(&mut self, root: &str, part: &Part, content_id: Option<usize>) {
        self.text.push_str("Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n");
        if let Some(content_id) = content_id {
            self.text.push_str(&format!("Content-ID: {content_id}\r\n"));
        }
        let target = &part.target;
        let address = if target.starts_with('$') { target.clone() } else { format!("{root}{target}") };
        self.text.push_str(&format!("\r\n{} {address} HTTP/1.1\r\nAccept: application/json\r\n", part.method));
        for (name, value) in &part.headers {
            self.text.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(body) = &part.body {
            self.text.push_str(&format!("Content-Type: application/json; type=entry\r\n\r\n{body}\r\n"));
        } else {
            self.text.push_str("\r\n");
        }
    }

    /// The whole body.
    pub(super) fn finish(mut self) -> String {
        self.text.push_str(&format!("--{BATCH}--\r\n"));
        self.text
    }
}

/// One answer inside a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Answer {
    /// The content id of the request, where the answer names it.
    pub(super) content_id: Option<usize>,
    /// The HTTP status.
    pub(super) status: u16,
    /// Headers, names in lower case.
    pub(super) headers: Vec<(String, String)>,
    /// The body.
    pub(super) body: String,
    /// Whether it stood in a change set.
    pub(super) change_set: bool,
}

impl Answer {
    /// A header by its name in lower case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// How long the one request asks to wait.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        retry_after(self.header("retry-after")?, self.header("date"))
    }
}

/// Takes a batch apart; `None` when it is none.
pub(super) fn answers(content_type: &str, body: &str) -> Option<Vec<Answer>> {
    let boundary = boundary(content_type)?;
    let mut answers = Vec::new();
    for part in sections(&boundary, body)? {
        let (headers, content) = head(part);
        match find(&headers, "content-type").and_then(self::boundary) {
            Some(inner) => {
                for part in sections(&inner, content)? {
                    let (headers, content) = head(part);
                    answers.push(answer(&headers, content, true)?);
                }
            }
            None => answers.push(answer(&headers, content, false)?),
        }
    }
    Some(answers)
}

fn answer(part: &[(String, String)], content: &str, change_set: bool) -> Option<Answer> {
    let (first, rest) = line(content);
    let status = first.split_ascii_whitespace().nth(1)?.parse().ok()?;
    let (headers, body) = head(rest);
    let content_id = find(part, "content-id").and_then(|id| id.parse().ok());
    Some(Answer { content_id, status, headers, body: body.trim_end_matches(['\r', '\n']).to_owned(), change_set })
}

fn boundary(content_type: &str) -> Option<String> {
    let multipart = content_type.trim_start().get(..10)?.eq_ignore_ascii_case("multipart/");
    let mut parameters = content_type.split(';').map(str::trim).filter(|_| multipart);
    let value = parameters.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim())
    })?;
    let value = value.trim_matches('"');
    (!value.is_empty() && value.len() <= 200).then(|| value.to_owned())
}

/// What stands between the boundaries, up to the closing one.
fn sections<'t>(boundary: &str, text: &'t str) -> Option<Vec<&'t str>> {
    let delimiter = format!("--{boundary}");
    let mut sections = Vec::new();
    let mut open: Option<usize> = None;
    let mut at = 0;
    while at <= text.len() {
        let rest = text.get(at..)?;
        let (line, _) = self::line(rest);
        let marker = line.strip_prefix(delimiter.as_str()).map(str::trim_end);
        let next = at + rest.find('\n').map_or(rest.len() + 1, |end| end + 1);
        if let Some(tail @ ("" | "--")) = marker {
            if let Some(start) = open {
                sections.push(text.get(start..at)?);
            }
            if tail == "--" {
                return Some(sections);
            }
            open = Some(next);
        }
        at = next;
    }
    // The closing boundary is missing: the answer was cut off.
    None
}

/// The first line and what follows it.
fn line(text: &str) -> (&str, &str) {
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    (line.strip_suffix('\r').unwrap_or(line), rest)
}

/// Headers, names in lower case, and what follows the empty line.
fn head(text: &str) -> (Vec<(String, String)>, &str) {
    let mut headers = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (first, next) = line(rest);
        rest = next;
        match first.split_once(':') {
            Some((name, value)) => headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned())),
            None => break,
        }
    }
    (headers, rest)
}

fn find<'h>(headers: &'h [(String, String)], name: &str) -> Option<&'h str> {
    headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
}

//! A client as cheap as can be, for it shares the machine with what it measures: one connection, one request at a time.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value as Json;

/// How long it waits for an answer.
const PATIENCE: Duration = Duration::from_secs(120);

/// A connection to a server.
pub(crate) struct Client {
    stream: Option<BufReader<TcpStream>>,
    address: String,
    token: String,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Json,
}

impl Client {
    pub(crate) fn new(address: &str, token: &str) -> Self {
        Self { stream: None, address: address.to_owned(), token: token.to_owned() }
    }

    /// Sends a request. After an error nobody knows whether it was heard.
    pub(crate) fn call(&mut self, method: &str, path: &str, body: Option<&Json>) -> io::Result<Answer> {
        let answer = self.attempt(method, path, body);
        if answer.is_err() {
            self.stream = None;
        }
        answer
    }

    fn attempt(&mut self, method: &str, path: &str, body: Option<&Json>) -> io::Result<Answer> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            none => {
                let stream = TcpStream::connect(&self.address)?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                none.insert(BufReader::new(stream))
            }
        };
        let body = body.map(Json::to_string).unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            self.address,
            self.token,
            body.len()
        );
        stream.get_mut().write_all(request.as_bytes())?;
        let (status, length) = head(stream)?;
        let mut bytes = vec![0; length];
        stream.read_exact(&mut bytes)?;
        let body = if bytes.is_empty() { Json::Null } else { serde_json::from_slice(&bytes)? };
        Ok(Answer { status, body })
    }
}

/// The status, and how long the body is.
fn head(stream: &mut BufReader<TcpStream>) -> io::Result<(u16, usize)> {
    let wrong = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(|| wrong("no status"))?;
    let mut length = 0;
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        let (name, value) = match line.trim_end().split_once(':') {
            Some(field) => field,
            None => return Ok((status, length)),
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().map_err(|_| wrong("no length"))?;
        }
    }
}

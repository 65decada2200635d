//! An HTTP server of a test: tells what it was asked, answers when the test says so.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};

/// A request that waits for its answer.
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    stream: TcpStream,
}

impl Asked {
    pub(crate) fn answer(mut self, body: &str) {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length:";
        // Whoever asked may be gone.
        let _ = write!(self.stream, "{head} {}\r\n\r\n{body}", body.len());
    }

    /// Answers as a model does.
    pub(crate) fn answer_as_model(self, output: &serde_json::Value) {
        let message = serde_json::json!({"role": "assistant", "content": output.to_string()});
        let usage = serde_json::json!({"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2});
        let choice = serde_json::json!({"index": 0, "message": message, "finish_reason": "stop"});
        self.answer(&serde_json::json!({"choices": [choice], "usage": usage, "model": "m"}).to_string());
    }
}

impl Asked {
    /// A field of the head.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let fields = self.head.lines().filter_map(|line| line.split_once(':'));
        fields.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next()
    }
}

/// Listens; requests come out one after the other.
pub(crate) fn listen() -> (String, Receiver<Asked>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (send, asked) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let send = send.clone();
            std::thread::spawn(move || read(stream, &send));
        }
    });
    (url, asked)
}

fn read(stream: TcpStream, send: &Sender<Asked>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|bytes| *bytes > 0)?;
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line == "\r\n" {
            break;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let path = head.split(' ').nth(1)?.to_owned();
    send.send(Asked { path, head, body, stream }).ok()
}

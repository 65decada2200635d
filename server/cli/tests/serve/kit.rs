//! A server in a process of its own, and callers of it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};
use tempfile::TempDir;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_engage");
pub(crate) const TOKEN: &str = "a-token-that-nobody-may-see";
pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// How long a test waits for what has to come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) const MODEL: &str = r#"
entity contact "Contact" on dataverse contact {
  Id          -> contactid
  LastName    -> lastname       required max 50
  Email       -> emailaddress1
  ExternalKey -> contactid      readonly
}
pattern person "A person" {
  contact : contact
}
playbook visit "A visitor and a friend" {
  trigger Manual(name: string, mail: string)
  create first = person as application "a visitor has no user" {
    contact.LastName: trigger.name
    contact.Email: trigger.mail
  }
  create second = person as application "a visitor has no user" after first {
    contact.LastName: trigger.name
    contact.Email: trigger.mail
  }
}
playbook asked "A visitor, a question, a friend" {
  trigger Manual(name: string)
  create first = person as application "a visitor has no user" { contact.LastName: trigger.name }
  ai topic = greeting after first { name: trigger.name }
  create second = person as application "a visitor has no user" { contact.LastName: topic.text }
}
playbook push "A push" {
  trigger Webhook(body: { "type": "object", "required": ["name"], "properties": { "name": { "type": "string" } } })
  create one = person as application "nobody is there" { contact.LastName: trigger.name }
}
capability greeting "A greeting" {
  description "Says hello"
  version 1 {
    model "small"
    prompt "Greet the person."
    input { "type": "object", "required": ["name"], "properties": { "name": { "type": "string" } } }
    output { "type": "object", "required": ["text"], "properties": { "text": { "type": "string", "maxLength": 40 } } }
  }
}
"#;

/// A folder with a workspace, and what a server keeps.
pub(crate) struct Place {
    pub(crate) folder: TempDir,
    pub(crate) variables: Vec<(String, String)>,
    pub(crate) arguments: Vec<String>,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        std::fs::create_dir(folder.path().join("workspace")).unwrap();
        std::fs::write(folder.path().join("workspace/engage.toml"), "name = \"visits\"\n").unwrap();
        std::fs::write(folder.path().join("workspace/all.engage"), MODEL).unwrap();
        let text = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let variables =
            vec![text("ENGAGE_TOKEN", TOKEN), text("ENGAGE_WEBHOOK_SECRET_PUSH", SECRET), text("ENGAGE_LOG", "debug")];
        Self { folder, variables, arguments: Vec::new() }
    }

    pub(crate) fn with(mut self, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        self.arguments.extend(arguments.iter().map(ToString::to_string));
        self.variables.extend(variables.iter().map(|(name, value)| (name.to_string(), value.to_string())));
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(["serve", "--target", "dataverse", "--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0"]);
        command.arg("--workspace").arg(self.path("workspace"));
        command.arg("--crm").arg(format!("memory:{}", self.path("crm.json").display()));
        if !self.variables.iter().any(|(name, _)| name == "ENGAGE_JOURNAL") {
            command.arg("--journal").arg(self.path("runs.sqlite"));
        }
        command.args(&self.arguments).envs(self.variables.iter().cloned());
        command
    }

    pub(crate) fn serve(&self) -> Server {
        Server::start(&mut self.command())
    }

    /// The names of the contacts in the CRM's file, sorted.
    pub(crate) fn contacts(&self) -> Vec<String> {
        contacts(&self.path("crm.json"))
    }

    /// Runs another command of the program.
    pub(crate) fn engage(&self, arguments: &[&str]) -> Json {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).arg("--journal").arg(self.path("runs.sqlite")).args(["--format", "json"]);
        let said = command.output().unwrap();
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        serde_json::from_slice(&said.stdout).unwrap()
    }
}

fn contacts(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap();
    let file: Json = serde_json::from_str(&text).unwrap();
    let rows = file["tables"]["contact"].as_object().unwrap_or_else(|| panic!("{file}"));
    let mut names: Vec<String> = rows.values().map(|row| row["lastname"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

/// A server that has said that it is ready.
pub(crate) struct Server {
    process: Child,
    pub(crate) ready: Json,
    log: Receiver<String>,
    seen: Vec<String>,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    /// Starts one and waits until it is ready.
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (send, log) = channel();
        let stderr = process.stderr.take().unwrap();
        std::thread::spawn(move || {
            BufReader::new(stderr).lines().map_while(Result::ok).try_for_each(|line| send.send(line)).ok()
        });
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line);
        let ready = ready.unwrap_or_else(|_| panic!("not ready: {:?}", log.iter().collect::<Vec<_>>()));
        Server { process, ready, log, seen: Vec::new() }
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    pub(crate) fn address(&self) -> String {
        self.ready["base_url"].as_str().unwrap().strip_prefix("http://").unwrap().to_owned()
    }

    /// As somebody who knows the token.
    pub(crate) fn call(&self, method: &str, path: &str, body: &Json) -> (u16, Json) {
        self.call_as(TOKEN, method, path, body)
    }

    /// As somebody with a token.
    pub(crate) fn call_as(&self, token: &str, method: &str, path: &str, body: &Json) -> (u16, Json) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let (status, text) =
            call(&self.address(), method, path, &[("authorization", &format!("Bearer {token}"))], body.as_bytes());
        (status, serde_json::from_str(&text).unwrap_or(Json::Null))
    }

    pub(crate) fn offer(&self, playbook: &str, id: &str, data: &Json) -> Json {
        let event = json!({"kind": "Manual", "playbook": playbook, "id": id, "data": data});
        let (status, said) = self.call("POST", "/events", &event);
        assert_eq!((status, &said["event"]), (202, &json!(id)), "{said}");
        said["known"].clone()
    }

    pub(crate) fn runs(&self) -> Vec<Json> {
        self.runs_as(TOKEN)
    }

    fn runs_as(&self, token: &str) -> Vec<Json> {
        let (status, said) = self.call_as(token, "GET", "/runs?limit=1000", &Json::Null);
        assert_eq!(status, 200, "{said} {:#?}", self.log.try_iter().collect::<Vec<_>>());
        said["runs"].as_array().unwrap().clone()
    }

    /// Waits until this many runs stand there.
    pub(crate) fn until(&self, state: &str, count: usize) -> Vec<Json> {
        self.until_as(TOKEN, state, count)
    }

    pub(crate) fn until_as(&self, token: &str, state: &str, count: usize) -> Vec<Json> {
        let until = Instant::now() + PATIENCE;
        loop {
            let runs = self.runs_as(token);
            if runs.iter().filter(|run| run["state"] == state).count() == count {
                return runs;
            }
            assert!(Instant::now() < until, "not {count} are {state}: {runs:?}");
        }
    }

    /// Waits until something is logged.
    pub(crate) fn logged(&mut self, word: &str) {
        while let Ok(line) = self.log.recv_timeout(PATIENCE) {
            self.seen.push(line);
            if self.seen.last().unwrap().contains(word) {
                return;
            }
        }
        panic!("`{word}` was not logged: {:#?}", self.seen);
    }

    pub(crate) fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    pub(crate) fn terminate(&self) {
        assert!(Command::new("kill").arg(self.id().to_string()).status().unwrap().success());
    }

    /// Asks it to end; what it has logged.
    pub(crate) fn end(self) -> String {
        self.terminate();
        self.ended()
    }

    /// Waits until it has ended well; what it has logged.
    pub(crate) fn ended(mut self) -> String {
        assert!(self.process.wait().unwrap().success());
        self.seen.extend(self.log.iter());
        self.seen.join("\n")
    }
}

/// A call over HTTP; its status and what came.
pub(crate) fn call(address: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
    headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
    head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
    stream.write_all(head.as_bytes()).unwrap();
    // Who refuses early does not read it all.
    let _ = stream.write_all(body);
    answer(&mut stream)
}

/// Reads an answer.
pub(crate) fn answer(stream: &mut TcpStream) -> (u16, String) {
    let mut bytes = Vec::new();
    let broken = stream.read_to_end(&mut bytes).err();
    let text = String::from_utf8(bytes).unwrap();
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.unwrap_or_else(|| panic!("no answer: {broken:?} {text}"));
    (status, text.split_once("\r\n\r\n").map_or_else(String::new, |(_, body)| body.to_owned()))
}

//! Requests as Entra and Okta send them, in files, each with what it has to be answered with.
//!
//! A file holds exchanges, apart by a line of `###` that says what the next one is about. An exchange is a request as it is on the
//! wire, an empty line and its body, and then the answer: a line `HTTP/1.1 STATUS`, headers that it has, and after an empty line
//! the body. Objects there name what has to be in them, `null` what must not be; all else is as it stands. A body that is left out is not
//! looked at, but where the status is 204 there is none. `@save NAME` above a
//! request keeps the id of what it makes, which further down is `{{NAME}}`; `{{url}}` is the address of the server. `@forward DAYS`
//! lets time pass. `@events KIND ...` says what the platform is told, from the exchange before on.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

use crate::kit::{Customer, Kit};

/// A request, and what is expected of its answer.
#[derive(Debug, Default)]
struct Exchange {
    about: String,
    directives: Vec<(String, String)>,
    request: Vec<String>,
    answer: Vec<String>,
}

fn exchanges(text: &str) -> Vec<Exchange> {
    let mut all = Vec::new();
    for line in text.lines() {
        if let Some(about) = line.strip_prefix("###") {
            all.push(Exchange { about: about.trim().to_owned(), ..Exchange::default() });
            continue;
        }
        let Some(exchange) = all.last_mut() else { continue };
        match line.strip_prefix('@').and_then(|line| line.split_once(' ')) {
            Some((name, value)) => exchange.directives.push((name.to_owned(), value.to_owned())),
            None if !exchange.answer.is_empty() || line.starts_with("HTTP/1.1 ") => {
                exchange.answer.push(line.to_owned())
            }
            None => exchange.request.push(line.to_owned()),
        }
    }
    all
}

/// Head and body of a message: its first line, its headers, what stands behind the first empty line.
fn parts(lines: &[String]) -> (String, Vec<(String, String)>, String) {
    let mut head = lines.split(|line| line.is_empty());
    let head = head.next().expect("a message has a head");
    let body = lines[head.len()..].join("\n").trim().to_owned();
    let header = |line: &String| {
        let (name, value) = line.split_once(": ").expect("a header has a value");
        (name.to_owned(), value.to_owned())
    };
    (head[0].clone(), head[1..].iter().map(header).collect(), body)
}

/// Whether an answer is as expected; where it is not, the place.
fn differs(expected: &Value, actual: &Value, place: &str) -> Option<String> {
    let other = || Some(format!("{place}: expected {expected}, and it is {actual}"));
    match (expected, actual) {
        (Value::Object(wanted), Value::Object(given)) => wanted.iter().find_map(|(name, wanted)| {
            let place = format!("{place}.{name}");
            differs(wanted, given.get(name).unwrap_or(&Value::Null), &place)
        }),
        (Value::Array(wanted), Value::Array(given)) if wanted.len() == given.len() => {
            let mut pairs = wanted.iter().zip(given).enumerate();
            pairs.find_map(|(at, (wanted, given))| differs(wanted, given, &format!("{place}[{at}]")))
        }
        _ if expected == actual => None,
        _ => other(),
    }
}

struct Play<'k> {
    customer: Customer<'k>,
    words: BTreeMap<String, String>,
    /// How many events were told.
    told: usize,
}

impl Play<'_> {
    fn filled(&self, text: &str) -> String {
        self.words.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{{{name}}}}}"), value))
    }

    async fn exchange(&mut self, exchange: &Exchange) -> Result<(), String> {
        for (name, value) in &exchange.directives {
            if name == "forward" {
                self.customer.kit.time.forward(Duration::from_secs(24 * 3600) * value.parse::<u32>().unwrap());
            }
        }
        let (line, headers, body) = parts(&exchange.request);
        let line = self.filled(&line);
        let (method, path) = line.split_once(' ').expect("a request has a method");
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (&**name, &**value)).collect();
        let body = (!body.is_empty()).then(|| self.filled(&body));
        let answer = self.customer.send(method.parse::<Method>().unwrap(), path, body, &headers).await;
        let (status, headers, body) = parts(&exchange.answer);
        let expected = status.strip_prefix("HTTP/1.1 ").expect("an answer has a status");
        if answer.status.as_str() != expected {
            return Err(format!("expected {expected}, and it is {}: {}", answer.status, answer.body));
        }
        for (_, name) in exchange.directives.iter().filter(|(name, _)| name == "save") {
            self.words.insert(name.clone(), answer.id());
        }
        for (name, value) in &headers {
            let value = self.filled(value);
            if answer.header(name) != value {
                return Err(format!("`{name}` is `{}` instead of `{value}`", answer.header(name)));
            }
        }
        if !body.is_empty() {
            let expected: Value =
                serde_json::from_str(&self.filled(&body)).map_err(|error| format!("{error}: {body}"))?;
            differs(&expected, &answer.body, "body").map_or(Ok(()), Err)?;
        } else if expected == "204" && answer.body != Value::Null {
            return Err(format!("there is a body: {}", answer.body));
        }
        self.events(exchange).await
    }

    /// What the platform is told of this exchange: what the file says, and nothing where it says nothing of it but of others.
    async fn events(&mut self, exchange: &Exchange) -> Result<(), String> {
        let kinds: Vec<String> = self.customer.events().await.into_iter().map(|waiting| waiting.event.kind).collect();
        let new = kinds[self.told..].join(" ");
        self.told = kinds.len();
        let expected = exchange.directives.iter().find(|(name, _)| name == "events").map(|(_, kinds)| kinds);
        match expected {
            Some(expected) if expected.trim_matches('-') != new => Err(format!("`{new}` is told, not `{expected}`")),
            _ => Ok(()),
        }
    }
}

/// Plays every file of a folder, each with a server of its own, on every service.
async fn play(folder: &str, fewest: usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(folder);
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= fewest, "only {} files are there", files.len());
    let mut failed = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for service in ["employees", "rooms", "advisors"] {
            let text = text.replace("/employees/scim", &format!("/{service}/scim"));
            let text = if service == "rooms" { of_rooms(&text) } else { text };
            let kit = Kit::start().await;
            let customer = kit.customer("Contoso").await;
            let words = BTreeMap::from([("url".to_owned(), kit.url.clone())]);
            let mut play = Play { customer, words, told: 0 };
            for exchange in exchanges(&text) {
                if let Err(why) = play.exchange(&exchange).await {
                    let name = file.file_name().unwrap().to_string_lossy();
                    failed.push(format!("{name} ({service}), {}: {why}", exchange.about));
                    break;
                }
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// What a room that goes is told as: the same as one that comes.
fn of_rooms(text: &str) -> String {
    text.replace("EmployeeProvisioned", "RoomProvisioned").replace("EmployeeDeprovisioned", "RoomProvisioned")
}

#[tokio::test]
async fn entra_is_answered_as_it_expects() {
    play("entra", 14).await;
}

#[tokio::test]
async fn okta_is_answered_as_it_expects() {
    play("okta", 4).await;
}

#[test]
fn an_answer_that_is_not_as_expected_is_noticed() {
    let actual = serde_json::json!({"a": 1, "list": [{"b": "x"}]});
    let same = |expected: &str| differs(&serde_json::from_str(expected).unwrap(), &actual, "").is_none();
    assert!(same(r#"{"a": 1}"#) && same(r#"{"c": null, "list": [{"b": "x", "d": null}]}"#));
    for other in [r#"{"a": "1"}"#, r#"{"a": null}"#, r#"{"list": []}"#, r#"{"list": [{"b": "y"}]}"#, r#"{"c": 1}"#] {
        assert!(!same(other), "{other}");
    }
}

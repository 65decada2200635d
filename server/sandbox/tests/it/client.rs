//! A client that shares nothing with the sandbox: it writes bytes to a socket and reads what comes back.

use engage_sandbox::world::World;
use engage_sandbox::{Options, Running, Sandbox};
use serde_json::Value as Json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Tables and columns of our own, as an organisation would add them.
pub(crate) const SCHEMA: &str = r"
kind: SandboxSchema
crm: dataverse
tables:
  account:
    duplicates: {same_phone: [telephone1]}
    keys: {amb_key: [amb_externalkey], number_city: [accountnumber, address1_city]}
    columns:
      amb_externalkey: {type: String, length: 100}
      amb_tags: {type: MultiSelectPicklist, options: {1: Red, 2: Green, 3: Blue}}
      amb_since: {type: DateTime, format: DateOnly, behavior: DateOnly}
  amb_detail:
    set: amb_details
    schema: amb_Detail
    name: amb_name
    columns:
      amb_detailid: {type: Uniqueidentifier, update: false, required: SystemRequired}
      amb_name: {type: String, length: 10}
      amb_rate: {type: Decimal, min: 0, max: 100, precision: 4}
      amb_accountid:
        type: Lookup
        on_delete: restrict
        relations: [{to: account, name: amb_account_details, navigation: amb_AccountId, collection: amb_account_details}]
      ownerid: {type: Owner, targets: [systemuser, team], relations: [{to: owner, name: owner_amb_details, navigation: ownerid}]}
";

pub(crate) const A: &str = "aaaaaaaa-0000-0000-0000-000000000001";
pub(crate) const B: &str = "aaaaaaaa-0000-0000-0000-000000000002";
pub(crate) const C: &str = "cccccccc-0000-0000-0000-000000000001";
pub(crate) const D: &str = "cccccccc-0000-0000-0000-000000000002";

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Json {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap().to_owned()
    }

    pub(crate) fn expect(self, status: u16) -> Reply {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    /// Asserts a refusal with its code.
    pub(crate) fn refused(self, status: u16, code: &str) -> Reply {
        assert_eq!((self.status, self.code().as_str()), (status, code), "{}", self.body);
        self
    }
}

/// Sends one request on a connection of its own. None when the answer is not whole.
pub(crate) async fn send(url: &str, method: &str, headers: &[(&str, &str)], body: &str) -> Option<Reply> {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, target) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
    let mut stream = TcpStream::connect(host).await.unwrap();
    let mut text = format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.ok()?;
    // An answer to HEAD tells the length of a body that does not come.
    if method == "HEAD" { parse_head(&bytes) } else { parse(&bytes) }
}

pub(crate) fn parse(bytes: &[u8]) -> Option<Reply> {
    let reply = parse_head(bytes)?;
    let length: usize = reply.header("content-length").map_or(0, |length| length.parse().unwrap());
    (reply.body.len() == length).then_some(reply)
}

fn parse_head(bytes: &[u8]) -> Option<Reply> {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect();
    Some(Reply { status, headers, body: body.to_owned() })
}

/// A running sandbox and a caller.
pub(crate) struct Org {
    pub(crate) running: Running,
    pub(crate) root: String,
    pub(crate) token: String,
}

impl Org {
    pub(crate) async fn start() -> Org {
        Org::with(Options { schemas: vec![SCHEMA.to_owned()], ..Options::default() }).await
    }

    pub(crate) async fn with(options: Options) -> Org {
        let world = World::repeatable("2026-03-01T10:00:00Z".parse().unwrap());
        let running = Sandbox::start(Options { world, ..options }).await.unwrap();
        let facts = &running.ready()["dataverse"];
        let root = format!("{}/api/data/v9.2", facts["url"].as_str().unwrap());
        let token = facts["users"]["system-administrator"]["token"].as_str().unwrap().to_owned();
        Org { running, root, token }
    }

    pub(crate) fn fact(&self, name: &str) -> String {
        self.running.ready()["dataverse"][name].as_str().unwrap().to_owned()
    }

    pub(crate) fn user(&self, name: &str, fact: &str) -> String {
        self.running.ready()["dataverse"]["users"][name][fact].as_str().unwrap().to_owned()
    }

    pub(crate) async fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}/{path}", self.root) };
        let bearer = format!("Bearer {}", self.token);
        let mut all = vec![("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
        all.retain(|(name, _)| !headers.iter().any(|(given, _)| given == name));
        all.extend(headers);
        send(&url, method, &all, body).await.expect("an answer")
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.call("GET", &path.replace(' ', "%20"), &[], "").await
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> Reply {
        self.call("POST", path, &[], body).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &str) -> Reply {
        self.call("PATCH", path, &[], body).await
    }

    /// Two accounts; two contacts of the first, of whom one is its primary contact.
    pub(crate) async fn people(&self) {
        self.post("accounts", &format!(r#"{{"accountid":"{A}","name":"Northwind","accountnumber":"N1","revenue":1500.5,"numberofemployees":7}}"#)).await.expect(204);
        self.post("accounts", &format!(r#"{{"accountid":"{B}","name":"Contoso","address1_city":"Bern"}}"#))
            .await
            .expect(204);
        for (id, first, last) in [(C, "Ann", "Lee"), (D, "Bob", "Orr")] {
            let body = format!(
                r#"{{"contactid":"{id}","firstname":"{first}","lastname":"{last}","parentcustomerid_account@odata.bind":"/accounts({A})"}}"#
            );
            self.post("contacts", &body).await.expect(204);
        }
        let body = format!(r#"{{"primarycontactid@odata.bind":"/contacts({C})"}}"#);
        self.patch(&format!("accounts({A})"), &body).await.expect(204);
    }
}

/// Names of the rows of a collection.
pub(crate) fn names(reply: &Reply, column: &str) -> Vec<String> {
    reply.json()["value"].as_array().unwrap().iter().map(|row| row[column].as_str().unwrap_or("-").to_owned()).collect()
}

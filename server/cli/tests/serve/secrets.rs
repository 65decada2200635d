//! Secrets beside a server: keys that are not there, and keys that change while it serves.

use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::process::{Command, Output, Stdio};

use serde_json::{Value as Json, json};

use crate::directories::{send, user};
use crate::kit::{PROGRAM, Place, Server, TOKEN};

/// A platform with an organisation, the token of its directory, and keys in files.
struct Platform {
    place: Place,
    data: String,
    token: String,
}

impl Platform {
    fn new() -> Self {
        let (place, data, token) = crate::directories::place();
        Self { place, data, token }
    }

    /// Settings that say so: the current key, and others.
    fn keys(&self, keys: &[&str]) -> Vec<String> {
        let path = |id: &&str| {
            let path = self.place.path(&format!("{id}.key"));
            let mut options = std::fs::OpenOptions::new();
            let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&path).unwrap();
            write!(file, "{id}:{}", id.repeat(64)).unwrap();
            path.display().to_string()
        };
        let files: Vec<String> = keys.iter().map(path).collect();
        let Some((current, others)) = files.split_first() else { return Vec::new() };
        let settings = [format!("keys.current-file={current}"), format!("keys.previous-files={}", others.join(","))];
        settings.into_iter().flat_map(|setting| ["--set".to_owned(), setting]).collect()
    }

    fn serving(&self, keys: &[&str]) -> Command {
        let mut command = self.place.command();
        command.args(self.keys(keys));
        command
    }

    fn serve(&self, keys: &[&str]) -> Server {
        Server::start(&mut self.serving(keys))
    }

    /// Another command beside it.
    fn admin(&self, keys: &[&str], arguments: &[&str], input: &str) -> Output {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).args(["--set", &self.data]).args(self.keys(keys));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        process.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let said = process.wait_with_output().unwrap();
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        said
    }

    fn put(&self, keys: &[&str], name: &str) {
        self.admin(keys, &["secrets", "put", "Contoso", name], "hunter2");
    }
}

fn ready(server: &Server) -> (u16, Json) {
    server.call("GET", "/readyz", &Json::Null)
}

#[test]
fn a_server_does_not_start_without_the_key_that_something_is_kept_under() {
    let platform = Platform::new();
    platform.serve(&[]).end();
    platform.put(&["a"], "crm.client-secret/one");
    for (keys, words) in [(&[][..], "the key `a` is missing"), (&["b"], "the key `a` is missing")] {
        let said = platform.serving(keys).output().unwrap();
        let err = String::from_utf8(said.stderr).unwrap();
        assert!(said.status.code() == Some(1) && said.stdout.is_empty() && err.contains(words), "{err}");
    }
    let log = platform.serve(&["b", "a"]).end();
    assert!(!log.contains("hunter2") && !log.contains(&"a".repeat(64)), "{log}");
}

#[test]
fn a_server_with_both_keys_serves_while_everything_comes_under_the_new_one() {
    let platform = Platform::new();
    for n in 0..20 {
        platform.put(&["a"], &format!("crm.client-secret/n{n}"));
    }
    let both = platform.serve(&["b", "a"]);
    let rotating = std::thread::scope(|scope| {
        let rotating = scope.spawn(|| platform.admin(&["b", "a"], &["secrets", "rotate", "--format", "json"], ""));
        let mut n = 0;
        while !rotating.is_finished() || n < 3 {
            assert_eq!(ready(&both).0, 200);
            let (status, made) = send(&both, &platform.token, "POST", "/employees/scim/Users", &user(&format!("u{n}")));
            assert_eq!(status, 201, "{made}");
            n += 1;
        }
        rotating.join().unwrap()
    });
    let said: Json = serde_json::from_slice(&rotating.stdout).unwrap();
    assert_eq!(said, json!({"current": "b", "rewrapped": 20, "unused": ["a"]}));
    assert_eq!(ready(&both), (200, json!({"ready": true, "leader": true})));
    both.end();
    platform.serve(&["b"]).end();
}

#[test]
fn a_server_that_lacks_a_key_by_now_takes_nothing_in() {
    let platform = Platform::new();
    platform.put(&["a"], "crm.client-secret/one");
    let mut old = platform.serve(&["a"]);
    assert_eq!(ready(&old).0, 200);
    platform.admin(&["b", "a"], &["secrets", "rotate"], "");
    assert_eq!(ready(&old), (503, json!({"ready": false, "failed": "key", "leader": false})));
    old.logged("the key `b` is missing");
    old.end();
}

#[test]
fn a_token_is_read_from_a_file_that_its_owner_alone_can_read() {
    let platform = Platform::new();
    let path = platform.place.path("token");
    std::fs::write(&path, format!("{TOKEN}\n")).unwrap();
    let command = || {
        let mut command = platform.serving(&[]);
        command.env_remove("ENGAGE_TOKEN").env("ENGAGE_TOKEN_FILE", &path);
        command
    };
    let mode = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    mode(0o644);
    let said = command().output().unwrap();
    let err = String::from_utf8(said.stderr).unwrap();
    assert!(
        said.status.code() == Some(1) && err.contains("is open to others than its owner") && !err.contains(TOKEN),
        "{err}"
    );
    mode(0o600);
    let said = command().env("ENGAGE_TOKEN", TOKEN).output().unwrap();
    assert!(String::from_utf8(said.stderr).unwrap().contains("are both set"));
    let server = Server::start(&mut command());
    assert_eq!(server.call("GET", "/runs", &Json::Null).0, 200);
    server.end();
    // As systemd hands it over: an access list shows as the group's.
    mode(0o440);
    let mut command = command();
    command.env("CREDENTIALS_DIRECTORY", platform.place.path(""));
    Server::start(&mut command).end();
}

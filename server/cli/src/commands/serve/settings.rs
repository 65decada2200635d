//! What stands in the environment and on the command line, held against what may be: secrets, addresses, the journal.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::{constant_time, digest};
use engage_engine::SemanticId;
use engage_playbooks::Compiled;
use engage_playbooks::model::TriggerKind;
use engage_runner::webhook::{BodySchema, Secret};
use engage_server::config::private;
use secrecy::{ExposeSecret as _, SecretString};

use crate::configured::chain;
use crate::failure::Failure;
pub(super) use crate::input::variable;
use crate::playbook::keep;

/// The variables of the command; the secrets of webhooks stand behind the last one.
pub const VARIABLES: [(&str, &str); 7] = [
    (TOKEN, "what callers have to know: at least 16 characters"),
    (TOKEN_FILE, "a file with it, which its owner alone can read"),
    ("ENGAGE_JOURNAL", "the journal, where its address holds a password"),
    (keep::VARIABLE, "how long runs and their values are kept after their end [default: 30d]"),
    (keep::UNFINISHED, "how long a run may be without an end [default: 90d]"),
    ("ENGAGE_LOG", "what is logged [default: info]"),
    ("ENGAGE_WEBHOOK_SECRET_", "the secrets of a webhook, with spaces between"),
];
/// The variable with what callers have to know.
pub(super) const TOKEN: &str = "ENGAGE_TOKEN";
/// The variable with a file of it.
const TOKEN_FILE: &str = "ENGAGE_TOKEN_FILE";
/// The fewest characters of a token.
const FEWEST: usize = 16;
const HELP: &str = "it is what callers send as `Authorization: Bearer …`: at least 16 characters, made by chance";

/// What callers have to know. Kept as its digest, so that a comparison tells nothing of its length either.
pub(super) struct Token(digest::Digest);

impl Token {
    pub(super) fn of_environment() -> Result<Self, Failure> {
        match (variable(TOKEN)?, variable(TOKEN_FILE)?) {
            (Some(_), Some(_)) => {
                Err(Failure::usage(format!("`{TOKEN}` and `{TOKEN_FILE}` are both set")).help("leave one out"))
            }
            (Some(token), None) => Self::of(&token),
            (None, Some(path)) => {
                Self::long(of_file(&path)?.expose_secret(), &format!("the token in the file of `{TOKEN_FILE}`"))
            }
            (None, None) => Err(Failure::usage(format!("`{TOKEN}` is not set")).help(HELP)),
        }
    }

    pub(super) fn of(token: &str) -> Result<Self, Failure> {
        Self::long(token, &format!("`{TOKEN}`"))
    }

    /// A token that is long enough, from wherever it is.
    fn long(token: &str, place: &str) -> Result<Self, Failure> {
        if token.len() < FEWEST {
            return Err(Failure::usage(format!("{place} is too short")).help(HELP));
        }
        Ok(Self(digest::digest(&digest::SHA256, token.as_bytes())))
    }

    pub(super) fn is(&self, given: &[u8]) -> bool {
        let given = digest::digest(&digest::SHA256, given);
        constant_time::verify_slices_are_equal(self.0.as_ref(), given.as_ref()).is_ok()
    }
}

fn of_file(path: &str) -> Result<SecretString, Failure> {
    private(Path::new(path)).map_err(|error| Failure::problem(format!("`{TOKEN_FILE}`: {}", chain(&error))))
}

/// A webhook: who may call it, and what it takes.
pub(super) struct Hook {
    pub(super) secrets: Vec<Secret>,
    pub(super) body: Option<BodySchema>,
}

/// The variable with the secrets of a playbook's webhook.
pub(super) fn secret_name(playbook: &SemanticId) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' };
    format!("ENGAGE_WEBHOOK_SECRET_{}", playbook.as_str().chars().map(plain).collect::<String>())
}

/// The webhooks of playbooks, by playbook. One without a secret refuses every call.
pub(super) fn hooks(playbooks: &[Arc<Compiled>]) -> Result<BTreeMap<SemanticId, Hook>, Failure> {
    let mut hooks = BTreeMap::new();
    let mut names = BTreeMap::new();
    for playbook in playbooks {
        let Some(trigger) = playbook.trigger().filter(|trigger| trigger.kind == TriggerKind::Webhook) else { continue };
        let name = secret_name(&playbook.id);
        if let Some(other) = names.insert(name.clone(), &playbook.id) {
            let message = format!("the webhooks of `{other}` and `{}` would share `{name}`", playbook.id);
            return Err(Failure::usage(message).help("give one of the playbooks another id"));
        }
        let text = variable(&name)?.unwrap_or_default();
        let secrets = text.split_whitespace().map(Secret::new).collect::<Result<Vec<_>, _>>();
        let secrets = secrets.map_err(|error| Failure::usage(format!("`{name}`: {error}")))?;
        let body = trigger.body.as_ref().map(BodySchema::new).transpose();
        let body = body.map_err(|error| Failure::problem(format!("`{}`: {error}", playbook.id)))?;
        hooks.insert(playbook.id.clone(), Hook { secrets, body });
    }
    Ok(hooks)
}

/// Refuses to speak without TLS to anybody but this machine and a proxy that was declared.
pub(super) fn reachable(option: &str, address: SocketAddr, behind_tls_proxy: bool) -> Result<(), Failure> {
    if address.ip().is_loopback() || behind_tls_proxy {
        return Ok(());
    }
    let message = format!("`{option} {address}` can be reached from elsewhere, and this process speaks no TLS");
    Err(Failure::usage(message).help("listen on 127.0.0.1, or say `--behind-tls-proxy` where a proxy terminates TLS"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_spoken_to_without_tls() {
        let refused = |address: &str, proxy| reachable("--listen", address.parse().unwrap(), proxy).is_err();
        assert!(!refused("127.0.0.1:80", false) && !refused("[::1]:80", false) && !refused("0.0.0.0:80", true));
        assert!(refused("0.0.0.0:80", false) && refused("[::]:80", false) && refused("10.0.0.1:80", false));
    }

    #[test]
    fn a_token_is_the_whole_text_and_nothing_else() {
        let token = Token(digest::digest(&digest::SHA256, b"correct horse battery"));
        assert!(token.is(b"correct horse battery"));
        assert!(!token.is(b"correct horse batter") && !token.is(b"") && !token.is(b"correct horse battery "));
    }

    #[test]
    fn the_variable_of_a_webhook_has_the_letters_of_its_playbook() {
        assert_eq!(secret_name(&SemanticId::new("crm-push").unwrap()), "ENGAGE_WEBHOOK_SECRET_CRM_PUSH");
    }
}

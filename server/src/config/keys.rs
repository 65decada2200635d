//! Where the keys come from that secrets are kept under. None is read here.

use std::path::PathBuf;

use engage_store::platform::LocalKey;
use secrecy::SecretString;

use super::problem::Origin;
use super::read::Read;

/// What a key looks like.
const A_KEY: &str = "64 hexadecimal digits, with or without a name and a colon before them, as in `2026-06:9f…`";

/// Where one key comes from. A service that keeps keys is a further one.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum KeySource {
    /// A file that holds it.
    File(PathBuf),
    /// The key itself.
    Text(SecretString),
}

/// What secrets are kept under.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    /// The key for what is new; without one no secret can be kept.
    pub current: Option<KeySource>,
    /// Those that secrets are under still, or will be.
    pub previous: Vec<KeySource>,
}

impl Read<'_> {
    pub(super) fn keys(&self) -> Keys {
        let current = match (self.path("keys.current-file"), self.key("keys.current")) {
            (Some(file), None) => Some(KeySource::File(file)),
            (None, key) => key,
            (Some(_), Some(_)) => {
                self.wrong("keys.current", "there is one current key: set this or `keys.current-file`, not both");
                None
            }
        };
        let file = |text: &str| (!text.is_empty()).then(|| KeySource::File(PathBuf::from(text)));
        let text = |text: &str| LocalKey::reads(text).then(|| KeySource::Text(SecretString::from(text.to_owned())));
        let mut previous = self.each("keys.previous-files", file, "the name of a file");
        previous.extend(self.each("keys.previous", text, A_KEY));
        if self.is_set("keys.previous") {
            self.out_of_sight("keys.previous");
        }
        let none = self.text("keys.current-file").is_none() && self.text("keys.current").is_none();
        if none && !previous.is_empty() {
            let path = if self.is_set("keys.previous") { "keys.previous" } else { "keys.previous-files" };
            self.wrong(path, "there is no key for what is new: set `keys.current-file` too");
        }
        Keys { current, previous }
    }

    /// A key that stands there itself.
    fn key(&self, path: &str) -> Option<KeySource> {
        let text = self.text(path)?;
        self.out_of_sight(path);
        if !LocalKey::reads(text) {
            self.wrong(path, A_KEY);
        }
        Some(KeySource::Text(SecretString::from(text.to_owned())))
    }

    /// What everybody on the machine may read is no place for a key.
    fn out_of_sight(&self, path: &str) {
        if matches!(self.origin(path), Origin::Flag(_)) {
            self.wrong(path, "others on this machine see options: give a file, or a variable");
        }
    }
}

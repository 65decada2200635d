//! The configuration that holds, as a file: each setting with where it comes from, secrets not shown.

use std::fmt::Write as _;

use toml::Value;

use super::layer::{Setting, Sources, settings, variable};
use super::problem::{Origin, Problem};
use super::read::{config, written};

/// Settings whose value may hold a password.
const SECRET: [&str; 3] = ["keys.current", "keys.previous", "store.url"];
/// What stands in its place.
const HIDDEN: &str = "<redacted>";

/// A setting as it may be shown.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The setting, as in `limits.body-bytes`.
    pub setting: String,
    /// Where its value comes from.
    pub origin: Origin,
    /// The variable that sets it.
    pub variable: String,
    value: Value,
}

impl Shown {
    /// The value as JSON; what is secret is `<redacted>`.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        json(&self.value)
    }
}

fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Integer(number) => (*number).into(),
        Value::Boolean(flag) => (*flag).into(),
        Value::Array(items) => items.iter().map(json).collect(),
        Value::String(text) => text.as_str().into(),
        other => written(other).into(),
    }
}

/// Every setting that holds, in the order of their names.
///
/// # Errors
/// Everything that is wrong with the configuration.
pub fn shown(sources: &Sources) -> Result<Vec<Shown>, Vec<Problem>> {
    let (settings, problems) = settings(sources);
    config(&settings, problems)?;
    let show = |(path, setting): (String, Setting)| {
        let value = if SECRET.contains(&path.as_str()) { hidden(&setting.value) } else { setting.value };
        Shown { variable: variable(&path), setting: path, origin: setting.origin, value }
    };
    Ok(settings.into_iter().map(show).collect())
}

/// What stands in the place of a value that may hold a password; that nothing is set may be seen.
fn hidden(value: &Value) -> Value {
    match value {
        Value::String(text) if text.is_empty() => value.clone(),
        Value::Array(items) => Value::Array(items.iter().map(hidden).collect()),
        _ => Value::String(HIDDEN.to_owned()),
    }
}

/// The configuration as TOML. What is secret stands there as `<redacted>`; everything else can be taken for a file as it is.
///
/// # Errors
/// Everything that is wrong with the configuration.
pub fn print(sources: &Sources) -> Result<String, Vec<Problem>> {
    let (mut text, mut last) = (String::new(), String::new());
    for Shown { setting, origin, variable, value } in shown(sources)? {
        let (section, key) = setting.split_once('.').unwrap_or(("", &setting));
        if section != last {
            let gap = if last.is_empty() { "" } else { "\n" };
            let _ = writeln!(text, "{gap}[{section}]");
            section.clone_into(&mut last);
        }
        let from = match &origin {
            Origin::Default => format!("default; {variable}"),
            origin => origin.to_string(),
        };
        let _ = writeln!(text, "{key} = {} # {from}", written(&value));
    }
    Ok(text)
}

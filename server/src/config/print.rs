//! The configuration that holds, as a file: each setting with where it comes from, secrets not shown.

use std::fmt::Write as _;

use super::layer::{Sources, settings, variable};
use super::problem::{Origin, Problem};
use super::read::{config, written};

/// Settings whose value may hold a password.
const SECRET: [&str; 1] = ["store.url"];

/// The configuration as TOML. What is secret stands there as `<redacted>`; everything else can be taken for a file as it is.
///
/// # Errors
/// Everything that is wrong with the configuration.
pub fn print(sources: &Sources) -> Result<String, Vec<Problem>> {
    let (settings, problems) = settings(sources);
    config(&settings, problems)?;
    let (mut text, mut last) = (String::new(), "");
    for (path, setting) in &settings {
        let (section, key) = path.split_once('.').unwrap_or(("", path));
        if section != last {
            let gap = if last.is_empty() { "" } else { "\n" };
            let _ = writeln!(text, "{gap}[{section}]");
            last = section;
        }
        let empty = setting.value.as_str() == Some("");
        let value = if SECRET.contains(&path.as_str()) && !empty {
            "\"<redacted>\"".to_owned()
        } else {
            written(&setting.value)
        };
        let from = match &setting.origin {
            Origin::Default => format!("default; {}", variable(path)),
            origin => origin.to_string(),
        };
        let _ = writeln!(text, "{key} = {value} # {from}");
    }
    Ok(text)
}

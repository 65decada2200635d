//! The index of all codes: what `engage explain` prints and `docs/codes.md` is made of.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use engage_engine::problem::CodeInfo;

use crate::{bundle, lower, syntax, workspace, yaml};

/// Every code, sorted.
pub fn index() -> Vec<CodeInfo> {
    let mut all: Vec<CodeInfo> = Vec::new();
    all.extend(workspace::codes::ALL);
    all.extend(bundle::codes::ALL);
    all.extend(syntax::codes::index());
    all.extend(yaml::codes::ALL);
    all.extend(lower::codes::index());
    all.extend(engage_engine::codes::index());
    all.extend(engage_playbooks::check::codes());
    all.sort_by_key(|info| info.code);
    all
}

/// What the index says about a code; case does not matter.
///
/// ```
/// let info = engage_dsl::explain::explain("e0144").unwrap();
/// assert_eq!(info.title, "a key that stands twice");
/// ```
pub fn explain(code: &str) -> Option<CodeInfo> {
    index().into_iter().find(|info| info.code.0.eq_ignore_ascii_case(code))
}

/// One code for people: title, why, an example and its cure.
pub fn text(info: &CodeInfo) -> String {
    let CodeInfo { code, title, explanation, example, cure } = info;
    let mut text = format!("{code}: {title}\n\n{}\n", wrapped(explanation));
    for (heading, sample) in [("Example", example), ("Cure", cure)] {
        if !sample.is_empty() {
            let _ = write!(text, "\n{heading}:\n\n{}", indented(sample));
        }
    }
    text
}

/// The index as a Markdown page.
pub fn markdown() -> String {
    let index = index();
    let mut page =
        "# Codes\n\nEvery finding has a code that is never reused for another. `engage explain CODE` prints \
                    what stands here.\nThis page is generated; its words stand beside the rules in the code.\n"
            .to_owned();
    let mut groups: BTreeMap<&str, Vec<&CodeInfo>> = BTreeMap::new();
    for info in &index {
        groups.entry(group(info.code.0)).or_default().push(info);
    }
    for (group, infos) in &groups {
        let _ =
            write!(page, "\n## {}\n\n| code | |\n|---|---|\n", group.trim_start_matches(char::is_numeric).trim_start());
        for info in infos {
            let _ = writeln!(page, "| [{}](#{}) | {} |", info.code, info.code.0.to_lowercase(), info.title);
        }
    }
    for info in &index {
        page.push_str(&section(info));
    }
    page
}

fn section(info: &CodeInfo) -> String {
    let CodeInfo { code, title, explanation, example, cure } = info;
    // The link of a heading would hold the title, which may change; the anchor may not.
    let mut section = format!("\n<a id=\"{}\"></a>\n### {code}: {title}\n\n{explanation}\n", code.0.to_lowercase());
    for (heading, sample) in [("Example", example), ("Cure", cure)] {
        if !sample.is_empty() {
            let end = if sample.ends_with('\n') { "" } else { "\n" };
            let _ = write!(section, "\n{heading}:\n\n```\n{sample}{end}```\n");
        }
    }
    section
}

/// The group of a code, with a number in front to sort by.
fn group(code: &str) -> &'static str {
    match code.get(..4) {
        Some("E000") => "1 Folders and files",
        Some("E001") => "2 engage.toml",
        Some("E002" | "E003") => "25 Bundles",
        Some("E010" | "E011" | "E012" | "E013") => "3 The engage language",
        Some("E014" | "E015" | "E016") => "4 YAML and JSON",
        Some("E017" | "E018" | "E019") => "5 Both spellings",
        Some(code) if code.starts_with("E02") => "6 Entity definitions",
        Some(code) if code.starts_with("E03") => "7 Entity patterns",
        Some(code) if code.starts_with("E04") => "8 Inputs and plans",
        Some(code) if code.starts_with("E06") => "85 Playbooks",
        _ => "9 Others",
    }
}

fn indented(text: &str) -> String {
    text.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") }).collect()
}

/// Breaks a paragraph into lines of at most 100 characters.
fn wrapped(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + word.chars().count() < 100 => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests;

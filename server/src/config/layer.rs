//! The layers: default, file, variables, flags. The later one wins, setting by setting.

use std::collections::BTreeMap;

use toml::Value;
use toml::de::DeTable;

use super::problem::{Origin, Problem};
use super::{DEFAULT, VARIABLE_PREFIX};

/// Names that sound like a setting's are suggested.
const ALIKE: f64 = 0.75;

/// A setting that was given on the command line.
#[derive(Debug, Clone)]
pub struct Flag {
    /// How it was spelled there, as in `--listen`.
    pub spelled: String,
    /// The setting, as in `server.listen`.
    pub setting: String,
    /// Its value as text.
    pub value: String,
}

/// What a configuration is read from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    file: Option<(String, String)>,
    variables: Vec<(String, String)>,
    flags: Vec<Flag>,
}

impl Sources {
    /// With a file: its name and its text.
    #[must_use]
    pub fn file(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.file = Some((name.into(), text.into()));
        self
    }

    /// With variables of the environment: those that begin like a section of the configuration are settings.
    #[must_use]
    pub fn variables(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        self.variables.extend(variables);
        self
    }

    /// With what was given on the command line.
    #[must_use]
    pub fn flags(mut self, flags: impl IntoIterator<Item = Flag>) -> Self {
        self.flags.extend(flags);
        self
    }
}

/// A value and where it comes from.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    pub(super) value: Value,
    pub(super) origin: Origin,
}

/// Every setting, by `section.key`.
pub(super) type Settings = BTreeMap<String, Setting>;

/// Lays the layers over each other.
pub(super) fn settings(sources: &Sources) -> (Settings, Vec<Problem>) {
    let mut settings = defaults();
    let mut problems = Vec::new();
    if let Some((name, text)) = &sources.file {
        file(name, text, &mut settings, &mut problems);
    }
    variables(&sources.variables, &mut settings, &mut problems);
    for flag in &sources.flags {
        let origin = Origin::Flag(flag.spelled.clone());
        match settings.get_mut(&flag.setting) {
            Some(setting) => of_text(setting, &flag.setting, &flag.value, origin, &mut problems),
            None => problems.push(unknown(&flag.setting, &settings, origin)),
        }
    }
    (settings, problems)
}

/// The settings of the default.
fn defaults() -> Settings {
    let tables: toml::Table = toml::from_str(DEFAULT).unwrap_or_default();
    let of_section = |(section, table): (String, Value)| {
        let keys = if let Value::Table(keys) = table { keys } else { toml::Table::new() };
        keys.into_iter()
            .map(move |(key, value)| (format!("{section}.{key}"), Setting { value, origin: Origin::Default }))
    };
    tables.into_iter().flat_map(of_section).collect()
}

/// Line and column of an offset, from 1.
fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count();
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count();
    (line.saturating_add(1), column.saturating_add(1))
}

fn file(name: &str, text: &str, settings: &mut Settings, problems: &mut Vec<Problem>) {
    let at = |offset: usize| {
        let (line, column) = place(text, offset);
        Origin::File(name.to_owned(), line, column)
    };
    let tables = match DeTable::parse(text) {
        Ok(tables) => tables,
        Err(error) => {
            let start = error.span().map_or(0, |span| span.start);
            return problems.push(Problem::new(at(start), error.message().replace('\n', ", ")));
        }
    };
    let values: toml::Table = toml::from_str(text).unwrap_or_default();
    for (section, table) in tables.get_ref() {
        let (name, start) = (section.get_ref().as_ref(), section.span().start);
        let Some(keys) = table.get_ref().as_table() else {
            problems.push(Problem::new(at(start), format!("`{name}` is a section, as in `[{name}]`")));
            continue;
        };
        for (key, _) in keys {
            let path = format!("{name}.{}", key.get_ref());
            let origin = at(key.span().start);
            let value = values.get(name).and_then(|table| table.get(key.get_ref().as_ref()));
            match (settings.get_mut(&path), value) {
                (Some(setting), Some(value)) => of_value(setting, &path, value.clone(), origin, problems),
                _ => problems.push(unknown(&path, settings, origin)),
            }
        }
    }
}

/// Variables whose name is a section's and more are settings; others are somebody else's.
fn variables(variables: &[(String, String)], settings: &mut Settings, problems: &mut Vec<Problem>) {
    let names: BTreeMap<String, String> = settings.keys().map(|path| (variable(path), path.clone())).collect();
    let sections: Vec<String> =
        settings.keys().filter_map(|path| Some(path.split_once('.')?.0.to_uppercase())).collect();
    for (name, text) in variables {
        let origin = Origin::Variable(name.clone());
        let own = name.strip_prefix(VARIABLE_PREFIX).unwrap_or_default();
        let ours =
            sections.iter().any(|section| own.strip_prefix(section.as_str()).is_some_and(|key| key.starts_with('_')));
        match names.get(name).and_then(|path| Some((path, settings.get_mut(path)?))) {
            Some((path, setting)) => of_text(setting, path, text, origin, problems),
            None if ours => {
                let near = nearest(name, names.keys().map(String::as_str));
                problems.push(Problem::new(origin, format!("there is no setting of this name{}", meant(near))));
            }
            None => {}
        }
    }
}

/// The variable of a setting.
pub(super) fn variable(path: &str) -> String {
    format!("{VARIABLE_PREFIX}{}", path.to_uppercase().replace(['.', '-'], "_"))
}

fn of_value(setting: &mut Setting, path: &str, value: Value, origin: Origin, problems: &mut Vec<Problem>) {
    if setting.value.same_type(&value) {
        *setting = Setting { value, origin };
    } else {
        let (wanted, found) = (setting.value.type_str(), value.type_str());
        problems.push(Problem::new(origin, format!("`{path}` is a setting of type {wanted}, not {found}")));
    }
}

/// A value that was given as text: lists stand with commas between.
fn of_text(setting: &mut Setting, path: &str, text: &str, origin: Origin, problems: &mut Vec<Problem>) {
    let value = match &setting.value {
        Value::String(_) => Some(Value::String(text.to_owned())),
        Value::Integer(_) => text.trim().parse().ok().map(Value::Integer),
        Value::Boolean(_) => text.trim().parse().ok().map(Value::Boolean),
        Value::Array(_) => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Some(Value::Array(items.map(|item| Value::String(item.to_owned())).collect()))
        }
        _ => None,
    };
    match value {
        Some(value) => *setting = Setting { value, origin },
        None => {
            let wanted = setting.value.type_str();
            problems.push(Problem::new(origin, format!("`{path}` is a setting of type {wanted}")));
        }
    }
}

fn unknown(path: &str, settings: &Settings, origin: Origin) -> Problem {
    let (section, key) = path.split_once('.').unwrap_or(("", path));
    let own = settings.keys().filter_map(|path| path.strip_prefix(section)?.strip_prefix('.'));
    let near = nearest(key, own).or_else(|| nearest(path, settings.keys().map(String::as_str)));
    Problem::new(origin, format!("there is no setting `{path}`{}", meant(near)))
}

fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let alike = names.map(|other| (strsim::jaro_winkler(name, other), other)).filter(|(alike, _)| *alike >= ALIKE);
    alike.max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, other)| other)
}

fn meant(near: Option<&str>) -> String {
    near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

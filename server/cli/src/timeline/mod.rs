//! Timelines of runs as text, JSON, SVG and HTML. Files that every browser shows: nothing is fetched and no script runs.

mod html;
mod json;
mod scale;
mod svg;
mod text;
mod words;

use std::fs;
use std::path::Path;

use engage_playbooks::timeline::Timeline;

pub use html::html;
pub(crate) use json::failure;
pub use json::json;
pub use svg::svg;
pub use text::text;
pub(crate) use words::{CLOSED, facts, state};
pub use words::{duration, summary};

use crate::failure::Failure;

/// The forms of a timeline in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A picture.
    Svg,
    /// A page with the picture and a table.
    Html,
}

impl Form {
    /// The form that a file's name asks for.
    ///
    /// # Errors
    /// When it ends neither in `.svg` nor in `.html`.
    pub fn of(path: &Path) -> Result<Self, Failure> {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("svg") => Ok(Self::Svg),
            Some("html" | "htm") => Ok(Self::Html),
            _ => {
                let failure = Failure::usage(format!("`{}` is no name for a timeline", path.display()));
                Err(failure.help("end it in `.svg` or in `.html`"))
            }
        }
    }
}

/// Writes a timeline to a file, in the form that its name asks for.
///
/// # Errors
/// When the name asks for none, or the file cannot be written.
pub fn write(path: &Path, title: &str, timeline: &Timeline) -> Result<(), Failure> {
    let drawn = match Form::of(path)? {
        Form::Svg => svg(title, timeline),
        Form::Html => html(title, timeline),
    };
    fs::write(path, drawn).map_err(|error| Failure::write(path, &error))
}

#[cfg(test)]
mod tests;

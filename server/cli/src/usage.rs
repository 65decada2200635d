//! What the argument parser has to say: help and version are data, everything else is a mistake of usage.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Error, ValueEnum};

use crate::args::ColorChoice;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;

/// Tells help, version or a mistake of usage. There are no parsed arguments that would say how, so that the two
/// options that every command has are looked for in the plain ones.
pub(crate) fn refuse(error: &Error, arguments: &[OsString], io: &mut Io<'_>) -> Exit {
    if let Some(colour) = value(arguments, "--color").and_then(|when| ColorChoice::from_str(when, false).ok()) {
        colour.apply(io);
    }
    let data = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    let colour = if data { io.colour_out() } else { io.colour_err() };
    let text = if colour { error.render().ansi().to_string() } else { error.render().to_string() };
    if data {
        io.out(text);
        return Exit::Fine;
    }
    if value(arguments, "--format") == Some("json") {
        failure(error).tell(io, true);
    } else {
        io.err(text);
    }
    Exit::Usage
}

/// The mistake as every other failure is told: one line, the nearest name, and how the command is used.
fn failure(error: &Error) -> Failure {
    let text = error.render().to_string();
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    let line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    let failure = Failure::usage(line.strip_prefix("error: ").unwrap_or(&line));
    let kinds = [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue];
    let failure = failure.suggest(kinds.iter().find_map(|kind| match error.get(*kind)? {
        ContextValue::String(name) => Some(name.clone()),
        ContextValue::Strings(names) => names.first().cloned(),
        _ => None,
    }));
    match error.get(ContextKind::Usage) {
        Some(ContextValue::StyledStr(usage)) => failure.help(usage.to_string().trim().to_owned()),
        _ => failure.help("`engage help COMMAND` tells the options"),
    }
}

/// The value of an option among arguments that could not be parsed: `--name value` or `--name=value`.
fn value<'a>(arguments: &'a [OsString], name: &str) -> Option<&'a str> {
    let texts = arguments.iter().map_while(|argument| argument.to_str().filter(|text| *text != "--"));
    let (mut found, mut next) = (None, false);
    for text in texts {
        if next {
            found = Some(text);
        }
        next = text == name;
        found = text.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')).or(found);
    }
    found
}

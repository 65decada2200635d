//! `engage init`: a small workspace that works, to start from.

use std::fs;
use std::path::{Path, PathBuf};

use clap::ValueHint;
use serde_json::json;

use crate::args::FormatArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;

/// The files of the workspace: where they go, and what is in them.
const FILES: [(&str, &str); 5] = [
    ("engage.toml", include_str!("init/engage.toml")),
    ("definitions.engage", include_str!("init/definitions.engage")),
    ("patterns.engage", include_str!("init/patterns.engage")),
    ("cases/create.case.yaml", include_str!("init/create.case.yaml")),
    ("inputs/create.input.yaml", include_str!("init/create.input.yaml")),
];

/// Arguments of `engage init`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  engage init demo && engage test demo")]
pub struct Args {
    /// The folder of the workspace; made where it does not exist
    #[arg(value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    pub folder: PathBuf,
    /// How to say what was written.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// Writes the workspace; touches nothing when any of its files is there already.
///
/// # Errors
/// When a file is there already, or cannot be written.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let folder = &args.folder;
    for (name, _) in FILES {
        let path = folder.join(name);
        if path.symlink_metadata().is_ok() {
            let message = format!("`{}` is there already; nothing was written", path.display());
            return Err(Failure::usage(message).help("choose another folder: `engage init DIR`"));
        }
    }
    for (name, text) in FILES {
        write(&folder.join(name), text)?;
    }
    let written: Vec<String> = FILES.iter().map(|(name, _)| folder.join(name).display().to_string()).collect();
    if args.format.json() {
        io.json(&json!({ "written": written }));
        return Ok(Exit::Fine);
    }
    written.iter().for_each(|path| io.line(format!("wrote {path}")));
    let shown = quoted(&folder.display().to_string());
    io.line(format!(
        "\nNext:\n  engage check {shown}\n  engage plan account-with-contacts --op create --crm salesforce --workspace \
         {shown} --input {shown}/inputs/create.input.yaml\n  engage run account-with-contacts --op create --crm \
         memory:crm.json --workspace {shown} --input {shown}/inputs/create.input.yaml\n  engage test {shown}"
    ));
    Ok(Exit::Fine)
}

/// A path as a shell takes it.
fn quoted(path: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/\\._-:+~".contains(c);
    if path.chars().all(plain) { path.to_owned() } else { format!("'{}'", path.replace('\'', "'\\''")) }
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let made = path.parent().map_or(Ok(()), fs::create_dir_all);
    // `create_new`: a file that appeared since the look above is not overwritten either.
    let written = made
        .and_then(|()| fs::File::create_new(path))
        .and_then(|mut file| std::io::Write::write_all(&mut file, text.as_bytes()));
    written.map_err(|error| Failure::write(path, &error))
}

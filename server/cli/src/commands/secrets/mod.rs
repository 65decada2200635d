//! `engage secrets`: what is kept secret for organisations: written, listed, removed, put under another key. No value comes out.

mod rotate;

use std::path::Path;

use clap::Subcommand;
use engage_server::admin::Admin;
use engage_server::config::Config;
use engage_server::platform::Safe;
use engage_store::platform::{
    Inventory, Organisation, Secret, SecretInfo, SecretName, SecretState, Secrets as _, StoreError,
};
use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::configured::{Configured, organisation, organisations, store, told};
use crate::execution::wait;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::hooks;
use crate::io::Io;

const EXAMPLES: &str = "\
Examples:
  engage secrets put Contoso crm.client-secret/dataverse < secret.txt
  engage secrets put Contoso crm.client-secret/dataverse --next --expires 2027-06-30 < next.txt
  engage secrets promote Contoso crm.client-secret/dataverse
  engage secrets list Contoso              names, versions, keys; no value
  engage secrets rotate                    everything under the current key

A secret has a kind and a name, and up to three versions: current, next, previous. It is kept under the key of `keys.current-file`
or `ENGAGE_KEYS_CURRENT`: 64 hexadecimal digits, as `openssl rand -hex 32` makes them, better with a name and a colon before them.
To list and to remove takes no key.";

/// The most versions of secrets that are listed of an organisation.
const MOST: usize = 10_000;

/// Arguments of `engage secrets`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// What is done.
    #[command(subcommand)]
    pub command: Command,
}

/// What can be done with secrets.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List secrets with their versions and keys; no value is shown
    List(ListArgs),
    /// Keep the value that comes on standard input
    Put(PutArgs),
    /// Make the next version the current one
    Promote(OneArgs),
    /// Remove every version of a secret
    Remove(OneArgs),
    /// Put everything that is under an older key under the current one, while servers go on
    Rotate(Configured),
}

/// Arguments of `engage secrets list`.
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// The organisation, by its id or its name [default: all of them]
    #[arg(value_name = "ORG")]
    pub organisation: Option<String>,
    /// The configuration.
    #[command(flatten)]
    pub configured: Configured,
}

/// Arguments of the commands on one secret.
#[derive(Debug, clap::Args)]
pub struct OneArgs {
    /// The organisation, by its id or its name
    #[arg(value_name = "ORG")]
    pub organisation: String,
    /// The secret, as `KIND/NAME`
    #[arg(value_name = "NAME")]
    pub name: String,
    /// What is too much: it may be the value, which the parser would repeat.
    #[arg(hide = true, num_args = 0..)]
    pub surplus: Vec<String>,
    /// The configuration.
    #[command(flatten)]
    pub configured: Configured,
}

/// Arguments of `engage secrets put`.
#[derive(Debug, clap::Args)]
pub struct PutArgs {
    /// Which.
    #[command(flatten)]
    pub one: OneArgs,
    /// It is the version that comes: `engage secrets promote` makes it the current one
    #[arg(long)]
    pub next: bool,
    /// When it ends where it is used, as a date or an instant: `2027-06-30`, `2027-06-30T12:00:00Z`
    #[arg(long, value_name = "WHEN", value_parser = instant)]
    pub expires: Option<Timestamp>,
}

pub(in crate::commands) fn instant(text: &str) -> Result<Timestamp, &'static str> {
    // A date is its first instant, in UTC.
    let read = text.parse().or_else(|_| format!("{text}T00:00:00Z").parse());
    read.map_err(|_: jiff::Error| "a date or an instant, as in `2027-06-30` or `2027-06-30T12:00:00Z`")
}

impl OneArgs {
    /// The organisation and the secret's name. No message repeats what stands there: it may be the value.
    async fn find(&self, admin: &Admin) -> Result<(Organisation, SecretName), Failure> {
        if !self.surplus.is_empty() {
            let failure = Failure::usage("a value stands among the arguments, where others on this machine see it");
            return Err(failure.help("values come on standard input: `engage secrets put ORG KIND/NAME < FILE`"));
        }
        let Some((kind, name)) = self.name.split_once('/') else {
            return Err(Failure::usage("a secret is named by its kind and its name")
                .help("as in `crm.client-secret/dataverse`; `engage secrets list` shows those that are there"));
        };
        let of = organisation(admin, &self.organisation).await?;
        let name = SecretName { organisation: of.id, kind: kind.to_owned(), name: name.to_owned() };
        Ok((of, name))
    }
}

impl Args {
    fn configured(&self) -> &Configured {
        match &self.command {
            Command::List(args) => &args.configured,
            Command::Put(args) => &args.one.configured,
            Command::Promote(args) | Command::Remove(args) => &args.configured,
            Command::Rotate(configured) => configured,
        }
    }

    /// Whether failures are told as JSON.
    pub fn json(&self) -> bool {
        self.configured().format.json()
    }
}

/// Does what is asked with secrets.
///
/// # Errors
/// When the configuration is wrong, a key is missing or another one, or there is no such organisation or secret.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let config = args.configured().load()?;
    wait(async {
        let admin = args.configured().admin(&config).await?;
        match &args.command {
            Command::List(args) => list(&admin, args, io).await,
            Command::Put(args) => put(&admin, &config, args, io).await,
            Command::Promote(args) => promote(&admin, &config, args, io).await,
            Command::Remove(args) => remove(&admin, args, io).await,
            Command::Rotate(configured) => rotate::run(&admin, &config, configured.format.json(), io).await,
        }
    })?
}

/// The secrets with the keys of the configuration.
async fn safe(admin: &Admin, config: &Config) -> Result<Safe, Failure> {
    let random = admin.random.clone();
    let safe = Safe::open(&config.keys, admin.database.clone(), random, admin.now()).await;
    safe.map_err(|error| told(&error))
}

async fn list(admin: &Admin, args: &ListArgs, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let of = match &args.organisation {
        Some(named) => vec![organisation(admin, named).await?],
        None => organisations(admin).await?,
    };
    let (inventory, mut all, mut more) = (Inventory::new(admin.database.clone()), Vec::new(), false);
    for organisation in &of {
        let mut found = inventory.list(organisation.id, MOST + 1).await.map_err(|error| store(&error))?;
        more |= found.len() > MOST;
        found.truncate(MOST);
        all.extend(found.into_iter().map(|info| (organisation, info)));
    }
    if args.configured.format.json() {
        io.json(&json!({ "secrets": all.iter().map(|(_, info)| data(info)).collect::<Vec<_>>(), "more": more }));
        return Ok(Exit::Fine);
    }
    if more {
        io.err(format!("of each organisation the first {MOST} versions alone are shown\n"));
    }
    if all.is_empty() {
        io.line("there are no secrets");
    }
    let wide = all.iter().map(|(_, info)| info.name.to_string().len()).max().unwrap_or_default();
    for (organisation, info) in &all {
        let whose = if args.organisation.is_none() { format!("  {}", organisation.name) } else { String::new() };
        io.line(format!("{}{whose}", line(info, wide)));
    }
    Ok(Exit::Fine)
}

/// What may be known of a version, its name as wide as the widest.
fn line(info: &SecretInfo, wide: usize) -> String {
    let SecretInfo { name, version, state, key, created, expires } = info;
    let expires = expires.map_or_else(|| "never".to_owned(), |at| at.to_string());
    let (name, state) = (name.to_string(), state.as_str());
    format!("{name:<wide$}  {version:>3}  {state:<8}  key {key}  created {created}  expires {expires}")
}

async fn put(admin: &Admin, config: &Config, args: &PutArgs, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let (_, name) = args.one.find(admin).await?;
    let safe = safe(admin, config).await?;
    let vault = safe.vault().map_err(|error| told(&error))?;
    let text = io.read().map_err(|error| Failure::read(Path::new("standard input"), &error))?;
    // Editors and `echo` end a file with a line break that is no part of the value.
    let value = text.strip_suffix('\n').map_or(&*text, |line| line.strip_suffix('\r').unwrap_or(line));
    if value.is_empty() {
        return Err(
            Failure::problem("nothing came on standard input").help("`engage secrets put ORG KIND/NAME < FILE`")
        );
    }
    hooks::check(&name, value)?;
    let state = if args.next { SecretState::Next } else { SecretState::Current };
    let kept = vault.put(&name, &Secret::from(value), state, args.expires, &admin.actor, admin.now()).await;
    let info = kept.map_err(|error| refused(&error))?;
    if args.one.configured.format.json() {
        io.json(&data(&info));
    } else {
        io.line(format!("{}  {}  {}  key {}", info.name, info.version, info.state.as_str(), info.key));
    }
    Ok(Exit::Fine)
}

async fn promote(admin: &Admin, config: &Config, args: &OneArgs, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let (of, name) = args.find(admin).await?;
    let safe = safe(admin, config).await?;
    let vault = safe.vault().map_err(|error| told(&error))?;
    let promoted = vault.promote(&name, &admin.actor, admin.now()).await;
    promoted.map_err(|error| match error {
        StoreError::Absent { .. } => Failure::usage(format!("`{}` has no next version of this secret", of.name))
            .help("`engage secrets put --next` writes one"),
        error => store(&error),
    })?;
    say(args, &name, "promoted", io);
    Ok(Exit::Fine)
}

async fn remove(admin: &Admin, args: &OneArgs, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let (of, name) = args.find(admin).await?;
    let removed = Inventory::new(admin.database.clone()).remove(&name, &admin.actor, admin.now()).await;
    removed.map_err(|error| match error {
        StoreError::Absent { .. } => Failure::usage(format!("`{}` has no such secret", of.name))
            .help("`engage secrets list` shows those that it has"),
        error => store(&error),
    })?;
    say(args, &name, "removed", io);
    Ok(Exit::Fine)
}

fn say(args: &OneArgs, name: &SecretName, done: &str, io: &mut Io<'_>) {
    if args.configured.format.json() {
        io.json(&json!({ "kind": name.kind, "name": name.name, "done": done }));
    } else {
        io.line(format!("{name}  {done}"));
    }
}

fn refused(error: &StoreError) -> Failure {
    let failure = store(error);
    match error {
        StoreError::Refused { .. } => failure.help(
            "kind and name are letters, digits and `. _ : @ -`, at most 200 bytes each; a value has at most 65536 bytes",
        ),
        _ => failure,
    }
}

fn data(info: &SecretInfo) -> Json {
    let SecretInfo { name, version, state, key, created, expires } = info;
    json!({
        "organisation": name.organisation,
        "kind": name.kind,
        "name": name.name,
        "version": version,
        "state": state.as_str(),
        "key": key,
        "created": created.to_string(),
        "expires": expires.map(|at| at.to_string()),
    })
}

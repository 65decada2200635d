//! `engage credentials`: what lets somebody in, and when it ends; never its value.

use engage_server::admin::{Admin, Credential, CredentialKind, credentials};
use engage_store::platform::{Environment, Organisation};
use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::commands::org::environment;
use crate::commands::secrets::instant;
use crate::configured::{Configured, organisation, organisations, store};
use crate::execution::wait;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;

const EXAMPLES: &str = "\
Examples:
  engage credentials                                 of every organisation, what ends first first
  engage credentials Contoso --ends-before 2027-01-01
  engage credentials Contoso --kind client-secret --format json

Listed are secrets of directories and of back-ends, and what is kept secret. What was revoked is not there; what another one replaces,
so that its end is as it should be, is said to be replaced. No value is known here.";

/// Arguments of `engage credentials`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The organisation, by its id or its name [default: all of them]
    #[arg(value_name = "ORG")]
    pub organisation: Option<String>,
    /// Those of this environment, and those of all, such as what is kept secret
    #[arg(long, value_name = "ENVIRONMENT", value_parser = environment)]
    pub environment: Option<Environment>,
    /// Those of this kind: scim-secret, client-secret or kept-secret
    #[arg(long, value_name = "KIND", value_parser = kind)]
    pub kind: Option<CredentialKind>,
    /// Those that end before this, as in `2028-06-01`
    #[arg(long, value_name = "WHEN", value_parser = instant)]
    pub ends_before: Option<Timestamp>,
    /// The configuration.
    #[command(flatten)]
    pub configured: Configured,
}

fn kind(text: &str) -> Result<CredentialKind, String> {
    let names = CredentialKind::ALL.map(CredentialKind::as_str).join("`, `");
    CredentialKind::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| format!("it is one of `{names}`"))
}

impl Args {
    /// Whether failures are told as JSON.
    pub fn json(&self) -> bool {
        self.configured.format.json()
    }

    fn is_asked_for(&self, credential: &Credential) -> bool {
        let Credential { kind, environment, ends, .. } = credential;
        self.environment.is_none_or(|wanted| environment.is_none_or(|there| there == wanted))
            && self.kind.is_none_or(|wanted| *kind == wanted)
            && self.ends_before.is_none_or(|before| ends.is_some_and(|ends| ends < before))
    }
}

/// Lists what ends.
///
/// # Errors
/// When the configuration is wrong, there is no such organisation, or the database cannot be asked.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let config = args.configured.load()?;
    wait(async {
        let admin = args.configured.admin(&config).await?;
        list(&admin, args, io).await
    })?
}

async fn list(admin: &Admin, args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let of = match &args.organisation {
        Some(named) => vec![organisation(admin, named).await?],
        None => organisations(admin).await?,
    };
    let (now, mut all) = (admin.now(), Vec::new());
    for organisation in &of {
        let found = credentials(&admin.database, organisation.id, now).await.map_err(|error| store(&error))?;
        all.extend(found.into_iter().filter(|one| args.is_asked_for(one)).map(|one| (organisation, one)));
    }
    // Of one organisation they are in this order already, and it stays.
    all.sort_by_key(|(_, credential)| credential.ends.unwrap_or(Timestamp::MAX));
    if args.json() {
        let all = all.iter().map(|(whose, credential)| data(whose, credential, now));
        io.json(&json!({ "credentials": all.collect::<Vec<_>>() }));
        return Ok(Exit::Fine);
    }
    if all.is_empty() {
        io.line("there is nothing that lets anybody in, or nothing that is asked for");
    }
    for (whose, credential) in &all {
        let whose = if args.organisation.is_none() { format!("  {}", whose.name) } else { String::new() };
        io.line(format!("{}{whose}", line(credential, now)));
    }
    Ok(Exit::Fine)
}

fn line(credential: &Credential, now: Timestamp) -> String {
    let Credential { kind, id, holder, label, ends, replaced, .. } = credential;
    let ends = match (ends, credential.days_left(now)) {
        (Some(ends), Some(days)) => format!("{ends}  {days:>5} days"),
        _ => format!("{:<20}  {:>10}", "no end", ""),
    };
    let state = if *replaced { "replaced" } else { credential.state(now).as_str() };
    let label = label.as_ref().map_or_else(String::new, |label| format!("  {label}"));
    format!("{ends}  {state:<8}  {:<13}  {holder}  {id}{label}", kind.as_str())
}

fn data(whose: &Organisation, credential: &Credential, now: Timestamp) -> Json {
    let Credential { kind, id, holder, label, environment, starts, ends, last_used, replaced } = credential;
    json!({
        "organisation": whose.id,
        "kind": kind.as_str(),
        "id": id,
        "holder": holder,
        "label": label,
        "environment": environment.map(Environment::as_str),
        "starts": starts.to_string(),
        "ends": ends.map(|at| at.to_string()),
        "days_left": credential.days_left(now),
        "state": credential.state(now).as_str(),
        "last_used": last_used.map(|at| at.to_string()),
        "replaced": replaced,
    })
}

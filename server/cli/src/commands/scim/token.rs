//! `engage scim token`: the tokens that directories come with.

use std::time::Duration;

use clap::Subcommand;
use engage_server::admin::{Admin, Issued, Validity};
use engage_store::platform::{Environment, OrganisationReads as _, Slot, StoreError, Token, TokenReads as _};
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::commands::org::environment;
use crate::configured::{Configured, organisation, store};
use crate::execution::wait;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;

/// Seconds of a day.
const DAY: u64 = 24 * 60 * 60;

/// What can be done with tokens.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a token and show it, this once
    Create(CreateArgs),
    /// List the tokens of an organisation; none is shown
    List(ListArgs),
    /// Make a token useless at once
    Revoke(RevokeArgs),
}

/// Arguments of `engage scim token create`.
#[derive(Debug, clap::Args)]
pub struct CreateArgs {
    /// The organisation, by its id or its name
    #[arg(value_name = "ORG")]
    pub organisation: String,
    /// The environment that it is for: dev, test or prod
    #[arg(long, value_name = "ENVIRONMENT", value_parser = environment, default_value = "prod")]
    pub environment: Environment,
    /// After how many days it is good no more [default: it is until it is revoked, or followed by another]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..=3650))]
    pub expires: Option<u16>,
    /// The configuration.
    #[command(flatten)]
    pub configured: Configured,
}

/// Arguments of `engage scim token list`.
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// The organisation, by its id or its name
    #[arg(value_name = "ORG")]
    pub organisation: String,
    /// The configuration.
    #[command(flatten)]
    pub configured: Configured,
}

/// Arguments of `engage scim token revoke`.
#[derive(Debug, clap::Args)]
pub struct RevokeArgs {
    /// The organisation, by its id or its name
    #[arg(value_name = "ORG")]
    pub organisation: String,
    /// The token, by its id
    #[arg(value_name = "TOKEN-ID")]
    pub token: String,
    /// The configuration.
    #[command(flatten)]
    pub configured: Configured,
}

/// The id of a token. What is given instead may be the token itself, so that no message repeats it: the argument parser would.
fn id(text: &str) -> Result<Uuid, Failure> {
    let wrong = |_| Failure::usage("a token is named by its id").help("`engage scim token list` shows the ids");
    Uuid::try_parse(text).map_err(wrong)
}

impl Command {
    /// The configuration.
    pub fn configured(&self) -> &Configured {
        match self {
            Self::Create(args) => &args.configured,
            Self::List(args) => &args.configured,
            Self::Revoke(args) => &args.configured,
        }
    }
}

/// Does what is asked with tokens.
///
/// # Errors
/// When the configuration is wrong, there is no such organisation or token, or the database cannot be asked.
pub fn run(command: &Command, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let configured = command.configured();
    let config = configured.load()?;
    wait(async {
        let admin = configured.admin(&config).await?;
        match command {
            Command::Create(args) => create(&admin, args, config.scim.secret_overlap, io).await,
            Command::List(args) => list(&admin, args, io).await,
            Command::Revoke(args) => revoke(&admin, args, io).await,
        }
    })?
}

async fn create(admin: &Admin, args: &CreateArgs, overlap: Duration, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let of = organisation(admin, &args.organisation).await?;
    let lifetime = args.expires.map(|days| Duration::from_secs(u64::from(days) * DAY));
    let issued = admin.issue_token(of.id, args.environment, Validity { lifetime, overlap }).await;
    let Issued { token, secret, before } = issued.map_err(|error| refused(&error, args))?;
    let secret = secret.expose_text().unwrap_or_default();
    if args.configured.format.json() {
        let mut data = data(&token, admin.time.timestamp());
        if let Some(object) = data.as_object_mut() {
            object.insert("token".to_owned(), json!(secret));
        }
        io.json(&data);
        return Ok(Exit::Fine);
    }
    io.line(secret);
    io.err(format!("its id is {}; it is not shown again\n", token.id));
    if let Some((id, until)) = before.and_then(|before| Some((before.id, before.expires?))) {
        io.err(format!("the token before it, {id}, is good until {until}\n"));
    }
    Ok(Exit::Fine)
}

fn refused(error: &StoreError, args: &CreateArgs) -> Failure {
    let failure = store(error);
    match error {
        StoreError::Refused { .. } => {
            let help = "two are good at once, one that goes and one that comes: `engage scim token list` shows them, and \
                `engage scim token revoke` ends one";
            failure.help(help)
        }
        StoreError::Absent { .. } => {
            Failure::usage(format!("`{}` has no environment `{}`", args.organisation, args.environment))
                .help("`engage org list` shows those that it has; `--environment` names one")
        }
        _ => failure,
    }
}

async fn list(admin: &Admin, args: &ListArgs, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let of = organisation(admin, &args.organisation).await?;
    let (mut reader, now) = (admin.database.reader(), admin.time.timestamp());
    let mut all = Vec::new();
    for open in reader.environments(of.id).await.map_err(|error| store(&error))? {
        all.extend(reader.tokens(of.id, open.environment, now).await.map_err(|error| store(&error))?);
    }
    if args.configured.format.json() {
        io.json(&json!({ "tokens": all.iter().map(|token| data(token, now)).collect::<Vec<_>>() }));
        return Ok(Exit::Fine);
    }
    if all.is_empty() {
        io.line(format!("{} has no tokens", of.name));
    }
    all.iter().for_each(|token| io.line(line(token, now)));
    Ok(Exit::Fine)
}

async fn revoke(admin: &Admin, args: &RevokeArgs, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let (of, id) = (organisation(admin, &args.organisation).await?, id(&args.token)?);
    let environment = admin.revoke_token(of.id, id).await.map_err(|error| match error {
        StoreError::Absent { .. } => Failure::usage(format!("`{}` has no token {id}", args.organisation))
            .help("`engage scim token list` shows those that it has"),
        error => store(&error),
    })?;
    if args.configured.format.json() {
        io.json(&json!({ "id": id, "environment": environment.as_str(), "state": "revoked" }));
    } else {
        io.line(format!("{id}  {environment}  revoked"));
    }
    Ok(Exit::Fine)
}

/// A word for how a token stands.
fn state(token: &Token, now: Timestamp) -> &'static str {
    match token.slot {
        Some(Slot::Primary) => "primary",
        Some(Slot::Next) => "next",
        None if token.revoked.is_some() => "revoked",
        None if token.valid(now) => "good",
        None => "expired",
    }
}

fn line(token: &Token, now: Timestamp) -> String {
    let Token { id, environment, created, expires, last_used, .. } = token;
    let when = |instant: &Option<Timestamp>, never: &str| instant.map_or_else(|| never.to_owned(), |at| at.to_string());
    let (expires, used) = (when(expires, "never"), when(last_used, "never"));
    let (environment, state) = (environment.as_str(), state(token, now));
    format!("{id}  {environment:<4}  {state:<7}  created {created}  expires {expires}  last used {used}")
}

fn data(token: &Token, now: Timestamp) -> Json {
    let Token { organisation, environment, id, slot: _, created, expires, last_used, revoked } = token;
    let text = |instant: &Option<Timestamp>| instant.map(|at| at.to_string());
    json!({
        "id": id,
        "organisation": organisation,
        "environment": environment.as_str(),
        "state": state(token, now),
        "created": created.to_string(),
        "expires": text(expires),
        "last_used": text(last_used),
        "revoked": text(revoked),
    })
}

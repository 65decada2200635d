//! `engage client`: the back-ends of organisations that call with tokens of the platform's tenant.

use clap::Subcommand;
use engage_server::admin::{Admin, NewClient};
use engage_store::platform::{Client, ClientReads as _, ClientSecret, Environment, StoreError};
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::commands::org::environment;
use crate::commands::secrets::instant;
use crate::configured::{Configured, organisation, store};
use crate::execution::wait;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;

const EXAMPLES: &str = "\
Examples:
  engage client register Contoso 0f0c7f5e-2a64-4d0a-9e1e-8c1c6c0a1b2d --label 'core banking'
  engage client secret add Contoso 0f0c7f5e-2a64-4d0a-9e1e-8c1c6c0a1b2d 7d1c… --ends 2028-06-01
  engage client list Contoso --format json
  engage client disable Contoso 0f0c7f5e-2a64-4d0a-9e1e-8c1c6c0a1b2d

A client id belongs to one organisation. Secrets are kept by who issues tokens: here is known what they are called and how long
they are good. What is changed holds on every server within a minute.";

/// Arguments of `engage client`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// What is done.
    #[command(subcommand)]
    pub command: Command,
}

/// What can be done with clients.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Register a back-end of an organisation
    Register(RegisterArgs),
    /// List the back-ends of an organisation, and how long their secrets are good
    List(ListArgs),
    /// Let a back-end call again
    Enable(OneArgs),
    /// Let a back-end call no longer
    Disable(OneArgs),
    /// How long the secrets of a back-end are good
    #[command(subcommand)]
    Secret(SecretCommand),
}

/// What can be done with what is known of secrets.
#[derive(Debug, Subcommand)]
pub enum SecretCommand {
    /// Write down how long a secret is good; the secret itself is not asked for
    Add(AddArgs),
    /// Forget a secret
    Remove(RemoveArgs),
}

/// Arguments of `engage client register`.
#[derive(Debug, clap::Args)]
pub struct RegisterArgs {
    /// Which client.
    #[command(flatten)]
    pub one: OneArgs,
    /// What people call it
    #[arg(long, value_name = "TEXT")]
    pub label: String,
    /// The environment that it works in: dev, test or prod
    #[arg(long, value_name = "ENVIRONMENT", value_parser = environment, default_value = "prod")]
    pub environment: Environment,
}

/// Arguments of `engage client list`.
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// The organisation, by its id or its name
    #[arg(value_name = "ORG")]
    pub organisation: String,
    /// The configuration.
    #[command(flatten)]
    pub configured: Configured,
}

/// Arguments of the commands on one client.
#[derive(Debug, clap::Args)]
pub struct OneArgs {
    /// The organisation, by its id or its name
    #[arg(value_name = "ORG")]
    pub organisation: String,
    /// The client id in the platform's tenant
    #[arg(value_name = "CLIENT-ID")]
    pub client: String,
    /// The configuration.
    #[command(flatten)]
    pub configured: Configured,
}

/// Arguments of `engage client secret add`.
#[derive(Debug, clap::Args)]
pub struct AddArgs {
    /// Which secret.
    #[command(flatten)]
    pub one: RemoveArgs,
    /// Until when it is good, as in `2028-06-01`
    #[arg(long, value_name = "WHEN", value_parser = instant)]
    pub ends: Timestamp,
    /// Since when it is good [default: now]
    #[arg(long, value_name = "WHEN", value_parser = instant)]
    pub starts: Option<Timestamp>,
}

/// Arguments of `engage client secret remove`.
#[derive(Debug, clap::Args)]
pub struct RemoveArgs {
    /// Which client.
    #[command(flatten)]
    pub one: OneArgs,
    /// The secret, by its key id
    #[arg(value_name = "KEY-ID")]
    pub secret: String,
}

impl OneArgs {
    /// The id of the client. What is given instead may be its secret, so that no message repeats it: the argument parser would.
    fn id(&self) -> Result<Uuid, Failure> {
        let wrong = |_| Failure::usage("a client is named by its client id").help("`engage client list` shows the ids");
        Uuid::try_parse(&self.client).map_err(wrong)
    }
}

impl RemoveArgs {
    /// The id of the secret, which is not repeated either.
    fn id(&self) -> Result<Uuid, Failure> {
        let wrong = |_| Failure::usage("a secret is named by its key id").help("Entra shows it beside the secret");
        Uuid::try_parse(&self.secret).map_err(wrong)
    }
}

impl Args {
    fn configured(&self) -> &Configured {
        match &self.command {
            Command::Register(args) => &args.one.configured,
            Command::List(args) => &args.configured,
            Command::Enable(args) | Command::Disable(args) => &args.configured,
            Command::Secret(SecretCommand::Add(args)) => &args.one.one.configured,
            Command::Secret(SecretCommand::Remove(args)) => &args.one.configured,
        }
    }

    /// Whether failures are told as JSON.
    pub fn json(&self) -> bool {
        self.configured().format.json()
    }
}

/// Does what is asked with clients.
///
/// # Errors
/// When the configuration is wrong, there is no such organisation or client, or the database cannot be asked.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let configured = args.configured();
    let config = configured.load()?;
    wait(async {
        let admin = configured.admin(&config).await?;
        let (of, client) = match &args.command {
            Command::List(args) => return list(&admin, args, io).await,
            Command::Register(args) => register(&admin, args).await?,
            Command::Enable(args) => enable(&admin, args, true).await?,
            Command::Disable(args) => enable(&admin, args, false).await?,
            Command::Secret(SecretCommand::Add(args)) => add(&admin, args).await?,
            Command::Secret(SecretCommand::Remove(args)) => remove(&admin, args).await?,
        };
        // As it is now, whatever was done.
        let all = admin.database.reader().clients(of).await.map_err(|error| store(&error))?;
        for client in all.iter().filter(|one| one.client == client) {
            if configured.format.json() {
                io.json(&data(client));
            } else {
                io.line(line(client));
            }
        }
        Ok(Exit::Fine)
    })?
}

async fn register(admin: &Admin, args: &RegisterArgs) -> Result<(Uuid, Uuid), Failure> {
    let (of, client) = find(admin, &args.one).await?;
    let environment = args.environment;
    let new = NewClient { client, environment, label: args.label.clone() };
    admin.register_client(of, new).await.map_err(|error| match error {
        // Of another organisation it is not told which.
        StoreError::Conflict { .. } => Failure::problem(format!("`{client}` is registered already"))
            .help("a client belongs to one organisation; `engage client list` shows those of one"),
        StoreError::Absent { .. } => {
            Failure::usage(format!("`{}` has no environment `{environment}`", args.one.organisation))
                .help("`engage org list` shows those that it has; `--environment` names one")
        }
        error => store(&error),
    })?;
    Ok((of, client))
}

async fn enable(admin: &Admin, args: &OneArgs, enabled: bool) -> Result<(Uuid, Uuid), Failure> {
    let (of, client) = find(admin, args).await?;
    admin.enable_client(of, client, enabled).await.map_err(|error| refused(&error, args))?;
    Ok((of, client))
}

async fn add(admin: &Admin, args: &AddArgs) -> Result<(Uuid, Uuid), Failure> {
    let (one, id) = (&args.one.one, args.one.id()?);
    let (of, client) = find(admin, one).await?;
    let secret = ClientSecret { id, starts: args.starts.unwrap_or_else(|| admin.now()), ends: args.ends };
    admin.add_client_secret(of, client, secret).await.map_err(|error| refused(&error, one))?;
    Ok((of, client))
}

async fn remove(admin: &Admin, args: &RemoveArgs) -> Result<(Uuid, Uuid), Failure> {
    let (one, id) = (&args.one, args.id()?);
    let (of, client) = find(admin, one).await?;
    admin.remove_client_secret(of, client, id).await.map_err(|error| refused(&error, one))?;
    Ok((of, client))
}

/// The organisation and the client that are named.
async fn find(admin: &Admin, args: &OneArgs) -> Result<(Uuid, Uuid), Failure> {
    let client = args.id()?;
    Ok((organisation(admin, &args.organisation).await?.id, client))
}

fn refused(error: &StoreError, args: &OneArgs) -> Failure {
    match error {
        StoreError::Absent { what } => {
            let failure = match *what {
                "secret" => Failure::usage(format!("`{}` has no such secret", args.client)),
                _ => Failure::usage(format!("`{}` has no client `{}`", args.organisation, args.client)),
            };
            failure.help("`engage client list` shows those that there are")
        }
        StoreError::Conflict { .. } => Failure::problem(format!("`{}` has a secret of that id already", args.client)),
        error => store(error),
    }
}

async fn list(admin: &Admin, args: &ListArgs, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let of = organisation(admin, &args.organisation).await?;
    let clients = admin.database.reader().clients(of.id).await.map_err(|error| store(&error))?;
    if args.configured.format.json() {
        io.json(&json!({ "clients": clients.iter().map(data).collect::<Vec<_>>() }));
        return Ok(Exit::Fine);
    }
    if clients.is_empty() {
        io.line(format!("{} has no clients", of.name));
    }
    clients.iter().for_each(|client| io.line(line(client)));
    Ok(Exit::Fine)
}

fn line(client: &Client) -> String {
    let Client { client, environment, label, enabled, secrets, .. } = client;
    let word = if *enabled { "enabled" } else { "disabled" };
    let last = secrets.iter().map(|secret| secret.ends).max();
    let ends = last.map_or_else(|| "unknown".to_owned(), |ends| ends.to_string());
    format!("{client}  {:<4}  {word:<8}  secrets end {ends}  {label}", environment.as_str())
}

fn data(client: &Client) -> Json {
    let Client { client, organisation, environment, label, enabled, created, secrets } = client;
    let secrets = secrets
        .iter()
        .map(|secret| json!({ "id": secret.id, "starts": secret.starts.to_string(), "ends": secret.ends.to_string() }));
    json!({
        "client": client,
        "organisation": organisation,
        "environment": environment.as_str(),
        "label": label,
        "enabled": enabled,
        "created": created.to_string(),
        "secrets": secrets.collect::<Vec<_>>(),
    })
}

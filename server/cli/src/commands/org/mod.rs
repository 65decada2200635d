//! `engage org`: the organisations of a platform.

mod tenant;

use clap::Subcommand;
use engage_server::admin::Admin;
use engage_store::platform::{Environment, OpenEnvironment, Organisation, OrganisationReads as _, StoreError};
use serde_json::{Value as Json, json};

use crate::configured::{Configured, organisation, organisations, store};
use crate::execution::wait;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;

const EXAMPLES: &str = "\
Examples:
  engage org create Contoso --environment test --environment prod
  engage org list --format json
  engage org environment add Contoso dev
  engage org tenant add Contoso 8b0e6c1f-3a52-4b7e-9c55-0d6f2b1a4e77 --cap Manager
  engage org disable Contoso               nothing of it works any more; nothing is lost

An organisation is named by its id or by its name. What is done stands in its audit log.";

/// Arguments of `engage org`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// What is done.
    #[command(subcommand)]
    pub command: Command,
}

/// What can be done with organisations.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make an organisation and print its id
    Create(CreateArgs),
    /// List organisations, by name
    List(Configured),
    /// Stop all that an organisation does, its tokens included
    Disable(OneArgs),
    /// Let an organisation work again
    Enable(OneArgs),
    /// The environments that an organisation works in
    #[command(subcommand)]
    Environment(EnvironmentCommand),
    /// The Entra tenants whose users may work for an organisation
    #[command(subcommand)]
    Tenant(tenant::Command),
}

/// What can be done with environments.
#[derive(Debug, Subcommand)]
pub enum EnvironmentCommand {
    /// Give an organisation an environment that it does not have yet
    Add(AddArgs),
}

/// Arguments of `engage org environment add`.
#[derive(Debug, clap::Args)]
pub struct AddArgs {
    /// The organisation, by its id or its name
    #[arg(value_name = "ORG")]
    pub organisation: String,
    /// The environment: dev, test or prod
    #[arg(value_name = "ENVIRONMENT", value_parser = environment)]
    pub environment: Environment,
    /// The configuration.
    #[command(flatten)]
    pub configured: Configured,
}

/// Arguments of `engage org create`.
#[derive(Debug, clap::Args)]
pub struct CreateArgs {
    /// What people call it; no two have the same name
    #[arg(value_name = "NAME")]
    pub name: String,
    /// An environment that it is to have: dev, test or prod; may be repeated
    #[arg(long = "environment", value_name = "ENVIRONMENT", value_parser = environment, default_value = "prod")]
    pub environments: Vec<Environment>,
    /// The configuration.
    #[command(flatten)]
    pub configured: Configured,
}

/// Arguments of the commands on one organisation.
#[derive(Debug, clap::Args)]
pub struct OneArgs {
    /// The organisation, by its id or its name
    #[arg(value_name = "ID|NAME")]
    pub organisation: String,
    /// The configuration.
    #[command(flatten)]
    pub configured: Configured,
}

/// An environment by its name.
pub(in crate::commands) fn environment(text: &str) -> Result<Environment, &'static str> {
    text.parse().map_err(|_| "an environment is dev, test or prod")
}

impl Args {
    fn configured(&self) -> &Configured {
        match &self.command {
            Command::Create(args) => &args.configured,
            Command::List(configured) => configured,
            Command::Disable(args) | Command::Enable(args) => &args.configured,
            Command::Environment(EnvironmentCommand::Add(args)) => &args.configured,
            Command::Tenant(command) => command.configured(),
        }
    }

    /// Whether failures are told as JSON.
    pub fn json(&self) -> bool {
        self.configured().format.json()
    }
}

/// Does what is asked with organisations.
///
/// # Errors
/// When the configuration is wrong, there is no such organisation, or the database cannot be asked.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let configured = args.configured();
    let config = configured.load()?;
    let json = configured.format.json();
    wait(async {
        let admin = configured.admin(&config).await?;
        match &args.command {
            Command::Create(args) => create(&admin, args, io).await,
            Command::List(_) => list(&admin, json, io).await,
            Command::Disable(args) => enable(&admin, args, false, io).await,
            Command::Enable(args) => enable(&admin, args, true, io).await,
            Command::Environment(EnvironmentCommand::Add(args)) => add(&admin, args, io).await,
            Command::Tenant(command) => tenant::run(&admin, command, io).await,
        }
    })?
}

async fn create(admin: &Admin, args: &CreateArgs, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let made = admin.create_organisation(&args.name, &args.environments).await.map_err(|error| store(&error))?;
    if args.configured.format.json() {
        io.json(&data(&made, &environments(admin, &made).await?));
    } else {
        io.line(made.id.to_string());
    }
    Ok(Exit::Fine)
}

async fn list(admin: &Admin, as_json: bool, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let mut all = Vec::new();
    for organisation in organisations(admin).await? {
        let environments = environments(admin, &organisation).await?;
        all.push((organisation, environments));
    }
    if as_json {
        let all: Vec<Json> = all.iter().map(|(organisation, environments)| data(organisation, environments)).collect();
        io.json(&json!({ "organisations": all }));
        return Ok(Exit::Fine);
    }
    if all.is_empty() {
        io.line("there are no organisations");
    }
    all.iter().for_each(|(organisation, environments)| io.line(line(organisation, environments)));
    Ok(Exit::Fine)
}

fn line(organisation: &Organisation, environments: &[OpenEnvironment]) -> String {
    let names: Vec<&str> = environments.iter().map(|open| open.environment.as_str()).collect();
    let Organisation { id, name, enabled, .. } = organisation;
    format!("{id}  {:<8}  {:<13}  {name}", word(*enabled), names.join(","))
}

async fn add(admin: &Admin, args: &AddArgs, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let found = organisation(admin, &args.organisation).await?;
    admin.open_environment(found.id, args.environment).await.map_err(|error| match error {
        StoreError::Conflict { .. } => {
            Failure::problem(format!("`{}` has the environment `{}` already", found.name, args.environment))
        }
        error => store(&error),
    })?;
    let environments = environments(admin, &found).await?;
    if args.configured.format.json() {
        io.json(&data(&found, &environments));
    } else {
        io.line(line(&found, &environments));
    }
    Ok(Exit::Fine)
}

async fn enable(admin: &Admin, args: &OneArgs, enabled: bool, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let found = organisation(admin, &args.organisation).await?;
    admin.enable_organisation(found.id, enabled).await.map_err(|error| store(&error))?;
    if args.configured.format.json() {
        io.json(&data(&Organisation { enabled, ..found.clone() }, &environments(admin, &found).await?));
    } else {
        io.line(format!("{}  {}  {}", found.id, word(enabled), found.name));
    }
    Ok(Exit::Fine)
}

async fn environments(admin: &Admin, of: &Organisation) -> Result<Vec<OpenEnvironment>, Failure> {
    admin.database.reader().environments(of.id).await.map_err(|error| store(&error))
}

fn word(enabled: bool) -> &'static str {
    if enabled { "enabled" } else { "disabled" }
}

fn data(organisation: &Organisation, environments: &[OpenEnvironment]) -> Json {
    let Organisation { id, name, enabled, created } = organisation;
    let environments = environments.iter().map(|open| {
        let OpenEnvironment { environment, enabled, created } = open;
        json!({ "environment": environment.as_str(), "enabled": enabled, "created": created.to_string() })
    });
    json!({
        "id": id,
        "name": name,
        "enabled": enabled,
        "created": created.to_string(),
        "environments": environments.collect::<Vec<_>>(),
    })
}

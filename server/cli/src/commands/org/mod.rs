//! `engage org`: the organisations of a platform.

mod tenant;

use clap::Subcommand;
use engage_engine::CrmName;
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
  engage org crm Contoso salesforce
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
    /// Say in which CRM an organisation keeps its records; `engage serve` does that itself for the one whose playbooks it runs
    Crm(CrmArgs),
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

/// Arguments of `engage org crm`.
#[derive(Debug, clap::Args)]
pub struct CrmArgs {
    /// The organisation, by its id or its name
    #[arg(value_name = "ORG")]
    pub organisation: String,
    /// The CRM: `dataverse`, `salesforce`, or another that has definitions
    #[arg(value_name = "CRM", required_unless_present = "unknown")]
    pub crm: Option<CrmName>,
    /// Nobody knows it any more
    #[arg(long, conflicts_with = "crm")]
    pub unknown: bool,
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
            Command::Crm(args) => &args.configured,
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
            Command::Crm(args) => keep(&admin, args, io).await,
            Command::Tenant(command) => tenant::run(&admin, command, io).await,
        }
    })?
}

/// An organisation, with what else is known of it.
struct Known {
    organisation: Organisation,
    environments: Vec<OpenEnvironment>,
    crm: Option<String>,
}

impl Known {
    async fn of(admin: &Admin, organisation: Organisation) -> Result<Self, Failure> {
        let mut reader = admin.database.reader();
        let environments = reader.environments(organisation.id).await.map_err(|error| store(&error))?;
        let crm = reader.crm(organisation.id).await.map_err(|error| store(&error))?;
        Ok(Self { organisation, environments, crm })
    }

    fn line(&self) -> String {
        let names: Vec<&str> = self.environments.iter().map(|open| open.environment.as_str()).collect();
        let Organisation { id, name, enabled, .. } = &self.organisation;
        let crm = self.crm.iter().map(|crm| format!("  on {crm}")).collect::<String>();
        format!("{id}  {:<8}  {:<13}  {name}{crm}", word(*enabled), names.join(","))
    }

    fn data(&self) -> Json {
        let Self { organisation: Organisation { id, name, enabled, created }, environments, crm } = self;
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
            "crm": crm,
        })
    }

    /// Says how it is now.
    fn tell(&self, as_json: bool, io: &mut Io<'_>) -> Exit {
        if as_json {
            io.json(&self.data());
        } else {
            io.line(self.line());
        }
        Exit::Fine
    }
}

async fn create(admin: &Admin, args: &CreateArgs, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let made = admin.create_organisation(&args.name, &args.environments).await.map_err(|error| store(&error))?;
    if args.configured.format.json() {
        io.json(&Known::of(admin, made).await?.data());
    } else {
        io.line(made.id.to_string());
    }
    Ok(Exit::Fine)
}

async fn list(admin: &Admin, as_json: bool, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let mut all = Vec::new();
    for organisation in organisations(admin).await? {
        all.push(Known::of(admin, organisation).await?);
    }
    if as_json {
        io.json(&json!({ "organisations": all.iter().map(Known::data).collect::<Vec<_>>() }));
        return Ok(Exit::Fine);
    }
    if all.is_empty() {
        io.line("there are no organisations");
    }
    all.iter().for_each(|known| io.line(known.line()));
    Ok(Exit::Fine)
}

async fn add(admin: &Admin, args: &AddArgs, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let found = organisation(admin, &args.organisation).await?;
    admin.open_environment(found.id, args.environment).await.map_err(|error| match error {
        StoreError::Conflict { .. } => {
            Failure::problem(format!("`{}` has the environment `{}` already", found.name, args.environment))
        }
        error => store(&error),
    })?;
    Ok(Known::of(admin, found).await?.tell(args.configured.format.json(), io))
}

async fn keep(admin: &Admin, args: &CrmArgs, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let found = organisation(admin, &args.organisation).await?;
    let crm = args.crm.as_ref().map(CrmName::as_str);
    admin.set_crm(found.id, crm).await.map_err(|error| store(&error))?;
    Ok(Known::of(admin, found).await?.tell(args.configured.format.json(), io))
}

async fn enable(admin: &Admin, args: &OneArgs, enabled: bool, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let found = organisation(admin, &args.organisation).await?;
    admin.enable_organisation(found.id, enabled).await.map_err(|error| store(&error))?;
    if args.configured.format.json() {
        let found = Organisation { enabled, ..found };
        io.json(&Known::of(admin, found).await?.data());
    } else {
        io.line(format!("{}  {}  {}", found.id, word(enabled), found.name));
    }
    Ok(Exit::Fine)
}

fn word(enabled: bool) -> &'static str {
    if enabled { "enabled" } else { "disabled" }
}

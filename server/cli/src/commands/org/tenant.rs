//! `engage org tenant`: whose users may go where.

use clap::Subcommand;
use engage_identity::Role;
use engage_server::admin::{Admin, Limits, MappedTenant};
use engage_store::platform::{Environment, OrganisationReads as _, StoreError, Tenant};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::{environment, word};
use crate::configured::{Configured, organisation, store};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;

/// What can be done with tenants.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Let the users of an Entra tenant work for an organisation
    Add(LimitedArgs),
    /// List the tenants of an organisation
    List(ListArgs),
    /// Limit what the users of a tenant may do, in the place of the limits before; without options there is none
    Limit(LimitedArgs),
    /// Shut the users of a tenant out, within a minute
    Disable(OneArgs),
    /// Let the users of a tenant in again
    Enable(OneArgs),
    /// Take a tenant away from an organisation
    Remove(OneArgs),
}

/// Arguments of the commands on one tenant.
#[derive(Debug, clap::Args)]
pub struct OneArgs {
    /// The organisation, by its id or its name
    #[arg(value_name = "ORG")]
    pub organisation: String,
    /// The id of the Entra tenant
    #[arg(value_name = "TENANT-ID")]
    pub tenant: Uuid,
    /// The environment that it leads to: dev, test or prod
    #[arg(long, value_name = "ENVIRONMENT", value_parser = environment, default_value = "prod")]
    pub environment: Environment,
    /// The configuration.
    #[command(flatten)]
    pub configured: Configured,
}

/// Arguments of the commands that say what users of a tenant may do.
#[derive(Debug, clap::Args)]
pub struct LimitedArgs {
    /// Which tenant.
    #[command(flatten)]
    pub one: OneArgs,
    /// The role that its users have at most, whatever their tokens say
    #[arg(long, value_name = "ROLE", value_parser = role)]
    pub cap: Option<Role>,
    /// An application that its users may use, by its client id; may be repeated [default: any that their tenant has consented to]
    #[arg(long = "client", value_name = "CLIENT-ID")]
    pub clients: Vec<Uuid>,
}

/// Arguments of `engage org tenant list`.
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// The organisation, by its id or its name
    #[arg(value_name = "ORG")]
    pub organisation: String,
    /// The configuration.
    #[command(flatten)]
    pub configured: Configured,
}

fn role(text: &str) -> Result<Role, &'static str> {
    text.parse().map_err(|_| "a role is Customer, Employee, Manager, Configurator or Admin")
}

impl Command {
    pub(super) fn configured(&self) -> &Configured {
        match self {
            Self::Add(args) | Self::Limit(args) => &args.one.configured,
            Self::List(args) => &args.configured,
            Self::Disable(args) | Self::Enable(args) | Self::Remove(args) => &args.configured,
        }
    }
}

impl LimitedArgs {
    fn limits(&self) -> Limits {
        let clients = (!self.clients.is_empty()).then(|| self.clients.iter().copied().collect());
        Limits { cap: self.cap, clients }
    }
}

/// Does what is asked with tenants.
pub(super) async fn run(admin: &Admin, command: &Command, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let as_json = command.configured().format.json();
    let tenant = match command {
        Command::List(args) => return list(admin, args, io).await,
        Command::Add(args) => {
            let of = find(admin, &args.one).await?;
            admin.map_tenant(of, &args.limits()).await.map_err(|error| refused(&error, &args.one))?
        }
        Command::Limit(args) => {
            let of = find(admin, &args.one).await?;
            admin.limit_tenant(of, &args.limits()).await.map_err(|error| refused(&error, &args.one))?
        }
        Command::Disable(args) | Command::Enable(args) => {
            let (of, enabled) = (find(admin, args).await?, matches!(command, Command::Enable(_)));
            admin.enable_tenant(of, enabled).await.map_err(|error| refused(&error, args))?
        }
        Command::Remove(args) => {
            let of = find(admin, args).await?;
            admin.unmap_tenant(of).await.map_err(|error| refused(&error, args))?;
            if as_json {
                let environment = args.environment.as_str();
                io.json(&json!({ "tenant": args.tenant, "environment": environment, "state": "removed" }));
            } else {
                io.line(format!("{}  {}  removed", args.tenant, args.environment));
            }
            return Ok(Exit::Fine);
        }
    };
    if as_json {
        io.json(&data(&tenant));
    } else {
        io.line(line(&tenant));
    }
    Ok(Exit::Fine)
}

async fn find(admin: &Admin, args: &OneArgs) -> Result<MappedTenant, Failure> {
    let organisation = organisation(admin, &args.organisation).await?.id;
    Ok(MappedTenant { tenant: args.tenant, organisation, environment: args.environment })
}

fn refused(error: &StoreError, args: &OneArgs) -> Failure {
    let OneArgs { organisation, tenant, environment, .. } = args;
    match error {
        StoreError::Conflict { .. } => {
            Failure::problem(format!("`{tenant}` leads to `{environment}` of `{organisation}` already"))
                .help("`engage org tenant limit` says what its users may do there")
        }
        StoreError::Absent { what: "environment" } => {
            Failure::usage(format!("`{organisation}` has no environment `{environment}`"))
                .help("`engage org list` shows those that it has; `--environment` names one")
        }
        StoreError::Absent { .. } => {
            Failure::usage(format!("`{tenant}` does not lead to `{environment}` of `{organisation}`"))
                .help("`engage org tenant list` shows those that do")
        }
        error => store(error),
    }
}

async fn list(admin: &Admin, args: &ListArgs, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let of = organisation(admin, &args.organisation).await?;
    let tenants = admin.database.reader().tenants(of.id).await.map_err(|error| store(&error))?;
    if args.configured.format.json() {
        io.json(&json!({ "tenants": tenants.iter().map(data).collect::<Vec<_>>() }));
        return Ok(Exit::Fine);
    }
    if tenants.is_empty() {
        io.line(format!("no tenant leads to {}", of.name));
    }
    tenants.iter().for_each(|tenant| io.line(line(tenant)));
    Ok(Exit::Fine)
}

fn line(tenant: &Tenant) -> String {
    let Tenant { tenant, environment, enabled, limits, .. } = tenant;
    let cap = limits.cap.as_deref().unwrap_or("any role");
    let clients = limits.clients.as_ref().map_or_else(
        || "any application".to_owned(),
        |clients| clients.iter().map(Uuid::to_string).collect::<Vec<_>>().join(","),
    );
    format!("{tenant}  {:<4}  {:<8}  {cap:<12}  {clients}", environment.as_str(), word(*enabled))
}

fn data(tenant: &Tenant) -> Json {
    let Tenant { tenant, organisation, environment, enabled, created, limits } = tenant;
    json!({
        "tenant": tenant,
        "organisation": organisation,
        "environment": environment.as_str(),
        "enabled": enabled,
        "created": created.to_string(),
        "cap": limits.cap,
        "clients": limits.clients,
    })
}

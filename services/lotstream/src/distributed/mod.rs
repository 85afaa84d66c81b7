//! Everything that needs servers: the services as commands, and the tools of a deployment.

mod deployment;
mod dlq;
mod entries;
mod member;
mod partner;
mod programme_publish;
mod publish;
mod quote;
mod rebuild;
mod sender;
mod services;
mod state;
mod statement;
mod tables;
mod tiers;
mod topics;
mod verify;
mod whole;

use crate::cli::distributed::{Command, SettingsArgs};
use crate::cli::reports::StatementArgs;
use crate::cli::{ListArgs, MemberArgs, QuoteArgs, StateArgs};
use crate::failure::{Failure, other};
use crate::inspect::Shown;
use crate::quote::Question;
use crate::statement::Material;
use crate::versions::list;
use deployment::Deployment;
use domain::entry::Entry;
use domain::tariff::Tariffs;
use feed::service::Agreement;
use lotstream_kafka::admin::Admin;
use lotstream_kafka::connection::REQUEST_TIMEOUT;
use lotstream_scylla::ScyllaStore;
use std::process::ExitCode;
use std::sync::Arc;
use wire::registry::{Confluent, Registry};

/// Performs a command of a deployment.
pub(crate) fn perform(command: &Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Ledger(args) => services::ledger(&read(args)?),
        Command::Purchases(args) => services::feed(&read(args)?, purchases::run),
        Command::Returns(args) => services::feed(&read(args)?, returns::run),
        Command::Redemptions(args) => services::feed(&read(args)?, redemptions::run),
        Command::Activities(args) => services::feed(&read(args)?, activities::run),
        Command::PartnerCards(args) => services::feed(&read(args)?, partner_cards::run),
        Command::Adjustments(args) => services::feed(&read(args)?, adjustments::run),
        Command::Topics(args) => topics::perform(&for_tool(&args.settings)?, args),
        Command::Tables(args) => tables::perform(&for_tool(&args.settings)?, args),
        Command::Rebuild(args) => rebuild::perform(read(&args.settings)?, args),
        Command::Verify(args) => verify::perform(&read(&args.settings)?, args),
        Command::Publish(args) => publish::perform(&for_tool(&args.settings)?, args),
        Command::Partner(command) => partner::perform(command),
        Command::Dlq(command) => dlq::perform(command),
    }
}

/// The programmes a deployment knows, and the name of the one in its settings.
pub(crate) fn programmes(args: &SettingsArgs) -> Result<(String, Tariffs), Failure> {
    let deployment = for_tool(args)?;
    let mut store = ScyllaStore::open(&deployment.cql).map_err(other)?;
    Ok((deployment.programme().to_owned(), state::tariffs(&deployment, &mut store)?))
}

/// Hands every entry of a deployment to `take`.
pub(crate) fn each_entry(
    args: &SettingsArgs,
    take: impl FnMut(Entry) -> Result<(), Failure>,
) -> Result<(), Failure> {
    entries::each(&for_tool(args)?, take)
}

/// The material of a member's statement, from the store.
pub(crate) fn statement(args: &StatementArgs) -> Result<Material, Failure> {
    statement::gather(&for_tool(&args.settings)?, args)
}

/// Publishes a programme version.
pub(crate) fn publish_programme(
    args: &crate::cli::distributed::PublishProgrammeArgs,
) -> Result<ExitCode, Failure> {
    programme_publish::perform(&for_tool(&args.settings)?, args)
}

/// Lists the programme versions of a deployment.
pub(crate) fn list_programmes(args: &ListArgs) -> Result<Shown, Failure> {
    let (_, tariffs) = programmes(&args.settings)?;
    Ok(Shown { text: list::show(&tariffs, args.json)?, holds: true })
}

/// Shows the state of a deployment.
pub(crate) fn state(args: &StateArgs) -> Result<Shown, Failure> {
    state::perform(&for_tool(&args.settings)?, args)
}

/// Shows a member of a deployment.
pub(crate) fn member(args: &MemberArgs) -> Result<Shown, Failure> {
    member::perform(&for_tool(&args.settings)?, args)
}

/// Tells what a basket would cost and earn a member of a deployment.
pub(crate) fn quote(args: &QuoteArgs, question: &Question) -> Result<Shown, Failure> {
    quote::perform(&for_tool(&args.settings)?, question)
}

/// What members are kept under, which must be what the services recorded: under another key a member is not found.
fn agreed(deployment: &Deployment) -> Result<&feed::Identity, Failure> {
    let registry: Arc<dyn Registry> = Arc::new(Confluent::new(deployment.registry()));
    let agreement = Agreement::of(deployment.kafka(), &registry, deployment.prefix());
    agreement.and_then(|agreement| agreement.check(deployment.identity())).map_err(other)?;
    Ok(deployment.identity())
}

/// That the cluster lets us in: before a producer, which would try in silence.
fn reached(deployment: &Deployment) -> Result<(), Failure> {
    Admin::new(deployment.kafka()).and_then(|admin| admin.reach(REQUEST_TIMEOUT)).map_err(other)
}

fn read(args: &SettingsArgs) -> Result<Deployment, Failure> {
    Deployment::read(args).map_err(|error| Failure::Other(format!("settings\n{error}")))
}

/// The same for a command that keeps no log: warnings go to standard error.
fn for_tool(args: &SettingsArgs) -> Result<Deployment, Failure> {
    let deployment = read(args)?;
    for warning in &deployment.warnings {
        eprintln!("lotstream: warning: {warning}");
    }
    Ok(deployment)
}

//! `lotstream partner add`: topics, the check of the programme's entry, and who needs which access. Idempotent.

use super::super::deployment::Deployment;
use super::super::other;
use super::super::topics::Size;
use super::access::Access;
use super::check_name;
use super::entry::{self, Entry};
use crate::cli::partner::AddArgs;
use crate::failure::Failure;
use crate::stdout;
use lotstream_kafka::admin::{Admin, Created};
use serde::Serialize;
use std::fmt::{self, Display};
use std::process::ExitCode;
use wire::registry::Confluent;

/// What was found and made.
#[derive(Serialize)]
struct Added<'a> {
    partner: &'a str,
    programme: &'a str,
    #[serde(flatten)]
    entry: Entry,
    topics: Vec<Topic>,
    /// The class that decides who may do what; none where nothing is enforced.
    authorizer: Option<String>,
    #[serde(flatten)]
    access: Access,
}

#[derive(Serialize)]
struct Topic {
    name: String,
    new: bool,
}

/// Makes what is missing, and says what there is.
pub(super) fn perform(deployment: &Deployment, args: &AddArgs) -> Result<ExitCode, Failure> {
    check_name(&args.name)?;
    let programme = deployment.programme();
    let entry = entry::of(&entry::tariffs(deployment)?, programme, &args.name);
    refuse_stranger(&entry, args, programme)?;
    wire::topic::register(&Confluent::new(deployment.registry())).map_err(other)?;
    let admin = Admin::new(deployment.kafka()).map_err(other)?;
    let size = Size { production: args.production, replication: args.replication };
    let specs = size.of_partner(deployment, &args.name);
    let created = admin.create(&specs).map_err(other)?;
    let topic = |(spec, created): (&lotstream_kafka::admin::TopicSpec, &Created)| Topic {
        name: spec.name.clone(),
        new: *created == Created::New,
    };
    let brokers = deployment.kafka().brokers.as_str();
    let added = Added {
        partner: &args.name,
        programme,
        entry,
        topics: specs.iter().zip(&created).map(topic).collect(),
        authorizer: admin.authorizer().map_err(other)?,
        access: Access::of(&args.name, args.principal.as_deref(), deployment.prefix(), brokers),
    };
    match args.json {
        true => stdout::print(serde_json::to_string_pretty(&added).map_err(other)?),
        false => stdout::print(&added),
    }?;
    Ok(ExitCode::SUCCESS)
}

fn refuse_stranger(entry: &Entry, args: &AddArgs, programme: &str) -> Result<(), Failure> {
    match entry {
        Entry::Missing { version } if !args.without_entry => Err(other(format!(
            "expected `{}` among [partners] of `{programme}` version {version}, the latest published, found none: its \
             sales would earn by no partner's rate; add `{0} = {{ rate = \"… %\" }}` to a new version and publish it, or \
             say --without-entry. Nothing was made",
            args.name
        ))),
        _ => Ok(()),
    }
}

impl Display for Added<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partner, programme, topics, access, .. } = self;
        writeln!(f, "\n  partner {partner}\n")?;
        let entry = match &self.entry {
            Entry::Named { version, rate } => format!("`{programme}` version {version} names it, at {rate}"),
            Entry::Anybody { version } => {
                format!("`{programme}` version {version} names no partners: anybody may be one")
            }
            Entry::Missing { version } => {
                format!(
                    "`{programme}` version {version} does NOT name it: no partner's rate gives anything there"
                )
            }
            Entry::Unpublished => {
                format!("no version of `{programme}` is published yet: nothing was checked")
            }
        };
        writeln!(f, "  programme   {entry}")?;
        let new = topics.iter().filter(|topic| topic.new).count();
        writeln!(
            f,
            "  topics      {} are there, {new} of them new; feed services notice within ten seconds",
            topics.len()
        )?;
        for topic in topics {
            writeln!(f, "              {}", topic.name)?;
        }
        writeln!(f, "  credential  {}, of a user or certificate that you make", access.principal)?;
        writeln!(
            f,
            "  groups      its consumers of outcomes join groups that begin with `{}`",
            access.groups
        )?;
        match &self.authorizer {
            None => writeln!(
                f,
                "  access      NOT ENFORCED: the cluster has no authorizer, so anybody may write as {partner}. Set\n              \
                 `authorizer.class.name` on the brokers. What would be set then:\n"
            )?,
            Some(class) => writeln!(f, "  access      decided by {class}; set it with\n")?,
        }
        access.commands.iter().try_for_each(|command| writeln!(f, "  {command}"))
    }
}

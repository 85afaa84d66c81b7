//! `lotstream partner add`: the check of the programme's entry, rights, then topics, so that no topic is there before
//! who may write it is decided. Idempotent.

use super::super::deployment::Deployment;
use super::super::other;
use super::super::topics::{Size, refuse_gaps};
use super::access::{Access, check_principal};
use super::check_name;
use super::entry::{self, Entry};
use super::grant::{self, Granted, State};
use crate::cli::partner::{Acl, AddArgs};
use crate::failure::Failure;
use crate::stdout;
use crate::table::Table;
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
    /// The class that decides who may do what; none where nothing is enforced, or this login is not told.
    authorizer: Option<String>,
    #[serde(flatten)]
    granted: Granted,
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
    args.principal.as_deref().map_or(Ok(()), check_principal)?;
    let programme = deployment.programme();
    let entry = entry::of(&entry::tariffs(deployment)?, programme, &args.name);
    refuse_stranger(&entry, args, programme)?;
    let registry = Confluent::new(deployment.registry());
    refuse_gaps(&wire::history::gaps(&registry).map_err(other)?)?;
    let admin = Admin::new(deployment.kafka()).map_err(other)?;
    let brokers = deployment.kafka().brokers.as_str();
    let access = Access::of(&args.name, args.principal.as_deref(), deployment.prefix(), brokers);
    let (granted, authorizer) = grant(&admin, &access, args.acl)?;
    wire::topic::register(&registry).map_err(other)?;
    let size = Size { production: args.production, replication: args.replication };
    let specs = size.of_partner(deployment, &args.name);
    let created = admin.create(&specs).map_err(other)?;
    let topic = |(spec, created): (&lotstream_kafka::admin::TopicSpec, &Created)| Topic {
        name: spec.name.clone(),
        new: *created == Created::New,
    };
    let topics = specs.iter().zip(&created).map(topic).collect();
    let added = Added { partner: &args.name, programme, entry, topics, authorizer, granted, access };
    match args.json {
        true => stdout::print(serde_json::to_string_pretty(&added).map_err(other)?),
        false => stdout::print(&added),
    }?;
    Ok(ExitCode::SUCCESS)
}

/// Gives the rights as the operator wants it, and asks what enforces them.
fn grant(admin: &Admin, access: &Access, acl: Option<Acl>) -> Result<(Granted, Option<String>), Failure> {
    if acl == Some(Acl::Print) {
        return Ok((Granted::Printed, admin.authorizer().map_err(other)?));
    }
    let granted = grant::give(admin, access)?;
    if acl == Some(Acl::Set) && granted == Granted::NotEnforced {
        return Err(other(
            "--acl set: expected a cluster that enforces rights, but its brokers answer that they have no authorizer \
             (SECURITY_DISABLED); set `authorizer.class.name` on brokers and controllers, or leave `--acl set` away. \
             Nothing was made",
        ));
    }
    // That they are enforced is known: a login that may not ask by which class gives rights all the same.
    let authorizer =
        if granted == Granted::NotEnforced { None } else { admin.authorizer().unwrap_or_default() };
    Ok((granted, authorizer))
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
        self.tell_access(f)
    }
}

impl Added<'_> {
    fn tell_access(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partner, access, .. } = self;
        let by = self.authorizer.as_deref().unwrap_or("the cluster's authorizer");
        match (&self.granted, &self.authorizer) {
            (Granted::Set { states, beside }, _) => return self.tell_rights(f, by, states, beside),
            (Granted::Printed, Some(_)) => writeln!(f, "  access      decided by {by}; set it with\n")?,
            _ => writeln!(
                f,
                "  access      NOT ENFORCED: the cluster has no authorizer, so anybody may write as {partner}. Set\n              \
                 `authorizer.class.name` on brokers and controllers, and run this again. It will set what these do:\n"
            )?,
        }
        access.commands.iter().try_for_each(|command| writeln!(f, "  {command}"))
    }

    fn tell_rights(
        &self,
        f: &mut fmt::Formatter<'_>,
        by: &str,
        states: &[State],
        beside: &[String],
    ) -> fmt::Result {
        let Access { principal, rights, .. } = &self.access;
        let new = states.iter().filter(|state| **state != State::There).count();
        let not_shown = states.contains(&State::Given);
        writeln!(
            f,
            "  access      decided by {by}; {principal} has {} rights, {new} of them new\n",
            rights.len()
        )?;
        let mut table = Table::new(&["may", "what", "named", "state"]).with_texts(4);
        for (right, state) in rights.iter().zip(states) {
            let cells =
                [right.words(), right.words_of().to_owned(), right.name.clone(), state.as_str().to_owned()];
            table.row(cells);
        }
        write!(f, "{table}")?;
        if not_shown {
            writeln!(
                f,
                "\n  what is `given` was given; which of it was there before is not shown to this login"
            )?;
        }
        for right in beside {
            writeln!(
                f,
                "\n  BESIDE      {right}: not of this partner's rights; take it away unless it is meant"
            )?;
        }
        Ok(())
    }
}

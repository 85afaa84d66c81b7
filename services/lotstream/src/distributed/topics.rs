//! `lotstream topics create`: the catalogue's topics, those of partners and desks, and the schemas of all.

use super::deployment::Deployment;
use super::other;
use crate::cli::distributed::TopicsArgs;
use crate::failure::Failure;
use crate::stdout;
use lotstream_kafka::admin::{Admin, Created, TopicSpec};
use std::collections::BTreeSet;
use std::process::ExitCode;
use wire::history::Gap;
use wire::registry::Confluent;

/// Topics made in one request.
const AT_ONCE: usize = 50;

/// Makes what is missing and checks what is there.
pub(super) fn perform(deployment: &Deployment, args: &TopicsArgs) -> Result<ExitCode, Failure> {
    let mut partners: BTreeSet<String> = args.partner.iter().cloned().collect();
    let mut desks: BTreeSet<String> = args.desk.iter().cloned().collect();
    if let Some(directory) = &args.partners_of {
        let lines = feed::files::Lines::open(directory).map_err(other)?;
        for file in lines.files() {
            let is_desk = file.feed.name == feed::ADJUSTMENTS.name;
            if is_desk { &mut desks } else { &mut partners }.insert(file.partner.to_string());
        }
    }
    let registry = Confluent::new(deployment.registry());
    if !args.without_step {
        refuse_gaps(&wire::history::gaps(&registry).map_err(other)?)?;
    }
    let schemas = wire::topic::register(&registry).map_err(other)?;
    let specs = specs(deployment, args, &partners, &desks);
    let admin = Admin::new(deployment.kafka()).map_err(other)?;
    let (mut made, mut mended) = (0, 0);
    for some in specs.chunks(AT_ONCE) {
        let created = admin.create(some).map_err(other)?;
        made += created.iter().filter(|created| **created == Created::New).count();
        mended += created.iter().filter(|created| **created == Created::Mended).count();
        eprintln!("  {made} topics made of {}", specs.len());
    }
    let (topics, schemas) = (specs.len(), schemas.len());
    stdout::print(format!("{topics} topics are there, {made} of them new; {schemas} schemas registered"))?;
    if mended > 0 {
        let set = "kept batches as they were packed: their compression.type is `uncompressed` now";
        stdout::print(format!("{mended} topics of partners {set}"))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Refuses to register schemas beside versions that a ledger may run under and nothing can be written for.
pub(super) fn refuse_gaps(gaps: &[Gap]) -> Result<(), Failure> {
    if gaps.is_empty() {
        return Ok(());
    }
    let told: Vec<String> = gaps.iter().map(ToString::to_string).collect();
    Err(other(format!(
        "{}. A ledger of that build would halt on what this one writes. Where none runs, or will, say \
         `lotstream topics create --without-step`. Nothing was made",
        told.join("; ")
    )))
}

fn specs(
    deployment: &Deployment,
    args: &TopicsArgs,
    partners: &BTreeSet<String>,
    desks: &BTreeSet<String>,
) -> Vec<TopicSpec> {
    let size = Size { production: args.production, replication: args.replication };
    let mut specs = Vec::new();
    for topic in wire::topic::all() {
        let mut names = BTreeSet::new();
        if topic.is_per_partner() {
            names.extend(partners.iter().map(|partner| topic.name_for(partner)));
        }
        if topic.is_for_desks() {
            names.extend(desks.iter().map(|desk| topic.name_for(desk)));
        }
        if !topic.is_per_partner() && !topic.is_per_desk() {
            names.insert(topic.name.clone());
        }
        specs.extend(names.iter().map(|name| size.spec(deployment, topic, name)));
    }
    specs
}

/// How large topics are made.
#[derive(Clone, Copy)]
pub(super) struct Size {
    /// For production instead of one machine.
    pub(super) production: bool,
    /// Copies of each partition.
    pub(super) replication: u32,
}

impl Size {
    fn spec(self, deployment: &Deployment, topic: &wire::topic::TopicSpec, name: &str) -> TopicSpec {
        let count = if self.production { topic.partitions.production } else { topic.partitions.local };
        let name = format!("{}{name}", deployment.prefix());
        let spec = TopicSpec::new(name, u32::try_from(count).unwrap_or(1), self.replication);
        topic.settings().iter().fold(spec, |spec, (key, value)| spec.with(key, value))
    }

    /// The topics of one partner.
    pub(super) fn of_partner(self, deployment: &Deployment, partner: &str) -> Vec<TopicSpec> {
        let topics = wire::topic::all().iter().filter(|topic| topic.is_per_partner());
        topics.map(|topic| self.spec(deployment, topic, &topic.name_for(partner))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_that_cannot_be_written_is_refused_by_name_and_with_what_to_say() {
        assert!(refuse_gaps(&[]).is_ok());
        let gap = |id| Gap { subject: "lotstream.wal".into(), id, reason: "/body: no `mood`".into() };
        let said = refuse_gaps(&[gap(2), gap(7)]).expect_err("gaps").to_string();
        for part in [
            "lotstream.wal",
            "number 2",
            "number 7",
            "/body: no `mood`",
            "--without-step",
            "Nothing was made",
        ] {
            assert!(said.contains(part), "{part} in {said}");
        }
    }
}

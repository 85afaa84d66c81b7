//! `lotstream topics create`: the catalogue's topics, those of partners and desks, and the schemas of all.

use super::deployment::Deployment;
use super::other;
use crate::cli::distributed::TopicsArgs;
use crate::failure::Failure;
use lotstream_kafka::admin::{Admin, Created, TopicSpec};
use std::collections::BTreeSet;
use std::process::ExitCode;
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
    let schemas = wire::topic::register(&Confluent::new(deployment.registry())).map_err(other)?;
    let specs = specs(deployment, args, &partners, &desks);
    let admin = Admin::new(deployment.kafka()).map_err(other)?;
    let mut made = 0;
    for some in specs.chunks(AT_ONCE) {
        let created = admin.create(some).map_err(other)?;
        made += created.iter().filter(|created| **created == Created::New).count();
        eprintln!("  {made} topics made of {}", specs.len());
    }
    println!("{} topics are there, {made} of them new; {} schemas registered", specs.len(), schemas.len());
    Ok(ExitCode::SUCCESS)
}

fn specs(
    deployment: &Deployment,
    args: &TopicsArgs,
    partners: &BTreeSet<String>,
    desks: &BTreeSet<String>,
) -> Vec<TopicSpec> {
    let mut specs = Vec::new();
    for topic in wire::topic::all() {
        let count = if args.production { topic.partitions.production } else { topic.partitions.local };
        let count = u32::try_from(count).unwrap_or(1);
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
        for name in names {
            let mut spec = TopicSpec::new(format!("{}{name}", deployment.prefix()), count, args.replication);
            for (key, value) in topic.settings() {
                spec = spec.with(key, &value);
            }
            specs.push(spec);
        }
    }
    specs
}

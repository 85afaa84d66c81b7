//! `lotstream partner list`: every partner of the cluster and of the programme, whether it is read, and what waits.

use super::super::deployment::Deployment;
use super::super::other;
use super::{entry, states, topics};
use crate::cli::partner::ListArgs;
use crate::failure::Failure;
use crate::stdout;
use crate::table::{Table, grouped};
use domain::Timestamp;
use lotstream_kafka::admin::Admin;
use lotstream_kafka::group::{Place, Reach, last_records, reach};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use wire::partner_state::PartnerState;

/// One partner.
#[derive(Serialize)]
struct Listed {
    partner: String,
    /// Whether the programme names it; absent where it names nobody.
    named: Option<bool>,
    /// Topics that are there.
    present: Vec<String>,
    /// Topics that are not.
    missing: Vec<String>,
    /// Since when it is paused, and why.
    paused: Option<Pause>,
    /// Records not read yet, by feed.
    lag: BTreeMap<String, i64>,
    /// Records deleted unread.
    lost: i64,
    /// When the last record was written to a feed of it.
    last_event: Option<Timestamp>,
}

#[derive(Serialize)]
struct Pause {
    since: Timestamp,
    reason: String,
}

/// Lists them.
pub(super) fn perform(deployment: &Deployment, args: &ListArgs) -> Result<ExitCode, Failure> {
    let found = Admin::new(deployment.kafka()).and_then(|admin| admin.partitions()).map_err(other)?;
    let named = named(deployment)?;
    let states = states::all(deployment)?;
    let partners = &topics::partners(deployment.prefix(), &found) | &named;
    let read = Read::of(deployment, &partners, &found)?;
    let listed: Vec<Listed> = partners
        .into_iter()
        .map(|partner| {
            let topics = topics::of(deployment.prefix(), &partner, &found);
            let (present, missing) = topics.into_iter().partition::<Vec<_>, _>(|(_, count)| count.is_some());
            let names =
                |topics: Vec<(String, Option<usize>)>| topics.into_iter().map(|(name, _)| name).collect();
            let paused = states.get(&partner).filter(|state| state.paused).map(Pause::of);
            Listed {
                named: (!named.is_empty()).then(|| named.contains(&partner)),
                present: names(present),
                missing: names(missing),
                paused,
                lag: read.lag(deployment, &partner),
                lost: read.of_partner(deployment, &partner).map(|(_, it)| it.lost()).sum(),
                last_event: read.last(deployment, &partner),
                partner,
            }
        })
        .collect();
    match args.json {
        true => stdout::print(serde_json::to_string_pretty(&listed).map_err(other)?),
        false => stdout::print(format!("\n{}", table(&listed))),
    }?;
    Ok(ExitCode::SUCCESS)
}

impl Pause {
    fn of(state: &PartnerState) -> Self {
        Self { since: state.at, reason: state.reason.clone() }
    }
}

/// The partners the latest version of the programme names; none where no programme is set, or it names nobody.
fn named(deployment: &Deployment) -> Result<BTreeSet<String>, Failure> {
    if deployment.programme().is_empty() {
        return Ok(BTreeSet::new());
    }
    let tariffs = entry::tariffs(deployment)?;
    let latest = tariffs.latest(deployment.programme());
    Ok(latest.into_iter().flat_map(|tariff| tariff.partners.keys()).map(ToString::to_string).collect())
}

/// How far everything is read, asked for all partners at once.
struct Read {
    reach: BTreeMap<Place, Reach>,
    last: BTreeMap<Place, Timestamp>,
}

impl Read {
    fn of(
        deployment: &Deployment,
        partners: &BTreeSet<String>,
        found: &BTreeMap<String, usize>,
    ) -> Result<Self, Failure> {
        let mut all = BTreeMap::new();
        for (feed, topic) in topics::feeds() {
            let names =
                partners.iter().map(|partner| format!("{}{}", deployment.prefix(), topic.name_for(partner)));
            let places: Vec<Place> = names
                .filter_map(|name| Some((name.clone(), i32::try_from(*found.get(&name)?).ok()?)))
                .flat_map(|(name, count)| (0..count).map(move |partition| (name.clone(), partition)))
                .collect();
            let group = format!("{}{feed}", deployment.prefix());
            all.extend(reach(deployment.kafka(), &group, &places).map_err(other)?);
        }
        let last = last_records(deployment.kafka(), &all).map_err(other)?;
        Ok(Self { reach: all, last })
    }

    fn of_partner<'r>(
        &'r self,
        deployment: &Deployment,
        partner: &str,
    ) -> impl Iterator<Item = (&'static str, &'r Reach)> {
        let topics: Vec<(&str, String)> = topics::feeds()
            .map(|(feed, topic)| (feed, format!("{}{}", deployment.prefix(), topic.name_for(partner))))
            .collect();
        topics.into_iter().flat_map(|(feed, topic)| {
            let range = (topic.clone(), 0)..=(topic, i32::MAX);
            self.reach.range(range).map(move |(_, reach)| (feed, reach))
        })
    }

    fn lag(&self, deployment: &Deployment, partner: &str) -> BTreeMap<String, i64> {
        let mut lag = BTreeMap::new();
        for (feed, reach) in self.of_partner(deployment, partner) {
            *lag.entry(feed.to_owned()).or_default() += reach.lag();
        }
        lag
    }

    fn last(&self, deployment: &Deployment, partner: &str) -> Option<Timestamp> {
        let topics =
            topics::feeds().map(|(_, topic)| format!("{}{}", deployment.prefix(), topic.name_for(partner)));
        let last =
            |topic: String| self.last.range((topic.clone(), 0)..=(topic, i32::MAX)).map(|(_, at)| *at).max();
        topics.filter_map(last).max()
    }
}

fn table(listed: &[Listed]) -> Table {
    let mut table = Table::new(&["partner", "state", "missing", "last event", "unread"]).with_texts(4);
    for it in listed {
        let state = match &it.paused {
            Some(Pause { since, reason }) if reason.is_empty() => format!("paused since {since}"),
            Some(Pause { since, reason }) => format!("paused since {since}: {reason}"),
            None if it.present.is_empty() => "not added".to_owned(),
            None if !it.missing.is_empty() => "incomplete".to_owned(),
            None => "read".to_owned(),
        };
        let unnamed = if it.named == Some(false) { ", not in the programme" } else { "" };
        let missing = match (it.present.is_empty(), it.missing.len()) {
            (true, _) => "all".to_owned(),
            (false, 0) => String::new(),
            (false, _) => it.missing.join(" "),
        };
        let lost = if it.lost > 0 { format!(", {} deleted unread", grouped(it.lost)) } else { String::new() };
        let last = it.last_event.map_or_else(String::new, |at| at.to_string());
        let unread = grouped(it.lag.values().sum());
        table.row([it.partner.clone(), format!("{state}{unnamed}{lost}"), missing, last, unread]);
    }
    table
}

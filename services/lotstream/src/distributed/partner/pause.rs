//! `lotstream partner pause` and `resume`: a word in the compacted topic that every feed service follows.

use super::super::deployment::Deployment;
use super::super::other;
use super::{check_name, states, topics};
use crate::cli::partner::{PauseArgs, ResumeArgs};
use crate::failure::Failure;
use crate::instant;
use crate::stdout;
use crate::table::grouped;
use domain::Timestamp;
use lotstream_kafka::admin::Admin;
use lotstream_kafka::group::{Place, Reach, reach, skip_lost};
use serde::Serialize;
use std::collections::BTreeMap;
use std::process::ExitCode;
use wire::partner_state::PartnerState;

/// How far each feed has read the partner's topics: the group, and its partitions.
type Read = BTreeMap<String, BTreeMap<Place, Reach>>;

/// What was said, and what that leaves.
#[derive(Serialize)]
struct Said {
    #[serde(flatten)]
    state: PartnerState,
    /// Records of its topics that are not read yet.
    unread: i64,
    /// Until when the topics keep what waits in them now, at the least; none where for ever.
    kept_until: Option<Timestamp>,
    /// Records that were deleted unread, and skipped.
    skipped: i64,
}

/// Stops reading a partner.
pub(super) fn pause(deployment: &Deployment, args: &PauseArgs) -> Result<ExitCode, Failure> {
    let (admin, read) = look(deployment, &args.name)?;
    let now = instant::now();
    let state =
        PartnerState { partner: args.name.clone(), paused: true, at: now, reason: args.reason.clone() };
    states::say(deployment, &state)?;
    let kept = retention(&admin, deployment, &args.name)?;
    let kept_until = kept.map(|millis| now.plus_millis(millis));
    let said = Said { state, unread: unread(&read), kept_until, skipped: 0 };
    let until = kept_until.map_or_else(String::new, |until| {
        format!(
            " and are kept {} days: what is written now is deleted on {until} if it is still unread then",
            kept.unwrap_or_default() / 86_400_000
        )
    });
    let text = format!(
        "{} is paused: feed services leave its topics alone within a second; {} records wait{until}\n\
         read on with `lotstream partner resume {0}`",
        args.name,
        grouped(said.unread)
    );
    print(&said, args.json, &text)
}

/// Reads a partner again.
pub(super) fn resume(deployment: &Deployment, args: &ResumeArgs) -> Result<ExitCode, Failure> {
    let (_, read) = look(deployment, &args.name)?;
    let lost = refuse_loss(&read, args)?;
    for (group, places) in read.iter().filter(|_| lost > 0) {
        skip_lost(deployment.kafka(), group, places).map_err(other)?;
    }
    let state =
        PartnerState { partner: args.name.clone(), paused: false, at: instant::now(), reason: String::new() };
    states::say(deployment, &state)?;
    let said = Said { state, unread: unread(&read), kept_until: None, skipped: lost };
    let skipped = if lost > 0 {
        format!(", without {} that were deleted unread", grouped(lost))
    } else {
        String::new()
    };
    let text = format!(
        "{} is resumed: its topics are read from where they stopped within a second, {} records{skipped}",
        args.name,
        grouped(said.unread)
    );
    print(&said, args.json, &text)
}

/// How far a partner that has topics is read.
fn look(deployment: &Deployment, name: &str) -> Result<(Admin, Read), Failure> {
    check_name(name)?;
    let admin = Admin::new(deployment.kafka()).map_err(other)?;
    let found = admin.partitions().map_err(other)?;
    let partners = topics::partners(deployment.prefix(), &found);
    if !partners.contains(name) {
        return Err(other(format!(
            "expected a partner with topics, found none of `{name}`; `lotstream partner list` shows them, \
             `lotstream partner add {name}` makes them"
        )));
    }
    let mut read = Read::new();
    for (feed, topic) in topics::feeds() {
        let topic = format!("{}{}", deployment.prefix(), topic.name_for(name));
        let count = i32::try_from(found.get(&topic).copied().unwrap_or(0)).unwrap_or(0);
        let places: Vec<Place> = (0..count).map(|partition| (topic.clone(), partition)).collect();
        let group = format!("{}{feed}", deployment.prefix());
        read.insert(group.clone(), reach(deployment.kafka(), &group, &places).map_err(other)?);
    }
    Ok((admin, read))
}

/// Records that went away unread; refused unless that is accepted.
fn refuse_loss(read: &Read, args: &ResumeArgs) -> Result<i64, Failure> {
    let lost = |places: &BTreeMap<Place, Reach>| places.values().map(|reach| reach.lost()).sum::<i64>();
    let of: Vec<(&String, i64)> =
        read.iter().map(|(group, places)| (group, lost(places))).filter(|(_, lost)| *lost > 0).collect();
    let all = of.iter().map(|(_, lost)| lost).sum();
    if all == 0 || args.accept_loss {
        return Ok(all);
    }
    let each: Vec<String> = of.iter().map(|(group, lost)| format!("{lost} of {group}")).collect();
    Err(other(format!(
        "expected every record of {} that was not read to be there still, but its topics deleted some: {}. To go on \
         without them, stop these services, run `lotstream partner resume {0} --accept-loss`, and start them again",
        args.name,
        each.join(", ")
    )))
}

fn unread(read: &Read) -> i64 {
    read.values().flat_map(BTreeMap::values).map(Reach::lag).sum()
}

/// The shortest time a topic of the partner keeps a record.
fn retention(admin: &Admin, deployment: &Deployment, name: &str) -> Result<Option<i64>, Failure> {
    let mut shortest: Option<i64> = None;
    for (_, topic) in topics::feeds() {
        let topic = format!("{}{}", deployment.prefix(), topic.name_for(name));
        if let Ok(Some(millis)) = admin.retention(&topic) {
            shortest = Some(shortest.map_or(millis, |other| other.min(millis)));
        }
    }
    Ok(shortest)
}

fn print(said: &Said, json: bool, text: &str) -> Result<ExitCode, Failure> {
    match json {
        true => stdout::print(serde_json::to_string_pretty(said).map_err(other)?),
        false => stdout::print(text),
    }?;
    Ok(ExitCode::SUCCESS)
}

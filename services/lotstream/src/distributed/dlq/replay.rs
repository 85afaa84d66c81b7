//! `lotstream dlq replay`: the records of dead letters, written again to where they came from.
//!
//! A record first, its acknowledgement awaited, then the word in `dead-letter-replays` that it was replayed: what is
//! killed in between is written twice, never told and not written. An event's identity makes the second copy a
//! *duplicate* (S23).

mod outcome;
mod plan;

use super::super::deployment::Deployment;
use super::super::other;
use super::super::sender::{Landed, Sender};
use super::fate::{Fate, To, Topics};
use super::filter::Filter;
use super::letter::{self, Letter, Place};
use super::replays::{self, Replays};
use super::show::missing;
use super::value::Values;
use crate::cli::dlq::ReplayArgs;
use crate::failure::Failure;
use crate::instant;
use crate::stdout;
use lotstream_kafka::admin::Admin;
use lotstream_kafka::record::Outgoing;
use outcome::Outcome;
use plan::{Step, plan};
use std::collections::BTreeSet;
use std::process::ExitCode;
use wire::contract::Contract;
use wire::dead_letter_replay::DeadLetterReplay;

/// Records written before their replays are told: the most that are written twice where this is killed.
const BATCH: usize = 200;
/// The longest actor or reason.
const LONGEST: usize = 1_000;

/// Replays what is meant.
pub(super) fn perform(deployment: &Deployment, args: &ReplayArgs) -> Result<ExitCode, Failure> {
    let filter = meant(args, deployment.prefix())?;
    let contract = replays::contract(deployment)?;
    let replays = Replays::read(deployment, &contract)?;
    let letters = letters(deployment, &filter)?;
    let partitions = Admin::new(deployment.kafka()).and_then(|admin| admin.partitions()).map_err(other)?;
    let topics = Topics { prefix: deployment.prefix().to_owned(), partitions };
    let mut values = Values::of(deployment);
    let mut steps = plan(letters, &replays, args.again, &topics, |letter| values.look(letter))?;
    let mut writer =
        Writer { sender: None, topic: format!("{}{}", topics.prefix, replays::TOPIC), contract, args };
    let ended = match args.dry_run {
        true => Ok(()),
        false => steps.chunks_mut(BATCH).try_for_each(|some| writer.write(deployment, some)),
    };
    let outcome = Outcome::of(&steps, args.dry_run, deployment.prefix());
    ended.map_err(|error| {
        other(format!(
            "{error}\n{} replayed by then, as `dead-letter-replays` says; run it again for the rest",
            outcome.replayed()
        ))
    })?;
    match args.json {
        true => stdout::print(serde_json::to_string_pretty(&outcome).map_err(other)?),
        false => stdout::print(&outcome),
    }?;
    Ok(if outcome.is_whole() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Which letters the command line means. Nothing said means none.
fn meant(args: &ReplayArgs, prefix: &str) -> Result<Filter, Failure> {
    for (option, text) in [("--actor", &args.actor), ("--why", &args.why)] {
        if text.trim().is_empty() || text.len() > LONGEST {
            return Err(other(format!(
                "{option}: expected a text of 1 to {LONGEST} bytes, which is kept with each replay, found {}",
                text.trim().len()
            )));
        }
    }
    let mut filter = Filter::of(&args.filter, prefix)?;
    filter.places = args.places.iter().map(|place| place.parse()).collect::<Result<_, _>>()?;
    if filter.is_empty() {
        return Err(other(
            "which dead letters? expected places such as `2:17`, as `lotstream dlq list` says them, or a filter such as \
             `--partner NAME`, `--reason WORD`, `--since T`",
        ));
    }
    Ok(filter)
}

fn letters(deployment: &Deployment, filter: &Filter) -> Result<Vec<Letter>, Failure> {
    let mut letters = Vec::new();
    letter::each(deployment, |letter| {
        if filter.takes(&letter) {
            letters.push(letter);
        }
        Ok(())
    })?;
    let found: BTreeSet<Place> = letters.iter().map(|letter| letter.place).collect();
    match filter.places.difference(&found).next() {
        Some(place) => Err(missing(*place)),
        None => Ok(letters),
    }
}

/// Writes records, and tells of them.
struct Writer<'a> {
    sender: Option<Sender>,
    /// Where replays are told.
    topic: String,
    contract: Contract,
    args: &'a ReplayArgs,
}

impl Writer<'_> {
    /// Writes the records of these steps, and tells of each that the cluster has.
    fn write(&mut self, deployment: &Deployment, steps: &mut [Step]) -> Result<(), Failure> {
        let mut due: Vec<&mut Step> = steps.iter_mut().filter(|step| step.to().is_some()).collect();
        if due.is_empty() {
            return Ok(());
        }
        let sender = match &mut self.sender {
            Some(sender) => sender,
            None => self.sender.insert(Sender::open(deployment, "what was replayed")?),
        };
        let places: Vec<String> = due.iter().map(|step| step.letter.place.to_string()).collect();
        let headers: Vec<_> = due
            .iter()
            .zip(&places)
            .map(|(step, place)| headers(&step.letter, place, &self.args.actor))
            .collect();
        let records =
            due.iter().zip(&headers).filter_map(|(step, headers)| record(step, headers)).collect::<Vec<_>>();
        let mut landed: Vec<Option<Landed>> = vec![None; due.len()];
        let sent = sender.send_all(&records, |number, place| landed[number] = Some(place));
        drop(records);
        drop(headers);
        for (step, landed) in due.iter_mut().zip(landed) {
            step.written = landed;
        }
        // What the cluster has is told, also where it refused another.
        let mut told = Vec::new();
        for (step, place) in due.iter().zip(&places) {
            if let Some(replay) = self.args.told(step) {
                told.push((place, self.contract.encode(&replay).map_err(other)?));
            }
        }
        let told: Vec<_> = told
            .iter()
            .map(|(place, value)| Outgoing {
                topic: &self.topic,
                partition: None,
                key: place.as_bytes(),
                value,
                headers: &[],
            })
            .collect();
        sender.send_all(&told, |_, _| {}).and(sent)
    }
}

/// What a record says beside its bytes: that it is a replay, of which letter, by whom.
fn headers<'s>(letter: &'s Letter, place: &'s str, actor: &'s str) -> Vec<(&'static str, &'s [u8])> {
    let trace = letter.record.trace.as_str();
    let all = [("replay_of", place), ("replay_by", actor), ("traceparent", trace)];
    all.into_iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| (name, text.as_bytes())).collect()
}

fn record<'s>(step: &'s Step, headers: &'s [(&'s str, &'s [u8])]) -> Option<Outgoing<'s>> {
    let (To { topic, partition }, letter) = (step.to()?, &step.letter.record);
    let key = letter.key.as_deref().unwrap_or_default();
    Some(Outgoing { topic, partition: *partition, key, value: &letter.value, headers })
}

impl ReplayArgs {
    /// The audit record of a step whose record the cluster has.
    fn told(&self, step: &Step) -> Option<DeadLetterReplay> {
        let (to, (written_partition, written_offset)) = (step.to()?, step.written?);
        let (Place { partition: letter_partition, offset: letter_offset }, letter) =
            (step.letter.place, &step.letter.record);
        Some(DeadLetterReplay {
            letter_partition,
            letter_offset,
            topic: letter.topic.clone(),
            partition: letter.partition,
            offset: letter.offset,
            actor: self.actor.clone(),
            why: self.why.clone(),
            at: instant::now(),
            written_topic: to.topic.clone(),
            written_partition,
            written_offset,
        })
    }
}

impl Step {
    /// Where its record goes, where it does.
    fn to(&self) -> Option<&To> {
        match &self.fate {
            Fate::Replay(to) => Some(to),
            Fate::Skip(_) | Fate::Refuse(_) => None,
        }
    }
}

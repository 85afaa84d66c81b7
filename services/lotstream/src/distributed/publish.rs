//! `lotstream publish`: files of events to partners' topics, in the canonical order (design §6).
//!
//! Paced, the next event of an account (or of a member and the cards bound to it) is sent only when the last one is answered, so that a deployment under the
//! event clock decides as `run` does. Accounts do not wait for each other.

mod answers;
mod clusters;
mod queue;
mod sender;

use super::deployment::Deployment;
use super::{agreed, other};
use crate::cli::distributed::PublishArgs;
use crate::failure::Failure;
use crate::progress;
use crate::stdout;
use answers::Answers;
use feed::files::Lines;
use indicatif::ProgressBar;
use queue::{Queue, Waiting};
use sender::Sender;
use serde::Serialize;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Events read ahead of those that may be sent.
const AHEAD: usize = 20_000;
/// How long no answer may come before something is wrong.
const PATIENCE: Duration = Duration::from_secs(120);

#[derive(Serialize)]
struct Published {
    events: u64,
    elapsed_ms: u64,
    events_a_second: u64,
}

/// Publishes a directory.
pub(super) fn perform(deployment: &Deployment, args: &PublishArgs) -> Result<ExitCode, Failure> {
    let started = Instant::now();
    let mut lines = Lines::open(&args.input).map_err(other)?;
    let bar = progress::events(lines.total());
    let mut sender = Sender::open(deployment)?;
    let events = if args.paced {
        agreed(deployment)?;
        let answers = Answers::open(deployment, lines.files())?;
        let queue = match lines.files().iter().any(|file| sender::connects(file.feed)) {
            true => Queue::of(sender.clusters(&mut Lines::open(&args.input).map_err(other)?)?),
            false => Queue::default(),
        };
        paced(&mut lines, &mut sender, answers, queue, &bar)?
    } else {
        unpaced(&mut lines, &mut sender, &bar)?
    };
    sender.finish()?;
    bar.finish_and_clear();
    let elapsed = started.elapsed();
    let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX).max(1);
    let published = Published { events, elapsed_ms, events_a_second: events * 1000 / elapsed_ms };
    if args.json {
        stdout::print(serde_json::to_string_pretty(&published).map_err(other)?)?;
    } else {
        let Published { events, events_a_second, .. } = published;
        stdout::print(format!("{events} events published in {elapsed:.1?}, {events_a_second} a second"))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn unpaced(lines: &mut Lines, sender: &mut Sender, bar: &ProgressBar) -> Result<u64, Failure> {
    let mut events = 0;
    while let Some(line) = lines.next_line().map_err(other)? {
        let waiting = sender.prepare(&line)?;
        sender.send(&waiting)?;
        events += 1;
        bar.set_position(events);
    }
    Ok(events)
}

fn paced(
    lines: &mut Lines,
    sender: &mut Sender,
    mut answers: Answers,
    mut queue: Queue,
    bar: &ProgressBar,
) -> Result<u64, Failure> {
    let (mut events, mut more) = (0, true);
    let mut heard = Instant::now();
    while more || !queue.is_empty() {
        while more && queue.len() < AHEAD {
            match lines.next_line().map_err(other)? {
                Some(line) => {
                    let waiting = sender.prepare(&line)?;
                    if let Some(now) = queue.add(waiting) {
                        sender.send(now)?;
                    }
                }
                None => more = false,
            }
        }
        sender.check()?;
        for (entity, event) in answers.poll()? {
            heard = Instant::now();
            if let Some((_, next)) = queue.answered(&entity, event) {
                events += 1;
                bar.set_position(events);
                if let Some(next) = next {
                    sender.send(next)?;
                }
            }
        }
        if heard.elapsed() > PATIENCE && !queue.is_empty() {
            return Err(silent(&queue));
        }
    }
    Ok(events + sender.unpaced())
}

fn silent(queue: &Queue) -> Failure {
    let of = queue.first().map(Waiting::describe).unwrap_or_default();
    let (seconds, open) = (PATIENCE.as_secs(), queue.open());
    other(format!(
        "no outcome came for {seconds} s while {open} events wait for theirs, {of} among them; are the feed \
         services and a ledger running, with `--clock event`?"
    ))
}

//! `lotstream rebuild`: every table anew from `member-commands` alone.

use super::deployment::Deployment;
use super::{other, services};
use crate::cli::distributed::RebuildArgs;
use crate::failure::Failure;
use crate::progress;
use crate::stdout;
use crate::table::{Table, grouped};
use ledger::rebuild::{Order, Rebuilt, rebuild};
use serde::Serialize;
use std::fmt::{self, Display};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// The exit code of one that was stopped: told in `lotstream rebuild --help`.
const STOPPED: u8 = 3;

/// What became of it.
#[derive(Serialize)]
struct Told<'a> {
    keyspace: &'a str,
    complete: bool,
    elapsed_ms: u64,
    records: u64,
    rows: u64,
    entries: u64,
    partitions: Vec<Partition>,
}

#[derive(Serialize)]
struct Partition {
    partition: i32,
    records: u64,
    rows: u64,
    entries: u64,
    position: i64,
    target: i64,
}

/// Rebuilds into the keyspace that was named, with the other settings as they are.
pub(super) fn perform(mut deployment: Deployment, args: &RebuildArgs) -> Result<ExitCode, Failure> {
    let stop = services::start(&deployment)?;
    let live = std::mem::replace(&mut deployment.cql.keyspace, args.keyspace.clone());
    let config = deployment.ledger();
    let (begun, mut first) = (Instant::now(), None);
    let bar = progress::records(0);
    let minutes = args.tail.saturating_mul(60);
    let order = Order {
        live: &live,
        resume: args.resume,
        tail: Duration::from_secs(minutes),
        first_epoch: args.first_epoch,
        online: args.online,
    };
    let rebuilt = rebuild(&config, &order, &stop, |progress| {
        first.get_or_insert_with(Instant::now);
        bar.set_length(progress.total);
        bar.set_position(progress.done);
    });
    bar.finish_and_clear();
    // Without what came before, such as making the tables.
    let elapsed = first.unwrap_or(begun).elapsed();
    let told = Told::of(&args.keyspace, &rebuilt.map_err(other)?, elapsed);
    if args.json {
        stdout::print(serde_json::to_string_pretty(&told).map_err(other)?)?;
    } else {
        stdout::print(&told)?;
    }
    Ok(if told.complete { ExitCode::SUCCESS } else { ExitCode::from(STOPPED) })
}

impl<'a> Told<'a> {
    fn of(keyspace: &'a str, all: &[Rebuilt], elapsed: Duration) -> Self {
        let partition = |it: &Rebuilt| Partition {
            partition: it.partition,
            records: it.records,
            rows: it.rows,
            entries: it.entries,
            position: it.position,
            target: it.target,
        };
        Self {
            keyspace,
            complete: !all.is_empty() && all.iter().all(|it| it.position == it.target),
            elapsed_ms: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX).max(1),
            records: all.iter().map(|it| it.records).sum(),
            rows: all.iter().map(|it| it.rows).sum(),
            entries: all.iter().map(|it| it.entries).sum(),
            partitions: all.iter().map(partition).collect(),
        }
    }
}

impl Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.partitions.is_empty() {
            return f.write_str("stopped before it began; nothing was written");
        }
        let count = |number: u64| grouped(i64::try_from(number).unwrap_or(i64::MAX));
        let mut table = Table::new(&["partition", "records", "rows", "entries", "position", "of"]);
        for it in &self.partitions {
            let (position, target) = (grouped(it.position), grouped(it.target));
            let cells = [it.partition.to_string(), count(it.records), count(it.rows), count(it.entries)];
            table.row(cells.into_iter().chain([position, target]));
        }
        let cells = ["together".to_owned(), count(self.records), count(self.rows), count(self.entries)];
        table.row(cells.into_iter().chain([String::new(), String::new()]));
        writeln!(f, "{table}")?;
        let rate = count(self.records.saturating_mul(1_000) / self.elapsed_ms);
        let elapsed = Duration::from_millis(self.elapsed_ms);
        writeln!(f, "{} records in {elapsed:.1?}, {rate} a second", count(self.records))?;
        if self.complete {
            write!(f, "keyspace {0} is rebuilt: set `keyspace` to {0}, and start the ledgers", self.keyspace)
        } else {
            write!(
                f,
                "stopped before the end: go on with `lotstream rebuild --keyspace {} --resume`",
                self.keyspace
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rebuilt(position: i64) -> Rebuilt {
        Rebuilt { partition: 0, records: 1_200, rows: 3_600, entries: 2_000, position, target: 1_200 }
    }

    #[test]
    fn it_is_complete_when_every_partition_has_reached_its_target() {
        let told = |all: &[Rebuilt]| Told::of("new", all, Duration::from_secs(2)).complete;
        assert!(told(&[rebuilt(1_200), rebuilt(1_200)]));
        assert!(!told(&[rebuilt(1_200), rebuilt(1_199)]) && !told(&[]));
        let text = Told::of("new", &[rebuilt(1_200)], Duration::from_secs(2)).to_string();
        for part in ["1,200", "3,600", "600 a second", "keyspace new is rebuilt"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        let text = Told::of("new", &[rebuilt(7)], Duration::from_secs(2)).to_string();
        assert!(text.contains("--resume"), "{text}");
        let text = Told::of("new", &[], Duration::from_secs(2)).to_string();
        assert_eq!(text, "stopped before it began; nothing was written");
    }

    #[test]
    fn the_exit_codes_are_in_the_help() {
        let help = crate::cli::help_of("rebuild");
        assert!(help.contains(&format!("\n  {STOPPED}  ")), "{help}");
    }
}

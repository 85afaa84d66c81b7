//! What a pass counted and found, for a person or a program, and the verdict.

use super::accounts::Counted;
use super::feeds::Feeds;
use crate::table::{Table, grouped};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::process::ExitCode;
use std::time::Duration;
use verify::{Finding, Positions, Violation};

/// The exit code where something is wrong.
pub(super) const WRONG: u8 = 1;
/// The exit code where nothing was found, and not all was decided.
pub(super) const UNDECIDED: u8 = 3;
/// Findings of a kind that are shown to a person; a program gets all.
const SHOWN: usize = 20;

/// How it came out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Clean,
    Wrong,
    Undecided,
}

/// What a pass found.
#[derive(Serialize)]
pub(super) struct Told {
    verdict: Verdict,
    /// What was not decided, and why; empty where all was.
    undecided: Vec<String>,
    elapsed_ms: u64,
    accounts_ms: u64,
    accounts: u64,
    entries: u64,
    lots: u64,
    issued: i64,
    feeds: Vec<Topic>,
    violations: BTreeMap<&'static str, u64>,
    findings: Vec<Finding>,
}

/// A partner's topic.
#[derive(Serialize, Default)]
struct Topic {
    topic: String,
    /// Positions with an outcome or a dead letter.
    answered: u64,
    /// Further answers, of what was delivered again.
    again: u64,
    /// Positions without a record.
    empty: u64,
    waiting: i64,
    unanswered: i64,
}

/// How long it took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Took {
    pub(super) all: Duration,
    pub(super) accounts: Duration,
}

impl Told {
    pub(super) fn of(
        counted: Counted,
        (feeds, prefix): (&Feeds, &str),
        findings: Vec<Finding>,
        undecided: Vec<String>,
        took: Took,
    ) -> Self {
        let mut violations: BTreeMap<&'static str, u64> = BTreeMap::new();
        for finding in &findings {
            *violations.entry(finding.violation.as_str()).or_default() += 1;
        }
        let verdict = match (findings.is_empty(), undecided.is_empty()) {
            (false, _) => Verdict::Wrong,
            (true, false) => Verdict::Undecided,
            (true, true) => Verdict::Clean,
        };
        let millis = |took: Duration| u64::try_from(took.as_millis()).unwrap_or(u64::MAX).max(1);
        Self {
            verdict,
            undecided,
            elapsed_ms: millis(took.all),
            accounts_ms: millis(took.accounts),
            accounts: counted.accounts,
            entries: counted.entries,
            lots: counted.lots,
            issued: i64::try_from(counted.issued).unwrap_or(i64::MAX),
            feeds: topics(feeds, prefix),
            violations,
            findings,
        }
    }

    /// How the command ends.
    pub(super) fn exit(&self) -> ExitCode {
        match self.verdict {
            Verdict::Clean => ExitCode::SUCCESS,
            Verdict::Wrong => ExitCode::from(WRONG),
            Verdict::Undecided => ExitCode::from(UNDECIDED),
        }
    }
}

fn topics(feeds: &Feeds, prefix: &str) -> Vec<Topic> {
    let mut topics: BTreeMap<&str, Topic> = BTreeMap::new();
    for ((topic, _), positions) in &feeds.positions {
        let name = topic.strip_prefix(prefix).unwrap_or(topic);
        topics.entry(name).or_default().add(positions);
    }
    topics.into_iter().map(|(name, topic)| Topic { topic: name.to_owned(), ..topic }).collect()
}

impl Topic {
    fn add(&mut self, positions: &Positions) {
        self.answered += positions.answered;
        self.again += positions.again;
        self.empty += positions.absent;
        self.waiting += positions.waiting();
        self.unanswered += positions.lost();
    }
}

impl Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |number: u64| grouped(i64::try_from(number).unwrap_or(i64::MAX));
        let headings = ["topic", "answered", "delivered again", "no record", "waiting", "unanswered"];
        let mut table = Table::new(&headings);
        let mut all = Topic { topic: "together".to_owned(), ..Topic::default() };
        for it in &self.feeds {
            all.answered += it.answered;
            all.again += it.again;
            all.empty += it.empty;
            all.waiting += it.waiting;
            all.unanswered += it.unanswered;
        }
        for it in self.feeds.iter().chain([&all]) {
            let cells = [it.topic.clone(), count(it.answered), count(it.again), count(it.empty)];
            table.row(cells.into_iter().chain([grouped(it.waiting), grouped(it.unanswered)]));
        }
        writeln!(f, "\n{table}")?;
        let rate = count(self.accounts.saturating_mul(1_000) / self.accounts_ms);
        writeln!(
            f,
            "{} accounts with {} lots and {} entries in {:.1?}, {rate} a second; {} points issued",
            count(self.accounts),
            count(self.lots),
            count(self.entries),
            Duration::from_millis(self.accounts_ms),
            grouped(self.issued)
        )?;
        let mut shown: BTreeMap<Violation, usize> = BTreeMap::new();
        for finding in &self.findings {
            let so_far = shown.entry(finding.violation).or_default();
            *so_far += 1;
            if *so_far <= SHOWN {
                writeln!(f, "  {finding}")?;
            }
        }
        for (violation, found) in shown.into_iter().filter(|(_, found)| *found > SHOWN) {
            writeln!(f, "  and {} more: {}; --json has them", found - SHOWN, violation.as_str())?;
        }
        for undecided in &self.undecided {
            writeln!(f, "  undecided: {undecided}")?;
        }
        match self.verdict {
            Verdict::Clean => f.write_str("clean: every account adds up, every position has its one outcome"),
            Verdict::Wrong => write!(f, "WRONG: {} found", count(self.findings.len() as u64)),
            Verdict::Undecided => {
                f.write_str("undecided: nothing was found wrong, and not all could be seen")
            }
        }
    }
}

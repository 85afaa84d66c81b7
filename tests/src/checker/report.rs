//! What the checker counted and what it found wrong.

use domain::outcome::OutcomeKind;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// Findings that are kept; of more, only the number.
const KEPT: usize = 20;

/// The result of a check.
#[derive(Default, Debug)]
pub struct Report {
    /// Positions of partners' topics.
    pub inputs: usize,
    /// Positions by what became of them: together they are the inputs.
    pub outcomes: BTreeMap<&'static str, usize>,
    /// Positions without an answer, events without an effect.
    pub lost: usize,
    /// Positions answered more often than asked, events with two effects.
    pub doubled: usize,
    /// Positions a feed service took up more than once, each further time answered *duplicate*.
    pub redelivered: usize,
    /// Later fates of events that waited.
    pub later: usize,
    /// Entries folded.
    pub entries: usize,
    /// Accounts compared.
    pub accounts: usize,
    /// Lots added up.
    pub lots: usize,
    /// Points issued: the buckets of all lots together.
    pub issued: i64,
    /// Decisions on steps of redemptions.
    pub decisions: usize,
    /// Requests to notify.
    pub notices: usize,
    /// What is wrong, the first ones.
    pub findings: Vec<String>,
    more: usize,
}

/// The name a kind is counted under.
pub const fn word(kind: OutcomeKind) -> &'static str {
    match kind {
        OutcomeKind::Applied => "applied",
        OutcomeKind::Duplicate => "duplicate",
        OutcomeKind::Conflict => "conflict",
        OutcomeKind::Rejected => "rejected",
        OutcomeKind::Parked => "parked",
        OutcomeKind::Quarantined => "quarantined",
        OutcomeKind::DeadLettered => "dead-lettered",
    }
}

impl Report {
    /// Notes what is wrong.
    pub fn find(&mut self, finding: String) {
        if self.findings.len() < KEPT {
            self.findings.push(finding);
        } else {
            self.more += 1;
        }
    }

    /// Notes something that has no answer, or no effect.
    pub fn lost(&mut self, finding: String) {
        self.lost += 1;
        self.find(finding);
    }

    /// Notes something that has two.
    pub fn doubled(&mut self, finding: String) {
        self.doubled += 1;
        self.find(finding);
    }

    /// Positions of this outcome.
    pub fn count(&self, kind: OutcomeKind) -> usize {
        self.outcomes.get(word(kind)).copied().unwrap_or(0)
    }

    /// Whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    /// Prints the line of a fault for the table of `tests/faults`; from the fault to the last answer it took so long.
    pub fn tell_fault(&self, name: &str, took: Duration) {
        let kinds: Vec<String> =
            self.outcomes.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
        let (inputs, kinds, lost, doubled) = (self.inputs, kinds.join(", "), self.lost, self.doubled);
        println!("FAULT | {name} | {inputs} | {kinds} | {lost} | {doubled} | {:.0} s |", took.as_secs_f32());
    }

    /// Fails where something is wrong, or where there were not as many inputs as were sent.
    ///
    /// # Panics
    /// With every finding.
    pub fn assert_clean(&self, inputs: usize) {
        assert!(self.is_clean(), "the checker found:\n{self}");
        assert_eq!(self.inputs, inputs, "S27: expected every event that was sent in the partners' topics");
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = |what: &str, count: usize| writeln!(f, "  {what:<28}{count:>9}");
        line("inputs", self.inputs)?;
        for (kind, count) in &self.outcomes {
            line(&format!("  {kind}"), *count)?;
        }
        line("lost", self.lost)?;
        line("doubled", self.doubled)?;
        line("redelivered, acted once", self.redelivered)?;
        line("later fates", self.later)?;
        line("accounts", self.accounts)?;
        line("entries", self.entries)?;
        line("lots", self.lots)?;
        line("points issued", usize::try_from(self.issued).unwrap_or(0))?;
        line("decisions", self.decisions)?;
        line("notices", self.notices)?;
        for finding in &self.findings {
            writeln!(f, "  WRONG: {finding}")?;
        }
        if self.more > 0 {
            writeln!(f, "  and {} more", self.more)?;
        }
        Ok(())
    }
}

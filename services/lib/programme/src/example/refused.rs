//! Steps that the core refused, in words: figures alone do not say why they did not come out.

use super::found::Seen;
use super::run::command;
use super::{Action, Step};
use crate::report::Expectation;
use domain::outcome::{OutcomeKind, Reason};
use domain::quote::QuoteError;
use domain::refusal;
use std::fmt;

/// A step that the core refused, or that waits for an operator.
pub(super) struct Refused {
    number: usize,
    reason: Reason,
    /// What became of it, and why.
    words: String,
}

impl Refused {
    /// What became of `step`, as it is seen after it; `None` where it was taken.
    pub(super) fn of(seen: &Seen<'_>, step: &Step, number: usize) -> Option<Self> {
        let (reason, words) = match &step.action {
            Action::Pass => return None,
            Action::Event(event) => {
                let outcome = seen.outcome()?.outcome;
                let became = match outcome.kind {
                    OutcomeKind::DeadLettered => "was refused as bad input",
                    OutcomeKind::Rejected | OutcomeKind::Conflict => "was refused",
                    OutcomeKind::Quarantined => "waits",
                    OutcomeKind::Applied | OutcomeKind::Duplicate | OutcomeKind::Parked => return None,
                };
                let why = refusal::words(&command(event, step, number), outcome.reason, seen.tariffs);
                (outcome.reason, format!("{became}: {why}"))
            }
            Action::Quote { .. } => match seen.answer()?.err()? {
                QuoteError::Refused { reason, text } => (reason, format!("has no answer: {text}")),
                error => (Reason::None, format!("has no answer: {error}")),
            },
        };
        Some(Self { number, reason, words })
    }

    /// Whether the example says that it is refused: a figure about that comes out.
    pub(super) fn is_expected(step: &Step, found: &[Expectation]) -> bool {
        let about = |what: &str| matches!(what, "outcome" | "reason" | "approved");
        step.expected.iter().zip(found).any(|(expected, found)| about(expected.what) && found.met)
    }

    /// Whether it is dated before the version begins.
    pub(super) fn is_early(&self) -> bool {
        self.reason == Reason::BeforeFirstVersion
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step {} {}", self.number, self.words)
    }
}

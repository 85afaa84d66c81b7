//! What is wrong: where, what was expected, what was found, and what to do.

use serde::Serialize;
use std::fmt;

/// Which rule is broken.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Violation {
    /// An account's entries are not numbered from 1 to its last one, each once.
    Sequence,
    /// Rows are not what the entries make of them.
    Entries,
    /// Rows do not add up by themselves (S05), or owe and have at once (S18).
    Rows,
    /// A row cannot be what a ledger wrote: a negative number of points, a word there is not.
    Unreadable,
    /// Points left an account and came to none, or more came than left.
    Transit,
    /// An input position without an outcome (S27).
    Unanswered,
    /// An input position with two first answers (S27).
    AnsweredTwice,
    /// An outcome of an input position that is not there.
    AnswersNothing,
    /// A partner sent the id of an event again, under another account (S23): each of them took it for a new one.
    Identity,
}

impl Violation {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Sequence,
        Self::Entries,
        Self::Rows,
        Self::Unreadable,
        Self::Transit,
        Self::Unanswered,
        Self::AnsweredTwice,
        Self::AnswersNothing,
        Self::Identity,
    ];

    /// Its word, for programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sequence => "sequence",
            Self::Entries => "entries",
            Self::Rows => "rows",
            Self::Unreadable => "unreadable",
            Self::Transit => "transit",
            Self::Unanswered => "unanswered",
            Self::AnsweredTwice => "answered_twice",
            Self::AnswersNothing => "answers_nothing",
            Self::Identity => "identity",
        }
    }

    /// What to do next.
    pub const fn todo(self) -> &'static str {
        match self {
            Self::Sequence | Self::Entries | Self::Rows | Self::Unreadable => {
                "nobody writes these tables but the ledger: see `lotstream member`, then have them made anew with \
                 `lotstream rebuild`"
            }
            Self::Transit => {
                "look for the other account: is it parked? its entries name the redemption, or the lot"
            }
            Self::Unanswered => {
                "look for a dead letter or a parked account; the partner may send the event again, it acts once"
            }
            Self::AnsweredTwice => "compare both records of the partner's outcomes; who else writes there?",
            Self::AnswersNothing => {
                "was the partner's topic made anew, or does somebody else write its outcomes?"
            }
            Self::Identity => {
                "tell the partner: its id was taken for two events; undo one of them by a return"
            }
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Finding {
    /// Which rule is broken.
    pub violation: Violation,
    /// The account, or the source position.
    pub subject: String,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub found: String,
    /// What to do next.
    pub todo: &'static str,
}

impl Finding {
    /// A finding of this kind.
    pub fn new(
        violation: Violation,
        subject: impl fmt::Display,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        let (subject, todo) = (subject.to_string(), violation.todo());
        Self { violation, subject, expected: expected.into(), found: found.into(), todo }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { violation, subject, expected, found, todo } = self;
        write!(f, "{}: {subject}: expected {expected}, found {found}; {todo}", violation.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_says_where_what_and_what_to_do() {
        for violation in Violation::ALL {
            let finding = Finding::new(violation, "p:member:m", "1", "2");
            let (said, word) = (finding.to_string(), violation.as_str());
            assert!(said.starts_with(&format!("{word}: p:member:m: expected 1, found 2; ")), "{said}");
            assert!(!finding.todo.is_empty());
        }
    }
}

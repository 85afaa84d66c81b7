//! What becomes of an account one of whose commands failed inside the ledger: a bug, or a result too large for the log
//! (design §5). It waits for an operator, or goes on without what failed, as its programme declares.
//!
//! Only an event of somebody outside may be left out: it has an outcome that says so, and a letter by which it is
//! replayed, out of order as S24 allows. What the ledger sends itself always makes its account wait. A tick failed by
//! what time brings, which every later command brings as well, and nobody would replay it. What one account tells
//! another carries points that are in neither account meanwhile, and what comes behind it relies on it: it waits itself, and
//! is decided before the rest when its account goes on ([`crate::resume`]).

use crate::command::Command;
use crate::tariff::Tariffs;
use crate::time::Timestamp;

/// What becomes of events behind one that failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Behind {
    /// They wait until an operator lets the account go on.
    #[default]
    Waits,
    /// They are decided as if it had not come.
    GoesOn,
}

/// Whether the account of `command`, which failed at `now`, goes on without it: as the version says that is in force
/// then. A programme that is not known says nothing.
pub fn goes_on(command: &Command, now: Timestamp, tariffs: &Tariffs) -> bool {
    let declared = tariffs.in_force(command.entity.programme(), now).map(|tariff| tariff.behind_failed);
    declared == Some(Behind::GoesOn) && command.asked().0.has_outcome()
}

//! A seat: one assigned partition, with the machine that runs it or the reason why none does.

use crate::codec::Codec;
use crate::machine::Machine;
use domain::Timestamp;

/// How long after the first failure a takeover is tried again, in milliseconds; doubled each time.
const FIRST_PAUSE: i64 = 50;
/// The longest pause, and the one after giving up.
const LONGEST_PAUSE: i64 = 10_000;

/// What becomes of the partition.
pub(super) enum Seat<C: Codec> {
    /// Its machine.
    Taken(Box<Machine<C>>),
    /// Take it over again at this time.
    Waiting(Timestamp),
    /// Not before a person looked at it; why.
    Halted(String),
}

/// An assigned partition.
pub(super) struct Assigned<C: Codec> {
    pub(super) seat: Seat<C>,
    /// Takeovers that failed in a row.
    pub(super) failures: u32,
    /// Whether the next takeover has to prove ownership.
    pub(super) suspect: bool,
}

impl<C: Codec> Assigned<C> {
    /// Waits for its first takeover.
    pub(super) const fn new() -> Self {
        Self { seat: Seat::Waiting(Timestamp::MIN), failures: 0, suspect: false }
    }

    /// Takes it over again: at once after the first failure, later and later after more.
    pub(super) fn again(&mut self, now: Timestamp, suspect: bool) {
        let pause = match self.failures {
            0 => 0,
            n => LONGEST_PAUSE.min(FIRST_PAUSE << (n - 1).min(16)),
        };
        self.failures += 1;
        self.suspect |= suspect;
        self.seat = Seat::Waiting(now.plus_millis(pause));
    }

    /// Whether it is to be taken over now. A pause that would last longer than the longest was begun by a clock that
    /// has been set back since: it is over.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        matches!(self.seat, Seat::Waiting(until)
            if until <= now || until.is_finite() && until > now.plus_millis(LONGEST_PAUSE))
    }

    /// It was taken over, and ownership was proven where it was doubtful.
    pub(super) const fn taken_over(&mut self) {
        self.suspect = false;
    }

    /// A transaction was committed: it is ours, and what failed before is over.
    pub(super) const fn committed(&mut self) {
        self.failures = 0;
        self.suspect = false;
    }

    /// Someone else's: an assignment should follow; if none does, look again.
    pub(super) fn give_up(&mut self, now: Timestamp) {
        self.suspect = true;
        self.seat = Seat::Waiting(now.plus_millis(LONGEST_PAUSE));
    }

    /// Its machine, if it has one.
    pub(super) fn machine(&mut self) -> Option<&mut Machine<C>> {
        match &mut self.seat {
            Seat::Taken(machine) => Some(machine),
            Seat::Waiting(_) | Seat::Halted(_) => None,
        }
    }
}

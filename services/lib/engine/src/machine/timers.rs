//! Timers: waking idle entities, so that what is due by itself happens on time (design §6).
//!
//! Decides nothing: a tick is a command in the log like any other, and one too many changes nothing. The
//! cursor that goes into the partition row never passes a timer whose tick did not come back through the
//! log, and moves back when an entity becomes due before it. Ticks under way are bounded, so a million lots
//! due at midnight do not stop live traffic.

use crate::store::TimerScan;
use crate::wake;
use crate::wal::Timer;
use domain::command::Command;
use domain::{EntityId, EventKey, Timestamp};
use std::collections::BTreeSet;

/// A scan that is under way, or the ticks of its result.
#[derive(Debug)]
enum Page {
    /// Waiting for the store; timers of the overlay were copied before it was asked.
    Scanning { number: u64, until: Timestamp, unflushed: Vec<Timer> },
    /// Waiting for these ticks to come back; then the cursor is at `end`.
    Ticking { waiting: BTreeSet<EventKey>, end: Timer, full: bool },
}

/// The timers of a partition.
#[derive(Debug)]
pub(crate) struct Timers {
    partition: i32,
    limit: usize,
    /// Everything up to here had its tick.
    cursor: Option<Timer>,
    /// Where to go back to when the page is done.
    rewound: Option<Timer>,
    page: Option<Page>,
    /// Timer rows the store did not acknowledge yet.
    unflushed: BTreeSet<Timer>,
}

/// "Everything before `due`", as a cursor.
fn before(due: Timestamp) -> Timer {
    Timer { due, entity: EntityId::from_key("") }
}

impl Timers {
    /// The timers of `partition`, up to `cursor` already ticked; at most `limit` ticks under way.
    pub(crate) fn new(partition: i32, limit: usize, cursor: Option<Timer>) -> Self {
        Self { partition, limit, cursor, rewound: None, page: None, unflushed: BTreeSet::new() }
    }

    /// The cursor as it may be persisted.
    pub(crate) fn cursor(&self) -> Option<Timer> {
        match (&self.cursor, &self.rewound) {
            (Some(cursor), Some(rewound)) => Some(cursor.min(rewound).clone()),
            (cursor, rewound) => cursor.as_ref().or(rewound.as_ref()).cloned(),
        }
    }

    /// Ticks that were appended and did not come back yet.
    pub(crate) fn open(&self) -> usize {
        match &self.page {
            Some(Page::Ticking { waiting, .. }) => waiting.len(),
            Some(Page::Scanning { .. }) | None => 0,
        }
    }

    /// A timer row was decided and will be written.
    pub(crate) fn put(&mut self, timer: Timer) {
        self.unflushed.insert(timer);
    }

    /// The store has this timer row.
    pub(crate) fn acknowledge(&mut self, timer: &Timer) {
        self.unflushed.remove(timer);
    }

    /// After a decision `entity` is due at `due`: what was looked at already is looked at again.
    pub(crate) fn is_due(&mut self, entity: &EntityId, due: Timestamp) {
        if !due.is_finite() {
            return;
        }
        let seen_to = match &self.page {
            Some(Page::Ticking { end, .. }) => Some(end),
            Some(Page::Scanning { .. }) | None => self.cursor.as_ref(),
        };
        let passed = match seen_to {
            Some(seen_to) => due < seen_to.due || (due == seen_to.due && *entity <= seen_to.entity),
            None => true,
        };
        let scanning = matches!(&self.page, Some(Page::Scanning { until, .. }) if due <= *until);
        if passed || scanning {
            let back = before(due);
            if self.page.is_none() {
                self.cursor = Some(back);
            } else if self.rewound.as_ref().is_none_or(|known| back < *known) {
                self.rewound = Some(back);
            }
        }
    }

    /// Looks for timers up to `until`, unless it is at it already: the scan to issue.
    pub(crate) fn scan(
        &mut self,
        until: Timestamp,
        number: impl FnOnce() -> u64,
    ) -> Option<(u64, TimerScan)> {
        if self.page.is_some() {
            return None;
        }
        let after = self.cursor.clone().filter(|cursor| cursor.due <= until)?;
        let unflushed = self.unflushed.range(after.clone()..).take_while(|timer| timer.due <= until);
        let unflushed = unflushed.filter(|timer| **timer != after).cloned().collect();
        let number = number();
        self.page = Some(Page::Scanning { number, until, unflushed });
        Some((number, TimerScan { partition: self.partition, after, until, limit: self.limit }))
    }

    /// The answer to the scan: the ticks to append.
    pub(crate) fn scanned(&mut self, number: u64, stored: Vec<Timer>) -> Vec<Command> {
        let Some(Page::Scanning { until, unflushed, .. }) = self
            .page
            .take_if(|page| matches!(page, Page::Scanning { number: asked, .. } if *asked == number))
        else {
            return Vec::new();
        };
        let mut timers: BTreeSet<Timer> = stored.into_iter().collect();
        let known_to = if timers.len() >= self.limit { timers.last().cloned() } else { None };
        timers.extend(unflushed.into_iter().filter(|timer| known_to.as_ref().is_none_or(|end| timer <= end)));
        let full = timers.len() >= self.limit;
        let timers: Vec<Timer> = timers.into_iter().take(self.limit).collect();
        let end = match timers.last() {
            Some(last) if full => last.clone(),
            _ => before(Timestamp(until.0.saturating_add(1))),
        };
        let ticks: Vec<Command> = timers.iter().map(|timer| tick(timer, self.partition)).collect();
        let waiting = ticks.iter().map(|tick| tick.key).collect();
        self.page = Some(Page::Ticking { waiting, end, full });
        self.finish_page();
        ticks
    }

    /// A tick came back through the log and was decided. Whether the next page is to be read at once.
    pub(crate) fn ticked(&mut self, key: EventKey) -> bool {
        if let Some(Page::Ticking { waiting, .. }) = &mut self.page {
            waiting.remove(&key);
        }
        self.finish_page()
    }

    fn finish_page(&mut self) -> bool {
        let done =
            self.page.take_if(|page| matches!(page, Page::Ticking { waiting, .. } if waiting.is_empty()));
        let Some(Page::Ticking { end, full, .. }) = done else { return false };
        let rewound = self.rewound.take();
        let again = full && rewound.is_none();
        self.cursor = Some(rewound.map_or_else(|| end.clone(), |back| back.min(end.clone())));
        again
    }
}

/// The tick of a timer. Its key derives from entity and instant: sent twice, it is the same one.
fn tick(timer: &Timer, partition: i32) -> Command {
    let key = EventKey::of("", "ticks", timer.entity.as_str()).derived("due", timer.due.0);
    wake::tick(key, timer.entity.clone(), partition, timer.due)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timer(due: i64, entity: &str) -> Timer {
        Timer { due: Timestamp(due), entity: EntityId::from_key(entity) }
    }

    fn started() -> Timers {
        let mut timers = Timers::new(0, 2, None);
        timers.is_due(&EntityId::from_key("a"), Timestamp(10));
        timers
    }

    #[test]
    fn nothing_is_scanned_before_something_can_be_due() {
        assert!(Timers::new(0, 2, None).scan(Timestamp(99), || 1).is_none());
        assert!(started().scan(Timestamp(9), || 1).is_none());
        assert!(started().scan(Timestamp(10), || 1).is_some());
    }

    #[test]
    fn a_page_is_bounded_and_the_cursor_waits_for_its_ticks() {
        let mut timers = started();
        assert!(timers.scan(Timestamp(50), || 1).is_some());
        let ticks = timers.scanned(1, vec![timer(10, "a"), timer(10, "b")]);
        assert_eq!(ticks.len(), 2);
        assert_eq!(timers.cursor(), Some(before(Timestamp(10))), "no tick came back yet");
        assert!(!timers.ticked(ticks[0].key));
        assert!(timers.ticked(ticks[1].key), "the page was full: read on at once");
        assert_eq!(timers.cursor(), Some(timer(10, "b")));
    }

    #[test]
    fn unflushed_timers_are_merged_but_not_beyond_a_full_page() {
        let mut timers = started();
        timers.put(timer(11, "x"));
        timers.put(timer(30, "y"));
        timers.scan(Timestamp(50), || 1).unwrap();
        let ticks = timers.scanned(1, vec![timer(10, "a"), timer(20, "b")]);
        let names: Vec<_> = ticks.iter().map(|tick| tick.entity.as_str().to_owned()).collect();
        assert_eq!(names, ["a", "x"]);
        for tick in ticks {
            timers.ticked(tick.key);
        }
        assert_eq!(timers.cursor(), Some(timer(11, "x")));
    }

    #[test]
    fn an_entity_due_before_the_cursor_turns_it_back() {
        let mut timers = started();
        timers.scan(Timestamp(50), || 1).unwrap();
        let ticks = timers.scanned(1, vec![timer(10, "a")]);
        // The tick was decided too early by the broker's clock: still due at 10.
        timers.is_due(&EntityId::from_key("a"), Timestamp(10));
        timers.ticked(ticks[0].key);
        assert_eq!(timers.cursor(), Some(before(Timestamp(10))));
        let (_, scan) = timers.scan(Timestamp(51), || 2).unwrap();
        assert_eq!(scan.after, before(Timestamp(10)));
    }
}

//! What happened, for whoever looks into a failing seed.

use crate::world::BEGINNING;
use domain::Event;
use std::collections::VecDeque;

/// Lines kept: the last of a run.
const KEPT: usize = 4_000;

/// The trace of a run; nothing where nobody asked for it.
#[derive(Debug, Default)]
pub struct Trace {
    lines: Option<VecDeque<String>>,
    /// Events with this in them are told at the end.
    of: Option<String>,
}

impl Trace {
    /// One that keeps what it is told.
    pub fn kept() -> Self {
        Self { lines: Some(VecDeque::new()), of: None }
    }

    /// The same, and in the end each committed event that has this text in it: a member or card, an id.
    pub fn of(text: Option<String>) -> Self {
        Self { of: text, ..Self::kept() }
    }

    /// Something was committed, as it says itself.
    pub(crate) fn event(&mut self, now: i64, event: &Event) {
        let Some(text) = &self.of else { return };
        let told = format!("{event:?}");
        if told.contains(text.as_str()) {
            self.tell(now, || told);
        }
    }

    /// At `now` this happened.
    pub(crate) fn tell(&mut self, now: i64, line: impl FnOnce() -> String) {
        let Some(lines) = &mut self.lines else { return };
        if lines.len() == KEPT {
            lines.pop_front();
        }
        lines.push_back(format!("{:>8} {}", now - BEGINNING, line()));
    }

    /// The last lines.
    pub fn into_lines(self) -> Vec<String> {
        self.lines.unwrap_or_default().into()
    }
}

//! What happened, for whoever looks into a failing seed.

use crate::world::BEGINNING;
use std::collections::VecDeque;

/// Lines kept: the last of a run.
const KEPT: usize = 4_000;

/// The trace of a run; nothing where nobody asked for it.
#[derive(Debug, Default)]
pub struct Trace {
    lines: Option<VecDeque<String>>,
}

impl Trace {
    /// One that keeps what it is told.
    pub fn kept() -> Self {
        Self { lines: Some(VecDeque::new()) }
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

//! What a run was made of: printed, so that nobody has to believe that anything happened.

use std::collections::BTreeMap;
use std::fmt;

/// Counts by name: commands, faults that fired, what the protocol went through.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Mix {
    /// Commands of partners, by kind.
    pub commands: BTreeMap<&'static str, u64>,
    /// Faults that fired, by kind.
    pub faults: BTreeMap<&'static str, u64>,
    /// What came of it: takeovers, unknown commits, refusals.
    pub effects: BTreeMap<&'static str, u64>,
}

impl Mix {
    /// A command of this kind was published.
    pub(crate) fn command(&mut self, kind: &'static str) {
        *self.commands.entry(kind).or_default() += 1;
    }

    /// A fault of this kind fired.
    pub(crate) fn fault(&mut self, kind: &'static str) {
        *self.faults.entry(kind).or_default() += 1;
    }

    /// This came of it.
    pub(crate) fn effect(&mut self, kind: &'static str) {
        *self.effects.entry(kind).or_default() += 1;
    }

    /// The counts of another run, too.
    pub fn add(&mut self, other: &Self) {
        for (mine, others) in [
            (&mut self.commands, &other.commands),
            (&mut self.faults, &other.faults),
            (&mut self.effects, &other.effects),
        ] {
            others.iter().for_each(|(kind, count)| *mine.entry(kind).or_default() += count);
        }
    }
}

impl fmt::Display for Mix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (title, counts) in
            [("commands", &self.commands), ("faults", &self.faults), ("effects", &self.effects)]
        {
            writeln!(f, "{title}: {}", counts.values().sum::<u64>())?;
            for (kind, count) in counts {
                writeln!(f, "  {kind:<28}{count:>12}")?;
            }
        }
        Ok(())
    }
}

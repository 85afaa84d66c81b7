//! Commands on which a test lets the core fail: only in builds with the feature `failpoints`, and only where
//! `LEDGER_POISON` names them.
//!
//! `LEDGER_POISON=s-17,large=s-18`: the core panics on the event `s-17`, and what it makes of `s-18` is larger than any log
//! takes. Every instance of a group is to be told the same.

use domain::command::Command;
use domain::entity::{Entity, Missing};
use domain::row::Parked;
use domain::tariff::Tariffs;
use domain::{Name, Row, RowKey, Timestamp};
use engine::core::{Context, Core, Effects, Ledger};
use std::collections::BTreeSet;

/// The variable of the environment.
pub const SETTING: &str = "LEDGER_POISON";

/// Bytes that no record of `ledger-wal` holds.
const LARGE: usize = 16 << 20;

/// The ledger's core, that fails on some events, by the partner's ids.
#[derive(Debug, Default, PartialEq, Eq)]
struct Poisoned {
    panics: BTreeSet<String>,
    large: BTreeSet<String>,
}

/// The context, with a core that fails where the environment asks for it.
///
/// # Errors
/// What was expected of the setting, and found.
pub(crate) fn failing<C>(mut context: Context<C>) -> Result<Context<C>, String> {
    if let Ok(text) = std::env::var(SETTING) {
        context.core = Box::new(Poisoned::read(&text)?);
    }
    Ok(context)
}

impl Poisoned {
    fn read(text: &str) -> Result<Self, String> {
        let mut poisoned = Self::default();
        for item in text.split(',') {
            let (events, id) = match item.strip_prefix("large=") {
                Some(id) => (&mut poisoned.large, id),
                None => (&mut poisoned.panics, item),
            };
            if id.is_empty() {
                return Err(format!(
                    "{SETTING}: expected ids of events, such as `s-17,large=s-18`, found `{text}`"
                ));
            }
            events.insert(id.to_owned());
        }
        Ok(poisoned)
    }
}

impl Core for Poisoned {
    fn needs(&self, command: &Command) -> Vec<RowKey> {
        Ledger.needs(command)
    }

    fn decide(
        &self,
        entity: &Entity,
        command: &Command,
        now: Timestamp,
        tariffs: &Tariffs,
    ) -> Result<Effects, Missing> {
        let asked = command.asked().0;
        let id = asked.source.id.as_str();
        assert!(!asked.has_outcome() || !self.panics.contains(id), "as {SETTING} asks");
        let mut effects = Ledger.decide(entity, command, now, tariffs)?;
        if asked.has_outcome() && self.large.contains(id) {
            let (key, until) = (command.key, Timestamp::NEVER);
            let command = Command { trace: Name::from("x".repeat(LARGE)), ..command.clone() };
            effects.rows.push(Row::Parked(Parked { key, sequence: 0, until, waits: true, command }));
        }
        Ok(effects)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_named_with_how_they_fail() {
        let of = |ids: &[&str]| ids.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
        let read = Poisoned { panics: of(&["s-17", "s-19"]), large: of(&["s-18"]) };
        assert_eq!(Poisoned::read("s-17,large=s-18,s-19"), Ok(read));
        for wrong in ["", "s-17,", "large="] {
            assert!(Poisoned::read(wrong).unwrap_err().contains("expected ids of events"), "{wrong}");
        }
    }
}

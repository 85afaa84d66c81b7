//! What the stories were made of: a property that never meets a case proves nothing about it.

use domain::command::{Body, Command};
use domain::outcome::OutcomeKind;
use domain::{Decision, Event};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// How often each kind of thing happened.
#[derive(Default)]
pub struct Mix(RefCell<BTreeMap<String, u32>>);

impl Mix {
    pub fn count(&self, what: impl Into<String>) {
        *self.0.borrow_mut().entry(what.into()).or_default() += 1;
    }

    /// Counts a command, its outcome, and every event it brought.
    pub fn see(&self, command: &Command, decision: &Decision) {
        let body = match &command.body {
            Body::Sale(sale) if sale.tenders.is_empty() => "sale in money",
            Body::Sale(sale) if sale.tenders[0].hold == domain::EventKey::NONE => "sale paying offline",
            Body::Sale(_) => "sale paying by a hold",
            Body::Return(_) => "return",
            Body::Authorise(_) => "hold",
            Body::Capture(capture) if capture.more => "capture, more to come",
            Body::Capture(_) => "capture",
            Body::Cancel(_) => "cancel",
            Body::Order(_) => "order",
            Body::Transfer(_) => "transfer",
            Body::Adjust(_) => "adjustment",
            Body::Activity(_) => "activity",
            Body::Tick => "tick",
            Body::Card(_) => "news of a card",
            Body::Forwarded(_) => "sent on by a card",
            Body::MoveIn(_) | Body::MergeIn(_) | Body::Unlink(_) => "a binding's second step",
            Body::Share(_) => "a limit's step",
            Body::Given(_) => "given points arrive",
            Body::GivenAnswer(_) => "given points are answered",
            Body::Relabel(_) => "given points change their origin",
            Body::Fall(_) => "a grant falls with a purchase",
        };
        self.count(format!("command: {body}"));
        for event in &decision.events {
            match event {
                Event::Entry(entry) => self.count(format!("entry: {:?}", entry.kind)),
                Event::Outcome(record) => {
                    let outcome = record.outcome;
                    let later = if record.later { " later" } else { "" };
                    self.count(format!("outcome: {:?} {:?}{later}", outcome.kind, outcome.reason));
                    if outcome.kind == OutcomeKind::Applied && !outcome.given_back.is_zero() {
                        self.count("outcome: points given back");
                    }
                }
                Event::Decision(decision) => {
                    self.count(format!("decision: {:?} {:?}", decision.step, decision.reason));
                }
                Event::Tier(change) if change.from.as_str().is_empty() => self.count("tier: joined"),
                Event::Tier(change) => self.count(format!("tier: to {}", change.to)),
                Event::Notice(notice) => self.count(format!("notice: {:?}", notice.kind)),
            }
        }
    }

    /// Prints the counts, and asserts that each of `kinds` occurred that often, where all stories were tried.
    pub fn assert_at_least(&self, kinds: &[(&str, u32)]) {
        let counts = self.0.borrow();
        counts.iter().for_each(|(kind, count)| println!("{count:>8}  {kind}"));
        for (kind, least) in kinds.iter().filter(|_| !super::is_quick()) {
            let found = counts.get(*kind).copied().unwrap_or(0);
            assert!(found >= *least, "expected {least} or more of `{kind}` in the stories, found {found}");
        }
    }
}

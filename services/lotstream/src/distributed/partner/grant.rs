//! Gives a partner its rights on a cluster that enforces them, and tells which were there before. Idempotent; takes
//! none away.

use super::access::{Access, Right};
use crate::failure::{Failure, other};
use lotstream_kafka::Error;
use lotstream_kafka::access::{self, is_disabled};
use lotstream_kafka::admin::Admin;
use serde::Serialize;
use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

/// How long a right may take from the controller that has it to the broker that lists it.
const PATIENCE: Duration = Duration::from_secs(5);
const TICK: Duration = Duration::from_millis(50);

/// Kafka's rights, without order.
type Rights = BTreeSet<access::Right>;

/// What became of a partner's rights.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "access")]
pub(super) enum Granted {
    /// They are given.
    Set {
        /// Each of [`Access::rights`], in order.
        states: Vec<State>,
        /// What the principal may do, or is denied, beside them.
        beside: Vec<String>,
    },
    /// Nothing was set: the commands are to be run by hand.
    Printed,
    /// The cluster has no authorizer: everybody may do everything.
    NotEnforced,
}

/// Whether a right was there before.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    /// All of it was.
    There,
    /// Some of it is new.
    New,
    /// It is given; what was there before is not shown to this login.
    Given,
}

impl State {
    /// For people.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::There => "there",
            Self::New => "new",
            Self::Given => "given",
        }
    }
}

/// Gives what is missing of `access`.
pub(super) fn give(admin: &Admin, access: &Access) -> Result<Granted, Failure> {
    let list = || -> Result<Rights, Failure> {
        Ok(admin.rights(Some(&access.principal)).map_err(other)?.into_iter().collect())
    };
    let before = list()?;
    let needed: Rights = access.rights.iter().flat_map(|right| right.each(&access.principal)).collect();
    let missing: Vec<access::Right> = needed.difference(&before).cloned().collect();
    let refused: Vec<Error> =
        admin.give(&missing).map_err(other)?.into_iter().filter_map(Result::err).collect();
    if !refused.is_empty() && refused.iter().all(is_disabled) {
        return Ok(Granted::NotEnforced);
    }
    refuse_part(&refused, missing.len(), access)?;
    let (began, mut after) = (Instant::now(), list()?);
    while !after.is_superset(&needed) && began.elapsed() < PATIENCE {
        thread::park_timeout(TICK);
        after = list()?;
    }
    Ok(told(access, &needed, &before, &after))
}

/// What is told of rights that are all given.
fn told(access: &Access, needed: &Rights, before: &Rights, after: &Rights) -> Granted {
    let state = |right: &Right| {
        let each: Rights = right.each(&access.principal).collect();
        match (each.is_subset(before), each.is_subset(after)) {
            (true, _) => State::There,
            (false, true) => State::New,
            (false, false) => State::Given,
        }
    };
    Granted::Set {
        states: access.rights.iter().map(state).collect(),
        beside: after.difference(needed).map(ToString::to_string).collect(),
    }
}

/// Names every right that was not given.
fn refuse_part(refused: &[Error], asked: usize, access: &Access) -> Result<(), Failure> {
    if refused.is_empty() {
        return Ok(());
    }
    let each: Vec<String> = refused.iter().map(|error| format!("  {error}")).collect();
    Err(other(format!(
        "expected {asked} rights to be given to {}, {} were refused:\n{}\nThe others are given and stay. Giving rights \
         wants Alter on the cluster, seeing them Describe: log in as one who has both and run it again, or say \
         `--acl print` for the commands. No topics were made",
        access.principal,
        refused.len(),
        each.join("\n")
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use lotstream_kafka::access::{Operation, Pattern, Resource};

    fn given(before: &[usize], after: &[usize], other: Option<access::Right>) -> (Vec<State>, Vec<String>) {
        let access = Access::of("shop", None, "", "kafka:9092");
        let all: Vec<access::Right> = access.rights.iter().flat_map(|it| it.each("User:shop")).collect();
        let pick = |places: &[usize]| -> Rights { places.iter().map(|place| all[*place].clone()).collect() };
        let mut after = pick(after);
        after.extend(other);
        let Granted::Set { states, beside } =
            told(&access, &all.iter().cloned().collect(), &pick(before), &after)
        else {
            panic!("expected rights that are set");
        };
        (states, beside)
    }

    #[test]
    fn what_was_there_what_is_new_and_what_is_not_shown_are_told_apart() {
        // The first two are of one topic.
        let (states, beside) = given(&[], &[0, 1], None);
        assert_eq!((states[0], states[1], beside.len()), (State::New, State::Given, 0));
        let (states, _) = given(&[0, 1], &[0, 1, 2, 3], None);
        assert_eq!((states[0], states[1]), (State::There, State::New));
        let (states, _) = given(&[0], &[0, 1], None);
        assert_eq!(states[0], State::New, "half of it is new");
    }

    #[test]
    fn what_a_principal_may_do_beside_is_told() {
        let more = access::Right::to(
            "User:shop",
            Operation::Write,
            Resource::Topic,
            Pattern::Literal,
            "purchases.cinema",
        );
        let (_, beside) = given(&[], &[0], Some(more));
        assert_eq!(beside, ["Write on topic purchases.cinema for User:shop"]);
    }
}

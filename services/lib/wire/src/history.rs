//! The versions of a schema that were registered before ours, and what they are owed: a ledger of a build that knows
//! one of them may run beside ours, or come after it when a step is taken back, and reads what we write.
//!
//! Which of them run nobody knows: a version may have been registered for a build that never ran. So what says
//! nothing new is written under the oldest version that can say it, which every build since reads: a newer version
//! must read all that was ever written (`BACKWARD_TRANSITIVE`). It stays so for good, for records under those numbers
//! are kept for good. Versions that differ in their texts alone are one.

use crate::contract::ContractError;
use crate::registry::{Compatibility, Registry};
use crate::resolve::Resolver;
use crate::schema;
use crate::step::{self, Step};
use crate::topic;
use apache_avro::Schema;
use serde_json::Value;
use std::fmt::{self, Display};
use std::sync::Arc;

/// A version before ours under which nothing of ours can be written: a ledger that knows it, and not ours, would halt on
/// our records.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gap {
    /// The schema, by its full name.
    pub subject: String,
    /// The version's number in the registry.
    pub id: u32,
    /// Where the two differ by more than `schemas/README.md` allows.
    pub reason: String,
}

impl Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { subject, id, reason } = self;
        write!(f, "{subject}: expected what a build of number {id} of the registry can read, found {reason}")
    }
}

/// What is known of the versions before ours.
pub(crate) struct History {
    /// Those that say less than ours, oldest first, each with the step to it.
    pub(crate) earlier: Vec<(u32, Arc<Step>)>,
    /// The number of the oldest that says the same as ours; `None` where ours is the first.
    pub(crate) twin: Option<u32>,
    /// Those that have no step.
    pub(crate) gaps: Vec<Gap>,
}

impl History {
    /// Of the schema `name`, among all its `versions`, oldest first; `ours` is its whole text, `id` its number where it
    /// is registered.
    pub(crate) fn of(
        name: &str,
        (ours, parsed): (&str, &Arc<Schema>),
        id: Option<u32>,
        versions: &[(u32, String)],
    ) -> Self {
        let mut history = Self { earlier: Vec::new(), twin: None, gaps: Vec::new() };
        let mut shapes: Vec<Arc<Schema>> = Vec::new();
        for (number, text) in versions.iter().take_while(|it| Some(it.0) != id) {
            let gap = |reason| Gap { subject: schema::subject(name), id: *number, reason };
            if let Some(field) = step::other_default(text, ours) {
                // What an older version does not say is not the same to a build of this one and to ours.
                history.earlier.clear();
                history.gaps.push(gap(format!("another default of {field}")));
                continue;
            }
            match Resolver::new(text, parsed) {
                Ok(None) => history.twin = history.twin.or(Some(*number)),
                Ok(Some(_)) if is_among(&shapes, text) => {}
                Ok(Some(resolver)) => {
                    shapes.push(resolver.writer());
                    match Step::between(text, ours) {
                        Ok(step) if history.twin.is_none() => {
                            history.earlier.push((*number, Arc::new(step)));
                        }
                        // Its build reads what the older one that says the same as ours is written as.
                        Ok(_) => {}
                        Err(reason) => history.gaps.push(gap(reason)),
                    }
                }
                // What cannot be read as ours is never stepped over.
                Err(error) => history.gaps.push(gap(error.to_string())),
            }
        }
        history
    }
}

fn same_text(one: &str, other: &str) -> bool {
    let json = |text: &str| serde_json::from_str::<Value>(text).ok();
    one == other || json(one).is_some_and(|one| json(other).is_some_and(|other| one == other))
}

/// Whether one of these writes the same bytes.
fn is_among(shapes: &[Arc<Schema>], text: &str) -> bool {
    shapes.iter().any(|shape| matches!(Resolver::new(text, shape), Ok(None)))
}

/// Schemas that ledgers of two builds write and read beside each other: those a newer build alone must read.
pub fn shared() -> impl Iterator<Item = &'static str> {
    let shared = topic::all().iter().filter(|topic| topic.compatibility == Compatibility::BackwardTransitive);
    shared.map(|topic| topic.value.as_str())
}

/// The versions of [`shared`] schemas that have no step from ours, as long as ours is not registered. Once it is, there
/// is nothing left to keep from happening, and whoever starts warns ([`crate::Contract::beside_other_builds`]).
///
/// # Errors
/// Our own schema, or no answer from the registry.
pub fn gaps(registry: &dyn Registry) -> Result<Vec<Gap>, ContractError> {
    let mut gaps = Vec::new();
    for name in shared() {
        let text = schema::whole(name)?;
        let parsed = Arc::new(schema::parse(&text)?);
        let versions = registry.versions(&schema::subject(name))?;
        if !versions.iter().any(|(_, known)| same_text(known, &text)) {
            gaps.append(&mut History::of(name, (&text, &parsed), None, &versions).gaps);
        }
    }
    Ok(gaps)
}

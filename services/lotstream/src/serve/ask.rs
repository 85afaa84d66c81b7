//! What may be asked of a ledger from beside, and the answers: from its database, or by the process that serves it.

use super::control;
use crate::failure::{Failure, other};
use crate::identity::{account, of_environment};
use crate::inspect::{Shown, member, state};
use crate::instant;
use crate::quote::{self, Question};
use crate::versions::list;
use domain::Timestamp;
use domain::tariff::{Tariff, Tariffs};
use embedded::durable::{Copied, DurableError, DurableStore, back_up, open_store};
use engine::config::Clock;
use engine::store::Store;
use engine::wal::ProgrammeVersion;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A question.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Ask {
    /// A member, as of an instant.
    Member { id: String, programme: Option<String>, at: Option<Timestamp>, json: bool },
    /// What a member's basket would cost and earn.
    Quote { question: Question },
    /// The totals, as of an instant.
    State { at: Option<Timestamp>, json: bool },
    /// The versions it knows.
    Programmes { json: bool },
    /// A copy, as of now.
    BackUp { to: PathBuf, json: bool },
}

/// Asks the ledger in `data`, whether it is served now or not.
pub(super) fn ask(data: &Path, ask: &Ask) -> Result<Shown, Failure> {
    match open_store(data) {
        Ok(mut store) => answer(&mut store, ask),
        Err(DurableError::Busy(_)) => control::ask(data, ask),
        Err(error) => Err(other(error)),
    }
}

/// The answer of a ledger, as of one moment.
pub(super) fn answer(store: &mut DurableStore, ask: &Ask) -> Result<Shown, Failure> {
    let mut store = store.pinned();
    match ask {
        Ask::BackUp { to, json } => {
            let done = back_up(&store, to).map_err(other)?;
            Ok(Shown { text: copied(done, to, *json), holds: true })
        }
        Ask::Programmes { json } => {
            let text = list::show(&tariffs(&mut store)?, *json)?;
            Ok(Shown { text, holds: true })
        }
        Ask::State { at, json } => {
            let at = at.map_or_else(|| state::last_decision(&mut store), Ok)?;
            let tariffs = tariffs(&mut store)?;
            state::show(&mut store, &tariffs, at, *json)
        }
        Ask::Quote { question } => {
            let tariffs = tariffs(&mut store)?;
            let member = question.member.as_deref().unwrap_or_default();
            let id = account(&of_environment()?, question.programme()?.as_str(), member);
            let now = now_of(&store)?;
            quote::of_ledger(&mut store, id, tariffs, now, question)
        }
        Ask::Member { id, programme, at, json } => {
            let tariffs = tariffs(&mut store)?;
            let programme = match programme {
                Some(programme) => programme.clone(),
                None => only_programme(&mut store)?,
            };
            let when = at.map_or((now_of(&store)?, true), |at| (at, false));
            member::show(&mut store, &account(&of_environment()?, &programme, id), &tariffs, when, *json)
        }
    }
}

/// *Now* for those who do not say: nobody's by the event clock.
fn now_of(store: &DurableStore) -> Result<Timestamp, Failure> {
    let by_events = store.clock().map_err(other)? == Clock::Event;
    Ok(if by_events { Timestamp::MIN } else { instant::now() })
}

/// What was copied, in words or as JSON.
pub(super) fn copied(copied: Copied, place: &Path, json: bool) -> String {
    let (Copied { rows, bytes }, place) = (copied, place.display().to_string());
    match json {
        true => serde_json::json!({ "rows": rows, "bytes": bytes, "place": place }).to_string(),
        false => format!("{rows} rows, {bytes} bytes: {place}"),
    }
}

/// The tariff of a programme that is stored.
pub(super) fn compile(version: &ProgrammeVersion) -> Result<Arc<Tariff>, String> {
    let name = format!("programme {} version {}", version.programme, version.version);
    programme::compile(&name, &version.text).map_err(|problems| {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        format!("{name} cannot be read by this build\n\n{}", problems.join("\n"))
    })
}

fn programmes(store: &mut DurableStore) -> Result<Vec<ProgrammeVersion>, Failure> {
    Ok(store.partition_state(0).map_err(other)?.programmes)
}

/// The versions that the ledger in `data` knows; none where there is no ledger yet.
pub(super) fn known(data: &Path) -> Result<Tariffs, Failure> {
    match open_store(data) {
        Ok(mut store) => tariffs(&mut store),
        // Whoever opens it to serve it says what is wrong.
        Err(_) => Ok(Tariffs::default()),
    }
}

/// The versions that a ledger knows.
pub(super) fn tariffs(store: &mut DurableStore) -> Result<Tariffs, Failure> {
    let mut tariffs = Tariffs::default();
    for version in programmes(store)? {
        tariffs.add(compile(&version).map_err(other)?);
    }
    Ok(tariffs)
}

fn only_programme(store: &mut DurableStore) -> Result<String, Failure> {
    let mut names: Vec<String> =
        programmes(store)?.iter().map(|version| version.programme.to_string()).collect();
    names.dedup();
    match names.as_slice() {
        [only] => Ok(only.clone()),
        several => Err(other(format!("expected one programme, found {several:?}; name it with --programme"))),
    }
}

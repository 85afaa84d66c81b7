//! `lotstream quote` of a deployment.

use super::deployment::Deployment;
use super::{agreed, other, state};
use crate::failure::Failure;
use crate::identity::{account, is_whole};
use crate::inspect::Shown;
use crate::instant;
use crate::quote::{self, Question};
use lotstream_scylla::ScyllaStore;

/// Tells what the basket would cost and earn.
pub(super) fn perform(deployment: &Deployment, question: &Question) -> Result<Shown, Failure> {
    let member = question.member.as_deref().unwrap_or_default();
    let identity = if is_whole(member) { deployment.identity() } else { agreed(deployment)? };
    let id = account(identity, question.programme()?.as_str(), member);
    let mut store = ScyllaStore::open(&deployment.cql).map_err(other)?;
    let tariffs = state::tariffs(deployment, &mut store)?;
    quote::of_ledger(&mut store, id, tariffs, instant::now(), question)
}

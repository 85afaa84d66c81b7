//! `lotstream member` of a deployment.

use super::deployment::Deployment;
use super::{agreed, other, state};
use crate::cli::MemberArgs;
use crate::failure::Failure;
use crate::identity::{account, is_whole};
use crate::inspect::{Shown, member};
use crate::instant;
use lotstream_scylla::ScyllaStore;

/// Shows a member.
pub(super) fn perform(deployment: &Deployment, args: &MemberArgs) -> Result<Shown, Failure> {
    let at = args.at.as_deref().map_or_else(|| Ok(instant::now()), |at| instant::parse("--at", at))?;
    let programme = args.programme.as_deref().unwrap_or(deployment.programme());
    if programme.is_empty() {
        return Err(other("expected a programme; set `--programme`, or `programme` in the settings"));
    }
    let identity = if is_whole(&args.id) { deployment.identity() } else { agreed(deployment)? };
    let id = account(identity, programme, &args.id);
    let mut store = ScyllaStore::open(&deployment.cql).map_err(other)?;
    let tariffs = state::tariffs(deployment, &mut store)?;
    member::show(&mut store, &id, &tariffs, (at, args.at.is_none()), args.json)
}

//! `lotstream tables create`.

use super::deployment::Deployment;
use super::other;
use crate::failure::Failure;
use std::process::ExitCode;

/// Makes the keyspace and its tables; those that are there stay.
pub(super) fn perform(deployment: &Deployment) -> Result<ExitCode, Failure> {
    lotstream_scylla::tables::create(&deployment.cql).map_err(other)?;
    println!("tables of keyspace {} are there", deployment.cql.keyspace);
    Ok(ExitCode::SUCCESS)
}

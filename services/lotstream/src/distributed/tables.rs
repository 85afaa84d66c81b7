//! `lotstream tables create` and `check`.

use super::deployment::Deployment;
use super::other;
use crate::cli::distributed::TablesArgs;
use crate::failure::Failure;
use crate::stdout;
use std::process::ExitCode;

/// Makes the keyspace, its tables and their columns, where asked to; what is there stays, and is checked.
pub(super) fn perform(deployment: &Deployment, args: &TablesArgs) -> Result<ExitCode, Failure> {
    match args.verb.as_str() {
        "check" => lotstream_scylla::tables::check(&deployment.cql),
        _ => lotstream_scylla::tables::create(&deployment.cql),
    }
    .map_err(other)?;
    stdout::print(format!("tables of keyspace {} are there", deployment.cql.keyspace))?;
    Ok(ExitCode::SUCCESS)
}

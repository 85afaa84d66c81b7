//! Which ledger or which entries a command is about, and what to say where nobody named any: the simple way first.

use crate::failure::{Failure, other};
#[cfg(feature = "distributed")]
use {crate::cli::distributed::SettingsArgs, std::env::var_os};

/// What a deployment is named by, where the build has one.
const SERVERS: &str = if cfg!(feature = "distributed") {
    "\n  of a deployment on servers: --settings FILE, as deploy/lotstream.toml explains"
} else {
    ""
};

/// Whether settings name a deployment: without its brokers there is none.
#[cfg(feature = "distributed")]
pub(crate) fn names_deployment(args: &SettingsArgs) -> bool {
    args.settings.is_some() || var_os("LOTSTREAM_KAFKA").is_some()
}

/// Neither a data directory nor a deployment was named; `besides` is what else would do.
pub(crate) fn no_ledger(besides: &str) -> Failure {
    other(format!(
        "which ledger? expected --data DIR, a directory that `serve` or `run --data` keeps{besides}\n  \
         to make one of files: run --programme PROGRAMME.toml --input FEEDS --data DIR{SERVERS}"
    ))
}

/// Neither files of entries nor a deployment were named.
pub(crate) fn no_entries() -> Failure {
    other(format!(
        "which entries? expected --entries RESULTS/ledger-entries.jsonl --programme PROGRAMME.toml\n  \
         to make them of files: run --programme PROGRAMME.toml --input FEEDS --out RESULTS{SERVERS}"
    ))
}

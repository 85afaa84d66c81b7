//! The ledger instance that is measured: a process of its own, so that its memory is its own.

use crate::bed::{Bed, ledger_config};
use crate::memory::peak_of;
use crate::{InstanceArgs, Outcome};
use std::process::{Child, Command};
use telemetry::Stop;

/// A running instance; terminated when it is dropped.
pub(crate) struct Instance(Child);

impl Instance {
    /// Starts one on `bed`: commands in a transaction, unflushed rows, megabytes of accounts.
    pub(crate) fn start(bed: &Bed, store: &str, bounds: [usize; 3]) -> Outcome<Self> {
        let [batch, unflushed, cache] = bounds.map(|bound| bound.to_string());
        let args = ["instance", "--prefix", &bed.prefix, "--store", store, "--batch", &batch];
        let args = args.into_iter().chain(["--unflushed", &unflushed, "--cache", &cache]);
        Ok(Self(Command::new(std::env::current_exe()?).args(args).spawn()?))
    }

    /// The most memory it held so far, in megabytes.
    pub(crate) fn peak(&self) -> u64 {
        peak_of(&self.0.id().to_string())
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let terminated = Command::new("kill").arg(self.0.id().to_string()).status();
        let ended = terminated.and_then(|_| self.0.wait());
        if let Err(error) = ended {
            eprintln!("the ledger instance did not end: {error}");
        }
    }
}

/// Runs until SIGTERM.
pub(crate) fn run(args: &InstanceArgs) -> Outcome<()> {
    let stop = Stop::on_signals()?;
    ledger::run(&ledger_config(&args.prefix, &args.store, [args.batch, args.unflushed, args.cache])?, &stop)?;
    Ok(())
}

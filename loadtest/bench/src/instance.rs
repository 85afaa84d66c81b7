//! The ledger instance that is measured: a process of its own, so that its memory is its own.

use crate::bed::{Bed, ledger_config};
use crate::memory::peak_of;
use crate::{InstanceArgs, Outcome};
use std::process::{Child, Command};
use std::time::Duration;
use telemetry::Stop;

/// A running instance; terminated when it is dropped.
pub(crate) struct Instance {
    process: Child,
    is_dead: bool,
}

impl Instance {
    /// Starts one on `bed`: commands in a transaction, unflushed rows, megabytes of accounts.
    pub(crate) fn start(bed: &Bed, store: &str, bounds: [usize; 3]) -> Outcome<Self> {
        Self::start_with_session(bed, store, bounds, 10)
    }

    /// The same, missed by its group after so many seconds.
    pub(crate) fn start_with_session(
        bed: &Bed,
        store: &str,
        bounds: [usize; 3],
        session: u64,
    ) -> Outcome<Self> {
        let session = session.to_string();
        let [batch, unflushed, cache] = bounds.map(|bound| bound.to_string());
        let args = ["instance", "--prefix", &bed.prefix, "--store", store, "--batch", &batch];
        let args =
            args.into_iter().chain(["--unflushed", &unflushed, "--cache", &cache, "--session", &session]);
        Ok(Self { process: Command::new(std::env::current_exe()?).args(args).spawn()?, is_dead: false })
    }

    /// The most memory it held so far, in megabytes.
    pub(crate) fn peak(&self) -> u64 {
        peak_of(&self.process.id().to_string())
    }

    /// Ends it without a warning (SIGKILL).
    pub(crate) fn kill(&mut self) {
        let ended = self.process.kill().and_then(|()| self.process.wait());
        self.is_dead = ended.is_ok();
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        if self.is_dead {
            return;
        }
        let terminated = Command::new("kill").arg(self.process.id().to_string()).status();
        let ended = terminated.and_then(|_| self.process.wait());
        if let Err(error) = ended {
            eprintln!("the ledger instance did not end: {error}");
        }
    }
}

/// Runs until SIGTERM.
pub(crate) fn run(args: &InstanceArgs) -> Outcome<()> {
    let stop = Stop::on_signals()?;
    let mut config = ledger_config(&args.prefix, &args.store, [args.batch, args.unflushed, args.cache])?;
    config.kafka.session_timeout = Duration::from_secs(args.session);
    ledger::run(&config, &stop)?;
    Ok(())
}

//! The wish to end, and when it must be done: set once, by a signal or by a test, and never taken back.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How often one who waits looks at the flag.
const LOOK: Duration = Duration::from_millis(20);

/// Signals cannot be listened to.
#[derive(Debug, thiserror::Error)]
#[error("expected to listen to signal {signal}: {source}")]
pub struct StopError {
    /// Its number.
    signal: i32,
    /// What the system says.
    source: io::Error,
}

/// Whether a service should end. Clones share one wish.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Set by SIGTERM or SIGINT; a second one ends the process at once, with status 1.
    ///
    /// # Errors
    /// A system that does not let the process listen.
    pub fn on_signals() -> Result<Self, StopError> {
        let stop = Self::default();
        for signal in [signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT] {
            let failed = |source| StopError { signal, source };
            // In this order: the first signal finds the flag unset, the second finds it set.
            let flag = || Arc::clone(&stop.0);
            signal_hook::flag::register_conditional_shutdown(signal, 1, flag()).map_err(failed)?;
            signal_hook::flag::register(signal, flag()).map_err(failed)?;
        }
        Ok(stop)
    }

    /// Asks for the end.
    pub fn ask(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Waits for `time`, or until the end is asked for. Says whether it is.
    pub fn wait(&self, time: Duration) -> bool {
        let until = Instant::now() + time;
        while !self.is_asked() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            // A signal may set the flag, and can wake nobody.
            thread::sleep(left.min(LOOK));
        }
        true
    }

    /// Whether the end was asked for.
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_asks_and_the_process_lives_on() {
        let stop = Stop::on_signals().unwrap();
        assert!(!stop.is_asked());
        signal_hook::low_level::raise(signal_hook::consts::SIGTERM).unwrap();
        assert!(stop.clone().is_asked());
    }
}

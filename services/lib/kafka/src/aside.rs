//! Closing clients on threads of their own: a consumer's close can block for minutes in a stuck rebalance, a
//! producer's for as long as its broker is silent.

use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;
use tracing::warn;

/// Drops `value` on a thread of its own and waits for that at most `patience`. Says whether it was done by
/// then; if not, it goes on alone.
pub(crate) fn drop_aside<T: Send + 'static>(what: &str, value: T, patience: Duration) -> bool {
    let (done, closed) = channel();
    let spawned = thread::Builder::new().name(format!("close {what}")).spawn(move || {
        drop(value);
        // Maybe nobody waits any more.
        let _ = done.send(());
    });
    if let Err(error) = spawned {
        warn!(%error, what, "no thread to close it on: closed in place");
        return true;
    }
    patience.is_zero() || closed.recv_timeout(patience).is_ok()
}

//! What every service shows and how it is told to end: structured logs, Prometheus metrics, `/live` and
//! `/ready`, and the stop that a signal asks for.
//!
//! Knows nothing of loyalty, Kafka or tables. Nothing here can fail a service once it has started.

mod health;
mod http;
mod log;
mod stop;

pub use health::Health;
pub use http::{HttpError, Server};
pub use log::{LogError, LogFormat, init};
pub use prometheus;
pub use stop::{Stop, StopError};

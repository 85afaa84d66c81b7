//! What every service is told and what it shows: settings and the stop that a signal asks for; structured
//! logs, Prometheus metrics, `/live` and `/ready`.
//!
//! Knows nothing of loyalty, Kafka or tables. Nothing here can fail a service once it has started.

mod health;
mod http;
mod log;
mod nearest;
mod patience;
mod settings;
mod stop;

pub use health::Health;
pub use http::{HttpError, Server};
pub use log::{LogError, LogFormat, check_filter, init};
pub use patience::patiently;
pub use prometheus;
pub use settings::{Settings, SettingsError};
pub use stop::{Stop, StopError};

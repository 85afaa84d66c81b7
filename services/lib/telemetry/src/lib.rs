//! What every service is told and what it shows: settings and the stop that a signal asks for; structured
//! logs, Prometheus metrics, traces, `/live` and `/ready`. What is shown has one catalogue, `deploy/telemetry.toml`.
//!
//! Knows nothing of loyalty, Kafka or tables. Nothing here can fail a service once it has started.

mod catalogue;
mod health;
mod http;
mod lag;
mod log;
mod nearest;
mod patience;
mod register;
mod settings;
mod stop;
pub mod trace;

pub use catalogue::{Catalogue, Kind, Label, Metric, catalogue};
pub use health::Health;
pub use http::{HttpError, Server};
pub use lag::Lag;
pub use log::{LogError, LogFormat, check_filter, init, is_hidden};
pub use patience::patiently;
pub use prometheus;
pub use register::{Bounded, Register};
pub use settings::{Settings, SettingsError};
pub use stop::{Stop, StopError};

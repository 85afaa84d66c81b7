//! What an instance holds of log and store: the clients, as libraries behave.

mod appender;
mod commit;
mod log;
mod member;
mod store;

pub(crate) use log::{LogClient, LogState};
pub(crate) use store::{StoreClient, StoreState};

/// How long a request is waited for before it is sent again, in milliseconds.
const REQUEST: i64 = 250;
/// How long a blocking call of a takeover may take.
const CALL: i64 = 1_500;

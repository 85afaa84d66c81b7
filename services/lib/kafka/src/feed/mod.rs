//! What a stateless feed service needs of Kafka: read, answer, and commit what was acknowledged.
//!
//! Never commits an offset before every record made from it is acknowledged: a crash delivers again, it
//! never loses.

mod clock;
mod consumer;
mod positions;
mod producer;
mod waves;

pub use clock::{ALLOWED_CLOCK_DIFFERENCE, check_clock, check_clock_against};
pub use consumer::FeedConsumer;
pub use positions::{Place, Standing};
pub use producer::{Acknowledged, FeedProducer};

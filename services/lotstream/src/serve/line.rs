//! A line, its origin and its arrival, as input of the ledger: a command, or bad input in its place.

use super::arrival;
use crate::cli::Clock;
use crate::voice::{BadLine, garbage};
use domain::Name;
use embedded::Value;
use embedded::durable::{Arrived, Place};
use feed::files::File;
use feed::{Arrival, Converter, Identity, Origin};
use std::sync::Arc;

/// Turns lines into input. Reads the wall clock once a line, unless the events say when it is.
pub(super) struct Reader {
    converter: Converter,
    clock: Clock,
}

impl Reader {
    /// `programme` is that of lines which name none.
    pub(super) fn new(programme: &str, identity: Identity, clock: Clock) -> Self {
        Self { converter: Converter::keeping(programme, identity), clock }
    }

    /// Line `number` of `file`, `bytes`; `partition` tells runs of one stream apart, 0 for a file.
    pub(super) fn read(
        &mut self,
        file: &File,
        partition: i32,
        number: i64,
        bytes: &[u8],
        place: Option<(Arc<str>, Place)>,
    ) -> Arrived {
        let at = arrival(self.clock);
        let origin = Origin {
            partner: file.partner.clone(),
            partition,
            offset: number,
            arrival: match self.clock {
                Clock::Wall => Arrival::Appended(at),
                Clock::Event => Arrival::AsTold,
            },
            trace: Name::default(),
        };
        let value = match file.feed.from_json(&mut self.converter, bytes, &origin) {
            Ok(command) => Value::Command(Arc::new(command)),
            Err(bad) => {
                let letter = BadLine::new(file, number, bytes, &bad);
                Value::Garbage(garbage(&letter, bad.outcome(file.feed, &origin, at)).into())
            }
        };
        Arrived { value, at, place }
    }
}

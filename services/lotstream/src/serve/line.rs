//! A line, its origin and its arrival, as input of the ledger: a command, or bad input in its place.

use super::arrival;
use crate::cli::Clock;
use crate::voice::{BadLine, garbage};
use domain::{Digest, Name};
use embedded::Value;
use embedded::durable::{Arrived, Place};
use feed::files::File;
use feed::{Arrival, Converter, Identity, Origin};
use std::sync::Arc;

/// A line as it was found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Line<'l> {
    /// All of it.
    Whole(&'l [u8]),
    /// One that is too long to be kept.
    Long {
        /// Its first bytes.
        beginning: &'l [u8],
        /// All its bytes, without its end.
        length: u64,
        /// Of all of them.
        digest: Digest,
    },
}

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

    /// Line `number` of `file`; `partition` tells runs of one stream apart, 0 for a file.
    pub(super) fn read(
        &mut self,
        file: &File,
        partition: i32,
        number: i64,
        line: Line<'_>,
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
        let (bytes, read) = match line {
            Line::Whole(bytes) => (bytes, file.feed.from_json(&mut self.converter, bytes, &origin)),
            Line::Long { beginning, length, digest } => {
                (beginning, Err(file.feed.too_long(beginning, length, digest)))
            }
        };
        let value = match read {
            Ok(command) => Value::Command(Arc::new(command)),
            Err(bad) => {
                let letter = BadLine::new(file, number, bytes, &bad);
                Value::Garbage(garbage(&letter, bad.outcome(file.feed, &origin, at)).into())
            }
        };
        Arrived { value, at, place }
    }
}

//! Lines of standard input, of one feed and partner.
//!
//! They cannot be read again, so no place is kept: what was not answered when the process ended is for the sender to
//! send again. Each start is a stream of its own, so that no two lines have one position.

use super::line::{Line, Reader};
use crate::failure::{Failure, other};
use embedded::durable::Arrived;
use feed::files::File;
use std::io::BufRead;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, sync_channel};
use std::thread;
use std::time::Duration;

/// Lines that may wait to be decided.
const WAITING: usize = 1_000;

/// Standard input as a feed.
pub(super) struct Stdin {
    file: File,
    partition: i32,
    number: i64,
    lines: Receiver<Vec<u8>>,
    next: Option<Vec<u8>>,
    ended: bool,
}

impl Stdin {
    /// Begins to read; `feed` is `<feed>.<partner>`, and `start` tells this stream from those before.
    pub(super) fn open(feed: &str, start: u64) -> Result<Self, Failure> {
        let file = File::named(PathBuf::from(format!("{feed}.jsonl"))).map_err(|_| {
            other(format!("--stdin {feed}: expected <feed>.<partner> such as purchases.shop"))
        })?;
        let (send, lines) = sync_channel(WAITING);
        thread::Builder::new()
            .name("stdin".into())
            .spawn(move || {
                let mut input = std::io::stdin().lock();
                loop {
                    let mut line = Vec::new();
                    match input.read_until(b'\n', &mut line) {
                        Ok(1..) if send.send(line).is_ok() => {}
                        _ => return,
                    }
                }
            })
            .map_err(|error| other(format!("expected a thread for standard input: {error}")))?;
        let partition = i32::try_from(start).unwrap_or(i32::MAX);
        Ok(Self { file, partition, number: 0, lines, next: None, ended: false })
    }

    /// The next line, if one is there.
    pub(super) fn next(&mut self, reader: &mut Reader) -> Option<Arrived> {
        loop {
            let line = match self.next.take() {
                Some(line) => line,
                None => match self.lines.try_recv() {
                    Ok(line) => line,
                    Err(error) => {
                        self.ended = error == TryRecvError::Disconnected;
                        return None;
                    }
                },
            };
            let number = self.number;
            self.number += 1;
            let bytes = line.trim_ascii_end();
            if !bytes.is_empty() {
                return Some(reader.read(&self.file, self.partition, number, Line::Whole(bytes), None));
            }
        }
    }

    /// Waits for a line, `time` at the longest; whether one is there.
    pub(super) fn wait(&mut self, time: Duration) -> bool {
        if self.next.is_none() {
            match self.lines.recv_timeout(time) {
                Ok(line) => self.next = Some(line),
                Err(error) => self.ended = error == RecvTimeoutError::Disconnected,
            }
        }
        self.next.is_some()
    }

    /// Whether every line was taken and no more comes.
    pub(super) const fn has_ended(&self) -> bool {
        self.ended && self.next.is_none()
    }
}

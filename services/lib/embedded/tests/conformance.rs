//! The memory backend runs the suites every backend runs.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use embedded::{Broker, MemoryLog, Tables, Value};
use engine::conformance::{LogWorld, log_conformance, store_conformance};
use engine::message::Topic;

#[test]
fn the_memory_store_conforms() {
    let tables = Tables::default();
    store_conformance(|| tables.open());
}

struct Memory(Broker);

impl LogWorld for Memory {
    type Log = MemoryLog;

    fn join(&self) -> MemoryLog {
        self.0.join()
    }

    fn publish(&self, partition: i32, messages: Vec<Value>) {
        messages.into_iter().for_each(|message| self.0.append(partition, message));
    }

    fn input(&self, partition: i32) -> Vec<Value> {
        self.0.input(partition).into_iter().map(|(_, message)| message).collect()
    }

    fn entries(&self) -> Vec<Value> {
        let entries = self.0.events().into_iter().filter(|event| event.topic == Topic::Entries);
        entries.map(|event| event.message).collect()
    }

    fn message(&self, number: u32) -> Value {
        Value::Garbage(number.to_string().into())
    }

    fn number(&self, message: &Value) -> u32 {
        match message {
            Value::Garbage(text) => text.parse().unwrap(),
            other => panic!("expected a number, found {other:?}"),
        }
    }
}

#[test]
fn the_memory_log_conforms() {
    log_conformance(|| Memory(Broker::new(2)));
}

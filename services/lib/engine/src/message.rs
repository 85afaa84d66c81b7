//! Messages and the topics they go to. A backend that has no bytes carries values instead.

use domain::Name;

/// An encoded message: what a codec for bytes makes and a log for bytes carries.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Frame {
    /// The record key; empty where the topic has none. Records of one key keep their order.
    pub key: Vec<u8>,
    /// The value.
    pub value: Vec<u8>,
    /// Headers: name and bytes, in order.
    pub headers: Vec<(String, Vec<u8>)>,
}

impl Frame {
    /// Bytes that count against a size limit: key, value and headers.
    pub fn size(&self) -> usize {
        let headers: usize = self.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        self.key.len() + self.value.len() + headers
    }

    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_slice())
    }
}

/// A topic the ledger writes events to, by role; `schemas/topics.toml` has the names.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Topic {
    /// `ledger-entries`.
    Entries,
    /// `redemption-decisions`.
    Decisions,
    /// `tier-changes`.
    TierChanges,
    /// `notification-requests`.
    Notices,
    /// `outcomes.<partner>`.
    Outcomes(Name),
    /// `dead-letters`.
    DeadLetters,
}

/// A message and where it goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outgoing<M> {
    /// The topic.
    pub topic: Topic,
    /// The message.
    pub message: M,
}

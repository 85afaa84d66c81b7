//! A partner's record as a step of its trace: from its reading to the acknowledgement of its command.

use super::answer::Arriving;
use std::time::Instant;
use telemetry::trace::{Kind, Parent, Span, Told, Tracer};

const FEED: &str = "feed";

/// A step that is under way.
#[derive(Debug)]
pub(super) struct Following {
    parent: Parent,
    /// What the command says, for the ledger's steps to follow.
    pub(super) itself: Parent,
    began: Instant,
    told: Vec<(&'static str, Told)>,
}

/// Begins the step of a record whose partner has it traced.
pub(super) fn begin(tracer: &Tracer, feed: &str, record: &Arriving<'_>) -> Option<Following> {
    let parent = tracer.follows(std::str::from_utf8(record.trace).ok()?)?;
    let itself = parent.then(FEED, record.topic, record.partition, record.offset);
    let told = vec![
        ("feed", Told::Text(feed.to_owned())),
        ("topic", Told::Text(record.topic.to_owned())),
        ("partition", Told::Number(i64::from(record.partition))),
        ("offset", Told::Number(record.offset)),
    ];
    Some(Following { parent, itself, began: Instant::now(), told })
}

impl Following {
    /// The command, or what was said instead, is acknowledged.
    pub(super) fn end(self, tracer: &Tracer) {
        let Self { parent, itself, began, told } = self;
        tracer.send(Span {
            name: FEED,
            kind: Kind::Consumer,
            parent,
            itself,
            began,
            ended: Instant::now(),
            told,
        });
    }
}

//! Made purchases: one line each, spread over members, all different.

use crate::bed::{Bed, PARTNER};
use domain::command::{Body, Command, Sale, SaleLine, Source};
use domain::purchase::Quantity;
use domain::{Digest, EntityId, EventKey, Minor, Name, Timestamp};
use std::sync::Arc;

/// The purchase of this number, made at `at` by one of `members`.
pub(crate) fn purchase(bed: &Bed, number: u32, members: u32, at: Timestamp) -> Arc<Command> {
    purchase_of(bed, number, number.wrapping_mul(2_654_435_761) % members.max(1), at)
}

/// The purchase of this number, made at `at` by this member.
pub(crate) fn purchase_of(bed: &Bed, number: u32, member: u32, at: Timestamp) -> Arc<Command> {
    let id = format!("{}{number}", bed.prefix);
    let line = SaleLine {
        line: 1,
        sku: Name::from("helmet"),
        group: Name::from("clothing"),
        quantity: Quantity(1000),
        amount: Minor(100_000 + i64::from(number % 1000)),
        promotional: false,
    };
    Arc::new(Command {
        key: EventKey::of(PARTNER, "purchases", &id),
        entity: EntityId::member(bed.programme.as_str(), &format!("m-{member}")),
        source: Source {
            partner: Name::from(PARTNER),
            feed: Name::from("purchases"),
            id: Name::from(id),
            partition: 0,
            offset: number.into(),
        },
        occurred_at: at,
        delivered_at: at,
        content: Digest::of(&number.to_be_bytes()),
        trace: Name::default(),
        body: Body::Sale(Sale {
            currency: Name::from("RUB"),
            lines: vec![line],
            tenders: Vec::new(),
            attributes: Vec::new(),
            discounts: Vec::new(),
        }),
    })
}

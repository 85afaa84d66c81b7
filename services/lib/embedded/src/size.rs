//! Whether a value may be too large for its topic, without encoding it: counted in parts, each surely smaller than
//! [`PART`]. Nearly every value is known to fit by its count; the rest are encoded to be measured.
//!
//! Every field is named, so that a new list cannot be overlooked.

use domain::account::{Order, Period, Rated, Standing};
use domain::activity::{First, Remembered};
use domain::command::{Body, Command, Return, Sale};
use domain::event::Event;
use domain::links::{Line, LinePeriod, Links};
use domain::lot::Lot;
use domain::profile::{Known, Profile};
use domain::purchase::Purchase;
use domain::redemption::Redemption;
use domain::{Account, Row};
use engine::wal::{EntityImage, WalRecord};
use std::sync::Arc;

/// Bytes of one part, at the most: what has no list in it, its texts of 200 bytes each included.
const PART: usize = 4096;
/// Parts that surely fit the smallest topic of the ledger.
const SURE: usize = (1_048_576 - 512) / PART - 1;

/// Whether a command has to be measured.
pub(crate) fn is_doubtful_command(command: &Command) -> bool {
    of_command(command) > SURE
}

/// Whether an event has to be measured.
pub(crate) const fn is_doubtful_event(event: &Event) -> bool {
    match event {
        Event::Notice(notice) => notice.channels.len() > SURE,
        Event::Entry(_) | Event::Decision(_) | Event::Tier(_) | Event::Outcome(_) => false,
    }
}

/// Whether a record of the write-ahead log has to be measured.
pub(crate) fn is_doubtful_record(record: &WalRecord) -> bool {
    match record {
        WalRecord::Rows(image) => of_image(image) > SURE,
        WalRecord::FollowUp(follow_up) => is_doubtful_command(&follow_up.command),
        WalRecord::Programme(..) => true,
        WalRecord::Partition(..) => false,
    }
}

fn of_image(image: &EntityImage) -> usize {
    1 + image.entries.len() + image.rows.iter().map(|row| of_row(row)).sum::<usize>()
}

fn of_row(row: &Row) -> usize {
    1 + match row {
        Row::Account(account) => of_account(account),
        Row::Lot(Lot { drawn_by, .. }) => drawn_by.len(),
        Row::Purchase(purchase) => {
            let Purchase { lines, grants, redemptions, attributes, profile, parts, claims, watchers, .. } =
                purchase;
            let profile = profile.as_deref().map_or(0, of_profile);
            let parts: usize = parts.iter().map(|part| 1 + part.points.len()).sum();
            let events = [lines.len(), grants.len(), redemptions.len(), attributes.len()];
            let others = [claims.len(), watchers.len()];
            events.iter().chain(&others).sum::<usize>() + profile + parts
        }
        Row::Redemption(Redemption { draws, .. }) => draws.len(),
        Row::Parked(parked) => of_command(&parked.command),
        Row::Debt(_) | Row::Seen(_) | Row::Route(_) => 0,
    }
}

fn of_command(command: &Command) -> usize {
    1 + match &command.body {
        Body::Sale(Sale { currency: _, lines, tenders, attributes, discounts }) => {
            lines.len() + tenders.len() + attributes.len() + discounts.len()
        }
        Body::Return(Return { purchase: _, lines }) => lines.len(),
        Body::Activity(activity) => activity.attributes.len(),
        Body::Forwarded(forwarded) => of_command(&forwarded.command),
        // Rare, and large: always measured.
        Body::MoveIn(_) | Body::MergeIn(_) | Body::Given(_) => SURE,
        Body::Relabel(relabel) => 1 + relabel.origin.drawn_by.len(),
        Body::Authorise(_)
        | Body::Capture(_)
        | Body::Cancel(_)
        | Body::Order(_)
        | Body::Transfer(_)
        | Body::GivenAnswer(_)
        | Body::Tick
        | Body::Adjust(_)
        | Body::Card(_)
        | Body::Unlink(_)
        | Body::Share(_)
        | Body::Fall(_) => 0,
    }
}

fn of_account(account: &Account) -> usize {
    let Account {
        entity: _,
        now: _,
        sequence: _,
        wallets,
        standing,
        order,
        periods,
        open_holds,
        open_debts,
        waiting,
        live_from: _,
        next_due: _,
        parked: _,
        blocked: _,
        activities,
        quarantined,
        erased: _,
        links,
        known,
        occasions,
        usage: _,
    } = account;
    let lists = [wallets.len(), open_holds.len(), open_debts.len(), waiting.len(), quarantined.len()];
    lists.iter().sum::<usize>()
        + of_standing(standing.as_ref())
        + of_order(order)
        + periods.iter().map(of_period).sum::<usize>()
        + of_remembered(activities)
        + links.as_deref().map_or(0, of_links)
        + of_known(known.as_deref())
        + occasions.len()
}

fn of_standing(standing: Option<&Standing>) -> usize {
    standing.map_or(0, |Standing { spend, reached, .. }| 1 + spend.len() + reached.len())
}

fn of_order(order: &Order) -> usize {
    let Order { base, base_at: _, events, aged_at: _, known } = order;
    let told = |event: &Arc<Rated>| {
        let Rated { told, profile, taken, .. } = event.as_ref();
        taken.len() + of_known(told.as_deref()) + profile.as_deref().map_or(0, of_profile)
    };
    1 + of_standing(base.as_deref())
        + of_known(known.as_deref())
        + events.len()
        + events.iter().map(told).sum::<usize>()
}

fn of_known(known: Option<&Known>) -> usize {
    known.map_or(0, |Known { joined_at: _, birthday: _, segments, counted }| {
        1 + segments.len() + counted.len()
    })
}

fn of_profile(profile: &Profile) -> usize {
    let Profile { joined_at: _, birthday: _, segments, places } = profile;
    1 + segments.len() + places.len()
}

fn of_period(period: &Period) -> usize {
    let Period { terms: _, from: _, until: _, version: _, shares } = period;
    1 + shares.len()
}

fn of_remembered(remembered: &Remembered) -> usize {
    let Remembered { facts, firsts, recent } = remembered;
    let of_first = |first: &Arc<First>| {
        let First { fact: _, event: _, version: _, places, grants } = first.as_ref();
        1 + places.len() + grants.len()
    };
    facts.len() + recent.len() + firsts.iter().map(of_first).sum::<usize>()
}

fn of_links(links: &Links) -> usize {
    let Links { bindings, cards, granted: _, lines, periods, owed_out, given } = links;
    let of_line = |line: &Arc<Line>| {
        let Line { binding: _, at: _, partner: _, id: _, order, spend, lots, known } = line.as_ref();
        1 + of_order(order) + spend.len() + lots.len() + of_known(known.as_deref())
    };
    let of_line_period = |LinePeriod { line: _, period }: &LinePeriod| 1 + of_period(period);
    bindings.len()
        + cards.len()
        + owed_out.len()
        + given.len()
        + lines.iter().map(of_line).sum::<usize>()
        + periods.iter().map(of_line_period).sum::<usize>()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::value::PassThrough;
    use domain::command::{SaleLine, Source};
    use domain::money::Minor;
    use domain::purchase::Quantity;
    use domain::{Digest, EntityId, EventKey, Name, Timestamp};
    use engine::codec::{Codec, CodecError};
    use wire::AvroCodec;
    use wire::registry::{Fixed, Registry};

    fn sale(lines: usize) -> Arc<Command> {
        let text = || Name::from("x".repeat(200));
        let line = |line| SaleLine {
            line,
            sku: text(),
            group: text(),
            quantity: Quantity(i64::MAX),
            amount: Minor(i64::MAX),
            promotional: false,
        };
        let lines = (0..i32::try_from(lines).unwrap()).map(line).collect();
        Arc::new(Command {
            key: EventKey::NONE,
            entity: EntityId::member("p", text().as_str()),
            source: Source {
                partner: text(),
                feed: text(),
                id: text(),
                partition: i32::MAX,
                offset: i64::MAX,
            },
            occurred_at: Timestamp::NEVER,
            delivered_at: Timestamp::NEVER,
            content: Digest::default(),
            trace: text(),
            body: Body::Sale(Sale {
                currency: text(),
                lines,
                tenders: Vec::new(),
                attributes: Vec::new(),
                discounts: Vec::new(),
            }),
        })
    }

    /// What is not measured surely fits, and what does not fit is measured, whatever its texts are.
    #[test]
    fn what_is_too_large_is_refused_as_on_servers() {
        let registry: Arc<dyn Registry> = Arc::new(Fixed::default());
        let (wire, here) = (AvroCodec::new(&registry).unwrap(), PassThrough::new().unwrap());
        let mut refused = 0;
        for lines in [0, 1, SURE - 2, SURE - 1, SURE, 1_000, 2_000, 2_300, 2_500, 5_000] {
            let command = sale(lines);
            let there = wire.encode_command(&command);
            if !is_doubtful_command(&command) {
                let parts = of_command(&command);
                assert!(there.as_ref().unwrap().size() < parts * PART, "{lines} lines");
            }
            let (there, here) = (there.err(), here.encode_command(&command).err());
            assert_eq!(there, here, "{lines} lines");
            refused += usize::from(matches!(here, Some(CodecError::TooLarge { .. })));
        }
        assert!((1..9).contains(&refused), "{refused}");
    }
}

//! Keys of the tables: bytes in the order of what they stand for.

use domain::{EntityId, LotId, RowKey, Timestamp};
use engine::wal::Timer;

/// Behind an entity's id; no id contains it.
const END: u8 = 0;
/// Kinds of rows, in the order of [`RowKey`].
pub(super) const ACCOUNT: u8 = 0;
pub(super) const LOT: u8 = 1;
pub(super) const PURCHASE: u8 = 2;
pub(super) const REDEMPTION: u8 = 3;
pub(super) const DEBT: u8 = 4;
pub(super) const SEEN: u8 = 5;
pub(super) const PARKED: u8 = 6;
pub(super) const ROUTE: u8 = 7;

/// A number, smaller ones first.
pub(super) fn number(number: i64) -> [u8; 8] {
    (number ^ i64::MIN).to_be_bytes()
}

fn small(number: i32) -> [u8; 4] {
    (number ^ i32::MIN).to_be_bytes()
}

/// What every key of an entity begins with.
pub(super) fn entity(id: &EntityId) -> Vec<u8> {
    let mut key = Vec::with_capacity(64);
    key.extend_from_slice(id.as_str().as_bytes());
    key.push(END);
    key
}

/// The entity of a key, and what stands behind it; `None` for a key no build made.
pub(super) fn split(key: &[u8]) -> Option<(EntityId, &[u8])> {
    let end = key.iter().position(|byte| *byte == END)?;
    let id = std::str::from_utf8(&key[..end]).ok()?;
    Some((EntityId::from_key(id), &key[end + 1..]))
}

fn lot(key: &mut Vec<u8>, id: LotId) {
    key.extend_from_slice(&small(id.issued_month));
    key.extend_from_slice(id.key.as_bytes());
}

/// A row.
pub(super) fn row(id: &EntityId, row: RowKey) -> Vec<u8> {
    let mut key = entity(id);
    match row {
        RowKey::Account => key.push(ACCOUNT),
        RowKey::Lot(id) => {
            key.push(LOT);
            lot(&mut key, id);
        }
        RowKey::Debt(id) => {
            key.push(DEBT);
            key.extend_from_slice(id.redemption.as_bytes());
            lot(&mut key, id.lot);
        }
        RowKey::Purchase(event)
        | RowKey::Redemption(event)
        | RowKey::Seen(event)
        | RowKey::Parked(event)
        | RowKey::Route(event) => {
            key.push(match row {
                RowKey::Purchase(_) => PURCHASE,
                RowKey::Redemption(_) => REDEMPTION,
                RowKey::Seen(_) => SEEN,
                RowKey::Parked(_) => PARKED,
                _ => ROUTE,
            });
            key.extend_from_slice(event.as_bytes());
        }
    }
    key
}

/// The first and the end of an entity's lots issued from `month` on.
pub(super) fn lots(id: &EntityId, month: i32) -> (Vec<u8>, Vec<u8>) {
    let (mut from, mut to) = (entity(id), entity(id));
    from.push(LOT);
    from.extend_from_slice(&small(month));
    to.push(LOT + 1);
    (from, to)
}

/// An entry of a statement.
pub(super) fn entry(id: &EntityId, sequence: i64) -> Vec<u8> {
    let mut key = entity(id);
    key.extend_from_slice(&number(sequence));
    key
}

/// A timer.
pub(super) fn timer(partition: i32, timer: &Timer) -> Vec<u8> {
    let mut key = small(partition).to_vec();
    key.extend_from_slice(&number(timer.due.0));
    key.extend_from_slice(timer.entity.as_str().as_bytes());
    key
}

/// The timer of a key.
pub(super) fn timer_of(key: &[u8]) -> Option<Timer> {
    let due: [u8; 8] = key.get(4..12)?.try_into().ok()?;
    let entity = std::str::from_utf8(&key[12..]).ok()?;
    Some(Timer { due: Timestamp(i64::from_be_bytes(due) ^ i64::MIN), entity: EntityId::from_key(entity) })
}

/// The end of a partition's timers due until `until`, inclusive.
pub(super) fn timers_until(partition: i32, until: Timestamp) -> Vec<u8> {
    let mut key = small(partition).to_vec();
    key.extend_from_slice(&number(until.0));
    // Behind every id: none begins with this byte, which no UTF-8 text has.
    key.push(0xff);
    key
}

/// A partition's row.
pub(super) fn partition(partition: i32) -> Vec<u8> {
    [b"p", small(partition).as_slice()].concat()
}

/// A partition's watermark.
pub(super) fn watermark(partition: i32) -> Vec<u8> {
    [b"w", small(partition).as_slice()].concat()
}

/// What the keys of a partition's programmes begin with.
pub(super) fn programmes(partition: i32) -> Vec<u8> {
    [b"v", small(partition).as_slice()].concat()
}

/// A programme version.
pub(super) fn programme(partition: i32, name: &str, version: i32) -> Vec<u8> {
    [&programmes(partition), name.as_bytes(), &[END], &small(version)].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::EventKey;
    use domain::debt::DebtId;

    #[test]
    fn keys_are_in_the_order_of_rows() {
        let (one, two) = (EventKey::of("a", "b", "1"), EventKey::of("a", "b", "2"));
        let lot = |issued_month, key| LotId { issued_month, key };
        let mut keys = vec![RowKey::Account];
        for month in [-1, 0, 1, 24_000] {
            keys.extend([one, two].map(|key| RowKey::Lot(lot(month, key))));
        }
        for key in [one, two] {
            keys.extend([
                RowKey::Purchase(key),
                RowKey::Redemption(key),
                RowKey::Seen(key),
                RowKey::Parked(key),
                RowKey::Route(key),
            ]);
            keys.push(RowKey::Debt(DebtId { redemption: key, lot: lot(3, one) }));
        }
        keys.sort_unstable();
        let id = EntityId::member("p", "m");
        let bytes: Vec<Vec<u8>> = keys.into_iter().map(|key| row(&id, key)).collect();
        assert!(bytes.is_sorted(), "{bytes:?}");
        assert!(bytes.iter().all(|key| split(key).is_some_and(|(found, _)| found == id)));
    }

    #[test]
    fn timers_come_back_from_their_keys_in_order() {
        let timer = |due, id: &str| Timer { due: Timestamp(due), entity: EntityId::from_key(id) };
        let timers = [timer(-5, "a"), timer(0, "é"), timer(7, ""), timer(7, "a"), timer(7, "b")];
        let keys = timers.clone().map(|timer| super::timer(3, &timer));
        assert!(keys.is_sorted());
        assert_eq!(keys.each_ref().map(|key| timer_of(key)), timers.map(Some));
        assert!(keys[4] < timers_until(3, Timestamp(7)) && timers_until(3, Timestamp(6)) < keys[2]);
    }
}

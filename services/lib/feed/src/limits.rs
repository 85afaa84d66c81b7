//! The limits of a partner's record (S27): what is beyond them is absurd, whoever sent it.

use domain::Timestamp;

/// The largest amount of money, in minor units: of a line, a tender, a total.
pub const AMOUNT: i64 = 1_000_000_000_000;
/// The largest number of points in one request, in the wallet's smallest unit.
pub const POINTS: i64 = 1_000_000_000_000;
/// The largest quantity of a line, in thousandths.
pub const QUANTITY: i64 = 1_000_000_000_000;
/// The most lines of a purchase or return.
pub const LINES: usize = 10_000;
/// The most tenders of a purchase.
pub const TENDERS: usize = 100;
/// Discounts of one purchase, at the most.
pub const DISCOUNTS: usize = 20;
/// Attributes of one activity, at the most.
pub const ATTRIBUTES: usize = 20;
/// The longest text, in bytes: an id, a name of a group or wallet.
pub const TEXT: usize = 200;
/// The longest record or line of a file, in bytes: the topics' own limit.
pub const RECORD: usize = 1_048_576;
/// Bytes of answers that a service has sent and that are not acknowledged: it reads no more until they are fewer.
pub const OPEN_BYTES: usize = 32 << 20;
/// The longest hold, in milliseconds: 366 days.
pub const TIME_TO_LIVE: i64 = 366 * 86_400_000;
/// The first instant an event may happen: 1970-01-01T00:00:00Z.
pub const EARLIEST: Timestamp = Timestamp(0);
/// The first instant too late for an event: 2200-01-01T00:00:00Z.
pub const LATEST: Timestamp = Timestamp(7_258_118_400_000);
/// How far `occurred_at` may lie ahead of the delivery, in milliseconds: 5 minutes for clocks that differ.
pub const AHEAD: i64 = 5 * 60_000;

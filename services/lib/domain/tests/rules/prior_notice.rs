//! Prior notice of a change of rules (S26): the version in force says how long before it begins the next is published.

use crate::scenario::tariffs;
use domain::calendar::Span;
use domain::correction::Correction;
use domain::prior_notice::TooSoon;
use domain::tariff::{Tariff, Tariffs};
use domain::{Name, Timestamp};
use std::sync::Arc;

/// The first instant of day `day` of 2026.
fn day(day: i64) -> Timestamp {
    Timestamp(1_767_225_600_000 + (day - 1) * 86_400_000)
}

fn version(version: i32, from: i64, notice: Option<Span>) -> Tariff {
    Tariff { version, from: day(from), prior_notice: notice, ..tariffs::base() }
}

fn known(versions: &[Tariff]) -> Tariffs {
    let mut tariffs = Tariffs::default();
    versions.iter().for_each(|version| tariffs.add(Arc::new(version.clone())));
    tariffs
}

#[test]
fn s26_a_version_begins_no_sooner_than_the_version_in_force_promises() {
    let first = version(1, 1, Some(Span::Days(30)));
    let next = |from| version(2, from, None);
    let tariffs = known(std::slice::from_ref(&first));
    assert_eq!(tariffs.check_notice(&next(40), day(10)), Ok(()), "thirty days are enough");
    let too_soon = TooSoon { from: day(39), expected: day(40), in_force: 1 };
    assert_eq!(tariffs.check_notice(&next(39), day(10)), Err(too_soon));
    assert_eq!(Tariffs::default().check_notice(&first, day(10)), Ok(()), "a first version changes nothing");
    assert_eq!(first.announced_by(day(40)), Some(day(10)));
    // It needs no notice that does not promise it.
    assert_eq!(known(&[version(1, 1, None)]).check_notice(&next(11), day(10)), Ok(()));
}

#[test]
fn s26_no_version_shortens_its_own_notice() {
    let tariffs = known(&[version(1, 1, Some(Span::Days(30))), version(2, 50, None)]);
    let third = version(3, 51, None);
    let refused = tariffs.check_notice(&third, day(30));
    assert_eq!(
        refused,
        Err(TooSoon { from: day(51), expected: day(60), in_force: 1 }),
        "the first is in force"
    );
    assert_eq!(tariffs.check_notice(&third, day(50)), Ok(()), "by then the second is");
    // A month is a calendar month: from 31 January, until 28 February.
    let monthly = known(&[version(1, 1, Some(Span::Months(1)))]);
    assert_eq!(monthly.check_notice(&version(2, 59, None), day(31)), Ok(()));
    assert!(monthly.check_notice(&version(2, 58, None), day(31)).is_err());
}

#[test]
fn s26_a_correction_brings_back_what_was_announced_without_notice() {
    let tariffs = known(&[version(1, 1, Some(Span::Days(30)))]);
    let (actor, reason) = (Name::from("op-7"), Name::from("a slip"));
    let correction = Some(Correction { replaces: 1, until: Timestamp::NEVER, actor, reason });
    let correcting = Tariff { correction, ..version(2, 5, None) };
    assert_eq!(tariffs.check_notice(&correcting, day(10)), Ok(()));
}

//! The bytes of every nested part, as they are in tables out there (deploy/cql/README.md).
//!
//! A test that fails here says: rows written before can no longer be read, or older builds cannot read what is
//! written now. Give the table of formats what a type gained, and add a line; never change one. A new variant at
//! the end of an enum adds a line too.

mod frozen;
mod second;
mod share;
mod transfer;

use crate::nested::{NestedError, decode, encode};
use domain::account::{
    Balance, Order, Period, PeriodShare, Rated, RatedKind, SpendBucket, Standing, Waiting,
};
use domain::activity::{Activity, Attribute, Fact, First, Occurrence, Remembered};
use domain::command::{
    Action, Adjustment, Authorise, Body, Cancel, Capture, Command, PointsTender, Return, ReturnLine, Sale,
    SaleLine, Source, Unlink,
};
use domain::debt::DebtId;
use domain::fall::{Fall, FallStep};
use domain::lot::Buckets;
use domain::moved::{MergeIn, Moved};
use domain::outcome::{Outcome, OutcomeKind, Reason};
use domain::purchase::{PurchaseGrant, PurchaseLine, Quantity};
use domain::redemption::Draw;
use domain::transfer::GivenAnswer;
use domain::{Digest, EntityId, EventKey, LotId, Minor, Name, Points, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use std::sync::Arc;

/// `expected`: hexadecimal digits, blanks anywhere.
fn holds<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, expected: &str) {
    let bytes = encode(value).unwrap();
    let found: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(found, expected.replace(char::is_whitespace, ""), "{}", std::any::type_name::<T>());
    assert_eq!(&decode::<T>(&bytes).unwrap(), value);
}

fn points(number: i64) -> Points {
    Points::at_least_zero(number)
}

fn key(byte: u8) -> EventKey {
    EventKey::from_bytes([byte; 16])
}

fn lot(month: i32, byte: u8) -> LotId {
    LotId { issued_month: month, key: key(byte) }
}

const AA: &str = "10aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const BB: &str = "10bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

#[test]
fn lists_of_an_account() {
    let buckets = Buckets {
        pending: points(1),
        available: points(2),
        held: points(3),
        spent: points(4),
        expired: points(5),
        revoked: points(6),
        moved: points(7),
        written_off: points(8),
    };
    let balance = Balance {
        buckets,
        earned: points(9),
        clawed_back: points(10),
        moved_in: points(11),
        redeemed: points(12),
        debt: points(13),
        forgiven: points(14),
        ..Balance::new(Name::from("w"))
    };
    holds(&vec![balance], "01 01 0177 02 04 06 08 0a 0c 0e 10 12 14 16 18 1a 1c");
    holds(
        &vec![SpendBucket { from: Timestamp::MIN, amount: Minor(-1), counts: Name::default() }],
        "01 01 ffffffffffffffffff01 01",
    );
    let share =
        PeriodShare { partner: Name::from("p"), gross: Minor(1), remaining: Minor(2), lot: lot(-1, 0xaa) };
    let period = Period {
        terms: Name::from("t"),
        from: Timestamp(3),
        until: Timestamp::NEVER,
        version: 4,
        shares: vec![share],
    };
    holds(&vec![period], &format!("01 01 0174 06 feffffffffffffffff01 08 01 0170 02 04 01{AA}"));
    holds(&vec![key(0xaa), key(0xbb)], &format!("01 02 {AA} {BB}"));
    holds(&vec![DebtId { redemption: key(0xaa), lot: lot(1, 0xbb) }], &format!("01 01 {AA} 02 {BB}"));
    let waiting = Waiting { event: key(0xaa), purchase: key(0xbb), until: Timestamp(64) };
    holds(&vec![waiting], &format!("01 01 {AA} {BB} 8001"));
    holds(&Vec::<Balance>::new(), "01 00");
    let standing = Standing {
        tier: Name::from("g"),
        until: Timestamp(2),
        evaluate_at: Timestamp(3),
        ..Standing::new(Timestamp(1))
    };
    let rated = Rated {
        at: Timestamp(4),
        kind: RatedKind::Return,
        partner: Name::from("p"),
        id: Name::from("i"),
        event: key(0xaa),
        version: 5,
        bucket: Timestamp(6),
        amount: Minor(-7),
        tier: Name::default(),
        told: None,
        profile: None,
        counts: Name::default(),
        of: None,
        taken: Vec::new(),
    };
    let (base, base_at, events) = (Some(Arc::new(standing)), Timestamp(9), vec![Arc::new(rated)]);
    let order = Order { base, base_at, events, aged_at: Some(Timestamp(8)), known: None };
    holds(&order, &format!("01 01 0167 02 04 06 00 12 01 08 01 0170 0169 {AA} 0a 0c 0d 00 01 10"));
    holds(&RatedKind::Activity, "01 02");
}

#[test]
fn parts_of_a_purchase_and_a_redemption() {
    let line = PurchaseLine {
        line: 1,
        sku: Name::from("ж"),
        group: Name::default(),
        quantity: Quantity(2),
        amount: Minor(3),
        points: points(4),
        paid_by_points: Minor(5),
        returned: Quantity(6),
    };
    holds(&vec![line], "01 01 02 02d0b6 00 04 06 08 0a 0c");
    let grant = PurchaseGrant {
        terms: Name::from("t"),
        lot: lot(1, 0xaa),
        at_sale: points(2),
        now: points(3),
        funder: Name::default(),
    };
    holds(&vec![grant], &format!("01 01 0174 02{AA} 04 06"));
    holds(
        &vec![Draw { lot: lot(1, 0xaa), held: points(2), spent: points(3) }],
        &format!("01 01 02{AA} 04 06"),
    );
}

#[test]
fn an_outcome_with_every_kind_and_reason() {
    let outcome = Outcome {
        earned: points(1),
        clawed_back: points(2),
        spent: points(3),
        given_back: points(4),
        uncovered: points(5),
        refund: Minor::ZERO,
        ..Outcome::of(OutcomeKind::Applied, Reason::None)
    };
    holds(&outcome, "01 00 00 02 04 06 08 0a");
    use OutcomeKind::{Applied, Conflict, DeadLettered, Duplicate, Parked, Quarantined, Rejected};
    let kinds = vec![Applied, Duplicate, Conflict, Rejected, Parked, Quarantined, DeadLettered];
    holds(&kinds, "01 07 00 01 02 03 04 05 06");
    let reasons = vec![
        Reason::None,
        Reason::InsufficientPoints,
        Reason::UnknownWallet,
        Reason::UnknownRedemption,
        Reason::HoldExpired,
        Reason::HoldCancelled,
        Reason::HoldCaptured,
        Reason::HoldRefused,
        Reason::MoreThanHeld,
        Reason::NotCovered,
        Reason::PurchaseNotSeen,
        Reason::PurchaseNeverCame,
        Reason::UnknownLine,
        Reason::MoreThanBought,
        Reason::ReturnWindowOver,
        Reason::TooLate,
        Reason::BeforeFirstVersion,
        Reason::UnknownProgramme,
        Reason::WrongCurrency,
        Reason::EntityParked,
        Reason::Poison,
        Reason::ContentDiffers,
        Reason::Undecodable,
        Reason::AbsurdDate,
    ];
    holds(&reasons, "01 18 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10 11 12 13 14 15 16 29");
    let by_operators = vec![
        Reason::AccountBlocked,
        Reason::NotOwed,
        Reason::NothingQuarantined,
        Reason::RefusedByOperator,
        Reason::AdjustmentLimit,
    ];
    holds(&by_operators, "01 05 2a 2b 2c 2d 2e");
    let of_activities =
        vec![Reason::UnknownActivity, Reason::BadAttribute, Reason::AccountErased, Reason::CarriesIdentity];
    holds(&of_activities, "01 04 2f 30 31 32");
    let of_cards = vec![
        Reason::CardBound,
        Reason::CardNotBound,
        Reason::MergeDirection,
        Reason::NotParked,
        Reason::UnknownPartner,
    ];
    holds(&of_cards, "01 05 33 34 35 36 37");
    let of_spending = vec![Reason::UnknownItem, Reason::HandedOver, Reason::OverLimit];
    holds(&of_spending, "02 03 38 39 3a");
}

fn activity() -> Activity {
    let attribute = Attribute { name: Name::from("n"), value: Name::from("v"), account: Name::default() };
    Activity { kind: Name::from("k"), attributes: vec![attribute] }
}

#[test]
fn what_is_remembered_of_activities() {
    let fact = Fact { at: Timestamp(1), partner: Name::from("p"), id: Name::from("i"), activity: activity() };
    let first = First {
        fact: fact.clone(),
        event: key(0xaa),
        version: 1,
        places: vec![Name::from("w")],
        grants: Vec::new(),
    };
    let occurrence = Occurrence { at: Timestamp(2), kind: Name::from("k"), version: 1 };
    let remembered = Remembered { facts: vec![fact], firsts: vec![first.into()], recent: vec![occurrence] };
    let fact = "02 0170 0169 016b 01 016e 0176 00";
    holds(&remembered, &format!("01 01 {fact} 01 {fact} {AA} 02 01 0177 00 01 04 016b 02"));
}

fn command(body: Body) -> Command {
    Command {
        key: key(0xaa),
        entity: EntityId::from_key("s:member:1"),
        source: Source {
            partner: Name::from("p"),
            feed: Name::from("f"),
            id: Name::from("i"),
            partition: 1,
            offset: 2,
        },
        occurred_at: Timestamp(3),
        delivered_at: Timestamp(4),
        content: Digest([0xbb; 16]),
        trace: Name::default(),
        body,
    }
}

#[test]
fn a_command_with_every_body() {
    let head = format!("01 {AA} 0a733a6d656d6265723a31 0170 0166 0169 02 04 06 08 {BB} 00");
    let line = SaleLine {
        line: 1,
        sku: Name::from("a"),
        group: Name::from("g"),
        quantity: Quantity(2),
        amount: Minor(3),
        promotional: false,
    };
    let tender =
        PointsTender { wallet: Name::from("w"), points: points(4), amount: Minor(5), hold: EventKey::NONE };
    let sale = Sale {
        currency: Name::from("RUB"),
        lines: vec![line],
        tenders: vec![tender],
        attributes: Vec::new(),
        discounts: Vec::new(),
    };
    let none = "1000000000000000000000000000000000";
    let bodies = [
        (Body::Sale(sale), format!("00 03525542 01 02 0161 0167 04 06 01 0177 08 0a {none}")),
        (
            Body::Return(Return {
                purchase: key(0xbb),
                lines: vec![ReturnLine { line: 1, quantity: Quantity(2) }],
            }),
            format!("01 {BB} 01 02 04"),
        ),
        (
            Body::Authorise(Authorise {
                wallet: Name::from("w"),
                points: points(1),
                time_to_live: 2,
                currency: Name::default(),
                lines: Vec::new(),
            }),
            "02 0177 02 04".to_owned(),
        ),
        (
            Body::Capture(Capture { redemption: key(0xbb), points: points(1), more: true }),
            format!("03 {BB} 02 01"),
        ),
        (Body::Cancel(Cancel { redemption: key(0xbb) }), format!("04 {BB}")),
        (Body::Tick, "05".to_owned()),
        (Body::Activity(activity()), "07 016b 01 016e 0176 00".to_owned()),
    ];
    for (body, expected) in bodies {
        holds(&command(body), &format!("{head} {expected}"));
    }
    // Older builds know no baskets of a hold, and no promotional lines.
    let line = SaleLine {
        line: 1,
        sku: Name::default(),
        group: Name::from("g"),
        quantity: Quantity(2),
        amount: Minor(3),
        promotional: true,
    };
    let hold = Authorise {
        wallet: Name::from("w"),
        points: points(1),
        time_to_live: 2,
        currency: Name::from("RUB"),
        lines: vec![line],
    };
    let hold_bytes = "02 0177 02 04 03525542 01 02 00 0167 04 06 01";
    holds(&command(Body::Authorise(hold)), &format!("02{} {hold_bytes}", &head[2..]));
    // Nor orders.
    let order = domain::command::ItemOrder { item: Name::from("i"), choice: Name::from("c") };
    holds(&command(Body::Order(order)), &format!("02{} 0d 0169 0163", &head[2..]));
}

#[test]
fn a_command_of_the_ledger_itself() {
    let head = format!("01 {AA} 0a733a6d656d6265723a31 0170 0166 0169 02 04 06 08 {BB} 00");
    let moved = Moved {
        from: EntityId::from_key("s:member:2"),
        answers: true,
        later: false,
        hops: 1,
        binding: key(0xbb),
        at: Timestamp(3),
        partner: Name::from("p"),
        id: Name::from("i"),
        lots: Vec::new(),
        purchases: Vec::new(),
        redemptions: Vec::new(),
        debts: Vec::new(),
        seen: Vec::new(),
        periods: Vec::new(),
        standing: None,
        order: Order::default(),
        granted: true,
        cards: vec![EntityId::from_key("s:card:1")],
        activities: Remembered::NONE,
        lines: Vec::new(),
        line_periods: Vec::new(),
        occasions: Vec::new(),
        given: Vec::new(),
    };
    let order = "00 ffffffffffffffffff01 00 00";
    let bytes = format!(
        "0a733a6d656d6265723a32 01 00 02 {BB} 06 0170 0169 00 00 00 00 00 00 00 {order} 01 \
         01 08733a636172643a31 000000 00 00"
    );
    let (actor, reason) = (Name::from("o"), Name::from("r"));
    let unlink = Unlink { card: EntityId::from_key("s:card:1") };
    let bodies = [
        (Body::MoveIn(Box::new(moved.clone())), format!("0a {bytes}")),
        (Body::Unlink(unlink), "0b 08733a636172643a31".to_owned()),
        (Body::MergeIn(Box::new(MergeIn { actor, reason, moved })), format!("0c 016f 0172 {bytes}")),
    ];
    for (body, expected) in bodies {
        holds(&command(body), &format!("{head} {expected}"));
    }
    // Older builds know no grants that fall with a purchase.
    let to = EntityId::from_key("s:member:1");
    let fall = Fall { step: FallStep::Undone, grant: key(0xaa), event: key(0xbb), purchase: key(0xaa), to };
    let bytes = format!("02{} 13 01 {AA} {BB} {AA} 0a733a6d656d6265723a31", &head[2..]);
    holds(&command(Body::Fall(fall)), &bytes);
    // Nor transfers.
    let answer = GivenAnswer { transfer: key(0xbb), later: false, refused: true };
    holds(&command(Body::GivenAnswer(answer)), &format!("02{} 11 {BB} 00 01", &head[2..]));
}

#[test]
fn an_adjustment_with_every_action() {
    let head = format!("01 {AA} 0a733a6d656d6265723a31 0170 0166 0169 02 04 06 08 {BB} 00");
    let (wallet, points) = (Name::from("w"), points(1));
    let actions = [
        (
            Action::Grant { wallet: wallet.clone(), points, partner: Name::from("p") },
            "00 0177 02 0170".to_owned(),
        ),
        (Action::WriteOff { wallet: wallet.clone(), points }, "01 0177 02".to_owned()),
        (Action::Forgive { wallet, points }, "02 0177 02".to_owned()),
        (Action::Block, "03".to_owned()),
        (Action::Unblock, "04".to_owned()),
        (Action::Release { event: key(0xbb) }, format!("05 {BB}")),
        (Action::Refuse { event: key(0xbb) }, format!("06 {BB}")),
        (Action::Erase, "07".to_owned()),
        (Action::Merge { into: EntityId::from_key("s:member:0") }, "08 0a733a6d656d6265723a30".to_owned()),
        (Action::Resume, "09".to_owned()),
    ];
    for (action, expected) in actions {
        let adjustment = Adjustment { actor: Name::from("o"), reason: Name::from("r"), action };
        holds(&command(Body::Adjust(adjustment)), &format!("{head} 06 016f 0172 {expected}"));
    }
}

#[test]
fn bytes_of_another_shape_are_refused() {
    let bytes = encode(&vec![key(1), key(2)]).unwrap();
    for end in 0..bytes.len() {
        assert!(decode::<Vec<EventKey>>(&bytes[..end]).is_err(), "cut at {end}");
    }
    let longer = [&bytes[..], &[0]].concat();
    assert!(matches!(decode::<Vec<EventKey>>(&longer), Err(NestedError::Trailing { left: 1, .. })));
    let newest = [&[2], &bytes[1..]].concat();
    assert_eq!(decode::<Vec<EventKey>>(&newest).unwrap(), [key(1), key(2)], "format 2 needs nothing new");
    let newer = [&[3], &bytes[1..]].concat();
    assert!(matches!(decode::<Vec<EventKey>>(&newer), Err(NestedError::Format { found: 3, .. })));
}

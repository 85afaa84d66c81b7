//! What says something new, in format 2, and what says nothing new, as it was.

use super::{AA, BB, activity, holds, key, lot, points};
use domain::account::{Order, Rated, RatedKind};
use domain::command::Sale;
use domain::fall::Watcher;
use domain::links::{Line, Links};
use domain::outcome::{Outcome, OutcomeKind, Reason};
use domain::profile::{Counted, Known, Membership, Place, Profile};
use domain::purchase::{Claim, ClaimState, PaidPart, Purchase, PurchaseGrant};
use domain::trade::Discount;
use domain::{Digest, EntityId, Minor, Name, Timestamp};
use std::sync::Arc;

fn known() -> Arc<Known> {
    let member = Membership {
        segment: Name::from("s"),
        from: Timestamp(1),
        until: Timestamp(2),
        paid: Default::default(),
    };
    let counted = Counted { count: Name::from("c"), key: Name::from("/k"), until: Timestamp(3), number: 4 };
    let (joined_at, birthday) = (Some(Timestamp(5)), Name::from("--05-17"));
    Arc::new(Known { joined_at, birthday, segments: vec![member], counted: vec![counted] })
}

const KNOWN: &str = "010a 072d2d30352d3137 01 0173 02 04 00 01 0163 022f6b 06 08";

/// A type that format 1 does not know says the same in each: only what holds it differs.
#[test]
fn what_is_known_of_a_member() {
    holds(&Some(known()), &format!("01 01 {KNOWN}"));
    holds(&None::<Arc<Known>>, "01 00");
    let place = Place { count: Name::from("c"), place: 1 };
    let (joined_at, birthday) = (None, Name::default());
    let profile = Profile { joined_at, birthday, segments: vec![Name::from("s")], places: vec![place] };
    holds(&Some(Arc::new(profile)), "01 01 00 00 01 0173 01 0163 02");
}

#[test]
fn what_says_something_new_is_in_format_2_with_all_it_has() {
    let grant = |funder| PurchaseGrant {
        terms: Name::from("t"),
        lot: lot(1, 0xaa),
        at_sale: points(2),
        now: points(3),
        funder: Name::from(funder),
    };
    holds(&vec![grant(""), grant("f")], &format!("02 02 0174 02{AA} 04 06 00 0174 02{AA} 04 06 0166"));
    holds(&vec![RatedKind::News, RatedKind::Joined, RatedKind::Merged], "02 03 03 04 05");
    let rated = |told| Rated {
        at: Timestamp(4),
        kind: RatedKind::Sale,
        partner: Name::from("p"),
        id: Name::from("i"),
        event: key(0xaa),
        version: 5,
        bucket: Timestamp(6),
        amount: Minor(-7),
        tier: Name::default(),
        told,
        profile: None,
        counts: Name::default(),
        of: None,
        taken: Vec::new(),
    };
    let order = |told, known| {
        let (base_at, events) = (Timestamp(9), vec![Arc::new(rated(told))]);
        Order { base: None, base_at, events, aged_at: None, known }
    };
    let head = format!("00 12 01 08 00 0170 0169 {AA} 0a 0c 0d 00");
    holds(&order(None, None), &format!("01 {head} 00"));
    holds(&order(Some(known()), None), &format!("02 {head} 01{KNOWN} 00 00 00 00 00 00"));
    holds(&order(None, Some(known())), &format!("02 {head} 00 00 00 00 00 00 01{KNOWN}"));
    let line = |known| Line {
        binding: key(0xbb),
        at: Timestamp(1),
        partner: Name::from("p"),
        id: Name::from("i"),
        order: Order::default(),
        spend: Vec::new(),
        lots: Vec::new(),
        known,
    };
    let links = |known| Links { lines: vec![Arc::new(line(known))], ..Links::default() };
    let (head, empty) = (format!("00 00 00 01 {BB} 02 0170 0169"), "00 ffffffffffffffffff01 00 00");
    holds(&links(None), &format!("01 {head} {empty} 00 00 00 00"));
    holds(&links(Some(known())), &format!("02 {head} {empty} 00 00 00 01{KNOWN} 00 00 00"));
    let sale = |attributes, discounts| Sale {
        currency: Name::from("RUB"),
        lines: Vec::new(),
        tenders: Vec::new(),
        attributes,
        discounts,
    };
    holds(&sale(Vec::new(), Vec::new()), "01 03525542 00 00");
    holds(&sale(activity().attributes, Vec::new()), "02 03525542 00 00 01 016e 0176 00 00");
    let discount = Discount { offer: Name::from("o"), amount: Minor(3) };
    holds(&sale(Vec::new(), vec![discount]), "02 03525542 00 00 00 01 016f 06");
}

#[test]
fn a_purchase_that_moves_says_what_is_new_in_format_2() {
    let purchase = |profile, parts, claims| Purchase {
        key: key(0xaa),
        partner: Name::from("p"),
        id: Name::from("i"),
        occurred_at: Timestamp(1),
        version: 2,
        tier: Name::default(),
        content: Digest([0xbb; 16]),
        outcome: Outcome::of(OutcomeKind::Applied, Reason::None),
        lines: Vec::new(),
        grants: Vec::new(),
        redemptions: Vec::new(),
        line: key(0xbb),
        attributes: Vec::new(),
        profile,
        parts,
        claims,
        watchers: Vec::new(),
    };
    let head = format!("01 {AA} 0170 0169 02 04 00 {BB} 00 00 00 00 00 00 00 00 00 00 {BB}");
    holds(&vec![purchase(None, Vec::new(), Vec::new())], &format!("01 {head}"));
    let head = format!("01 {AA} 0170 0169 02 04 00 {BB} 00 00 00 00 00 00 00 00 00 00 00 {BB}");
    holds(
        &vec![purchase(Some(Arc::default()), Vec::new(), Vec::new())],
        &format!("02 {head} 00 01 00 00 00 00 00 00 00"),
    );
    let parts = vec![PaidPart { redemption: key(0xaa), wallet: Name::from("w"), points: vec![points(1)] }];
    holds(&parts, &format!("01 01 {AA} 0177 01 02"));
    holds(&vec![purchase(None, parts, Vec::new())], &format!("02 {head} 00 00 01 {AA} 0177 01 02 00 00"));
    let claim = Claim {
        rule: Name::from("r"),
        limit: EntityId::from_key("l"),
        state: ClaimState::GivenBack,
        round: 1,
        open: true,
    };
    holds(&claim, "01 0172 016c 03 02 01");
    let claims = vec![purchase(None, Vec::new(), vec![claim])];
    holds(&claims, &format!("02 {head} 00 00 00 01 0172 016c 03 02 01 00"));
    let watcher = Watcher { grant: key(0xaa), event: key(0xbb), to: EntityId::from_key("s:member:1") };
    let watched = Purchase { watchers: vec![watcher], ..purchase(None, Vec::new(), Vec::new()) };
    holds(&vec![watched], &format!("02 {head} 00 00 00 00 01 {AA} {BB} 0a733a6d656d6265723a31"));
}

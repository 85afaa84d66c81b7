//! What members and the ledger tell each other of points that are given, and the words of it (S33): new in format 2.

use super::{AA, BB, command, holds, key, lot, points};
use domain::command::Body;
use domain::links::Links;
use domain::lot::{Buckets, Lot};
use domain::outcome::Reason;
use domain::transfer::{Given, GivenOut, Relabel, Transfer};
use domain::{EntityId, Name, Timestamp};

#[test]
fn a_command_that_gives_points() {
    let to = EntityId::from_key("s:member:2");
    let transfer = Transfer { to, wallet: Name::from("w"), points: points(1) };
    let head = format!("02 {AA} 0a733a6d656d6265723a31 0170 0166 0169 02 04 06 08 {BB} 00");
    holds(&command(Body::Transfer(transfer)), &format!("{head} 0f 0a733a6d656d6265723a32 0177 02"));
}

#[test]
fn words_of_transfers() {
    let words = [
        Reason::TransfersForbidden,
        Reason::NotAnotherMember,
        Reason::TransferLimit,
        Reason::TransferUnderWay,
    ];
    holds(&words.to_vec(), "02 04 3d 3e 3f 40");
}

fn gift(given_at: Option<Timestamp>) -> Lot {
    Lot {
        id: lot(1, 0xaa),
        wallet: Name::from("w"),
        terms: Name::from("t"),
        partner: Name::from("p"),
        cause: key(0xbb),
        version: 2,
        occurred_at: Timestamp(3),
        accrued_at: Timestamp(4),
        activates_at: Timestamp(5),
        expires_at: Timestamp(6),
        issued: points(7),
        clawed_back: points(0),
        buckets: Buckets { available: points(7), ..Buckets::default() },
        drawn_by: Vec::new(),
        reminded: 1,
        remind_at: Timestamp(8),
        given_at,
    }
}

#[test]
fn lots_that_were_given_say_when() {
    let head = format!("02{AA} 0177 0174 0170 {BB} 04 06 08 0a 0c 0e 00 00 0e 00 00 00 00 00 00 00 02 10");
    holds(&vec![gift(None)], &format!("01 01 {head}"));
    holds(&vec![gift(Some(Timestamp(9)))], &format!("02 01 {head} 01 12"));
    let (transfer, from) = (key(0xbb), EntityId::from_key("s:member:2"));
    let given = Given { transfer, from, later: true, lots: vec![gift(Some(Timestamp(9)))] };
    let of = format!("02 {AA} 0a733a6d656d6265723a31 0170 0166 0169 02 04 06 08 {BB} 00");
    let bytes = format!("{of} 10 {BB} 0a733a6d656d6265723a32 01 01 {head} 01 12");
    holds(&command(Body::Given(Box::new(given))), &bytes);
    let (lot, origin) = (lot(1, 0xaa), gift(None));
    let relabel = Relabel { transfer, lot, points: points(3), origin, hops: 1 };
    holds(&command(Body::Relabel(Box::new(relabel))), &format!("{of} 12 {BB} 02{AA} 06 {head} 00 02"));
}

#[test]
fn what_was_given_in_a_period() {
    let given = vec![GivenOut { wallet: Name::from("w"), from: Timestamp(1), points: points(2) }];
    holds(&Links { given, ..Links::default() }, "02 00 00 00 00 00 00 01 0177 02 04");
}

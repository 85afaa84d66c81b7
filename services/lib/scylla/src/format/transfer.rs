//! What members and the ledger tell each other of points that are given, and the words of it (S33): new in format 2.

use super::{AA, BB, command, holds, points};
use domain::EntityId;
use domain::Name;
use domain::command::Body;
use domain::outcome::Reason;
use domain::transfer::Transfer;

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

//! What accounts and limits that members share tell each other, and the words of it (S34): new in format 2.

use super::{AA, BB, command, holds, key, points};
use domain::EntityId;
use domain::command::Body;
use domain::outcome::Reason;
use domain::shared::{Share, ShareStep};

#[test]
fn a_command_between_an_account_and_a_limit() {
    let share = Share {
        step: ShareStep::Refused,
        reservation: key(0xaa),
        event: key(0xbb),
        from: EntityId::from_key("s:limit:l"),
        points: points(1),
        uses_at_most: 2,
        points_at_most: points(3),
        hops: 4,
    };
    let head = format!("02 {AA} 0a733a6d656d6265723a31 0170 0166 0169 02 04 06 08 {BB} 00");
    holds(&command(Body::Share(share)), &format!("{head} 0e 02 {AA} {BB} 09733a6c696d69743a6c 02 04 06 08"));
}

#[test]
fn words_of_limits() {
    holds(&vec![Reason::AwaitsLimit, Reason::LimitReached], "02 02 3b 3c");
}

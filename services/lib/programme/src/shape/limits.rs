//! Limits that members share: a code, a card anyone may activate once, a budget (S34).

use super::{Shape, key};

pub(crate) const LIMIT: Shape = Shape {
    heading: "[limits.NAME]",
    noun: "limit",
    keys: &[
        key(
            "uses",
            "whole number from 1",
            "required, or `points`",
            "how many grants, or purchases that a rule applies to, whoever comes first (S24, S34)",
        ),
        key(
            "points",
            "whole number from 1",
            "required, or `uses`",
            "how many points together, in the wallet's smallest unit; a grant that does not fit in what is left is \
             none, a smaller one may still fit; of rules for a `bonus`",
        ),
        key(
            "per",
            "attribute",
            "one count of all",
            "so many for each value of it, such as a card's number or a coupon; every activity that is granted within has \
             one, and every purchase, or whose rule asks for it in `only`",
        ),
        key("until", "date", "no end", "what happens then or later is granted nothing within"),
    ],
};

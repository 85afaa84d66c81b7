//! The tables of the till: what is taken off before a basket is paid.

use super::conditions::HOLDS;
use super::rules::CONDITION;
use super::{Key, Shape, join, key};

const TAKES_OFF: [Key; 15] = [
    key(
        "off",
        "percentage, a table with one for each tier, or money",
        "none",
        "a share, or so much, off each line it applies to",
    ),
    key("price", "money", "none", "what one costs at the most"),
    key("prices", "table of money", "none", "the same by item, or else by group"),
    key("for_items", "table", "none", "of so many whole pieces so many are paid: the dearest"),
    key(
        "cheapest_off",
        "percentage",
        "none",
        "off the cheapest of each `of` whole pieces, counted from the dearest",
    ),
    key(
        "free",
        "whole number from 1",
        "none",
        "whole pieces for nothing against one unit of the wallet in `uses`",
    ),
    key("delivery_free", "true", "none", "delivery for nothing: the lines of groups that are `delivery`"),
    key(
        "by_volume",
        "list of tables",
        "none",
        "a share of all it applies to, by how much that is; rounded once (S02)",
    ),
    key("of", "whole number from 2", "2", "beside `cheapest_off`: how many pieces count as one"),
    key("uses", "wallet", "required with `free`", "the gifts it is against"),
    key("items", "list of items", "any", "only for these articles"),
    key(
        "stacks",
        "true or false",
        "false",
        "taken off beside others, of what they left; of those that do not, a line has the one that takes most off it",
    ),
    key("priority", "whole number", "0", "place among those that stack, lower first; then as in the file"),
    key(
        "rounding",
        "`floor`, `half_even`, `half_up` or `ceil`",
        "half_up",
        "how what it takes off is rounded",
    ),
    key("rounded_to", "money above 0", "the minor unit", "what that is a multiple of"),
];

pub(crate) const OFFER: Shape =
    Shape { heading: "[offers.NAME]", noun: "offer", keys: &join::<38>(&[&TAKES_OFF, &CONDITION, &[HOLDS]]) };

pub(crate) const FOR_ITEMS: Shape = Shape {
    heading: "for_items = { … }",
    noun: "for_items",
    keys: &[
        key("buy", "whole number from 2", "required", "pieces that count as one"),
        key("pay", "whole number from 1, below `buy`", "required", "how many of them are paid"),
    ],
};

pub(crate) const VOLUME: Shape = Shape {
    heading: "[[offers.NAME.by_volume]]",
    noun: "band",
    keys: &[
        key("from", "money", "required", "its lower bound at list prices, inclusive"),
        key("off", "percentage", "required", "the share that is taken off"),
    ],
};

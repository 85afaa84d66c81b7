//! The tables of wallets, and of the terms points are granted under.

use super::{Key, Shape, key};

const ACTIVATES: Key = key(
    "activates",
    "`at once`, `14 days after purchase`, `on the first day of the next month` (or year), `on activity NAME`",
    "at once",
    "when granted points can be spent (S06)",
);
const EXPIRES: Key = key(
    "expires",
    "`never`, `1 year after accrual`, `3 months after activation`, `at the end of the month` (day, year)",
    "never",
    "when they expire (S06)",
);
const EXPIRY_ROUNDED: Key = key(
    "expiry_rounded_to_end_of",
    "`day`, `month` or `year`",
    "not rounded",
    "moves the expiry to the end of the unit that holds it (S06)",
);
const EXTENDED: Key = key(
    "extended_by_purchase",
    "duration",
    "not extended",
    "every purchase moves the expiry of live points to this long after it, if that is later (S06)",
);
const EXTENDED_BY_ACTIVITY: Key = key(
    "extended_by_activity",
    "duration",
    "not extended",
    "every activity moves the expiry of live points likewise (S06)",
);
const RATED_BY: Key = key(
    "rated_by",
    "`purchase`, `line`, `day`, `month` or `year`",
    "purchase",
    "what is rated, and rounded, as one; the last three are local calendar periods (S02)",
);
const ROUNDING: Key =
    key("rounding", "`floor`, `half_even`, `half_up` or `ceil`", "floor", "how a grant is rounded (S02)");
const MINIMUM: Key =
    key("minimum", "points", "0", "the least a grant is, where anything is earned at all (S02)");
const CAP: Key = key("cap", "points", "no cap", "the most a grant is (S02)");
const CAP_RATE: Key =
    key("cap_rate", "percentage", "no cap", "the most a grant is, as a share of the money that earns");

pub(crate) const WALLET: Shape = Shape {
    heading: "[wallets.NAME]",
    noun: "wallet",
    keys: &[
        key("unit", "text", "points", "what the points are called in a text for people"),
        key("scale", "0 to 6", "0", "decimal digits of the smallest unit (S01)"),
        key("point_value", "number above 0, to 100", "1", "money that one point is worth when spent"),
        key("priority", "whole number", "0", "place in the burn order, lower first (S08)"),
        key("paid_out", "false", "false", "points are not money: they are never paid out"),
        key("pays", "table", "everything", "what its points may pay for (S12)"),
        key(
            "transfers",
            "true, false, or a table",
            "false",
            "whether members may give its points to each other (S33)",
        ),
        ACTIVATES,
        EXPIRES,
        EXPIRY_ROUNDED,
        EXTENDED,
        EXTENDED_BY_ACTIVITY,
        RATED_BY,
        ROUNDING,
        MINIMUM,
        CAP,
        CAP_RATE,
    ],
};

pub(crate) const PAYS: Shape = Shape {
    heading: "[wallets.NAME.pays]",
    noun: "limits",
    keys: &[
        key(
            "share",
            "percentage",
            "100 %",
            "the largest share of the purchase; `0 %` for a wallet that never pays",
        ),
        key(
            "of_groups",
            "table of percentages",
            "as `of_line` says",
            "the largest share of each line of a product group",
        ),
        key("of_line", "percentage", "100 %", "the largest share of each line of any other group"),
        key("except_groups", "list of groups", "none", "product groups that are never paid"),
        key("promotional", "true or false", "true", "whether lines at a promotional price may be paid"),
        key("at_least", "points", "0", "the least that is spent at once"),
        key("at_most", "points", "no limit", "the most that is spent at once"),
        key("step", "points above 0", "the smallest unit", "what is spent at once is a multiple of this"),
        key(
            "exclusive_with",
            "list of wallets",
            "none",
            "wallets whose limits on the same thing do not add up with these: the larger one holds for both (S10)",
        ),
    ],
};

pub(crate) const TRANSFERS: Shape = Shape {
    heading: "transfers = { … }",
    noun: "transfers",
    keys: &[
        key("at_most", "points", "required", "the most that a member may give in one period"),
        key("per", "`day`, `month` or `year`", "required", "the local calendar period it is counted in"),
    ],
};

pub(crate) const TERMS: Shape = Shape {
    heading: "[terms.NAME]",
    noun: "terms",
    keys: &[
        key(
            "wallet",
            "wallet",
            "the only wallet",
            "the wallet whose points have these terms; what is left out here is as there",
        ),
        ACTIVATES,
        EXPIRES,
        EXPIRY_ROUNDED,
        EXTENDED,
        EXTENDED_BY_ACTIVITY,
        RATED_BY,
        ROUNDING,
        MINIMUM,
        CAP,
        CAP_RATE,
    ],
};

//! The tables that say what points are exchanged for.

use super::{Key, Shape, key};

const FROM: Key = key("from", "wallet", "required", "the wallet that pays");
const GIFT: Key = key(
    "gives",
    "wallet, terms, or a table",
    "required",
    "what it brings: one point of a wallet, such as a gift of a kind; handed over when it is spent there",
);

pub(crate) const CONVERSION: Shape = Shape {
    heading: "[conversions.NAME]",
    noun: "conversion",
    keys: &[
        FROM,
        key("points", "points above 0", "required", "how many it takes"),
        GIFT,
        key(
            "when",
            "`reached` or `on request`",
            "reached",
            "at once, as often as there are enough, keeping the remainder; or when it is ordered (S32)",
        ),
    ],
};

pub(crate) const ITEM: Shape = Shape {
    heading: "[catalogue.NAME]",
    noun: "item",
    keys: &[
        FROM,
        key("price", "points above 0", "required, or `sold_at`", "what it costs in points"),
        key(
            "sold_at",
            "money above 0",
            "required, or `price`",
            "what it costs in money: so many points as are worth that, rounded up (S02)",
        ),
        GIFT,
    ],
};

pub(crate) const GIVES: Shape = Shape {
    heading: "gives = { … }",
    noun: "gives",
    keys: &[
        key("wallet", "wallet or terms", "required, or `one_of`", "where the points go"),
        key(
            "one_of",
            "list of wallets or terms",
            "required, or `wallet`",
            "the member's choice, named by the order; on request only",
        ),
        key("points", "points above 0", "1", "how many"),
    ],
};

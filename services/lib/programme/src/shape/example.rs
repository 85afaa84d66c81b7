//! The tables of worked examples: given, when, then.

use super::{Key, Shape, join, key};

pub(crate) const EXAMPLE: Shape = Shape {
    heading: "[[example]]",
    noun: "example",
    keys: &[
        key("name", "text", "required", "what it shows"),
        key("member", "text", "member", "whose points, where a step does not say"),
        key(
            "partner",
            "partner",
            "the programme's name, where it has no [partners]",
            "where, where a step does not say",
        ),
        key("step", "list of tables", "required", "what happens, in order"),
    ],
};

pub(crate) const STEP: Shape = Shape {
    heading: "[[example.step]]",
    noun: "step",
    keys: &[
        key("at", "local date or instant", "required, or `after`", "when it reaches the ledger"),
        key("name", "text", "none", "what happens, in words"),
        key("after", "duration", "required, or `at`", "how long after the step before"),
        key("member", "text", "the example's", "whose points"),
        key("partner", "partner", "the example's", "where"),
        key(
            "occurred_at",
            "local date or instant",
            "the step's instant",
            "when it really happened, for what comes late",
        ),
        key("sale", "table", "none", "a purchase is completed"),
        key("return", "table", "none", "something comes back"),
        key("activity", "table", "none", "a member does something beside buying"),
        key("authorise", "table", "none", "points are reserved for an order"),
        key("capture", "table", "none", "reserved points are spent"),
        key("cancel", "table", "none", "reserved points are set free, or an order is given up"),
        key("order", "table", "none", "points are exchanged for an item of the catalogue"),
        key("transfer", "table", "none", "points are given to another member"),
        key("adjust", "table", "none", "an operator grants, writes off or forgives points"),
        key("quote", "table", "none", "somebody asks what a basket would cost and earn; nothing changes"),
        key(
            "expect",
            "table",
            "nothing is checked",
            "what must be so afterwards; a step without an event lets time pass",
        ),
    ],
};

pub(crate) const SALE: Shape = Shape {
    heading: "sale = { … }",
    noun: "sale",
    keys: &[
        key("id", "text", "required", "the partner's own id"),
        key("lines", "list of tables", "required", "what was bought"),
        key("points", "points, or a table of them by wallet", "0", "paid with so many points"),
        key(
            "hold",
            "id of an `authorise`",
            "none",
            "the hold that reserved them; without it the till was offline (S15)",
        ),
        key("wallet", "wallet", "the burn order", "the wallet they come from"),
        key("attributes", "table", "none", "its attributes, by name, as `[purchases]` declares them"),
    ],
};

pub(crate) const LINE: Shape = Shape {
    heading: "lines = [{ … }]",
    noun: "line",
    keys: &[
        key("item", "text", "required", "the article"),
        key("price", "money", "required", "what one costs; in a `quote` before offers, else after them"),
        key("quantity", "number above 0", "1", "how many, to a thousandth"),
        key("group", "text", "no group", "its product group"),
        key("promotional", "true or false", "false", "whether it is offered at a promotional price (S12)"),
    ],
};

pub(crate) const RETURN: Shape = Shape {
    heading: "return = { … }",
    noun: "return",
    keys: &[
        key("id", "text", "required", "the partner's own id"),
        key("sale", "id of a `sale`", "required", "what was bought"),
        key("lines", "list of tables", "all of the sale", "what comes back"),
    ],
};

pub(crate) const RETURN_LINE: Shape = Shape {
    heading: "return = { lines = [{ … }] }",
    noun: "returned line",
    keys: &[
        key("item", "text", "required", "the article, as the sale named it"),
        key("quantity", "number above 0", "all that was bought", "how many come back"),
    ],
};

pub(crate) const ACTIVITY: Shape = Shape {
    heading: "activity = { … }",
    noun: "activity",
    keys: &[
        key("id", "text", "required", "the partner's own id"),
        key("kind", "activity", "required", "what happened"),
        key("attributes", "table", "none", "its attributes, by name; a member by the name the example uses"),
    ],
};

pub(crate) const AUTHORISE: Shape = Shape {
    heading: "authorise = { … }",
    noun: "authorise",
    keys: &[
        key("id", "text", "required", "the partner's own id"),
        key("points", "points", "required", "how many to reserve"),
        key("wallet", "wallet", "the burn order", "the wallet they come from"),
        key("lasts", "duration", "as `[spending]` says", "how long the hold lasts"),
        key(
            "lines",
            "list of tables",
            "none",
            "the basket they shall pay for: `pays` of the wallet limits it, and `price` and `owes` are of it",
        ),
    ],
};

const HOLD: Key = key("hold", "id of an `authorise`", "required", "the hold; of a `cancel`, or an `order`");
const ID: Key = key("id", "text", "made from the step's number", "the partner's own id");

pub(crate) const CAPTURE: Shape = Shape {
    heading: "capture = { … }",
    noun: "capture",
    keys: &[
        HOLD,
        key("points", "points", "required", "how many to spend"),
        key("more", "true or false", "false", "more captures follow; otherwise the rest is set free"),
        ID,
    ],
};

pub(crate) const CANCEL: Shape = Shape { heading: "cancel = { … }", noun: "cancel", keys: &[HOLD, ID] };

pub(crate) const ORDER: Shape = Shape {
    heading: "order = { … }",
    noun: "order",
    keys: &[
        key("id", "text", "required", "the partner's own id"),
        key("item", "item or conversion", "required", "what is ordered"),
        key("choice", "wallet or terms", "none", "which of the gifts, where it offers several"),
    ],
};

pub(crate) const TRANSFER: Shape = Shape {
    heading: "transfer = { … }",
    noun: "transfer",
    keys: &[
        key("id", "text", "required", "the partner's own id"),
        key("to", "text", "required", "who gets them, by the name the example uses"),
        key("points", "points", "required", "how many"),
        key("wallet", "wallet", "the first whose points may be given", "the wallet they come from"),
    ],
};

pub(crate) const ADJUST: Shape = Shape {
    heading: "adjust = { … }",
    noun: "adjust",
    keys: &[
        key("action", "`grant`, `write_off` or `forgive`", "required", "what the operator does"),
        key("points", "points", "required", "how many"),
        key("wallet", "wallet", "the burn order", "the wallet they are in"),
        key("actor", "text", "required", "who decides it; an operator's id"),
        key("reason", "text", "required", "why; the entries say both (S29)"),
        key("id", "text", "made from the step's number", "the desk's own id"),
    ],
};

pub(crate) const QUOTE: Shape = Shape {
    heading: "quote = { … }",
    noun: "quote",
    keys: &[
        key("lines", "list of tables", "required", "the basket"),
        key("visitor", "true or false", "false", "asked by somebody who is not signed in"),
        key("points", "points", "0", "how many to pay with, as far as they may"),
        key("wallet", "wallet", "the burn order", "the wallet they come from"),
        key("attributes", "table", "none", "its attributes, by name, as `[purchases]` declares them"),
    ],
};

/// What is said of points in a wallet.
macro_rules! balance {
    () => {
        [
            key("total", "points", "not checked", "pending and available together (S07)"),
            key("available", "points", "not checked", "what can be spent now (S07)"),
            key("pending", "points", "not checked", "granted, not spendable yet"),
            key("held", "points", "not checked", "reserved by holds"),
            key("expired", "points", "not checked", "expired so far"),
            key("debt", "points", "not checked", "owed (S18)"),
            key(
                "next_activation",
                "instant or `none`",
                "not checked",
                "when pending points become spendable next (S07)",
            ),
            key("next_activation_points", "points", "not checked", "how many do"),
            key("next_expiry", "instant or `none`", "not checked", "when points expire next (S07)"),
            key("next_expiry_points", "points", "not checked", "how many do"),
        ]
    };
}

pub(crate) const BALANCE: Shape =
    Shape { heading: "expect.wallets.NAME = { … }", noun: "balance", keys: &balance!() };

const OF_THE_EVENT: [Key; 24] = [
    key(
        "outcome",
        "word",
        "not checked",
        "`applied`, `duplicate`, `conflict`, `rejected`, `parked`, `quarantined`, `dead lettered` (S27)",
    ),
    key("approved", "true or false", "not checked", "the decision on points asked for (S14)"),
    key("reason", "words", "not checked", "why not, such as `insufficient points`; `none`"),
    key("earned", "points", "not checked", "points the event earned"),
    key(
        "funded",
        "table of points",
        "not checked",
        "all points that were granted in this step, by the partner who pays for them, such as `{ bakery = 40 }` (S35)",
    ),
    key("clawed_back", "points", "not checked", "points the event took back"),
    key("spent", "points", "not checked", "points the event spent or reserved"),
    key("given_back", "points", "not checked", "points the event gave back"),
    key("uncovered", "points", "not checked", "points asked for that nothing covers (S15)"),
    key(
        "largest",
        "points",
        "not checked",
        "the most that limits let be spent, where more was asked for (S12)",
    ),
    key("price", "money", "not checked", "what the basket costs; of a quote at the till, after offers"),
    key(
        "discounts",
        "table of money",
        "not checked",
        "all that offers take off a quoted basket, by their names, such as `{ five = 49.50 }`",
    ),
    key("owes", "money", "not checked", "what is left to pay in money"),
    key("earns", "points", "not checked", "what a quoted basket would earn"),
    key("up_to", "points", "not checked", "the most a quoted basket could earn anybody"),
    key("payable", "points", "not checked", "the most points that may pay for a quoted basket"),
    key("to_next_tier", "money", "not checked", "spend that is missing for the next tier; 0 at the top"),
    key(
        "why_not",
        "table of texts",
        "not checked",
        "why these rules and offers do not apply to a quoted basket, word for word; `applies` of one that does (S29)",
    ),
    key("tier", "tier", "not checked", "the member's tier, `none` before the first purchase"),
    key(
        "perks",
        "list of texts",
        "not checked",
        "what that tier brings beside points; of a quote, what the basket's brings",
    ),
    key("refund", "money", "not checked", "what is paid back of a membership that the event ends"),
    key(
        "notices",
        "list of texts",
        "not checked",
        "all that were sent in this step, such as `accrued by sms and email`",
    ),
    key("tier_changes", "list of texts", "not checked", "all changes in this step, such as `Silver to Gold`"),
    key(
        "wallets",
        "table of tables",
        "none",
        "balances by wallet, where there are several; those beside it are of all",
    ),
];

pub(crate) const EXPECT: Shape =
    Shape { heading: "expect", noun: "expect", keys: &join::<34>(&[&OF_THE_EVENT, &balance!()]) };

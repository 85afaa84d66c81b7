//! The tables that say what a programme is.

use super::conditions::*;
use super::{Key, Shape, join, key};

pub(crate) const FILE: Shape = Shape {
    heading: "the file",
    noun: "the file",
    keys: &[
        key("programme", "table", "required", "what the programme is and when it is in force"),
        key("correction", "table", "none", "which faulty version this one replaces, and why (S26)"),
        key(
            "wallets",
            "table of tables",
            "required",
            "where points are kept, and the terms they are granted under",
        ),
        key("terms", "table of tables", "none", "other terms for points of a wallet"),
        key("groups", "table of tables", "none", "product groups; one that is not here has coefficient 1"),
        key(
            "partners",
            "table of tables",
            "anybody",
            "who takes part; with it, no other partner may be named",
        ),
        key("tiers", "table", "none", "levels a member rises through"),
        key("rules", "table of tables", "none", "what earns points"),
        key("offers", "table of tables", "none", "what is taken off at the till; never points"),
        key("spending", "table", "all its defaults", "how points are spent"),
        key("notices", "table", "nothing is sent", "what members are told, and by which means"),
        key(
            "activities",
            "table of tables",
            "none",
            "what members do beside buying; any other is bad input (S27)",
        ),
        key("grants", "table of tables", "none", "what activities earn"),
        key("limits", "table of tables", "none", "what members share: codes, budgets (S34)"),
        key("purchases", "table", "no attributes", "what purchases say beside their lines"),
        key("members", "table", "nothing more is known", "by what a member's joining and birthday are known"),
        key("segments", "table of tables", "none", "members who are alike, by what they did"),
        key(
            "memberships",
            "table of tables",
            "none",
            "paid memberships (S28): conditions ask for them as for segments",
        ),
        key("counts", "table of tables", "none", "purchases counted one after another"),
        key("calendars", "table of tables", "none", "stretches of time, such as sales"),
        key("adjustments", "table", "no limits", "how much operators may move at once"),
        key("cards", "table", "nothing", "what a card brings once, to whoever binds it first"),
        key(
            "conversions",
            "table of tables",
            "none",
            "points of one wallet for points of another, such as stamps for a gift (S32)",
        ),
        key("catalogue", "table of tables", "none", "what members may order for points (S32)"),
        key("example", "list of tables", "none", "worked examples, run by `programme check`"),
    ],
};

pub(crate) const PROGRAMME: Shape = Shape {
    heading: "[programme]",
    noun: "[programme]",
    keys: &[
        key(
            "name",
            "lower-case letters, digits, hyphens",
            "required",
            "the programme's name in topics and tables",
        ),
        key(
            "version",
            "whole number from 1",
            "required",
            "the number of this version; a version never changes once published",
        ),
        key(
            "from",
            "local date or instant",
            "required",
            "from when it is in force, by the date of the event (S26)",
        ),
        key("zone", "IANA time zone", "required", "whose days, months and years are meant (S06)"),
        key("currency", "ISO 4217 code", "required", "the currency of all money in the file (S01)"),
        key("lateness", "duration", "30 days", "how late an event is accepted (S24)"),
        key("return_window", "duration", "1 year", "how long after a sale its return is accepted (S22)"),
        key(
            "return_waits",
            "duration",
            "the same as `lateness`",
            "how long a return waits for its purchase, at least `lateness` (S22)",
        ),
        key(
            "behind_failed",
            "`wait` or `go on`",
            "wait",
            "what an account's events do behind one that failed inside the ledger: wait for an operator, or be decided",
        ),
        key(
            "prior_notice",
            "duration",
            "none",
            "how long before it begins the next version is to be published; `publish` refuses it otherwise, but for a \
             [correction] (S26)",
        ),
        key(
            "discounts",
            "`allowed` or `forbidden`",
            "allowed",
            "forbidden: an offer that takes money off is a mistake; one against a gift is none",
        ),
    ],
};

pub(crate) const CORRECTION: Shape = Shape {
    heading: "[correction]",
    noun: "[correction]",
    keys: &[
        key(
            "replaces",
            "whole number from 1, below `version`",
            "required",
            "the faulty version, a correction itself maybe",
        ),
        key(
            "until",
            "local date or instant",
            "as long as the faulty version is in force",
            "events before it, and of `from` in `[programme]` or later, are this version's",
        ),
        key("actor", "text of up to 200 bytes", "required", "who decided it; an operator's id, not a name"),
        key(
            "reason",
            "text of up to 200 bytes",
            "required",
            "why; entries say both, so no personal data (S29)",
        ),
    ],
};

pub(crate) const GROUP: Shape = Shape {
    heading: "[groups.NAME]",
    noun: "group",
    keys: &[
        key("coefficient", "number, 0 to 100", "1", "multiplies what the group's lines earn"),
        key(
            "delivery",
            "true or false",
            "false",
            "its lines are delivery, which offers of goods leave alone",
        ),
    ],
};

pub(crate) const PARTNER: Shape = Shape {
    heading: "[partners.NAME]",
    noun: "partner",
    keys: &[key(
        "rate",
        "percentage",
        "0 %",
        "its own rate: what rules with `rate = \"the partner's\"` give there",
    )],
};

pub(crate) const TIERS: Shape = Shape {
    heading: "[tiers]",
    noun: "[tiers]",
    keys: &[
        key("levels", "list of tables", "required", "the levels, lowest first"),
        key(
            "counts",
            "`spend`, `points`, `purchases` or `memberships`",
            "spend",
            "what levels are reached by (S28): points are those that purchases earn, each as it is rated, without what a period earns; a purchase counts as long as something of it is kept",
        ),
        key("wallet", "wallet", "the only wallet", "the wallet whose points count"),
        key(
            "window",
            "`lifetime`, `last 365 days`, `calendar month` or `calendar year`",
            "lifetime",
            "the stretch of time they are summed over; a calendar one is the previous, or the running one where that is more (S28)",
        ),
        key("downgrade", "`to metric` or `one level`", "to metric", "how a level is lost (S28)"),
        key(
            "grace",
            "duration",
            "none",
            "how long a level that time takes is still kept: after a period's end, or a membership's (S28)",
        ),
        key(
            "minimum_stay",
            "duration",
            "none",
            "how long a level that was reached is kept at least, whatever time takes; a return that undoes it ends that (S21, S28)",
        ),
        key(
            "protected_from_returns",
            "true or false",
            "false",
            "a return leaves the tier as it is until the next evaluation (S21)",
        ),
        key("counts_points", "true or false", "false", "the part paid with points counts as spend"),
    ],
};

pub(crate) const LEVEL: Shape = Shape {
    heading: "[[tiers.levels]]",
    noun: "level",
    keys: &[
        key("name", "text", "required", "the level's name"),
        key(
            "from",
            "money, points or whole number",
            "required, but for memberships",
            "how much it is reached from, in what the tiers count; 0 for the first",
        ),
        key(
            "membership",
            "membership or segment",
            "none",
            "what reaches it, where memberships count; none for the first",
        ),
        key("perks", "list of texts", "none", "what it brings beside points"),
        key("inherits_perks", "true or false", "true", "it brings what the level before it does, too (S28)"),
    ],
};

/// When a rule or an offer applies.
pub(super) const CONDITION: [Key; 22] = [
    key("groups", "list of groups", "any", "only for lines of these product groups"),
    key("except_groups", "list of groups", "none", "not for lines of these product groups"),
    key("partners", "list of partners", "any", "only at these partners"),
    key("tiers", "list of tiers", "any", "only at these tiers"),
    key("basket_from", "money", "any", "only where the basket costs this or more"),
    key("basket_below", "money", "any", "only where the basket costs less than this"),
    ONLY,
    EXCEPT,
    DATED_FROM,
    UNTIL,
    DURING,
    NOT_DURING,
    WEEKDAYS,
    HOURS,
    MEMBERS,
    SEGMENTS,
    EXCEPT_SEGMENTS,
    MEMBER_WITHIN,
    MEMBER_FOR,
    BIRTHDAY,
    COUNTS,
    key(
        "when",
        "condition in CEL",
        "none",
        "a condition of your own, of the facts below: `basket.amount >= money(\"1_500\") && at.weekday <= 5`",
    ),
];

const RULE_KEYS: [Key; 13] = [
    key(
        "rate",
        "percentage, a table with one for each tier, or `the partner's`",
        "none",
        "a share of the money paid for each line, times the group's coefficient",
    ),
    key("bonus", "points", "none", "so many points for the basket"),
    key(
        "per_item",
        "points",
        "none",
        "so many for each whole piece that money was paid for: points, or stamps; a free good brings none (S32)",
    ),
    key("per", "table", "none", "so many for each full amount of the basket"),
    key("bands", "list of tables", "none", "a share of the whole that depends on its size"),
    key(
        "multiplier",
        "number, or a table with one for each tier",
        "none",
        "multiplies what the other rules under the same terms give",
    ),
    key("at_least", "points", "none", "the least a grant under the same terms is, where anything is earned"),
    key(
        "exclusive",
        "text",
        "none",
        "a set of rules of which only one applies to a line: the first that does",
    ),
    key("priority", "whole number", "0", "place in the set, higher first; then the file's order counts"),
    key("funded_by", "partner", "the purchase's", "who pays for these points (S35)"),
    key("wallet", "wallet", "the only wallet", "where the points go, under the wallet's own terms"),
    key("terms", "terms", "the wallet's own", "the terms they are granted under, instead of `wallet`"),
    key("within", "limit", "no limit", "as long as this limit, which members share, has room (S34)"),
];

pub(crate) const RULE: Shape =
    Shape { heading: "[rules.NAME]", noun: "rule", keys: &join::<35>(&[&RULE_KEYS, &CONDITION]) };

pub(crate) const PER: Shape = Shape {
    heading: "per = { … }",
    noun: "per",
    keys: &[
        key("money", "money", "required", "the amount, above 0; what is over it brings nothing"),
        key("points", "points", "required", "how many for each"),
    ],
};

pub(crate) const BAND: Shape = Shape {
    heading: "[[rules.NAME.bands]]",
    noun: "band",
    keys: &[
        key("from", "money", "required", "its lower bound, inclusive"),
        key("rate", "percentage", "required", "the share of the whole"),
    ],
};

pub(crate) const SPENDING: Shape = Shape {
    heading: "[spending]",
    noun: "[spending]",
    keys: &[
        key(
            "hold",
            "duration",
            "15 minutes",
            "how long a hold lasts unless it says so itself, and at the most (S11)",
        ),
        key("points_earn", "true or false", "false", "the part paid with points earns (S03)"),
        key(
            "uncovered_becomes_debt",
            "true or false",
            "false",
            "points spent without a hold and not covered become a debt (S15)",
        ),
        key(
            "grace",
            "duration",
            "none",
            "points that come back to a lot that expired meanwhile live this long again (S19)",
        ),
    ],
};

const CHANNELS: &str = "list of channels";
pub(crate) const NOTICES: Shape = Shape {
    heading: "[notices]",
    noun: "[notices]",
    keys: &[
        key("accrued", CHANNELS, "not sent", "points were granted (S30)"),
        key("activated", CHANNELS, "not sent", "points can be spent now"),
        key("expiring", CHANNELS, "not sent", "points are about to expire, see `before_expiry`"),
        key("expired", CHANNELS, "not sent", "points expired"),
        key("spent", CHANNELS, "not sent", "points were spent"),
        key("returned", CHANNELS, "not sent", "a return changed the balance"),
        key("in_debt", CHANNELS, "not sent", "points are owed"),
        key("tier_changed", CHANNELS, "not sent", "the tier changed"),
        key("tier_ending", CHANNELS, "not sent", "time is about to take the tier"),
        key("received", CHANNELS, "not sent", "another member gave points (S33)"),
        key(
            "before_expiry",
            "list of durations",
            "required with `expiring`",
            "how long before the expiry to remind",
        ),
        key(
            "before_tier_change",
            "list of durations",
            "required with `tier_ending`",
            "how long before time takes the tier to warn",
        ),
    ],
};

pub(crate) const ACTIVITY: Shape =
    Shape { heading: "[activities.NAME]", noun: "activity", keys: &super::members::ATTRIBUTE_KEYS };

pub(crate) const GRANT: Shape = Shape {
    heading: "[grants.NAME]",
    noun: "grant",
    keys: &[
        key("activity", "activity", "required, or `on`", "what is rewarded"),
        key(
            "on",
            "`birthday`, `every 01-01`, a date, or `tier Gold`",
            "required, or `activity`",
            "a day that brings points by itself, at its first instant, to whoever is a member then, and a \
             birthday to whoever told it before; or a level that does to whoever rises to it, or past it",
        ),
        key(
            "if_lost",
            "`keep` or `take back`",
            "`take back`",
            "with a level: what becomes of the points when returns take what it was reached by (S21)",
        ),
        key("segments", "list of segments", "any, and none", "with `on`: only to members of these"),
        key(
            "funded_by",
            "partner",
            "the programme, where it has no [partners]",
            "with `on`: who pays for them (S35)",
        ),
        key(
            "points",
            "points, with `by` a table of them",
            "required",
            "how many; with `by` one row for each value that is rewarded, with `per` for each unit",
        ),
        key("by", "attribute", "none", "whose value says how many, such as the place in a contest"),
        key(
            "per",
            "attribute",
            "none",
            "a whole number, or money in whole units, that `points` are multiplied by",
        ),
        key(
            "once",
            "`ever`, `a month` or `a year`",
            "each time",
            "to the earliest of an account alone, whatever comes first (S24)",
        ),
        key("once_for_each", "attribute", "whatever the attributes", "once for each value of it"),
        key("only", "table", "any", "attributes, and a list of values of which each must have one"),
        key("partners", "list of partners", "any", "only at these partners"),
        key(
            "within",
            "limit",
            "no limit",
            "with `activity`: as long as this limit, which members share, has room",
        ),
        key(
            "falls_with",
            "table",
            "nothing",
            "with `once = \"ever\"`: the purchase that caused it; returned whole, it takes the points back (S32)",
        ),
        key("wallet", "wallet", "the only wallet", "where the points go, under the wallet's own terms"),
        key("terms", "terms", "the wallet's own", "the terms they are granted under, instead of `wallet`"),
    ],
};

pub(crate) const FALLS_WITH: Shape = Shape {
    heading: "falls_with = { … }",
    noun: "falls_with",
    keys: &[
        key("member", "attribute", "required", "who bought: an attribute of the type `member`"),
        key(
            "sale",
            "attribute",
            "required",
            "the partner's own id of the sale: an attribute of the type `text`",
        ),
        key(
            "partner",
            "attribute",
            "the activity's own partner",
            "the partner of the sale: an attribute of the type `text`, or a word",
        ),
    ],
};

const SMALLEST: &str = "whole number from 0";
pub(crate) const ADJUSTMENTS: Shape = Shape {
    heading: "[adjustments]",
    noun: "[adjustments]",
    keys: &[
        key(
            "grant_at_most",
            SMALLEST,
            "no limit",
            "the most one adjustment grants, in the wallet's smallest unit; more is refused, by the version in force \
             when it arrives",
        ),
        key("write_off_at_most", SMALLEST, "no limit", "the most one writes off"),
        key("forgive_at_most", SMALLEST, "no limit", "the most debt one forgives (S18)"),
    ],
};

pub(crate) const CARDS: Shape = Shape {
    heading: "[cards]",
    noun: "[cards]",
    keys: &[
        key(
            "grant",
            "whole number from 1",
            "required",
            "points a card brings when it is bound for the first time, in the wallet's smallest unit; funded by the \
             partner that binds it",
        ),
        key("terms", "text", "the first", "the terms they are granted under"),
    ],
};

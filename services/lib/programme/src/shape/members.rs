//! The tables that say what is known of members and purchases.

use super::{Key, Shape, key};

const ATTRIBUTES: &str = "each attribute's type: `whole number` (to 1,000,000), `money`, `date` (`2001-05-17` or \
                          `--05-17`), `member`, `text` (to 200 bytes), or a list of the words it may be";

/// Attributes, and those that may be left out.
pub(crate) const ATTRIBUTE_KEYS: [Key; 2] = [
    key("attributes", "table", "none", ATTRIBUTES),
    key("optional", "list of attributes", "none", "attributes that may be left out"),
];

pub(crate) const PURCHASES: Shape =
    Shape { heading: "[purchases]", noun: "[purchases]", keys: &ATTRIBUTE_KEYS };

pub(crate) const MEMBERS: Shape = Shape {
    heading: "[members]",
    noun: "[members]",
    keys: &[
        key("joined_by", "activity", "the first purchase", "by which somebody becomes a member"),
        key(
            "birthday",
            "`ACTIVITY.ATTRIBUTE`",
            "not known",
            "the attribute, a date, that tells the birthday; the latest one counts",
        ),
    ],
};

pub(crate) const SEGMENT: Shape = Shape {
    heading: "[segments.NAME]",
    noun: "segment",
    keys: &[
        key("joined_by", "activity", "required", "what makes a member one of it"),
        key("only", "table", "any", "attributes of that, and the values of which each must have one"),
        key("left_by", "activity", "never", "what ends it"),
        key("left_only", "table", "any", "attributes of that, written alike"),
        key("lasts", "duration", "for ever", "when it ends by itself"),
    ],
};

pub(crate) const MEMBERSHIP: Shape = Shape {
    heading: "[memberships.NAME]",
    noun: "membership",
    keys: &[
        key("price", "money", "required", "what it costs"),
        key(
            "lasts",
            "duration",
            "required",
            "how long it runs; begun again before its end, it goes on from there",
        ),
        key("begins_by", "activity", "required", "by which it is paid, and begins"),
        key("begins_only", "table", "any", "attributes of that, and the values of which each must have one"),
        key(
            "refunded_by",
            "activity",
            "never",
            "what ends it before its time: the share of the price for whole days not used is paid back, rounded down",
        ),
        key("refunded_only", "table", "any", "attributes of that, written alike"),
    ],
};

pub(crate) const COUNT: Shape = Shape {
    heading: "[counts.NAME]",
    noun: "count",
    keys: &[
        key("per", "`day`, `month` or `year`", "all time", "when it starts anew, by local time"),
        key(
            "by",
            "list of attributes of the purchase, and `partner`",
            "all together",
            "each value is counted for itself",
        ),
        key("only", "table", "any", "attributes a purchase must have to count, as in a rule"),
    ],
};

pub(crate) const CALENDAR: Shape = Shape {
    heading: "[calendars.NAME]",
    noun: "calendar",
    keys: &[key(
        "periods",
        "list of tables",
        "required",
        "its stretches: `from` and `until`, a local date or instant each, the end not included",
    )],
};

pub(crate) const STRETCH: Shape = Shape {
    heading: "[[calendars.NAME.periods]]",
    noun: "period",
    keys: &[
        key("from", "local date or instant", "required", "its first instant"),
        key("until", "local date or instant", "required", "its end"),
    ],
};

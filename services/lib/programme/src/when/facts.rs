//! The facts of a sale that a condition may ask for: as data, for the reader, for suggestions and for the reference.

/// What a part of a condition is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// `true` or `false`.
    Truth,
    /// A whole number.
    Whole,
    /// A text.
    Text,
    /// A list of texts.
    Texts,
    /// A list of whole numbers.
    Wholes,
}

impl Kind {
    /// In words.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Truth => "true or false",
            Self::Whole => "a whole number",
            Self::Text => "a text",
            Self::Texts => "a list of texts",
            Self::Wholes => "a list of whole numbers",
        }
    }
}

/// A fact of a sale, one line of it, or its member.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fact {
    /// The line's article.
    Item,
    /// The line's product group.
    Group,
    /// What the line costs.
    LineAmount,
    /// How many thousandths of a piece.
    Quantity,
    /// What all lines cost.
    BasketAmount,
    /// The partner.
    Partner,
    /// The tier.
    Tier,
    /// Whether it is a member.
    Joined,
    /// Whole local days since joining.
    Days,
    /// The segments.
    Segments,
    /// The local year.
    Year,
    /// The local month.
    Month,
    /// The local day of the month.
    Day,
    /// The day of the week.
    Weekday,
    /// The local hour.
    Hour,
    /// The minute of the local hour.
    Minute,
}

/// Each fact: how it is written, what it is, what it means.
pub(crate) const FACTS: &[(&str, &str, Fact, Kind, &str)] = &[
    ("line", "item", Fact::Item, Kind::Text, "the article of the line"),
    ("line", "group", Fact::Group, Kind::Text, "its product group"),
    ("line", "amount", Fact::LineAmount, Kind::Whole, "what it costs after discounts, in minor units"),
    ("line", "quantity", Fact::Quantity, Kind::Whole, "how much of it, in thousandths of a piece"),
    ("basket", "amount", Fact::BasketAmount, Kind::Whole, "what all lines cost together, in minor units"),
    ("basket", "partner", Fact::Partner, Kind::Text, "where it is bought"),
    ("member", "tier", Fact::Tier, Kind::Text, "the tier it is rated at; empty where there is none"),
    ("member", "joined", Fact::Joined, Kind::Truth, "whether they are a member, see `[members]`"),
    ("member", "days", Fact::Days, Kind::Whole, "whole local days since they joined"),
    ("member", "segments", Fact::Segments, Kind::Texts, "segments and memberships they are in"),
    ("at", "year", Fact::Year, Kind::Whole, "the local year"),
    ("at", "month", Fact::Month, Kind::Whole, "1 to 12"),
    ("at", "day", Fact::Day, Kind::Whole, "1 to 31"),
    ("at", "weekday", Fact::Weekday, Kind::Whole, "1 for Monday to 7 for Sunday"),
    ("at", "hour", Fact::Hour, Kind::Whole, "0 to 23"),
    ("at", "minute", Fact::Minute, Kind::Whole, "0 to 59"),
];

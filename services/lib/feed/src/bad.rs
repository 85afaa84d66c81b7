//! Bad input (S27): why a record cannot become a command, in a word for programs and in words for people.
//!
//! Never an error of the service: it is an answer, and the stream goes on.

use crate::feed::Feed;
use crate::origin::Origin;
use crate::text;
use domain::command::Source;
use domain::event::OutcomeRecord;
use domain::outcome::{Outcome, OutcomeKind, Reason};
use domain::upcoming::Upcoming;
use domain::{EntityId, EventKey, Name, Points, Timestamp};
use std::fmt;

/// Why, in a word: the `reason` of a dead letter. The set is open.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Code {
    /// Not a record of its schema: wrong bytes, a missing or unknown field, a wrong type.
    Undecodable,
    /// Under a schema nobody registered, or one that cannot be read as ours.
    UnknownSchema,
    /// Larger than a record may be.
    TooLarge,
    /// The payload names another partner than its topic.
    WrongPartner,
    /// An id, or another text, that is empty, too long or not printable.
    BadText,
    /// Neither member nor card, or both.
    NoMember,
    /// Not an ISO 4217 code.
    UnknownCurrency,
    /// More digits than the currency has.
    TooManyDigits,
    /// An amount below 0.
    NegativeAmount,
    /// An amount, quantity or number of points beyond the limits.
    AbsurdAmount,
    /// A quantity of 0 or less.
    BadQuantity,
    /// Points of 0 or less, or none where some are needed.
    BadPoints,
    /// No lines.
    NoLines,
    /// More lines or tenders than the limit.
    TooManyLines,
    /// A line number below 0, or one that comes twice.
    BadLineNumber,
    /// The lines do not add up to the total.
    LinesDoNotAddUp,
    /// The tenders do not add up to the total.
    TendersDoNotAddUp,
    /// A field that does not belong to this kind of tender, step or action, or one that is missing from it.
    BadField,
    /// In the future, beyond the tolerance.
    Future,
    /// Before 1970 or after 2199.
    AbsurdDate,
    /// A text holds the member's or card's own id.
    CarriesIdentity,
}

impl Code {
    /// Every code, for tests and documentation.
    pub const ALL: [Self; 21] = [
        Self::Undecodable,
        Self::UnknownSchema,
        Self::TooLarge,
        Self::WrongPartner,
        Self::BadText,
        Self::NoMember,
        Self::UnknownCurrency,
        Self::TooManyDigits,
        Self::NegativeAmount,
        Self::AbsurdAmount,
        Self::BadQuantity,
        Self::BadPoints,
        Self::NoLines,
        Self::TooManyLines,
        Self::BadLineNumber,
        Self::LinesDoNotAddUp,
        Self::TendersDoNotAddUp,
        Self::BadField,
        Self::Future,
        Self::AbsurdDate,
        Self::CarriesIdentity,
    ];

    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Undecodable => "undecodable",
            Self::UnknownSchema => "unknown_schema",
            Self::TooLarge => "too_large",
            Self::WrongPartner => "wrong_partner",
            Self::BadText => "bad_text",
            Self::NoMember => "no_member",
            Self::UnknownCurrency => "unknown_currency",
            Self::TooManyDigits => "too_many_digits",
            Self::NegativeAmount => "negative_amount",
            Self::AbsurdAmount => "absurd_amount",
            Self::BadQuantity => "bad_quantity",
            Self::BadPoints => "bad_points",
            Self::NoLines => "no_lines",
            Self::TooManyLines => "too_many_lines",
            Self::BadLineNumber => "bad_line_number",
            Self::LinesDoNotAddUp => "lines_do_not_add_up",
            Self::TendersDoNotAddUp => "tenders_do_not_add_up",
            Self::BadField => "bad_field",
            Self::Future => "future",
            Self::AbsurdDate => "absurd_date",
            Self::CarriesIdentity => "carries_identity",
        }
    }

    /// The same word as the partner's outcome says it.
    pub const fn reason(self) -> Reason {
        match self {
            Self::Undecodable => Reason::Undecodable,
            Self::UnknownSchema => Reason::UnknownSchema,
            Self::TooLarge => Reason::TooLarge,
            Self::WrongPartner => Reason::WrongPartner,
            Self::BadText => Reason::BadText,
            Self::NoMember => Reason::NoMember,
            Self::UnknownCurrency => Reason::UnknownCurrency,
            Self::TooManyDigits => Reason::TooManyDigits,
            Self::NegativeAmount => Reason::NegativeAmount,
            Self::AbsurdAmount => Reason::AbsurdAmount,
            Self::BadQuantity => Reason::BadQuantity,
            Self::BadPoints => Reason::BadPoints,
            Self::NoLines => Reason::NoLines,
            Self::TooManyLines => Reason::TooManyLines,
            Self::BadLineNumber => Reason::BadLineNumber,
            Self::LinesDoNotAddUp => Reason::LinesDoNotAddUp,
            Self::TendersDoNotAddUp => Reason::TendersDoNotAddUp,
            Self::BadField => Reason::BadField,
            Self::Future => Reason::Future,
            Self::AbsurdDate => Reason::AbsurdDate,
            Self::CarriesIdentity => Reason::CarriesIdentity,
        }
    }

    /// What the partner does next. Nothing was recorded under the id, so it may be used again.
    const fn next(self) -> &'static str {
        match self {
            Self::UnknownSchema => "register the schema under the feed's subject, then send it again",
            Self::TooLarge => "split it, and send the parts under ids of their own",
            Self::WrongPartner => "send it to the topic of the partner it names",
            Self::CarriesIdentity => "send it without, under an id of its own",
            Self::Future => "set the clock it was stamped by, then send it again",
            _ => "correct it and send it again under the same id",
        }
    }
}

/// The longest problem, in bytes: a partner may name a field at any length.
const LONGEST: usize = 1000;

/// A record that cannot become a command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadInput {
    /// Why, for programs.
    pub code: Code,
    /// Why, for people: what was expected, what was found, where, and what to do.
    pub text: String,
    /// The partner's own id of the event, where it could be read.
    pub id: Option<Name>,
    /// Whom it concerned, where that could be read.
    pub entity: Option<EntityId>,
}

impl BadInput {
    /// Bad input of which nothing but `problem` is known: what was expected, what was found, where.
    pub fn new(code: Code, problem: impl fmt::Display) -> Self {
        let problem = text::line(&problem.to_string(), LONGEST);
        Self { code, text: format!("{problem}; {}", code.next()), id: None, entity: None }
    }

    /// The same, of the event `id`.
    #[must_use]
    pub fn of(mut self, id: &Name) -> Self {
        self.id = Some(id.clone());
        self
    }

    /// The same, about `entity`.
    #[must_use]
    pub fn about(mut self, entity: &EntityId) -> Self {
        self.entity = Some(entity.clone());
        self
    }

    /// What its partner is told where an id could be read: the same from a topic and from a file. `at` is when
    /// it reached us.
    pub fn outcome(&self, feed: &Feed, origin: &Origin, at: Timestamp) -> Option<OutcomeRecord> {
        let id = self.id.as_ref()?;
        Some(OutcomeRecord {
            event: EventKey::of(origin.partner.as_str(), feed.name, id.as_str()),
            source: Source {
                partner: origin.partner.clone(),
                feed: Name::from(feed.name),
                id: id.clone(),
                partition: origin.partition,
                offset: origin.offset,
            },
            entity: self.entity.clone().unwrap_or_else(|| EntityId::from_key("")),
            at,
            later: false,
            outcome: Outcome::of(OutcomeKind::DeadLettered, self.code.reason()),
            total: Points::ZERO,
            available: Points::ZERO,
            debt: Points::ZERO,
            next: Upcoming::NOTHING,
            occurred_at: Timestamp::NEVER,
            trade: None,
            linked: None,
        })
    }
}

impl fmt::Display for BadInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.text)
    }
}

impl std::error::Error for BadInput {}

/// A text as an error shows it: no longer than a line, and printable.
pub(crate) fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    let start: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if text.chars().nth(LONGEST).is_none() {
        format!("`{start}`")
    } else {
        format!("`{start}…` of {} bytes", text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::RETURNS;

    #[test]
    fn s27_the_outcome_of_bad_input_says_the_word_of_its_dead_letter() {
        let origin = Origin::line(Name::from("shop-1"), 7);
        for code in Code::ALL {
            let bad = BadInput::new(code, "x").of(&Name::from("r-1"));
            let told = bad.outcome(&RETURNS, &origin, Timestamp(5)).unwrap();
            assert_eq!(serde_json::json!(told.outcome.reason), code.as_str());
            assert!(!told.outcome.reason.text().is_empty(), "{code:?}");
            assert_eq!(told.event, EventKey::of("shop-1", "returns", "r-1"));
            assert_eq!((told.source.offset, told.at), (7, Timestamp(5)));
        }
        assert_eq!(BadInput::new(Code::NoLines, "x").outcome(&RETURNS, &origin, Timestamp(5)), None);
    }
}

//! What the feeds have in common, and how each record's own part becomes a command's body.

mod activity;
mod adjustment;
mod card;
mod purchase;
mod redemption;
mod returned;

use crate::bad::BadInput;
use crate::content::Content;
use crate::identity::Identity;
use crate::names::Names;
use domain::{Body, Timestamp};
use wire::record::Record;

/// What every record says of itself.
pub(crate) struct Head<'r> {
    /// The partner's own id.
    pub(crate) id: &'r str,
    /// The partner, where the payload says it.
    pub(crate) partner: Option<&'r str>,
    /// The member, where one is named.
    pub(crate) member: Option<&'r str>,
    /// The card, where one is named.
    pub(crate) card: Option<&'r str>,
    /// The limit that members share, where one is named: only by an operator (S34).
    pub(crate) limit: Option<&'r str>,
    /// The programme, where one is named.
    pub(crate) programme: Option<&'r str>,
    /// Business time.
    pub(crate) occurred_at: Timestamp,
    /// The event clock's time of delivery.
    pub(crate) delivered_at: Option<Timestamp>,
}

/// What a body is made with.
pub(crate) struct Tools<'t> {
    /// The partner, proven by the topic.
    pub(crate) partner: &'t str,
    /// The programme, where the record names none that of the service.
    pub(crate) programme: &'t str,
    /// What members and cards are kept under.
    pub(crate) identity: &'t Identity,
    /// Names that come again.
    pub(crate) names: &'t mut Names,
    /// Takes every value of the body that the partner may not change under the same id.
    pub(crate) content: &'t mut Content,
}

/// A record of a feed: checked and turned into a body. Reads nothing but itself.
pub(crate) trait FeedRecord<'a>: Record<'a> {
    /// The feed's name.
    const FEED: &'static str;

    /// What it says of itself.
    fn head(&self) -> Head<'_>;

    /// What it asks for, with every rule of S27 for its own fields checked.
    fn body(&self, tools: &mut Tools<'_>) -> Result<Body, BadInput>;
}

/// The head of a record type of `wire`: they name these fields alike.
macro_rules! head {
    () => {
        fn head(&self) -> crate::record::Head<'_> {
            crate::record::Head {
                id: &self.id,
                partner: crate::text::present(&self.partner),
                member: crate::text::present(&self.member),
                card: crate::text::present(&self.card),
                limit: None,
                programme: crate::text::present(&self.programme),
                occurred_at: self.occurred_at,
                delivered_at: self.delivered_at,
            }
        }
    };
}
use head;

/// Refuses a field that is there and has no meaning with `what`: what was meant is unknown.
pub(crate) fn absent(what: &str, fields: &[(&str, bool)]) -> Result<(), BadInput> {
    match fields.iter().find(|(_, there)| *there) {
        None => Ok(()),
        Some((field, _)) => {
            let problem = format!("{field}: expected none with {what}, found one");
            Err(BadInput::new(crate::bad::Code::BadField, problem))
        }
    }
}

/// Line numbers are 0 or more, and each comes once.
pub(crate) fn line_numbers(lines: impl ExactSizeIterator<Item = i32> + Clone) -> Result<(), BadInput> {
    use crate::bad::Code;
    use crate::limits::LINES;
    if lines.len() == 0 {
        return Err(BadInput::new(Code::NoLines, "lines: expected at least one, found none"));
    }
    if lines.len() > LINES {
        let problem = format!("lines: expected at most {LINES}, found {}", lines.len());
        return Err(BadInput::new(Code::TooManyLines, problem));
    }
    let bad = |expected, found: i32| {
        let problem = format!("lines: expected {expected}, found {found}");
        Err(BadInput::new(Code::BadLineNumber, problem))
    };
    if let Some(negative) = lines.clone().find(|line| *line < 0) {
        return bad("line numbers of 0 or more", negative);
    }
    if lines.clone().is_sorted_by(|a, b| a < b) {
        return Ok(()); // nearly always
    }
    let mut sorted: Vec<i32> = lines.collect();
    sorted.sort_unstable();
    match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => bad("each line number once", pair[0]),
        None => Ok(()),
    }
}

/// A quantity in thousandths, above 0 and within the limit.
pub(crate) fn quantity(
    line: i32,
    value: rust_decimal::Decimal,
) -> Result<domain::purchase::Quantity, BadInput> {
    use crate::bad::Code;
    let bad = |code, expected: &str| {
        let problem = format!("quantity of line {line}: expected {expected}, found {}", value.normalize());
        Err(BadInput::new(code, problem))
    };
    match crate::money::whole(value, 3) {
        Some(..=0) => bad(Code::BadQuantity, "more than 0"),
        Some(thousandths) if thousandths <= crate::limits::QUANTITY => {
            Ok(domain::purchase::Quantity(thousandths))
        }
        Some(_) => bad(Code::AbsurdAmount, "at most a billion"),
        None => bad(Code::BadQuantity, "at most 3 digits behind the point"),
    }
}

/// Points of a request: above 0 and within the limit.
pub(crate) fn points(place: &str, value: Option<i64>) -> Result<domain::Points, BadInput> {
    use crate::bad::Code;
    use crate::limits::POINTS;
    match value {
        Some(value @ 1..=POINTS) => Ok(domain::Points::at_least_zero(value)),
        Some(value @ ..=0) => {
            Err(BadInput::new(Code::BadPoints, format!("{place}: expected points above 0, found {value}")))
        }
        Some(value) => {
            let problem = format!("{place}: expected at most {POINTS} points, found {value}");
            Err(BadInput::new(Code::AbsurdAmount, problem))
        }
        None => Err(BadInput::new(Code::BadPoints, format!("{place}: expected points above 0, found none"))),
    }
}

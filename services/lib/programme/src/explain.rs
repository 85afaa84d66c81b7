//! Explanations: a programme as prose for a member, and as tables for a merchant.
//!
//! What each part of a tariff is called stands in one place, for both, and for comparisons. Every match on the core's
//! choices names all of them, and every struct is taken apart by its fields: a new element of the language does not
//! compile until there are words for it.

mod activity;
mod amount;
mod condition;
mod effect;
mod exchange;
mod gauge;
mod general;
mod granting;
mod level;
mod member;
mod prose;
mod sheet;
mod till;
mod time;
mod wallet;

pub use gauge::Verdict;
pub use prose::{Prose, Section};
pub use sheet::{Cell, Row, Sheet};

pub(crate) use sheet::wrapped;
pub(crate) use time::span;

use crate::said::{Programme, Said};
use domain::tariff::Tariff;

/// For whom words are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Voice {
    /// Prose for a member: *your birthday*.
    Member,
    /// Tables for a merchant: *the member's birthday*, and names as the file has them.
    Merchant,
}

/// A tariff that is put into words.
pub(crate) struct Words<'t> {
    tariff: &'t Tariff,
    said: &'t Said,
    voice: Voice,
}

impl<'t> Words<'t> {
    fn of(programme: &'t Programme, voice: Voice) -> Self {
        Self { tariff: &programme.tariff, said: &programme.said, voice }
    }

    fn is_prose(&self) -> bool {
        self.voice == Voice::Member
    }
}

/// A programme as prose for its members: everything that concerns them, and nothing that does not.
pub fn for_member(programme: &Programme) -> Prose {
    member::prose(&Words::of(programme, Voice::Member))
}

/// A programme as tables for a merchant: every name and every figure of it.
pub fn for_merchant(programme: &Programme) -> Vec<Sheet> {
    let words = Words::of(programme, Voice::Merchant);
    words.accounted();
    let sheets = [
        words.programme_sheet(),
        words.wallet_sheet(),
        words.terms_sheet(),
        words.pays_sheet(),
        words.spending_sheet(),
        words.partner_sheet(),
        words.group_sheet(),
        words.rule_sheet(),
        words.level_sheet(),
        words.tier_sheet(),
        words.offer_sheet(),
        words.exchange_sheet(),
        words.grant_sheet(),
        words.activity_sheet(),
        words.segment_sheet(),
        words.count_sheet(),
        words.calendar_sheet(),
        words.notice_sheet(),
        words.limit_sheet(),
    ];
    sheets.into_iter().filter(|sheet| !sheet.rows.is_empty()).collect()
}

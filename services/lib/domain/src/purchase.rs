//! A purchase as the ledger remembers it: its lines, what its rating depended on, what it earned and how
//! it was paid, so that a return is rated from stored facts alone (S16).

use crate::activity::Attribute;
use crate::command::SaleLine;
use crate::fall::Watcher;
use crate::id::{Digest, EntityId, EventKey, LotId, Name};
use crate::money::Minor;
use crate::outcome::Outcome;
use crate::points::Points;
use crate::profile::Profile;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A number of pieces, kilograms or litres, in thousandths. Always positive on a bought line.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Quantity(pub i64);

/// One line of a purchase, with what returns took of it so far.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PurchaseLine {
    /// The partner's own line number, unique within the purchase.
    pub line: i32,
    /// The article.
    pub sku: Name,
    /// The product group, by which rates and coefficients are chosen.
    pub group: Name,
    /// What was bought.
    pub quantity: Quantity,
    /// What the line costs after discounts, whatever it was paid with.
    pub amount: Minor,
    /// Points that paid for it and were covered by lots or debts (S04, S15).
    pub points: Points,
    /// The money value of what was paid with points, as the till declared it.
    pub paid_by_points: Minor,
    /// What was returned so far.
    pub returned: Quantity,
}

impl PurchaseLine {
    /// A line as it was bought: nothing paid with points, nothing returned yet.
    pub fn bought(line: &SaleLine) -> Self {
        Self {
            line: line.line,
            sku: line.sku.clone(),
            group: line.group.clone(),
            quantity: line.quantity,
            amount: line.amount,
            points: Points::ZERO,
            paid_by_points: Minor::ZERO,
            returned: Quantity(0),
        }
    }
}

/// What a purchase earned under one set of terms, funded by its partner.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PurchaseGrant {
    /// The terms of the tariff.
    pub terms: Name,
    /// The lot; [`LotId::NONE`] where nothing was earned yet.
    pub lot: LotId,
    /// What it earned as sold.
    pub at_sale: Points,
    /// What it earns now, after returns.
    pub now: Points,
    /// Who funds it; empty for the purchase's partner.
    #[serde(default)]
    pub funder: Name,
}

impl PurchaseGrant {
    /// Nothing yet, under these terms.
    pub(crate) fn none(terms: &Name, funder: &Name) -> Self {
        let (at_sale, now) = (Points::ZERO, Points::ZERO);
        Self { terms: terms.clone(), lot: LotId::NONE, at_sale, now, funder: funder.clone() }
    }
}

/// What points of one wallet, spent by one redemption, paid for (S04).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PaidPart {
    /// The redemption.
    pub redemption: EventKey,
    /// The wallet.
    pub wallet: Name,
    /// Its part of [`PurchaseLine::points`] of each line, in their order.
    pub points: Vec<Points>,
}

/// Where a claim stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimState {
    /// The limit was asked, and has not answered yet.
    Asked,
    /// It agreed: the rule applies.
    Agreed,
    /// It had no room: the rule does not apply.
    Refused,
    /// It agreed, and its share was given back, for the rule gave nothing any more.
    GivenBack,
}

/// The share of a limit that a rule asked for, for this purchase (S34).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Claim {
    /// The rule.
    pub rule: Name,
    /// The limit's account.
    pub limit: EntityId,
    /// Where it stands.
    pub state: ClaimState,
    /// How often it was asked for before this time, from 0: each time is a reservation of its own.
    pub round: i32,
    /// Whether the sale's answer left it open: then what came of it is told as its later fate (S27).
    pub open: bool,
}

/// A purchase.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Purchase {
    /// Its identity (S23).
    pub key: EventKey,
    /// The partner it was made at.
    pub partner: Name,
    /// The partner's own id.
    pub id: Name,
    /// When it was made.
    pub occurred_at: Timestamp,
    /// The programme version it was rated by; returns use the same (S26).
    pub version: i32,
    /// The tier it was rated at; empty where the programme has none.
    pub tier: Name,
    /// Hash of the partner's fields: tells a duplicate from a conflict (S23).
    pub content: Digest,
    /// The answer given, repeated to a duplicate.
    pub outcome: Outcome,
    /// The lines, in the partner's order.
    pub lines: Vec<PurchaseLine>,
    /// What it earned, a grant for each set of terms.
    pub grants: Vec<PurchaseGrant>,
    /// The redemptions that paid for it, in the order of its tenders.
    pub redemptions: Vec<EventKey>,
    /// The binding before which it was made by a card: rated on that [`crate::links::Line`], not on the
    /// account's own. [`EventKey::NONE`] for the account's own.
    #[serde(default)]
    pub line: EventKey,
    /// Attributes of the purchase, by name, as the programme declares them.
    #[serde(default)]
    pub attributes: Vec<Attribute>,
    /// What was known of the member, where the programme asks for it.
    #[serde(default)]
    pub profile: Option<Arc<Profile>>,
    /// What each redemption and wallet paid for, in the order of the tenders, where there was more than one; empty
    /// where one paid all.
    #[serde(default)]
    pub parts: Vec<PaidPart>,
    /// What rules asked of limits that members share; empty where none did. By rule; while some are asked, those stand
    /// behind what is rated, and what was asked with them and is answered stands last.
    #[serde(default)]
    pub claims: Vec<Claim>,
    /// Whom it tells once it is undone: those who were granted something for it (S32).
    #[serde(default)]
    pub watchers: Vec<Watcher>,
}

impl Purchase {
    /// The rules whose limits agreed: none else that asks a limit applies (S34).
    pub fn agreed(&self) -> Vec<Name> {
        let agreed = self.claims.iter().filter(|claim| claim.state == ClaimState::Agreed);
        agreed.map(|claim| claim.rule.clone()).collect()
    }

    /// Whether all of it was returned.
    pub fn is_undone(&self) -> bool {
        self.lines.iter().all(|line| line.returned >= line.quantity)
    }
}

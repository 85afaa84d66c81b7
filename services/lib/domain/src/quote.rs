//! A quote: what a basket would cost at the till, what it would earn, what points may pay of it, and why (S07, S29).
//!
//! Nothing is stored, and nothing is computed twice: the basket is sold on a copy of the account by the function that
//! decides sales, and what the sale's rating depended on is read from the purchase it left there.

use crate::account::{Account, Period, SpendBucket, Standing};
use crate::activity::Attribute;
use crate::apportion::apportion;
use crate::because::{Because, Considered, Verdict};
use crate::burn::across;
use crate::calendar;
use crate::command::{Body, Command, PointsTender, Sale, SaleLine, Source};
use crate::decide::{advance, decide};
use crate::entity::{Entity, Missing};
use crate::event::Event;
use crate::id::{Digest, EntityId, EventKey, Name};
use crate::imagined;
use crate::money::Minor;
use crate::outcome::Reason;
use crate::points::Points;
use crate::price::{Priced, price};
use crate::purchase::Purchase;
use crate::rating::{Extent, considered, context_of, period_basis, rate};
use crate::refusal;
use crate::row::Row;
use crate::sale::period_earns;
use crate::split::{Run, largest_spend, payers};
use crate::tariff::{Level, RatingContext, Tariff, Tariffs, Terms, Wallet};
use crate::tier::{Progress, bucket_of, progress};
use crate::time::Timestamp;
use serde::Serialize;
use std::sync::Arc;
use std::{mem, slice};

/// What is asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ask {
    /// The partner.
    pub partner: Name,
    /// As of when.
    pub at: Timestamp,
    /// The basket, at list prices.
    pub lines: Vec<SaleLine>,
    /// Points to pay with, where any are.
    pub pay: Option<Pay>,
    /// Attributes of the purchase, as the programme declares them.
    pub attributes: Vec<Attribute>,
}

/// Points somebody would pay with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pay {
    /// The wallet; empty for the programme's burn order.
    pub wallet: Name,
    /// How many, above 0.
    pub points: Points,
}

/// Why there is no quote.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum QuoteError {
    /// The account is not whole: load that row and ask again.
    #[error("the account is not loaded whole: a row is missing")]
    Missing(Missing),
    /// The account's sales go to another: it is a card that was bound, or a member who was merged.
    #[error("sales of this account go to {0}: ask there")]
    Elsewhere(EntityId),
    /// A sale of this basket would not be applied.
    #[error("a sale of this basket would not be applied: {text}")]
    Refused {
        /// Why, in a word.
        reason: Reason,
        /// Why, with what was expected and what was found.
        text: String,
    },
}

impl From<Missing> for QuoteError {
    fn from(missing: Missing) -> Self {
        Self::Missing(missing)
    }
}

/// Points a basket would earn under one set of terms.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Earning {
    /// The terms.
    pub terms: Name,
    /// Their wallet.
    pub wallet: Name,
    /// Who funds them; empty for the partner.
    pub funder: Name,
    /// How many, in the wallet's smallest unit.
    pub points: Points,
    /// Of each line; they add up (S02).
    pub by_line: Vec<Points>,
}

/// What a basket brings besides: a threshold it reaches is exchanged for it at once (S32).
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Following {
    /// The wallet, such as one of gifts.
    pub wallet: Name,
    /// How many, in the wallet's smallest unit, above 0.
    pub points: Points,
}

/// What points of a wallet may pay of a basket.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Spendable {
    /// The wallet.
    pub wallet: Name,
    /// What the account can spend now.
    pub available: Points,
    /// The most of it that may pay for the basket at the till.
    pub most: Points,
    /// What that is worth.
    pub worth: Minor,
}

/// What is paid with points, as far as they may pay.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Payment {
    /// The wallet; empty for the burn order, where several may pay.
    pub wallet: Name,
    /// Points asked for.
    pub asked: Points,
    /// Points that may pay.
    pub points: Points,
    /// What those are worth.
    pub worth: Minor,
}

/// The answer.
#[derive(Clone, Debug)]
pub struct Quote {
    /// The rules it is by.
    pub tariff: Arc<Tariff>,
    /// Whether nobody knows who asks: earnings are then told as *up to*.
    pub visitor: bool,
    /// The tier it is rated at; empty for a visitor, and where there is none.
    pub tier: Name,
    /// The till price.
    pub priced: Priced,
    /// What the basket earns; of a visitor the most it would bring anybody.
    pub earnings: Vec<Earning>,
    /// What a member would be given besides, by what the basket fills up.
    pub follows: Vec<Following>,
    /// What points may pay, wallet by wallet, each as if it paid alone.
    pub spendable: Vec<Spendable>,
    /// The most points that may pay where no wallet is named, of all that pay in burn order (S08, S10).
    pub payable: Points,
    /// What is paid with points.
    pub payment: Option<Payment>,
    /// Where the member stands; `None` for a visitor, and without tiers.
    pub progress: Option<Progress>,
    /// Every offer and every rule, in the file's order, with why it applies or does not.
    pub verdicts: Vec<Verdict>,
}

impl Quote {
    /// All points it would earn.
    pub fn earned(&self) -> Points {
        self.earnings.iter().map(|earning| earning.points).sum()
    }

    /// What is left to pay in money.
    pub fn owed(&self) -> Minor {
        self.priced.till() - self.payment.as_ref().map_or(Minor::ZERO, |payment| payment.worth)
    }
}

/// The answer to a member, whose `entity` is loaded whole, as of `ask.at`.
///
/// # Errors
/// [`QuoteError`].
pub fn quote(tariffs: &Tariffs, entity: &Entity, ask: &Ask) -> Result<Quote, QuoteError> {
    Asking::of(tariffs, entity, ask)?.member()
}

/// The answer to a visitor of `programme`: list prices less the offers that are for everybody, and the most that any
/// member would be told: of any tier, in any segments, however long they are one, on their birthday.
///
/// # Errors
/// [`QuoteError`].
pub fn quote_visitor(tariffs: &Tariffs, programme: &str, ask: &Ask) -> Result<Quote, QuoteError> {
    let ask = Ask { pay: None, ..ask.clone() };
    let nobody = Entity::new(EntityId::member(programme, "visitor"), true);
    let asking = Asking::of(tariffs, &nobody, &ask)?;
    let mut best = asking.member()?;
    for member in imagined::members(&asking.tariff, &nobody.account.entity, ask.at) {
        let other = quote(tariffs, &member, &ask)?;
        if other.earned() > best.earned() {
            best = other;
        }
    }
    asking.visitor(best.earnings)
}

/// An account that has just reached `tier`, and nothing else; that of a newcomer where there is no such tier.
pub fn at_tier(tariff: &Tariff, entity: EntityId, tier: &Name, at: Timestamp) -> Entity {
    let mut whole = Entity::new(entity, true);
    let mut levels = tariff.tiers.iter().flat_map(|tiers| &tiers.levels);
    whole.account.standing = levels.find(|level| level.name == *tier).map(|level| {
        let counts = tariff.tiers.as_ref().map(|tiers| tiers.counts.label()).unwrap_or_default();
        let spend = vec![SpendBucket { from: bucket_of(tariff, at), amount: level.from, counts }];
        Standing { tier: tier.clone(), spend, ..Standing::new(at) }
    });
    whole
}

/// A question to an account as it is then.
struct Asking<'a> {
    tariffs: &'a Tariffs,
    tariff: Arc<Tariff>,
    entity: Entity,
    ask: &'a Ask,
}

/// A sale that was tried on a copy of the account.
struct Trial {
    purchase: Purchase,
    after: Account,
}

impl<'a> Asking<'a> {
    fn of(tariffs: &'a Tariffs, entity: &Entity, ask: &'a Ask) -> Result<Self, QuoteError> {
        let mut entity = entity.clone();
        advance(&entity, ask.at, tariffs)?.rows.into_iter().for_each(|row| entity.put(row));
        let programme = entity.account.entity.programme();
        let Some(tariff) = tariffs.at(programme, ask.at).cloned() else {
            let reason = match tariffs.knows(programme) {
                true => Reason::BeforeFirstVersion,
                false => Reason::UnknownProgramme,
            };
            return Err(QuoteError::Refused { reason, text: reason.text().to_owned() });
        };
        Ok(Self { tariffs, tariff, entity, ask })
    }

    fn member(&self) -> Result<Quote, QuoteError> {
        let context = context_of(&self.sell(&self.ask.lines, None)?.purchase, Extent::Sold);
        let gifts = |wallet: &Name| self.whole_units(wallet);
        let priced = price(&self.tariff, &context, &gifts, &self.ask.lines);
        let lines = priced.at_the_till(&self.ask.lines);
        let spendable: Vec<Spendable> =
            self.tariff.wallets.iter().map(|wallet| self.spendable(wallet, &lines)).collect();
        let payment = self.payment(&lines);
        let trial = self.sell(&lines, payment.as_ref())?;
        let context = context_of(&trial.purchase, Extent::Sold);
        let mut earnings = self.earnings(&context, &trial);
        for earning in &mut earnings {
            earning.by_line = priced.by_line(mem::take(&mut earning.by_line));
        }
        Ok(Quote {
            tariff: Arc::clone(&self.tariff),
            visitor: false,
            tier: trial.purchase.tier.clone(),
            follows: self.follows(&trial, &earnings),
            earnings,
            verdicts: self.verdicts(&priced, &context, &trial.purchase),
            progress: progress(&self.tariff, self.entity.account.standing.as_ref(), self.ask.at),
            payable: self.largest(&Name::default(), &lines, Points::at_least_zero(i64::MAX)),
            priced,
            spendable,
            payment,
        })
    }

    /// The till price of who has no account, beside what the basket would earn one who has.
    fn visitor(&self, earnings: Vec<Earning>) -> Result<Quote, QuoteError> {
        let mut purchase = self.sell(&self.ask.lines, None)?.purchase;
        (purchase.tier, purchase.profile) = (Name::default(), None);
        let priced = price(&self.tariff, &context_of(&purchase, Extent::Sold), &|_| 0, &self.ask.lines);
        for (line, priced) in purchase.lines.iter_mut().zip(&priced.lines) {
            line.amount = priced.till;
        }
        let context = context_of(&purchase, Extent::Sold);
        Ok(Quote {
            tariff: Arc::clone(&self.tariff),
            visitor: true,
            tier: Name::default(),
            verdicts: self.verdicts(&priced, &context, &purchase),
            priced,
            earnings,
            follows: Vec::new(),
            spendable: Vec::new(),
            payable: Points::ZERO,
            payment: None,
            progress: None,
        })
    }

    /// Sells `lines` on a copy of the account.
    fn sell(&self, lines: &[SaleLine], payment: Option<&Payment>) -> Result<Trial, QuoteError> {
        let command = self.command(lines, payment);
        let decision = decide(&self.entity, &command, self.ask.at, self.tariffs)?;
        let purchase = decision.rows.iter().find_map(|row| match row {
            Row::Purchase(purchase) if purchase.key == command.key => Some(purchase.clone()),
            _ => None,
        });
        let after = decision.rows.into_iter().find_map(|row| match row {
            Row::Account(account) => Some(account),
            _ => None,
        });
        if let Some(sent) = decision.follow_ups.first().filter(|_| purchase.is_none()) {
            return Err(QuoteError::Elsewhere(sent.entity.clone()));
        }
        let refused = decision.events.iter().find_map(|event| match event {
            Event::Outcome(record) => Some(record.outcome.reason),
            _ => None,
        });
        match (purchase, after) {
            (Some(purchase), Some(after)) => Ok(Trial { purchase, after }),
            _ => {
                let reason = refused.unwrap_or_default();
                Err(QuoteError::Refused { reason, text: refusal::words(&command, reason, self.tariffs) })
            }
        }
    }

    fn command(&self, lines: &[SaleLine], payment: Option<&Payment>) -> Command {
        let tender = |payment: &Payment| PointsTender {
            wallet: payment.wallet.clone(),
            points: payment.points,
            amount: payment.worth,
            hold: EventKey::NONE,
        };
        let tenders = payment.filter(|payment| !payment.points.is_zero()).map(tender).into_iter().collect();
        let attributes = self.ask.attributes.clone();
        let currency = self.tariff.currency.code.clone();
        let (partner, feed, id) = (self.ask.partner.clone(), Name::from("quotes"), Name::from("quote"));
        Command {
            key: EventKey::of(partner.as_str(), feed.as_str(), id.as_str()),
            entity: self.entity.account.entity.clone(),
            source: Source { partner, feed, id, partition: 0, offset: 0 },
            occurred_at: self.ask.at,
            delivered_at: self.ask.at,
            content: Digest::default(),
            trace: Name::default(),
            body: Body::Sale(Sale {
                currency,
                lines: lines.to_vec(),
                tenders,
                attributes,
                discounts: Vec::new(),
            }),
        }
    }

    fn available(&self, wallet: &Name) -> Points {
        let balance = self.entity.account.balance(wallet.as_str());
        balance.map_or(Points::ZERO, |balance| balance.buckets.available)
    }

    /// Whole units of a wallet of gifts that can be spent now.
    fn whole_units(&self, wallet: &Name) -> i64 {
        let scale = self.tariff.wallet(wallet.as_str()).map_or(0, |wallet| wallet.scale);
        self.available(wallet).get() / 10_i64.pow(scale)
    }

    /// What points of `wallet` alone may pay of `lines` (S04, S12).
    fn spendable(&self, wallet: &Wallet, lines: &[SaleLine]) -> Spendable {
        let available = self.available(&wallet.name);
        let most = self.largest(&wallet.name, lines, available);
        let worth = wallet.worth(most, &self.tariff.currency);
        Spendable { wallet: wallet.name.clone(), available, most, worth }
    }

    /// The largest amount up to `points` that limits and balances let pay for `lines`, of the wallet `named` or in
    /// burn order (S08, S12): what an authorisation of it is granted.
    fn largest(&self, named: &Name, lines: &[SaleLine], points: Points) -> Points {
        let wallets = payers(&self.tariff, named);
        let lots = || self.entity.lots.rows();
        let mut runs = Vec::new();
        for (wallet, lot) in across(lots().values(), &wallets) {
            runs.push(Run { wallet, points: lots().get(&lot).expect("a lot just found").buckets.available });
        }
        largest_spend(&self.tariff, &wallets, &runs, lines, points)
    }

    fn payment(&self, lines: &[SaleLine]) -> Option<Payment> {
        let pay = self.ask.pay.as_ref()?;
        let wallets = payers(&self.tariff, &pay.wallet);
        let wallet = wallets.first()?;
        let points = self.largest(&pay.wallet, lines, pay.points);
        let worth = wallet.worth(points, &self.tariff.currency);
        let wallet = if wallets.len() == 1 { wallet.name.clone() } else { Name::default() };
        Some(Payment { wallet, asked: pay.points, points, worth })
    }

    /// What the tried sale earned, under each set of terms.
    fn earnings(&self, context: &RatingContext, trial: &Trial) -> Vec<Earning> {
        let tariff = &self.tariff;
        let lines = &trial.purchase.lines;
        let wallet_of = |terms: &Name| tariff.terms(terms.as_str()).map(|terms| terms.wallet.clone());
        let mut earnings: Vec<Earning> = rate(tariff, context, lines, Extent::Sold)
            .into_iter()
            .map(|grant| Earning {
                wallet: wallet_of(&grant.terms).unwrap_or_default(),
                points: grant.points,
                by_line: grant.by_line(),
                terms: grant.terms,
                funder: grant.funder,
            })
            .collect();
        for terms in tariff.period_terms() {
            let earned =
                self.period(&trial.after, terms).saturating_sub(self.period(&self.entity.account, terms));
            let weight = |line| period_basis(tariff, terms, context, slice::from_ref(line), Extent::Sold);
            let weights: Vec<i128> = lines.iter().map(|line| weight(line).0.into()).collect();
            let by_line = apportion(earned, &weights);
            let (wallet, terms) = (terms.wallet.clone(), terms.name.clone());
            let funder = Name::default();
            earnings.push(Earning { terms, wallet, funder, points: earned, by_line });
        }
        earnings
    }

    /// What the tried sale brought beyond what it earned.
    fn follows(&self, trial: &Trial, earnings: &[Earning]) -> Vec<Following> {
        let earned = |account: &Account, wallet: &Name| {
            account.balance(wallet.as_str()).map_or(Points::ZERO, |balance| balance.earned)
        };
        let follow = |wallet: &Wallet| {
            let wallet = &wallet.name;
            let of = earnings.iter().filter(|earning| earning.wallet == *wallet);
            let earnings: Points = of.map(|earning| earning.points).sum();
            let gained = earned(&trial.after, wallet).saturating_sub(earned(&self.entity.account, wallet));
            let points = gained.saturating_sub(earnings);
            (!points.is_zero()).then(|| Following { wallet: wallet.clone(), points })
        };
        self.tariff.wallets.iter().filter_map(follow).collect()
    }

    /// What all that counts under `terms` in the period of now earns so far.
    fn period(&self, account: &Account, terms: &Terms) -> Points {
        let Level::Period(unit) = terms.level else { return Points::ZERO };
        let from = calendar::start_of(self.tariff.zone, self.ask.at, unit);
        let is_meant = |period: &&Period| period.terms == terms.name && period.from == from;
        let programme = account.entity.programme();
        let earns = |period: &Period| {
            let tariff = self.tariffs.version(programme, period.version)?;
            Some(period_earns(tariff, tariff.terms(period.terms.as_str())?, period).into_iter().sum())
        };
        account.periods.iter().find(is_meant).and_then(earns).unwrap_or(Points::ZERO)
    }

    /// Why and why not, offer by offer and rule by rule.
    fn verdicts(&self, priced: &Priced, context: &RatingContext, purchase: &Purchase) -> Vec<Verdict> {
        let unmet = considered(&self.tariff, context, &purchase.lines);
        let rules = self.tariff.rules.iter().zip(unmet).map(|(rule, unmet)| {
            Verdict::new(
                Considered::Rule,
                &rule.name,
                Because::of(unmet, &self.tariff, &rule.condition, context),
            )
        });
        priced.verdicts.iter().cloned().chain(rules).collect()
    }
}

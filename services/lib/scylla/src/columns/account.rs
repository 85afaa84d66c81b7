//! `accounts`: the head row.

use super::{List, list};
use crate::error::ColumnError;
use crate::nested::Nested;
use domain::account::{Account, Balance, Granted, Kept, Order, Period, SpendBucket, Standing, Waiting};
use domain::activity::Remembered;
use domain::debt::DebtId;
use domain::links::Links;
use domain::profile::Known;
use domain::reach::Reached;
use domain::shared::Usage;
use domain::{EntityId, EventKey, Name, Timestamp};
use scylla::{DeserializeRow, SerializeRow};
use std::borrow::Cow;
use std::sync::Arc;

#[derive(SerializeRow, DeserializeRow)]
pub(crate) struct AccountColumns<'a> {
    pub(crate) entity: &'a str,
    now: i64,
    sequence: i64,
    wallets: List<'a, Balance>,
    has_standing: bool,
    tier: &'a str,
    tier_since: i64,
    tier_until: i64,
    tier_evaluate: i64,
    tier_spend: List<'a, SpendBucket>,
    tier_kept: Option<Nested<Option<Arc<Kept>>>>,
    tier_reached: Option<List<'a, Reached>>,
    rating_order: Option<Nested<Cow<'a, Order>>>,
    periods: List<'a, Period>,
    open_holds: List<'a, EventKey>,
    open_debts: List<'a, DebtId>,
    waiting: List<'a, Waiting>,
    live_from: i32,
    next_due: i64,
    parked: bool,
    blocked: Option<bool>,
    activities: Option<Nested<Cow<'a, Remembered>>>,
    quarantined: Option<List<'a, EventKey>>,
    erased: Option<bool>,
    links: Option<Nested<Option<Arc<Links>>>>,
    known: Option<Nested<Option<Arc<Known>>>>,
    occasions: Option<List<'a, Granted>>,
    usage: Option<Nested<Option<Arc<Usage>>>>,
    pub(crate) write_ts: i64,
}

impl<'a> AccountColumns<'a> {
    pub(crate) fn of(entity: &'a EntityId, account: &'a Account, write_ts: i64) -> Self {
        let standing = account.standing.as_ref();
        let instant = |at: fn(&Standing) -> Timestamp| standing.map_or(Timestamp::NEVER.0, |it| at(it).0);
        Self {
            entity: entity.as_str(),
            now: account.now.0,
            sequence: account.sequence,
            wallets: list(&account.wallets),
            has_standing: standing.is_some(),
            tier: standing.map_or("", |it| it.tier.as_str()),
            tier_since: instant(|it| it.since),
            tier_until: instant(|it| it.until),
            tier_evaluate: instant(|it| it.evaluate_at),
            tier_spend: list(standing.map_or(&[], |it| &it.spend)),
            tier_kept: standing.map(|it| Nested(it.kept.clone())),
            tier_reached: Some(list(standing.map_or(&[], |it| &it.reached))),
            rating_order: Some(Nested(Cow::Borrowed(&account.order))),
            periods: list(&account.periods),
            open_holds: list(&account.open_holds),
            open_debts: list(&account.open_debts),
            waiting: list(&account.waiting),
            live_from: account.live_from,
            next_due: account.next_due.0,
            parked: account.parked,
            blocked: Some(account.blocked),
            activities: Some(Nested(Cow::Borrowed(&account.activities))),
            quarantined: Some(list(&account.quarantined)),
            erased: Some(account.erased),
            links: Some(Nested(account.links.clone())),
            known: Some(Nested(account.known.clone())),
            occasions: Some(list(&account.occasions)),
            usage: Some(Nested(account.usage.clone())),
            write_ts,
        }
    }

    pub(crate) fn row(self) -> Result<Account, ColumnError> {
        let standing = self.has_standing.then(|| Standing {
            tier: Name::from(self.tier),
            since: Timestamp(self.tier_since),
            until: Timestamp(self.tier_until),
            evaluate_at: Timestamp(self.tier_evaluate),
            spend: self.tier_spend.0.into_owned(),
            kept: self.tier_kept.and_then(|kept| kept.0),
            reached: self.tier_reached.map(|it| it.0.into_owned()).unwrap_or_default(),
        });
        Ok(Account {
            entity: EntityId::from_key(self.entity),
            now: Timestamp(self.now),
            sequence: self.sequence,
            wallets: self.wallets.0.into_owned(),
            standing,
            order: self.rating_order.map(|order| order.0.into_owned()).unwrap_or_default(),
            periods: self.periods.0.into_owned(),
            open_holds: self.open_holds.0.into_owned(),
            open_debts: self.open_debts.0.into_owned(),
            waiting: self.waiting.0.into_owned(),
            live_from: self.live_from,
            next_due: Timestamp(self.next_due),
            parked: self.parked,
            blocked: self.blocked.unwrap_or_default(),
            activities: self.activities.map(|it| it.0.into_owned()).unwrap_or_default(),
            quarantined: self.quarantined.map(|it| it.0.into_owned()).unwrap_or_default(),
            erased: self.erased.unwrap_or_default(),
            links: self.links.and_then(|links| links.0),
            known: self.known.and_then(|known| known.0),
            occasions: self.occasions.map(|it| it.0.into_owned()).unwrap_or_default(),
            usage: self.usage.and_then(|usage| usage.0),
        })
    }
}

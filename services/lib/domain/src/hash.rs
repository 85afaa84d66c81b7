//! The state hash: one number that two deployments with the same accounts share, however they got there.
//!
//! An order-free sum over entities of a hash of account, lots, purchases, holds and debts. Left out: positions
//! (sequences, the live range), when rows were written, timers and reminders, redelivery counts. Every field is
//! named here, so that a new one has to be decided on.

use crate::account::{Account, Balance, Granted, Kept, Period, PeriodShare, SpendBucket, Standing, Waiting};
use crate::activity::{Activity, Attribute, Fact, First, Occurrence, Remembered};
use crate::debt::Debt;
use crate::entity::Entity;
use crate::fall::Watcher;
use crate::id::{EventKey, LotId, Name};
use crate::links::{Binding, LinePeriod, Links, OwedOut};
use crate::lot::{Bucket, Buckets, Lot};
use crate::money::Minor;
use crate::outcome::Outcome;
use crate::points::Points;
use crate::profile::{Known, Membership, Place, Profile};
use crate::purchase::{Claim, PaidPart, Purchase, PurchaseGrant, PurchaseLine};
use crate::reach::{Reached, Reaching};
use crate::redemption::{Draw, Redemption};
use crate::row::Route;
use crate::shared::Usage;
use crate::time::Timestamp;
use crate::transfer::GivenOut;
use xxhash_rust::xxh3::Xxh3;

/// A sum of entity hashes.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct StateHash(u128);

impl StateHash {
    /// Adds one entity. It must be loaded whole, as of one instant for all.
    pub fn add(&mut self, entity: &Entity) {
        self.0 = self.0.wrapping_add(hash_of(entity));
    }
}

impl std::fmt::Display for StateHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

fn hash_of(entity: &Entity) -> u128 {
    let mut sink = Sink(Xxh3::new());
    sink.account(&entity.account);
    entity.lots.rows().values().for_each(|lot| sink.lot(lot));
    entity.purchases.rows().values().for_each(|purchase| sink.purchase(purchase));
    entity.redemptions.rows().values().for_each(|redemption| sink.redemption(redemption));
    entity.debts.rows().values().for_each(|debt| sink.debt(debt));
    entity.routes.rows().values().for_each(|route| sink.route(route));
    sink.0.digest128()
}

struct Sink(Xxh3);

impl Sink {
    fn number(&mut self, number: i64) {
        self.0.update(&number.to_be_bytes());
    }

    fn length(&mut self, length: usize) {
        self.number(i64::try_from(length).unwrap_or(i64::MAX));
    }

    fn points(&mut self, points: Points) {
        self.number(points.get());
    }

    fn name(&mut self, name: &Name) {
        self.length(name.as_str().len());
        self.0.update(name.as_str().as_bytes());
    }

    fn key(&mut self, key: EventKey) {
        self.0.update(key.as_bytes());
    }

    /// Lots by their derived key: the month they were written in is a time of writing.
    fn lot_id(&mut self, id: LotId) {
        self.key(id.key);
    }

    fn buckets(&mut self, buckets: &Buckets) {
        Bucket::ALL.iter().for_each(|bucket| self.points(buckets.get(*bucket)));
    }

    fn account(&mut self, account: &Account) {
        let Account {
            entity,
            now: _,
            sequence: _,
            wallets,
            standing,
            periods,
            open_holds,
            open_debts,
            waiting,
            ..
        } = account;
        let Account { live_from: _, next_due: _, parked: _, blocked, links, known, occasions, .. } = account;
        let Account { activities, quarantined: _, erased, usage, .. } = account;
        self.name(&Name::from(entity.as_str()));
        self.length(wallets.len());
        wallets.iter().for_each(|balance| self.balance(balance));
        self.length(usize::from(standing.is_some()));
        standing.iter().for_each(|standing| self.standing(standing));
        self.length(periods.len());
        periods.iter().for_each(|period| self.period(period));
        self.length(open_holds.len());
        self.length(open_debts.len());
        let mut waiting: Vec<&Waiting> = waiting.iter().collect();
        waiting.sort_by_key(|waiting| waiting.event);
        self.length(waiting.len());
        waiting.into_iter().for_each(|Waiting { event, purchase, until: _ }| {
            self.key(*event);
            self.key(*purchase);
        });
        if *blocked {
            self.name(&Name::from("blocked")); // an account that is not hashes as it did before blocks were there
        }
        if !activities.is_empty() {
            self.remembered(activities);
        }
        if *erased {
            self.name(&Name::from("erased"));
        }
        links.iter().for_each(|links| self.links(links));
        known.iter().for_each(|known| self.known(known, account.now));
        occasions.iter().for_each(|Granted { occasion, at }| {
            self.name(occasion);
            self.number(at.0);
        });
        usage.iter().for_each(|usage| self.usage(usage));
    }

    fn usage(&mut self, usage: &Usage) {
        let Usage { reserved, reserved_points, confirmed, confirmed_points } = usage;
        self.name(&Name::from("usage"));
        self.number(*reserved);
        self.points(*reserved_points);
        self.number(*confirmed);
        self.points(*confirmed_points);
    }

    /// Left out: counts, which the sales themselves say, and segments that ended: when they are forgotten is a position.
    fn known(&mut self, known: &Known, now: Timestamp) {
        let Known { joined_at, birthday, segments, counted: _ } = known;
        self.name(&Name::from("known"));
        joined_at.iter().for_each(|at| self.number(at.0));
        self.name(birthday);
        let live = segments.iter().filter(|membership| now < membership.until);
        live.for_each(|Membership { segment, from, until, paid }| {
            self.name(segment);
            self.number(from.0);
            self.number(until.0);
            if *paid != Minor::ZERO {
                self.number(paid.0);
            }
        });
    }

    fn profile(&mut self, profile: &Profile) {
        let Profile { joined_at, birthday, segments, places } = profile;
        self.name(&Name::from("profile"));
        joined_at.iter().for_each(|at| self.number(at.0));
        self.name(birthday);
        self.length(segments.len());
        segments.iter().for_each(|segment| self.name(segment));
        self.length(places.len());
        places.iter().for_each(|Place { count, place }| {
            self.name(count);
            self.number((*place).into());
        });
    }

    /// Occurrences are left out: how far back they reach is a position.
    fn remembered(&mut self, activities: &Remembered) {
        let Remembered { facts, firsts, recent } = activities;
        let _: &Vec<Occurrence> = recent;
        self.length(facts.len());
        facts.iter().for_each(|fact| self.fact(fact));
        self.length(firsts.len());
        firsts.iter().for_each(|first| {
            let First { fact, event, version, places, grants } = first.as_ref();
            self.fact(fact);
            self.key(*event);
            self.number((*version).into());
            self.length(places.len());
            places.iter().for_each(|place| self.name(place));
            self.grants(grants);
        });
    }

    fn fact(&mut self, fact: &Fact) {
        let Fact { at, partner, id, activity: Activity { kind, attributes } } = fact;
        self.number(at.0);
        [partner, id, kind].into_iter().for_each(|name| self.name(name));
        self.attributes(attributes);
    }

    fn attributes(&mut self, attributes: &[Attribute]) {
        self.length(attributes.len());
        for Attribute { name, value, account } in attributes {
            [name, value, account].into_iter().for_each(|text| self.name(text));
        }
    }

    fn grants(&mut self, grants: &[PurchaseGrant]) {
        self.length(grants.len());
        grants.iter().for_each(|PurchaseGrant { terms, lot, at_sale, now, funder }| {
            self.name(terms);
            self.lot_id(*lot);
            self.points(*at_sale);
            self.points(*now);
            if !funder.as_str().is_empty() {
                self.name(funder);
            }
        });
    }

    /// Left out: lines, which say how sales came to be rated, and are forgotten in time.
    fn links(&mut self, links: &Links) {
        let Links { bindings, cards, granted, lines: _, periods, owed_out, given } = links;
        [bindings.len(), cards.len(), periods.len()].into_iter().for_each(|length| self.length(length));
        for Binding { event, to, from, until } in bindings {
            self.key(*event);
            self.name(&Name::from(to.as_str()));
            self.number(from.0);
            self.number(until.0);
        }
        cards.iter().for_each(|card| self.name(&Name::from(card.as_str())));
        self.number(i64::from(*granted));
        periods.iter().for_each(|LinePeriod { line, period }| {
            self.key(*line);
            self.period(period);
        });
        owed_out.iter().for_each(|OwedOut { wallet, points }| {
            self.name(wallet);
            self.points(*points);
        });
        given.iter().for_each(|GivenOut { wallet, from, points }| {
            self.name(wallet);
            self.number(from.0);
            self.points(*points);
        });
    }

    fn route(&mut self, route: &Route) {
        let Route { key, to, line } = route;
        self.key(*key);
        self.name(&Name::from(to.as_str()));
        self.key(*line);
    }

    fn balance(&mut self, balance: &Balance) {
        let Balance { wallet, buckets, earned, clawed_back, moved_in, redeemed, debt, forgiven } = balance;
        self.name(wallet);
        self.buckets(buckets);
        for points in [earned, clawed_back, moved_in, redeemed, debt, forgiven] {
            self.points(*points);
        }
    }

    fn standing(&mut self, standing: &Standing) {
        let Standing { tier, since: _, until: _, evaluate_at: _, spend, kept, reached } = standing;
        self.name(tier);
        self.length(spend.len());
        spend.iter().for_each(|SpendBucket { from, amount, counts }| {
            self.number(from.0);
            self.number(amount.0);
            if !counts.as_str().is_empty() {
                self.name(counts);
            }
        });
        let keeps = |kept: &&Kept| kept.until != Timestamp::MIN || kept.lapses_at != Timestamp::NEVER;
        if let Some(Kept { until, lapses_at, warn_at: _ }) = kept.as_deref().filter(keeps) {
            self.number(until.0);
            self.number(lapses_at.0);
        }
        self.reached(reached);
    }

    /// Left out: what is over. When it is forgotten is a position.
    fn reached(&mut self, reached: &[Reached]) {
        let lives = |reached: &&Reached| matches!(reached.state, Reaching::Held | Reaching::Undone);
        for Reached { grant, event, at, version, lot, points, state, before: _, line: _ } in
            reached.iter().filter(lives)
        {
            self.name(grant);
            self.key(*event);
            [at.0, (*version).into(), *state as i64].into_iter().for_each(|number| self.number(number));
            self.lot_id(*lot);
            self.points(*points);
        }
    }

    fn period(&mut self, period: &Period) {
        let Period { terms, from, until: _, version, shares } = period;
        self.name(terms);
        self.number(from.0);
        self.number((*version).into());
        self.length(shares.len());
        shares.iter().for_each(|PeriodShare { partner, gross, remaining, lot }| {
            self.name(partner);
            self.number(gross.0);
            self.number(remaining.0);
            self.lot_id(*lot);
        });
    }

    fn lot(&mut self, lot: &Lot) {
        let Lot {
            id, wallet, terms, partner, cause, version, occurred_at, accrued_at: _, activates_at, ..
        } = lot;
        let Lot {
            expires_at,
            issued,
            clawed_back,
            buckets,
            drawn_by,
            reminded: _,
            remind_at: _,
            given_at,
            ..
        } = lot;
        self.lot_id(*id);
        for name in [wallet, terms, partner] {
            self.name(name);
        }
        self.key(*cause);
        self.number((*version).into());
        for instant in [occurred_at, activates_at, expires_at] {
            self.number(instant.0);
        }
        self.points(*issued);
        self.points(*clawed_back);
        self.buckets(buckets);
        self.length(drawn_by.len());
        drawn_by.iter().for_each(|key| self.key(*key));
        given_at.iter().for_each(|at| self.number(at.0));
    }

    fn purchase(&mut self, purchase: &Purchase) {
        let Purchase { key, partner, id, occurred_at, version, tier, content, outcome, .. } = purchase;
        let Purchase {
            lines, grants, redemptions, line, attributes, profile, parts, claims, watchers, ..
        } = purchase;
        self.key(*key);
        for name in [partner, id, tier] {
            self.name(name);
        }
        self.number(occurred_at.0);
        self.number((*version).into());
        self.0.update(&content.0);
        self.outcome(outcome);
        self.length(lines.len());
        lines.iter().for_each(|line| self.line(line));
        self.grants(grants);
        self.length(redemptions.len());
        redemptions.iter().for_each(|key| self.key(*key));
        if *line != EventKey::NONE {
            self.key(*line);
        }
        if !attributes.is_empty() {
            self.attributes(attributes);
        }
        profile.iter().for_each(|profile| self.profile(profile));
        for PaidPart { redemption, wallet, points } in parts {
            self.key(*redemption);
            self.name(wallet);
            points.iter().for_each(|points| self.points(*points));
        }
        for Claim { rule, limit, state, round: _, open: _ } in claims {
            self.name(rule);
            self.name(&Name::from(limit.as_str()));
            self.number(*state as i64);
        }
        let mut watchers: Vec<&Watcher> = watchers.iter().collect();
        watchers.sort_by_key(|watcher| watcher.grant);
        for Watcher { grant, event, to } in watchers {
            self.key(*grant);
            self.key(*event);
            self.name(&Name::from(to.as_str()));
        }
    }

    fn line(&mut self, line: &PurchaseLine) {
        let PurchaseLine { line, sku, group, quantity, amount, points, paid_by_points, returned } = line;
        self.name(sku);
        self.name(group);
        for number in [i64::from(*line), quantity.0, amount.0, points.get(), paid_by_points.0, returned.0] {
            self.number(number);
        }
    }

    fn outcome(&mut self, outcome: &Outcome) {
        let Outcome { kind, reason, earned, clawed_back, spent, given_back, uncovered, refund } = outcome;
        self.number(*kind as i64);
        self.number(*reason as i64);
        for points in [earned, clawed_back, spent, given_back, uncovered] {
            self.points(*points);
        }
        if *refund != Minor::ZERO {
            self.number(refund.0);
        }
    }

    fn redemption(&mut self, redemption: &Redemption) {
        let Redemption { key, partner, id, wallet, state, requested, expires_at, sequence: _, .. } =
            redemption;
        let Redemption { draws, captured, given_back, to, .. } = redemption;
        self.key(*key);
        for name in [partner, id, wallet] {
            self.name(name);
        }
        self.number(*state as i64);
        self.number(expires_at.0);
        self.length(draws.len());
        draws.iter().for_each(|Draw { lot, held, spent }| {
            self.lot_id(*lot);
            self.points(*held);
            self.points(*spent);
        });
        for points in [requested, captured, given_back] {
            self.points(*points);
        }
        to.iter().for_each(|to| self.name(&Name::from(to.as_str())));
    }

    fn debt(&mut self, debt: &Debt) {
        let Debt { id, wallet, partner, open, forgiven, sequence: _, opened_at: _ } = debt;
        self.key(id.redemption);
        self.lot_id(id.lot);
        self.name(wallet);
        self.name(partner);
        self.points(*open);
        self.points(*forgiven);
    }
}

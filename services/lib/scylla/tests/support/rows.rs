//! Rows of every type, extremes on purpose: the ends of `i64`, empty and long names, many lines.

use domain::account::{
    Account, Balance, Kept, Order, Period, PeriodShare, Rated, RatedKind, SpendBucket, Standing, Waiting,
};
use domain::activity::{Activity, Attribute, Fact, First, Occurrence, Remembered};
use domain::command::{
    Action, Adjustment, Authorise, Body, Cancel, Capture, Command, PointsTender, Return, ReturnLine, Sale,
    SaleLine, Source,
};
use domain::debt::{Debt, DebtId};
use domain::entry::{Entry, EntryKind};
use domain::lot::{Bucket, Buckets, Lot};
use domain::outcome::{Outcome, OutcomeKind, Reason};
use domain::profile::{Counted, Known, Membership, Place, Profile};
use domain::purchase::{Purchase, PurchaseGrant, PurchaseLine, Quantity};
use domain::redemption::{Draw, HoldState, Redemption};
use domain::row::{Parked, Route, Seen};
use domain::{Digest, EntityId, EventKey, LotId, Minor, Name, Points, Row, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;
use std::sync::Arc;

pub fn number() -> impl Strategy<Value = i64> {
    prop_oneof![Just(i64::MIN), Just(i64::MAX), Just(0), any::<i64>()]
}

pub fn int() -> impl Strategy<Value = i32> {
    prop_oneof![Just(i32::MIN), Just(i32::MAX), Just(0), any::<i32>()]
}

pub fn points() -> impl Strategy<Value = Points> {
    prop_oneof![Just(0), Just(i64::MAX), 0..=i64::MAX].prop_map(Points::at_least_zero)
}

pub fn instant() -> impl Strategy<Value = Timestamp> {
    number().prop_map(Timestamp)
}

pub fn name() -> impl Strategy<Value = Name> {
    prop_oneof![
        Just(Name::default()),
        Just(Name::from("напиток «Ёж» 🦔\0\n")),
        Just(Name::from("x".repeat(3_000))),
        "[a-z]{1,12}".prop_map(Name::from),
    ]
}

pub fn key() -> impl Strategy<Value = EventKey> {
    prop_oneof![Just(EventKey::NONE), any::<[u8; 16]>().prop_map(EventKey::from_bytes)]
}

fn minor() -> impl Strategy<Value = Minor> {
    number().prop_map(Minor)
}

fn quantity() -> impl Strategy<Value = Quantity> {
    number().prop_map(Quantity)
}

fn digest() -> impl Strategy<Value = Digest> {
    any::<[u8; 16]>().prop_map(Digest)
}

pub fn lot_id() -> impl Strategy<Value = LotId> {
    prop_oneof![Just(LotId::NONE), (int(), key()).prop_map(|(issued_month, key)| LotId { issued_month, key })]
}

fn debt_id() -> impl Strategy<Value = DebtId> {
    (key(), lot_id()).prop_map(|(redemption, lot)| DebtId { redemption, lot })
}

fn buckets() -> impl Strategy<Value = Buckets> {
    [points(), points(), points(), points(), points(), points(), points(), points()].prop_map(|all| {
        let mut buckets = Buckets::default();
        for (bucket, points) in Bucket::ALL.into_iter().zip(all) {
            *buckets.get_mut(bucket) = points;
        }
        buckets
    })
}

fn outcome() -> impl Strategy<Value = Outcome> {
    let kinds = [OutcomeKind::Applied, OutcomeKind::Conflict, OutcomeKind::DeadLettered];
    let reasons = [Reason::None, Reason::HoldExpired, Reason::ContentDiffers, Reason::AdjustmentLimit];
    let kind = prop::sample::select(kinds.to_vec());
    (kind, prop::sample::select(reasons.to_vec()), [points(), points(), points(), points(), points()])
        .prop_map(|(kind, reason, [earned, clawed_back, spent, given_back, uncovered])| Outcome {
            earned,
            clawed_back,
            spent,
            given_back,
            uncovered,
            refund: Minor(uncovered.get()),
            ..Outcome::of(kind, reason)
        })
}

fn balance() -> impl Strategy<Value = Balance> {
    (name(), buckets(), [points(), points(), points(), points(), points(), points()]).prop_map(
        |(wallet, buckets, [earned, clawed_back, moved_in, redeemed, debt, forgiven])| Balance {
            buckets,
            earned,
            clawed_back,
            moved_in,
            redeemed,
            debt,
            forgiven,
            ..Balance::new(wallet)
        },
    )
}

fn standing() -> impl Strategy<Value = Standing> {
    let bucket =
        (instant(), minor()).prop_map(|(from, amount)| SpendBucket { from, amount, counts: Name::default() });
    (name(), instant(), instant(), instant(), vec(bucket, 0..4)).prop_map(
        |(tier, since, until, evaluate_at, spend)| Standing {
            tier,
            until,
            evaluate_at,
            spend,
            kept: Some(Arc::new(Kept { until, lapses_at: since, warn_at: evaluate_at })),
            ..Standing::new(since)
        },
    )
}

fn order() -> impl Strategy<Value = Order> {
    let kind = prop_oneof![Just(RatedKind::Sale), Just(RatedKind::Return)];
    let rated = (instant(), kind, name(), name(), key(), int(), instant(), minor(), name()).prop_map(
        |(at, kind, partner, id, event, version, bucket, amount, tier)| {
            let (told, profile, counts, of, taken) = (None, None, tier.clone(), event, Vec::new());
            Arc::new(Rated {
                at,
                kind,
                partner,
                id,
                event,
                version,
                bucket,
                amount,
                tier,
                told,
                profile,
                counts,
                of,
                taken,
            })
        },
    );
    (
        prop::option::of(standing().prop_map(Arc::new)),
        instant(),
        vec(rated, 0..3),
        prop::option::of(instant()),
        known(),
    )
        .prop_map(|(base, base_at, events, aged_at, known)| Order {
            base,
            base_at,
            events,
            aged_at,
            known,
        })
}

fn known() -> impl Strategy<Value = Option<Arc<Known>>> {
    let membership = (name(), instant(), instant()).prop_map(|(segment, from, until)| Membership {
        segment,
        from,
        until,
        paid: Minor(3),
    });
    let counted = (name(), name(), instant(), int()).prop_map(|(count, key, until, number)| Counted {
        count,
        key,
        until,
        number,
    });
    let known = (prop::option::of(instant()), name(), vec(membership, 0..3), vec(counted, 0..3));
    let known = known.prop_map(|(joined_at, birthday, segments, counted)| {
        Arc::new(Known { joined_at, birthday, segments, counted })
    });
    prop::option::of(known)
}

fn profile() -> impl Strategy<Value = Option<Arc<Profile>>> {
    let place = (name(), int()).prop_map(|(count, place)| Place { count, place });
    let profile = (prop::option::of(instant()), name(), vec(name(), 0..3), vec(place, 0..3));
    let profile = profile.prop_map(|(joined_at, birthday, segments, places)| {
        Arc::new(Profile { joined_at, birthday, segments, places })
    });
    prop::option::of(profile)
}

fn period() -> impl Strategy<Value = Period> {
    let share = (name(), minor(), minor(), lot_id())
        .prop_map(|(partner, gross, remaining, lot)| PeriodShare { partner, gross, remaining, lot });
    (name(), instant(), instant(), int(), vec(share, 0..3))
        .prop_map(|(terms, from, until, version, shares)| Period { terms, from, until, version, shares })
}

fn activity() -> impl Strategy<Value = Activity> {
    let attribute =
        (name(), name(), name()).prop_map(|(name, value, account)| Attribute { name, value, account });
    (name(), vec(attribute, 0..3)).prop_map(|(kind, attributes)| Activity { kind, attributes })
}

fn remembered() -> impl Strategy<Value = Remembered> {
    let fact = || {
        (instant(), name(), name(), activity()).prop_map(|(at, partner, id, activity)| Fact {
            at,
            partner,
            id,
            activity,
        })
    };
    let grant = (name(), lot_id(), points(), points(), name())
        .prop_map(|(terms, lot, at_sale, now, funder)| PurchaseGrant { terms, lot, at_sale, now, funder });
    let first = (fact(), key(), int(), vec(name(), 0..3), vec(grant, 0..3)).prop_map(
        |(fact, event, version, places, grants)| First { fact, event, version, places, grants }.into(),
    );
    let occurrence =
        (instant(), name(), int()).prop_map(|(at, kind, version)| Occurrence { at, kind, version });
    (vec(fact(), 0..3), vec(first, 0..3), vec(occurrence, 0..3))
        .prop_map(|(facts, firsts, recent)| Remembered { facts, firsts, recent })
}

fn account(entity: EntityId) -> impl Strategy<Value = Account> {
    let waiting =
        (key(), key(), instant()).prop_map(|(event, purchase, until)| Waiting { event, purchase, until });
    let lists = (vec(balance(), 0..3), prop::option::of(standing()), vec(period(), 0..3), vec(key(), 0..3));
    let more = (vec(debt_id(), 0..3), vec(waiting, 0..3), order());
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), remembered(), vec(key(), 0..3), known());
    (lists, more, instant(), number(), int(), instant(), flags).prop_map(
        move |(lists, (open_debts, waiting, order), now, sequence, live_from, next_due, flags)| {
            let (wallets, standing, periods, open_holds) = lists;
            let mut account = Account::new(entity.clone());
            account.now = now;
            account.sequence = sequence;
            account.wallets = wallets;
            account.standing = standing;
            account.order = order;
            account.periods = periods;
            account.open_holds = open_holds;
            account.open_debts = open_debts;
            account.waiting = waiting;
            account.live_from = live_from;
            account.next_due = next_due;
            (account.parked, account.blocked, account.erased, ..) = flags;
            (.., account.activities, account.quarantined, account.known) = flags;
            account
        },
    )
}

pub fn lot() -> impl Strategy<Value = Lot> {
    let names = (lot_id(), name(), name(), name(), key(), int());
    let instants = [instant(), instant(), instant(), instant(), instant()];
    (names, instants, points(), points(), buckets(), vec(key(), 0..4), int()).prop_map(
        |(names, instants, issued, clawed_back, buckets, drawn_by, reminded)| {
            let (id, wallet, terms, partner, cause, version) = names;
            let [occurred_at, accrued_at, activates_at, expires_at, remind_at] = instants;
            Lot {
                id,
                wallet,
                terms,
                partner,
                cause,
                version,
                occurred_at,
                accrued_at,
                activates_at,
                expires_at,
                issued,
                clawed_back,
                buckets,
                drawn_by,
                reminded,
                remind_at,
            }
        },
    )
}

fn line() -> impl Strategy<Value = PurchaseLine> {
    (int(), name(), name(), quantity(), minor(), points(), minor(), quantity()).prop_map(
        |(line, sku, group, quantity, amount, points, paid_by_points, returned)| PurchaseLine {
            line,
            sku,
            group,
            quantity,
            amount,
            points,
            paid_by_points,
            returned,
        },
    )
}

fn purchase() -> impl Strategy<Value = Purchase> {
    let grant = (name(), lot_id(), points(), points(), name())
        .prop_map(|(terms, lot, at_sale, now, funder)| PurchaseGrant { terms, lot, at_sale, now, funder });
    let facts = (activity().prop_map(|activity| activity.attributes), profile());
    let lists = (vec(line(), 0..6), vec(grant, 0..3), vec(key(), 0..3), key(), facts);
    (key(), name(), name(), instant(), int(), name(), digest(), outcome(), lists).prop_map(
        |(
            key,
            partner,
            id,
            occurred_at,
            version,
            tier,
            content,
            outcome,
            (lines, grants, redemptions, line, (attributes, profile)),
        )| {
            Purchase {
                key,
                partner,
                id,
                occurred_at,
                version,
                tier,
                content,
                outcome,
                lines,
                grants,
                redemptions,
                line,
                attributes,
                profile,
            }
        },
    )
}

fn redemption() -> impl Strategy<Value = Redemption> {
    let states = [
        HoldState::Open,
        HoldState::Captured,
        HoldState::Cancelled,
        HoldState::Expired,
        HoldState::Refused,
        HoldState::Moved,
    ];
    let draw = (lot_id(), points(), points()).prop_map(|(lot, held, spent)| Draw { lot, held, spent });
    let names = (key(), name(), name(), name());
    let rest = (points(), instant(), number(), vec(draw, 0..5), points(), points());
    (names, prop::sample::select(states.to_vec()), rest).prop_map(|(names, state, rest)| {
        let (key, partner, id, wallet) = names;
        let (requested, expires_at, sequence, draws, captured, given_back) = rest;
        Redemption {
            key,
            partner,
            id,
            wallet,
            state,
            requested,
            expires_at,
            sequence,
            draws,
            captured,
            given_back,
        }
    })
}

fn debt() -> impl Strategy<Value = Debt> {
    (debt_id(), name(), name(), points(), points(), number(), instant()).prop_map(
        |(id, wallet, partner, open, forgiven, sequence, opened_at)| Debt {
            id,
            wallet,
            partner,
            open,
            forgiven,
            sequence,
            opened_at,
        },
    )
}

fn route() -> impl Strategy<Value = Route> {
    (key(), name(), key()).prop_map(|(key, to, line)| Route {
        key,
        to: EntityId::from_key(to.as_str()),
        line,
    })
}

fn seen() -> impl Strategy<Value = Seen> {
    (key(), digest(), outcome()).prop_map(|(key, content, outcome)| Seen { key, content, outcome })
}

fn sale() -> impl Strategy<Value = Sale> {
    let line = (int(), name(), name(), quantity(), minor())
        .prop_map(|(line, sku, group, quantity, amount)| SaleLine { line, sku, group, quantity, amount });
    let tender = (name(), points(), minor(), key()).prop_map(|(wallet, points, amount, hold)| PointsTender {
        wallet,
        points,
        amount,
        hold,
    });
    (name(), vec(line, 0..4), vec(tender, 0..3), activity()).prop_map(
        |(currency, lines, tenders, activity)| Sale {
            attributes: activity.attributes,
            currency,
            lines,
            tenders,
        },
    )
}

fn body() -> impl Strategy<Value = Body> {
    let line = (int(), quantity()).prop_map(|(line, quantity)| ReturnLine { line, quantity });
    prop_oneof![
        sale().prop_map(Body::Sale),
        (key(), vec(line, 0..4)).prop_map(|(purchase, lines)| Body::Return(Return { purchase, lines })),
        (name(), points(), number()).prop_map(|(wallet, points, time_to_live)| {
            Body::Authorise(Authorise { wallet, points, time_to_live })
        }),
        (key(), points(), any::<bool>()).prop_map(|(redemption, points, more)| Body::Capture(Capture {
            redemption,
            points,
            more
        })),
        key().prop_map(|redemption| Body::Cancel(Cancel { redemption })),
        activity().prop_map(Body::Activity),
        Just(Body::Tick),
        (name(), name(), action()).prop_map(|(actor, reason, action)| Body::Adjust(Adjustment {
            actor,
            reason,
            action
        })),
    ]
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        (name(), points(), name()).prop_map(|(wallet, points, partner)| Action::Grant {
            wallet,
            points,
            partner
        }),
        (name(), points()).prop_map(|(wallet, points)| Action::WriteOff { wallet, points }),
        (name(), points()).prop_map(|(wallet, points)| Action::Forgive { wallet, points }),
        Just(Action::Block),
        Just(Action::Unblock),
        Just(Action::Erase),
        key().prop_map(|event| Action::Release { event }),
        key().prop_map(|event| Action::Refuse { event }),
    ]
}

fn parked(entity: EntityId) -> impl Strategy<Value = Parked> {
    let source = (name(), name(), name(), int(), number())
        .prop_map(|(partner, feed, id, partition, offset)| Source { partner, feed, id, partition, offset });
    let command = (key(), source, instant(), instant(), digest(), name(), body()).prop_map(
        move |(key, source, occurred_at, delivered_at, content, trace, body)| Command {
            key,
            entity: entity.clone(),
            source,
            occurred_at,
            delivered_at,
            content,
            trace,
            body,
        },
    );
    (key(), number(), instant(), any::<bool>(), command)
        .prop_map(|(key, sequence, until, waits, command)| Parked { key, sequence, until, waits, command })
}

/// A row of each type, in key order.
pub fn one_of_each(entity: &EntityId) -> impl Strategy<Value = Vec<Row>> + use<> {
    (
        account(entity.clone()).prop_map(Row::Account),
        lot().prop_map(Row::Lot),
        purchase().prop_map(Row::Purchase),
        redemption().prop_map(Row::Redemption),
        debt().prop_map(Row::Debt),
        seen().prop_map(Row::Seen),
        parked(entity.clone()).prop_map(Row::Parked),
        route().prop_map(Row::Route),
    )
        .prop_map(|(a, b, c, d, e, f, g, h)| vec![a, b, c, d, e, f, g, h])
}

/// An entry of any kind.
pub fn entry(entity: EntityId) -> impl Strategy<Value = Entry> {
    let kinds = [
        EntryKind::Accrual,
        EntryKind::GiveBack,
        EntryKind::DebtOpened,
        EntryKind::WriteOff,
        EntryKind::Adjustment,
    ];
    let bucket = || prop::option::of(prop::sample::select(&Bucket::ALL[..]));
    let first = (number(), instant(), instant(), prop::sample::select(kinds.to_vec()), name(), lot_id());
    let then = (bucket(), bucket(), points(), number(), points(), key(), key());
    (first, then, name(), int(), name(), instant(), name()).prop_map(
        move |(first, then, rule, version, partner, occurred_at, redeemer)| {
            let (sequence, at, recorded_at, kind, wallet, lot) = first;
            let (from, to, points, debt, clawed_back, redemption, cause) = then;
            Entry {
                entity: entity.clone(),
                sequence,
                at,
                recorded_at,
                kind,
                wallet,
                lot,
                from,
                to,
                points,
                debt,
                clawed_back,
                redemption,
                cause,
                rule,
                version,
                partner,
                occurred_at,
                redeemer,
            }
        },
    )
}

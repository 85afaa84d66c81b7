//! Rows of every type, extremes on purpose: the ends of `i64`, empty and long names, many lines. Parts of parts are
//! boxed: whole, they are more than the stack of a test holds.

use domain::account::{
    Account, Balance, Kept, Order, Period, PeriodShare, Rated, RatedKind, SpendBucket, Standing, Waiting,
};
use domain::activity::{Activity, Attribute, Fact, First, Occurrence, Remembered};
use domain::command::{
    Action, Adjustment, Authorise, Body, Cancel, Capture, Command, Forwarded, PointsTender, Return,
    ReturnLine, Sale, SaleLine, Source, Unlink,
};
use domain::debt::Debt;
use domain::entry::{Entry, EntryKind};
use domain::fall::{Fall, FallStep, Watcher};
use domain::links::{Binding, Line, LinePeriod, Links, OwedOut};
use domain::lot::{Bucket, Buckets, Lot};
use domain::moved::{MergeIn, Moved};
use domain::outcome::{Outcome, OutcomeKind, Reason};
use domain::profile::{Counted, Known, Membership, Place, Profile};
use domain::purchase::{Claim, ClaimState, PaidPart, Purchase, PurchaseGrant, PurchaseLine};
use domain::reach::{Reached, Reaching};
use domain::redemption::{Draw, HoldState, Redemption};
use domain::row::{Parked, Route, Seen};
use domain::shared::{Share, ShareStep, Usage};
use domain::trade::Discount;
use domain::transfer::{Given, GivenAnswer, GivenOut, Relabel, Transfer};
use domain::{EntityId, Minor, Row};
use proptest::collection::vec;
use proptest::prelude::*;
use std::sync::Arc;

#[path = "commands.rs"]
mod commands;
#[path = "entries.rs"]
pub mod entries;
#[path = "values.rs"]
mod values;

use commands::{body, command};
pub use values::*;

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
    let points = [points(), points(), points(), points(), points()];
    (kind, prop::sample::select(reasons.to_vec()), points, rarely(minor())).prop_map(
        |(kind, reason, [earned, clawed_back, spent, given_back, uncovered], refund)| Outcome {
            earned,
            clawed_back,
            spent,
            given_back,
            uncovered,
            refund,
            ..Outcome::of(kind, reason)
        },
    )
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

fn reached() -> impl Strategy<Value = Reached> {
    let states = [Reaching::Held, Reaching::Ended, Reaching::Undone, Reaching::Gone];
    let state = || prop::sample::select(states.to_vec());
    let states = (state(), prop::option::of(state()));
    (name(), key(), instant(), int(), lot_id(), points(), states, key()).prop_map(
        |(grant, event, at, version, lot, points, (state, before), line)| Reached {
            grant,
            event,
            at,
            version,
            lot,
            points,
            state,
            before,
            line,
        },
    )
}

fn standing() -> impl Strategy<Value = Standing> {
    let bucket = (instant(), minor(), rarely(name())).prop_map(|(from, amount, counts)| SpendBucket {
        from,
        amount,
        counts,
    });
    let kept = (instant(), instant(), instant())
        .prop_map(|(until, lapses_at, warn_at)| Some(Arc::new(Kept { until, lapses_at, warn_at })));
    let kept = (rarely(kept), rarely(vec(reached(), 0..3)));
    (name(), instant(), instant(), instant(), vec(bucket, 0..4), kept).prop_map(
        |(tier, since, until, evaluate_at, spend, (kept, reached))| Standing {
            tier,
            until,
            evaluate_at,
            spend,
            kept,
            reached,
            ..Standing::new(since)
        },
    )
}

fn order() -> impl Strategy<Value = Order> {
    use RatedKind::{Activity, Joined, Merged, News, Return, Sale};
    let kind = prop::sample::select(vec![Sale, Return, Activity, News, Joined, Merged]);
    let line = (int(), quantity()).prop_map(|(line, quantity)| ReturnLine { line, quantity });
    let counts = (rarely(name()), rarely(prop::option::of(key())), rarely(vec(line, 0..3)));
    let facts = (rarely(known()), rarely(profile()), counts);
    let rated = (instant(), kind, name(), name(), key(), int(), instant(), minor(), name(), facts).prop_map(
        |(at, kind, partner, id, event, version, bucket, amount, tier, (told, profile, counts))| {
            let (counts, of, taken) = counts;
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
    let base = prop::option::of(standing().prop_map(Arc::new));
    (base, instant(), vec(rated, 0..3), prop::option::of(instant()), rarely(known()))
        .prop_map(|(base, base_at, events, aged_at, known)| Order { base, base_at, events, aged_at, known })
        .boxed()
}

/// Mostly nothing, as it is out there.
fn rarely<T: Default + Clone + std::fmt::Debug>(
    strategy: impl Strategy<Value = T>,
) -> impl Strategy<Value = T> {
    (prop::bool::weighted(0.2), strategy).prop_map(|(some, value)| if some { value } else { T::default() })
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

fn attribute() -> impl Strategy<Value = Attribute> {
    (name(), name(), name()).prop_map(|(name, value, account)| Attribute { name, value, account })
}

fn attributes() -> impl Strategy<Value = Vec<Attribute>> {
    rarely(vec(attribute(), 0..3))
}

fn activity() -> impl Strategy<Value = Activity> {
    (name(), vec(attribute(), 0..3)).prop_map(|(kind, attributes)| Activity { kind, attributes })
}

fn grant() -> impl Strategy<Value = PurchaseGrant> {
    (name(), lot_id(), points(), points(), rarely(name()))
        .prop_map(|(terms, lot, at_sale, now, funder)| PurchaseGrant { terms, lot, at_sale, now, funder })
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
    let first = (fact(), key(), int(), vec(name(), 0..3), vec(grant(), 0..3)).prop_map(
        |(fact, event, version, places, grants)| First { fact, event, version, places, grants }.into(),
    );
    let occurrence =
        (instant(), name(), int()).prop_map(|(at, kind, version)| Occurrence { at, kind, version });
    (vec(fact(), 0..3), vec(first, 0..3), vec(occurrence, 0..3))
        .prop_map(|(facts, firsts, recent)| Remembered { facts, firsts, recent })
        .boxed()
}

fn line_period() -> impl Strategy<Value = LinePeriod> {
    (key(), period()).prop_map(|(line, period)| LinePeriod { line, period })
}

fn card_line() -> impl Strategy<Value = Arc<Line>> {
    let spend = (instant(), minor(), rarely(name())).prop_map(|(from, amount, counts)| SpendBucket {
        from,
        amount,
        counts,
    });
    let lists = (vec(spend, 0..3), vec(lot_id(), 0..3));
    (key(), instant(), name(), name(), order(), lists, rarely(known()))
        .prop_map(|(binding, at, partner, id, order, (spend, lots), known)| {
            Arc::new(Line { binding, at, partner, id, order, spend, lots, known })
        })
        .boxed()
}

fn links() -> impl Strategy<Value = Option<Arc<Links>>> {
    let entity = || name().prop_map(|name| EntityId::from_key(name.as_str()));
    let binding = (key(), entity(), instant(), instant()).prop_map(|(event, to, from, until)| Binding {
        event,
        to,
        from,
        until,
    });
    let owed = (name(), points()).prop_map(|(wallet, points)| OwedOut { wallet, points });
    let of_cards = (vec(binding, 0..3), vec(entity(), 0..3), any::<bool>());
    let given = (name(), instant(), points());
    let given = given.prop_map(|(wallet, from, points)| GivenOut { wallet, from, points });
    let points = (vec(owed, 0..3), rarely(vec(given, 0..3)));
    let links = (of_cards, vec(card_line(), 0..3), vec(line_period(), 0..3), points).prop_map(
        |((bindings, cards, granted), lines, periods, (owed_out, given))| {
            Arc::new(Links { bindings, cards, granted, lines, periods, owed_out, given })
        },
    );
    prop::option::of(links).boxed()
}

fn account(entity: EntityId) -> impl Strategy<Value = Account> {
    let waiting =
        (key(), key(), instant()).prop_map(|(event, purchase, until)| Waiting { event, purchase, until });
    let lists = (vec(balance(), 0..3), prop::option::of(standing()), vec(period(), 0..3), vec(key(), 0..3));
    let more = (vec(debt_id(), 0..3), vec(waiting, 0..3), order());
    let usage = (number(), points(), number(), points()).prop_map(
        |(reserved, reserved_points, confirmed, confirmed_points)| {
            Arc::new(Usage { reserved, reserved_points, confirmed, confirmed_points })
        },
    );
    let flags =
        (any::<bool>(), any::<bool>(), any::<bool>(), remembered(), vec(key(), 0..3), known(), links());
    (lists, more, instant(), number(), (int(), prop::option::of(usage)), instant(), flags).prop_map(
        move |(lists, (open_debts, waiting, order), now, sequence, (live_from, usage), next_due, flags)| {
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
            account.usage = usage;
            account.next_due = next_due;
            (account.parked, account.blocked, account.erased, ..) = flags;
            (.., account.activities, account.quarantined, account.known, account.links) = flags;
            account
        },
    )
}

pub fn lot() -> impl Strategy<Value = Lot> {
    let names = (lot_id(), name(), name(), name(), key(), int());
    let instants = [instant(), instant(), instant(), instant(), instant()];
    let given_at = rarely(instant().prop_map(|at| at.is_finite().then_some(at)));
    (names, instants, points(), points(), buckets(), vec(key(), 0..4), int(), given_at).prop_map(
        |(names, instants, issued, clawed_back, buckets, drawn_by, reminded, given_at)| {
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
                given_at,
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
    let facts = (attributes(), rarely(profile()));
    let part = (key(), name(), vec(points(), 0..6)).prop_map(|(redemption, wallet, points)| PaidPart {
        redemption,
        wallet,
        points,
    });
    let watcher = (key(), key(), name()).prop_map(|(grant, event, to)| {
        let to = EntityId::from_key(to.as_str());
        Watcher { grant, event, to }
    });
    let paid = (rarely(vec(part, 1..3)), rarely(vec(claim(), 1..3)), rarely(vec(watcher, 1..3)));
    let lists = (vec(line(), 0..6), vec(grant(), 0..3), vec(key(), 0..3), key(), facts, paid);
    (key(), name(), name(), instant(), int(), name(), digest(), outcome(), lists)
        .prop_map(
            |(
                key,
                partner,
                id,
                occurred_at,
                version,
                tier,
                content,
                outcome,
                (lines, grants, redemptions, line, (attributes, profile), (parts, claims, watchers)),
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
                    parts,
                    claims,
                    watchers,
                }
            },
        )
        .boxed()
}

fn claim() -> impl Strategy<Value = Claim> {
    let states = [ClaimState::Asked, ClaimState::Agreed, ClaimState::Refused, ClaimState::GivenBack];
    let state = prop::sample::select(states.to_vec());
    (name(), name(), state, int(), any::<bool>()).prop_map(|(rule, limit, state, round, open)| Claim {
        rule,
        limit: EntityId::from_key(limit.as_str()),
        state,
        round,
        open,
    })
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
    let to = rarely(name().prop_map(|name| Some(EntityId::member("shop", name.as_str()))));
    let rest = (points(), instant(), number(), vec(draw, 0..5), points(), points(), to);
    (names, prop::sample::select(states.to_vec()), rest)
        .prop_map(|(names, state, rest)| {
            let (key, partner, id, wallet) = names;
            let (requested, expires_at, sequence, draws, captured, given_back, to) = rest;
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
                to,
            }
        })
        .boxed()
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

fn parked(entity: EntityId) -> impl Strategy<Value = Parked> {
    (key(), number(), instant(), any::<bool>(), command(entity, body()))
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

//! A row of every kind, with something in every field: what a backend may lose, it loses here.

use domain::account::{
    Granted, Kept, Order, Period, PeriodShare, Rated, RatedKind, SpendBucket, Standing, Waiting,
};
use domain::activity::Attribute;
use domain::command::{
    Body, CardChange, CardNews, Command, Forwarded, PointsTender, Return, ReturnLine, Sale, SaleLine, Source,
    Unlink,
};
use domain::debt::{Debt, DebtId};
use domain::entry::{Entry, EntryKind};
use domain::fall::{Fall, FallStep, Watcher};
use domain::links::{Binding, Line, LinePeriod, Links, OwedOut};
use domain::lot::Buckets;
use domain::moved::{MergeIn, Moved};
use domain::outcome::{Outcome, OutcomeKind, Reason};
use domain::profile::{Counted, Known, Membership, Place, Profile};
use domain::purchase::{Claim, ClaimState, PaidPart, Purchase, PurchaseGrant, PurchaseLine, Quantity};
use domain::reach::{Reached, Reaching};
use domain::redemption::{Draw, HoldState, Redemption};
use domain::row::{Parked, Route, Seen};
use domain::shared::{Share, ShareStep, Usage};
use domain::transfer::{Given, GivenAnswer, GivenOut, Relabel, Transfer};
use domain::{
    Account, Balance, Bucket, Digest, EntityId, EventKey, Lot, LotId, Minor, Name, Points, Row, Timestamp,
};
use std::sync::Arc;

/// The months the lots of [`rows`] were issued in: the first is before the account's `live_from`.
pub(super) const MONTHS: [i32; 3] = [24_300, 24_310, 24_311];

fn key(n: u8) -> EventKey {
    EventKey::of("shop", "purchases", &n.to_string())
}

fn points(n: i64) -> Points {
    Points::at_least_zero(n)
}

fn name(text: &str) -> Name {
    Name::from(text)
}

fn buckets(n: i64) -> Buckets {
    Buckets {
        pending: points(n + 1),
        available: points(n + 2),
        held: points(n + 3),
        spent: points(n + 4),
        expired: points(n + 5),
        revoked: points(n + 6),
        moved: points(n + 7),
        written_off: points(n + 8),
    }
}

fn outcome(n: i64) -> Outcome {
    Outcome {
        kind: OutcomeKind::Rejected,
        reason: Reason::MoreThanBought,
        earned: points(n + 1),
        clawed_back: points(n + 2),
        spent: points(n + 3),
        given_back: points(n + 4),
        uncovered: points(n + 5),
        refund: Minor(n),
    }
}

/// Rows of `entity`, in key order; `n` varies every number in them. The account's `live_from` is the second
/// lot's month.
pub fn rows(entity: &EntityId, n: i64) -> Vec<Row> {
    let lots = MONTHS.iter().map(|month| Row::Lot(lot(*month, n)));
    let mut rows = vec![Row::Account(account(entity, n))];
    rows.extend(lots);
    rows.push(Row::Purchase(purchase(n)));
    rows.push(Row::Redemption(redemption(n)));
    rows.push(Row::Debt(debt(n)));
    rows.push(Row::Seen(Seen { key: key(20), content: Digest::of(b"seen"), outcome: outcome(n) }));
    let to = EntityId::member("p", "m");
    rows.push(Row::Route(Route { key: key(21), to, line: key(14) }));
    rows.extend(commands(entity, n).into_iter().map(|command| parked(command, n)));
    rows.sort_by_key(Row::key);
    rows
}

fn account(entity: &EntityId, n: i64) -> Account {
    let balance = |wallet: &str, n: i64| Balance {
        buckets: buckets(n),
        earned: points(n + 9),
        clawed_back: points(n + 10),
        moved_in: points(n + 11),
        redeemed: points(n + 12),
        debt: points(n + 13),
        forgiven: points(n + 14),
        ..Balance::new(name(wallet))
    };
    Account {
        now: Timestamp(n + 1_700_000_000_000),
        sequence: n + 3,
        wallets: vec![balance("bonus", n), balance("express", n + 100)],
        standing: Some(Standing {
            tier: name("gold"),
            since: Timestamp(n + 4),
            until: Timestamp::NEVER,
            evaluate_at: Timestamp(n + 5),
            spend: vec![
                SpendBucket { from: Timestamp::MIN, amount: Minor(n + 6), counts: name("") },
                SpendBucket { from: Timestamp(n + 7), amount: Minor(-n), counts: name("purchases") },
            ],
            kept: Some(Arc::new(Kept {
                until: Timestamp(n + 8),
                lapses_at: Timestamp(n + 9),
                warn_at: Timestamp(n + 10),
            })),
            reached: vec![Reached {
                grant: name("welcome"),
                event: key(9),
                at: Timestamp(n + 11),
                version: 1,
                lot: LotId::of(MONTHS[1], key(11), "basic", "house"),
                points: points(n + 12),
                state: if n % 2 == 0 { Reaching::Held } else { Reaching::Undone },
                before: (n % 2 == 1).then_some(Reaching::Held),
                line: key(10),
            }],
        }),
        order: order(n),
        periods: vec![period(n)],
        open_holds: vec![key(2), key(3)],
        open_debts: vec![DebtId { redemption: key(4), lot: LotId::NONE }],
        waiting: vec![Waiting { event: key(5), purchase: key(6), until: Timestamp(n + 10) }],
        live_from: MONTHS[1],
        next_due: Timestamp(n + 11),
        parked: n % 2 == 1,
        blocked: n % 2 == 0,
        links: Some(Arc::new(links(n))),
        known: Some(known(n)),
        occasions: vec![Granted { occasion: name("birthday"), at: Timestamp(n) }],
        usage: (n % 2 == 0).then(|| Arc::new(usage(n))),
        ..Account::new(entity.clone())
    }
}

fn usage(n: i64) -> Usage {
    let (reserved, confirmed) = (n + 1, n + 3);
    Usage { reserved, reserved_points: points(n + 2), confirmed, confirmed_points: points(n + 4) }
}

fn share(n: i64) -> Body {
    Body::Share(Share {
        step: ShareStep::Reserve,
        reservation: key(15),
        event: key(16),
        from: EntityId::limit("p", "l", Some("v")),
        points: points(n + 1),
        uses_at_most: n + 2,
        points_at_most: points(n + 3),
        hops: 1,
    })
}

fn order(n: i64) -> Order {
    Order {
        base: Some(Arc::new(Standing {
            tier: name("silver"),
            evaluate_at: Timestamp(n + 1),
            ..Standing::new(Timestamp(n))
        })),
        base_at: Timestamp(n + 4),
        events: vec![Arc::new(Rated {
            at: Timestamp(n + 2),
            kind: if n % 2 == 0 { RatedKind::Sale } else { RatedKind::News },
            partner: name("shop"),
            id: name("p-1"),
            event: key(9),
            version: 1,
            bucket: Timestamp::MIN,
            amount: Minor(n - 3),
            tier: name("silver"),
            told: (n % 2 == 0).then(|| known(n)),
            profile: (n % 2 == 0).then(|| profile(n)),
            counts: name("points bonus"),
            of: Some(key(9)),
            taken: vec![ReturnLine { line: 1, quantity: Quantity(n) }],
        })],
        aged_at: (n % 2 == 0).then_some(Timestamp(n + 3)),
        known: (n % 2 == 1).then(|| known(n)),
    }
}

fn known(n: i64) -> Arc<Known> {
    let (from, until) = (Timestamp(n + 1), Timestamp::NEVER);
    Arc::new(Known {
        joined_at: Some(Timestamp(n)),
        birthday: name("--05-17"),
        segments: vec![Membership { segment: name("students"), from, until, paid: Minor(n) }],
        counted: vec![Counted { count: name("day"), key: name("1/shop"), until, number: 2 }],
    })
}

fn profile(n: i64) -> Arc<Profile> {
    Arc::new(Profile {
        joined_at: Some(Timestamp(n)),
        birthday: name("--05-17"),
        segments: vec![name("students")],
        places: vec![Place { count: name("day"), place: 2 }],
    })
}

fn period(n: i64) -> Period {
    let share = PeriodShare {
        partner: name("shop"),
        gross: Minor(n + 1),
        remaining: Minor(n + 2),
        lot: LotId::of(MONTHS[1], key(1), "period", "shop"),
    };
    let (from, until) = (Timestamp(n + 8), Timestamp(n + 9));
    Period { terms: name("period"), from, until, version: 2, shares: vec![share] }
}

fn links(n: i64) -> Links {
    let line = Line {
        binding: key(14),
        at: Timestamp(n + 1),
        partner: name("shop"),
        id: name("B-1"),
        order: order(n + 1),
        spend: vec![SpendBucket { from: Timestamp::MIN, amount: Minor(n + 2), counts: name("") }],
        lots: vec![LotId::of(MONTHS[1], key(7), "basic", "shop")],
        known: Some(known(n)),
    };
    let to = EntityId::member("p", "m");
    Links {
        bindings: vec![Binding { event: key(15), to, from: Timestamp(n + 3), until: Timestamp::NEVER }],
        cards: vec![EntityId::card("p", "c")],
        granted: n % 2 == 0,
        lines: vec![Arc::new(line)],
        periods: vec![LinePeriod { line: key(14), period: period(n + 4) }],
        owed_out: vec![OwedOut { wallet: name("bonus"), points: points(n + 5) }],
        given: vec![GivenOut { wallet: name("bonus"), from: Timestamp(n + 6), points: points(n + 7) }],
    }
}

fn lot(month: i32, n: i64) -> Lot {
    Lot {
        id: LotId::of(month, key(7), "basic", "shop"),
        wallet: name("bonus"),
        terms: name("basic"),
        partner: name("shop"),
        cause: key(7),
        version: 3,
        occurred_at: Timestamp(n + 1),
        accrued_at: Timestamp(n + 2),
        activates_at: Timestamp(n + 3),
        expires_at: Timestamp::NEVER,
        issued: points(n + 36),
        clawed_back: points(n + 4),
        buckets: buckets(n),
        drawn_by: vec![key(8), key(9)],
        reminded: 1,
        remind_at: Timestamp(n + 5),
        given_at: (n % 2 == 0).then_some(Timestamp(n + 6)),
    }
}

fn purchase(n: i64) -> Purchase {
    let line = |number: i32| PurchaseLine {
        line: number,
        sku: name("A-1"),
        group: name("größe"),
        quantity: Quantity(1_500),
        amount: Minor(n + 990),
        points: points(n + 1),
        paid_by_points: Minor(n + 2),
        returned: Quantity(500),
    };
    Purchase {
        key: key(10),
        partner: name("shop"),
        id: name("P-10"),
        occurred_at: Timestamp(n + 3),
        version: 4,
        tier: name("gold"),
        content: Digest::of(b"purchase"),
        outcome: outcome(n),
        lines: vec![line(1), line(2)],
        grants: vec![PurchaseGrant {
            terms: name("basic"),
            lot: LotId::of(MONTHS[2], key(7), "basic", "shop"),
            at_sale: points(n + 4),
            now: points(n + 3),
            funder: name("brand"),
        }],
        redemptions: vec![key(11)],
        line: key(14),
        attributes: vec![attribute()],
        profile: (n % 2 == 0).then(|| profile(n)),
        parts: vec![PaidPart {
            redemption: key(11),
            wallet: name("bonus"),
            points: vec![points(n), points(1)],
        }],
        claims: vec![claim(n)],
        watchers: vec![Watcher { grant: key(12), event: key(13), to: EntityId::member("p", "m") }],
    }
}

fn claim(n: i64) -> Claim {
    let states = [ClaimState::Asked, ClaimState::Agreed, ClaimState::Refused, ClaimState::GivenBack];
    Claim {
        rule: name("coupon"),
        limit: EntityId::limit("gap", "codes", Some("SPRING")),
        state: states[usize::try_from(n.rem_euclid(4)).unwrap_or_default()],
        round: 1,
        open: n % 2 == 0,
    }
}

fn attribute() -> Attribute {
    Attribute { name: name("payment"), value: name("card"), account: name("") }
}

fn redemption(n: i64) -> Redemption {
    let lot = LotId::of(MONTHS[1], key(7), "basic", "shop");
    Redemption {
        key: key(12),
        partner: name("shop"),
        id: name("R-12"),
        wallet: name("bonus"),
        state: HoldState::Cancelled,
        requested: points(n + 1),
        expires_at: Timestamp(n + 2),
        sequence: n + 3,
        draws: vec![Draw { lot, held: points(n + 4), spent: points(n + 5) }],
        captured: points(n + 6),
        given_back: points(n + 7),
        to: (n % 2 == 0).then(|| EntityId::member("p", "m")),
    }
}

fn debt(n: i64) -> Debt {
    Debt {
        id: DebtId { redemption: key(13), lot: LotId::of(MONTHS[1], key(7), "basic", "shop") },
        wallet: name("bonus"),
        partner: name("shop"),
        open: points(n + 1),
        forgiven: points(n + 2),
        sequence: n + 3,
        opened_at: Timestamp(n + 4),
    }
}

fn parked(command: Command, n: i64) -> Row {
    Row::Parked(Parked {
        key: command.key,
        sequence: n + 1,
        until: Timestamp(n + 2),
        waits: n % 2 == 0,
        command,
    })
}

fn commands(entity: &EntityId, n: i64) -> Vec<Command> {
    let sale = Body::Sale(Sale {
        currency: name("RUB"),
        lines: vec![SaleLine {
            line: 1,
            sku: name("A-1"),
            group: name(""),
            quantity: Quantity(1_000),
            amount: Minor(n + 1),
            promotional: false,
        }],
        tenders: vec![PointsTender {
            wallet: name(""),
            points: points(n + 2),
            amount: Minor(n + 3),
            hold: EventKey::NONE,
        }],
        attributes: vec![attribute()],
        discounts: Vec::new(),
    });
    let lines = vec![ReturnLine { line: 1, quantity: Quantity(500) }];
    let news = Body::Card(CardNews { change: CardChange::Bound { member: EntityId::member("p", "m") } });
    let sent = command(entity, n, (9, sale.clone()));
    let sent = Forwarded { command: sent, line: key(14), answered: n % 2 == 0, hops: 2 };
    let (actor, reason) = (name("op-7"), name("one person"));
    let merged = Body::MergeIn(Box::new(MergeIn { actor, reason, moved: moved(n) }));
    let moved = Body::MoveIn(Box::new(moved(n)));
    let unlink = Body::Unlink(Unlink { card: EntityId::card("p", "c") });
    let back = Body::Return(Return { purchase: key(10), lines });
    let to = EntityId::member("p", "n");
    let transfer = Body::Transfer(Transfer { to, wallet: name("bonus"), points: points(n + 1) });
    let (from, lots) = (EntityId::member("p", "m"), vec![lot(MONTHS[1], n)]);
    let given = Given { transfer: key(9), from, later: n % 2 == 0, lots };
    let answer = GivenAnswer { transfer: key(9), later: false, refused: n % 2 == 0 };
    let (origin, id) = (lot(MONTHS[2], n), lot(MONTHS[1], n).id);
    let relabel = Relabel { transfer: key(9), lot: id, points: points(n + 2), origin, hops: 1 };
    let gifts =
        [transfer, Body::Given(Box::new(given)), Body::GivenAnswer(answer), Body::Relabel(Box::new(relabel))];
    let (step, to) = (FallStep::Ask, EntityId::member("p", "m"));
    let fall = Body::Fall(Fall { step, grant: key(12), event: key(13), purchase: key(14), to });
    let bodies = [sale, back, news, Body::Forwarded(Box::new(sent)), moved, unlink, merged, share(n)];
    let bodies = bodies.into_iter().chain(gifts).chain([fall]);
    (0_u8..).zip(bodies).map(|body| command(entity, n, body)).collect()
}

fn moved(n: i64) -> Moved {
    Moved {
        from: EntityId::card("p", "c"),
        answers: n % 2 == 0,
        later: n % 2 == 1,
        hops: 1,
        binding: key(14),
        at: Timestamp(n + 1),
        partner: name("shop"),
        id: name("B-1"),
        lots: vec![lot(MONTHS[1], n)],
        purchases: vec![purchase(n)],
        redemptions: vec![redemption(n)],
        debts: vec![debt(n)],
        seen: vec![Seen { key: key(20), content: Digest::of(b"seen"), outcome: outcome(n) }],
        periods: vec![period(n)],
        standing: order(n).base.as_deref().cloned(),
        order: order(n),
        granted: true,
        cards: vec![EntityId::card("p", "d")],
        activities: account(&EntityId::card("p", "c"), n).activities,
        lines: links(n).lines,
        line_periods: links(n).periods,
        occasions: vec![Granted { occasion: name("new year"), at: Timestamp(n) }],
        given: vec![GivenOut { wallet: name("bonus"), from: Timestamp(n), points: points(n) }],
    }
}

fn command(entity: &EntityId, n: i64, (place, body): (u8, Body)) -> Command {
    Command {
        key: key(30 + place),
        entity: entity.clone(),
        source: Source {
            partner: name("shop"),
            feed: name("returns"),
            id: name("R-1"),
            partition: 3,
            offset: n + 4,
        },
        occurred_at: Timestamp(n + 5),
        delivered_at: Timestamp(n + 6),
        content: Digest::of(b"command"),
        trace: name("00-trace"),
        body,
    }
}

/// The entry `sequence` of `entity`.
pub fn entry(entity: &EntityId, sequence: i64) -> Entry {
    Entry {
        entity: entity.clone(),
        sequence,
        at: Timestamp(1_700_000_000_000 + sequence * 2_000_000_000),
        recorded_at: Timestamp(1_700_000_000_000 + sequence * 2_000_000_000 + 1),
        kind: EntryKind::Spend,
        wallet: name("bonus"),
        lot: LotId::of(MONTHS[1], key(7), "basic", "shop"),
        from: Some(Bucket::Available),
        to: None,
        points: points(sequence),
        debt: -sequence,
        clawed_back: points(sequence + 1),
        redemption: key(12),
        cause: key(10),
        rule: name("base"),
        version: 5,
        partner: name("shop"),
        occurred_at: Timestamp(sequence),
        redeemer: name("place"),
    }
}

//! Commands at random, of every kind.

use super::*;

fn sale() -> impl Strategy<Value = Sale> {
    let line = (int(), name(), name(), quantity(), minor(), rarely(any::<bool>())).prop_map(
        |(line, sku, group, quantity, amount, promotional)| SaleLine {
            line,
            sku,
            group,
            quantity,
            amount,
            promotional,
        },
    );
    let tender = (name(), points(), minor(), key()).prop_map(|(wallet, points, amount, hold)| PointsTender {
        wallet,
        points,
        amount,
        hold,
    });
    let discount = (name(), minor()).prop_map(|(offer, amount)| Discount { offer, amount });
    (name(), vec(line, 0..4), vec(tender, 0..3), attributes(), rarely(vec(discount, 0..2))).prop_map(
        |(currency, lines, tenders, attributes, discounts)| Sale {
            currency,
            lines,
            tenders,
            attributes,
            discounts,
        },
    )
}

fn moved() -> impl Strategy<Value = Moved> {
    let entity = || name().prop_map(|name| EntityId::from_key(name.as_str()));
    let head = (entity(), any::<bool>(), any::<bool>(), int(), key(), instant(), name(), name());
    let rows = (
        vec(lot(), 0..2),
        vec(purchase(), 0..2),
        vec(redemption(), 0..2),
        vec(debt(), 0..2),
        vec(seen(), 0..2),
    );
    let rated = (vec(period(), 0..2), prop::option::of(standing()), order(), any::<bool>());
    let of_cards = (vec(entity(), 0..2), remembered(), vec(card_line(), 0..2), vec(line_period(), 0..2));
    (head, rows, rated, of_cards)
        .prop_map(|(head, rows, rated, of_cards)| {
            let (from, answers, later, hops, binding, at, partner, id) = head;
            let (lots, purchases, redemptions, debts, seen) = rows;
            let (periods, standing, order, granted) = rated;
            let (cards, activities, lines, line_periods) = of_cards;
            Moved {
                from,
                answers,
                later,
                hops,
                binding,
                at,
                partner,
                id,
                lots,
                purchases,
                redemptions,
                debts,
                seen,
                periods,
                standing,
                order,
                granted,
                cards,
                activities,
                lines,
                line_periods,
                occasions: Vec::new(),
                given: Vec::new(),
            }
        })
        .boxed()
}

fn share() -> impl Strategy<Value = Share> {
    let steps =
        [ShareStep::Reserve, ShareStep::Reserved, ShareStep::Refused, ShareStep::Confirm, ShareStep::Release];
    let from = name().prop_map(|name| EntityId::from_key(name.as_str()));
    let parts =
        (prop::sample::select(steps.to_vec()), key(), key(), from, points(), number(), points(), int());
    parts.prop_map(|(step, reservation, event, from, points, uses_at_most, points_at_most, hops)| Share {
        step,
        reservation,
        event,
        from,
        points,
        uses_at_most,
        points_at_most,
        hops,
    })
}

/// What the ledger sends itself.
fn own_body() -> impl Strategy<Value = Body> {
    let card = name().prop_map(|name| EntityId::from_key(name.as_str()));
    let merged = (name(), name(), moved());
    let forwarded = (command(EntityId::from_key("s:card:1"), sale().prop_map(Body::Sale)), key(), int());
    prop_oneof![
        Just(Body::Tick),
        forwarded.prop_map(|(command, line, hops)| {
            Body::Forwarded(Box::new(Forwarded { command, line, answered: false, hops }))
        }),
        moved().prop_map(|moved| Body::MoveIn(Box::new(moved))),
        card.prop_map(|card| Body::Unlink(Unlink { card })),
        share().prop_map(Body::Share),
        of_transfers(),
        merged
            .prop_map(|(actor, reason, moved)| { Body::MergeIn(Box::new(MergeIn { actor, reason, moved })) }),
    ]
    .boxed()
}

/// What it sends itself because members give each other points.
fn of_transfers() -> impl Strategy<Value = Body> {
    let given = (key(), name(), any::<bool>(), vec(lot(), 0..2)).prop_map(|(transfer, from, later, lots)| {
        let from = EntityId::from_key(from.as_str());
        Body::Given(Box::new(Given { transfer, from, later, lots }))
    });
    let answer = (key(), any::<bool>(), any::<bool>())
        .prop_map(|(transfer, later, refused)| Body::GivenAnswer(GivenAnswer { transfer, later, refused }));
    let relabel = (key(), lot(), points(), lot(), int()).prop_map(|(transfer, lot, points, origin, hops)| {
        Body::Relabel(Box::new(Relabel { transfer, lot: lot.id, points, origin, hops }))
    });
    let steps = prop::sample::select(vec![FallStep::Ask, FallStep::Undone]);
    let fall = (steps, key(), key(), key(), name()).prop_map(|(step, grant, event, purchase, to)| {
        let to = EntityId::from_key(to.as_str());
        Body::Fall(Fall { step, grant, event, purchase, to })
    });
    prop_oneof![given.boxed(), answer.boxed(), relabel.boxed(), fall.boxed()].boxed()
}

pub(super) fn body() -> impl Strategy<Value = Body> {
    let line = (int(), quantity()).prop_map(|(line, quantity)| ReturnLine { line, quantity });
    prop_oneof![
        sale().prop_map(Body::Sale),
        (key(), vec(line, 0..4)).prop_map(|(purchase, lines)| Body::Return(Return { purchase, lines })),
        (name(), points(), number(), prop::option::of(sale())).prop_map(
            |(wallet, points, time_to_live, sale)| {
                let (currency, lines) = sale.map(|sale| (sale.currency, sale.lines)).unwrap_or_default();
                Body::Authorise(Authorise { wallet, points, time_to_live, currency, lines })
            }
        ),
        (key(), points(), any::<bool>()).prop_map(|(redemption, points, more)| Body::Capture(Capture {
            redemption,
            points,
            more
        })),
        key().prop_map(|redemption| Body::Cancel(Cancel { redemption })),
        (name(), name(), points()).prop_map(|(to, wallet, points)| {
            Body::Transfer(Transfer { to: EntityId::from_key(to.as_str()), wallet, points })
        }),
        (name(), name()).prop_map(|(item, choice)| Body::Order(domain::command::ItemOrder { item, choice })),
        activity().prop_map(Body::Activity),
        own_body(),
        (name(), name(), action()).prop_map(|(actor, reason, action)| Body::Adjust(Adjustment {
            actor,
            reason,
            action
        })),
    ]
    .boxed()
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
        name().prop_map(|into| Action::Merge { into: EntityId::from_key(into.as_str()) }),
        Just(Action::Resume),
    ]
}

pub(super) fn command(
    entity: EntityId,
    body: impl Strategy<Value = Body> + 'static,
) -> impl Strategy<Value = Command> {
    let source = (name(), name(), name(), int(), number())
        .prop_map(|(partner, feed, id, partition, offset)| Source { partner, feed, id, partition, offset });
    (key(), source, instant(), instant(), digest(), name(), body)
        .prop_map(move |(key, source, occurred_at, delivered_at, content, trace, body)| Command {
            key,
            entity: entity.clone(),
            source,
            occurred_at,
            delivered_at,
            content,
            trace,
            body,
        })
        .boxed()
}

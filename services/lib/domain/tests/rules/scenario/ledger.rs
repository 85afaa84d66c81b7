//! The core with its rows in memory, driven by steps, and looked at by expectations.

use super::books;
use super::step::{Expectation, Line, Paying, Step, What};
use super::words::{is_fate, kind_text, reason_text, snake};
use crate::frozen;
use domain::activity::{Activity, Attribute};
use domain::command::{
    Action, Adjustment, Authorise, Body, Cancel, Capture, CardChange, CardNews, Command, ItemOrder,
    PointsTender, Return, ReturnLine, Sale, SaleLine, Source,
};
use domain::conservation::{lot_adds_up, wallet_adds_up};
use domain::entry::EntryKind;
use domain::event::{OutcomeRecord, RedemptionDecision};
use domain::lot::Bucket;
use domain::purchase::Quantity;
use domain::row::Parked;
use domain::tariff::{Tariff, Tariffs};
use domain::trade::{Discount, Trade};
use domain::transfer::Transfer;
use domain::{
    Account, Decision, Digest, Entity, EntityId, Event, EventKey, Lot, Minor, Name, Points, Row, Timestamp,
};
use std::collections::{BTreeMap, VecDeque};

pub struct Ledger {
    /// The partner name of adjustments.
    operators: String,
    entities: BTreeMap<EntityId, Entity>,
    pub tariffs: Tariffs,
    /// The partner of each purchase, by its id in the scenario.
    partners: BTreeMap<String, String>,
    lines: BTreeMap<String, Vec<i64>>,
    last: Vec<Event>,
    pub all: Vec<Event>,
}

const WALLET: &str = "bonus";

fn thousandths(text: &str) -> i64 {
    let decimal: rust_decimal::Decimal = text.parse().expect("a quantity");
    (decimal * rust_decimal::Decimal::from(1000)).try_into().expect("a quantity in thousandths")
}

fn minor(text: &str) -> Minor {
    let currency = domain::money::Currency::iso("RUB").expect("a currency");
    currency.to_minor(text.parse().expect("an amount")).expect("whole kopecks")
}

impl Ledger {
    pub fn new(versions: Vec<Tariff>) -> Self {
        let mut tariffs = Tariffs::default();
        versions.into_iter().for_each(|tariff| tariffs.add(tariff.into()));
        let m = EntityId::member("test", "m");
        Self {
            entities: BTreeMap::from([(m.clone(), Entity::new(m, true))]),
            tariffs,
            partners: BTreeMap::new(),
            lines: BTreeMap::new(),
            operators: "operators".to_owned(),
            last: Vec::new(),
            all: Vec::new(),
        }
    }

    /// The member of scenarios without cards.
    pub fn entity(&self) -> &Entity {
        &self.entities[&EntityId::member("test", "m")]
    }

    fn loaded(&mut self, id: &EntityId) -> &mut Entity {
        self.entities.entry(id.clone()).or_insert_with(|| Entity::new(id.clone(), true))
    }

    /// The member's head row as another build left it.
    pub fn change_head(&mut self, change: impl FnOnce(&mut Account)) {
        let mut account = self.entity().account.clone();
        change(&mut account);
        self.put(Row::Account(account));
    }

    /// A row of the member's as the engine wrote it.
    pub fn put(&mut self, row: Row) {
        self.loaded(&EntityId::member("test", "m")).put(row);
    }

    pub fn perform(&mut self, step: &Step) {
        self.last.clear();
        let mut commands: VecDeque<Command> = self.command(step).into_iter().collect();
        if commands.is_empty() {
            let ids: Vec<EntityId> = self.entities.keys().cloned().collect();
            for id in ids {
                let decision = domain::advance(&self.entities[&id], step.now, &self.tariffs);
                commands.extend(self.accept(&id, decision.expect("every row is in memory")));
            }
        }
        while let Some(command) = commands.pop_front() {
            commands.extend(self.decide(&command, step.now));
        }
    }

    /// What is to be sent on of one command.
    pub fn decide(&mut self, command: &Command, now: Timestamp) -> Vec<Command> {
        let id = command.entity.clone();
        self.loaded(&id);
        let decision = domain::decide(&self.entities[&id], command, now, &self.tariffs);
        self.accept(&id, decision.expect("every row is in memory"))
    }

    /// The command that a step is, and when it is decided.
    pub fn read(&mut self, line: &str) -> (Command, Timestamp) {
        let step = Step::parse(line);
        (self.command(&step).expect("a step that is a command"), step.now)
    }

    /// Keeps what was decided; what is to be sent on.
    pub fn accept(&mut self, id: &EntityId, decision: Decision) -> Vec<Command> {
        frozen::see(&decision);
        let entity = self.loaded(id);
        let before = entity.clone();
        decision.rows.into_iter().for_each(|row| entity.put(row));
        books::check(&before, entity, &decision.events);
        assert!(entity.lots.rows().values().all(lot_adds_up));
        assert!(entity.account.wallets.iter().all(|balance| wallet_adds_up(&entity.account, balance)));
        self.all.extend(decision.events.iter().cloned());
        self.last.extend(decision.events);
        decision.follow_ups
    }

    /// The account is parked, and a step waits behind the command that failed, as the engine lets it.
    pub fn let_wait(&mut self, number: i64, line: &str) {
        let (command, _) = self.read(line);
        self.park(number, command);
    }

    pub fn park(&mut self, number: i64, command: Command) {
        let (key, until) = (command.key, Timestamp::NEVER);
        let entity = self.loaded(&command.entity.clone());
        entity.account.parked = true;
        entity.put(Row::Parked(Parked { key, sequence: number, until, waits: true, command }));
    }

    /// A card or member of the scenario, by its name.
    pub fn named(&self, name: &str) -> &Entity {
        let card = self.entities.get(&EntityId::card("test", name));
        let member = || self.entities.get(&EntityId::member("test", name));
        card.or_else(member)
            .unwrap_or_else(|| panic!("expected a card or member of the scenario, found {name}"))
    }

    /// An account of the scenario, by its id.
    pub fn account(&self, id: &EntityId) -> &Account {
        &self.entities[id].account
    }

    /// The same with its rows.
    pub fn entity_of(&self, id: &EntityId) -> &Entity {
        &self.entities[id]
    }

    /// Every account of the scenario, with its rows.
    pub fn entities(&self) -> impl Iterator<Item = &Entity> {
        self.entities.values()
    }

    fn command(&mut self, step: &Step) -> Option<Command> {
        let (feed, id, partner, body) = match &step.what {
            What::Pass => return None,
            What::Sale { id, at, lines, paying, by, off, attributes } => {
                self.partners.insert(id.clone(), at.clone());
                let sale = self.sale(id, at, lines, paying, by.as_deref());
                let Activity { attributes, .. } = activity("", attributes);
                let sale = Sale { discounts: discounts(off), attributes, ..sale };
                ("purchases", id, at, Body::Sale(sale))
            }
            What::Return { id, of, at, lines } => {
                ("returns", id, at, Body::Return(self.returned(of, at, lines)))
            }
            What::Hold { id, at, points: Paying { points, wallet }, lines } => {
                let (wallet, points) = (Name::from(wallet.as_str()), Points::at_least_zero(*points));
                let ask = Authorise {
                    wallet,
                    points,
                    time_to_live: 0,
                    currency: Name::from("RUB"),
                    lines: sold(lines),
                };
                ("redemptions", id, at, Body::Authorise(ask))
            }
            What::Order { id, at, item, choice } => {
                let (item, choice) = (Name::from(item.as_str()), Name::from(choice.as_str()));
                ("redemptions", id, at, Body::Order(ItemOrder { item, choice }))
            }
            What::Transfer { id, at, points, to } => ("redemptions", id, at, transfer(points, to)),
            What::Capture { id, of, at, points, more } => {
                let redemption = EventKey::of(at, "redemptions", of);
                let points = Points::at_least_zero(*points);
                ("redemptions", id, at, Body::Capture(Capture { redemption, points, more: *more }))
            }
            What::Cancel { id, of, at } => {
                let redemption = EventKey::of(at, "redemptions", of);
                ("redemptions", id, at, Body::Cancel(Cancel { redemption }))
            }
            What::Activity { id, kind, at, attributes } => {
                self.partners.insert(id.clone(), at.clone());
                ("activities", id, at, Body::Activity(activity(kind, attributes)))
            }
            What::Card { id, what, other, at } => {
                let change = change(what, other);
                ("partner-cards", id, at, Body::Card(CardNews { change }))
            }
            What::Adjust { id, what, of, at, points, wallet } => {
                let wallet = Name::from(wallet.as_str());
                let action = action(what, of, at, Points::at_least_zero(*points), wallet);
                let (actor, reason) = (Name::from("op-7"), Name::from("a good reason"));
                ("adjustments", id, &self.operators, Body::Adjust(Adjustment { actor, reason, action }))
            }
        };
        let member = || EntityId::member("test", step.member.as_deref().unwrap_or("m"));
        let entity = step.card.as_deref().map_or_else(member, |card| EntityId::card("test", card));
        Some(Command {
            key: EventKey::of(partner, feed, id),
            entity,
            source: Source {
                partner: Name::from(partner.as_str()),
                feed: Name::from(feed),
                id: Name::from(id.as_str()),
                partition: 0,
                offset: 0,
            },
            occurred_at: step.dated,
            delivered_at: step.delivered,
            content: Digest::of(format!("{body:?}{:?}", step.dated).as_bytes()),
            trace: Name::default(),
            body,
        })
    }

    fn sale(&mut self, id: &str, at: &str, lines: &[Line], paying: &[Paying], by: Option<&str>) -> Sale {
        let lines = sold(lines);
        self.lines.insert(id.to_owned(), lines.iter().map(|line| line.quantity.0).collect());
        let hold = |place: usize| match by {
            Some(hold) if place == 0 => EventKey::of(at, "redemptions", hold),
            _ => EventKey::NONE,
        };
        let tender = |(place, Paying { points, wallet }): (usize, &Paying)| PointsTender {
            wallet: Name::from(wallet.as_str()),
            points: Points::at_least_zero(*points),
            amount: Minor(points * 100),
            hold: hold(place),
        };
        let tenders = paying.iter().enumerate().map(tender).collect();
        Sale { currency: Name::from("RUB"), lines, tenders, attributes: Vec::new(), discounts: Vec::new() }
    }

    fn returned(&self, of: &str, at: &str, lines: &[Line]) -> Return {
        let number = |place: usize| i32::try_from(place).expect("a line number");
        let whole = || {
            let bought = self.lines.get(of).map(Vec::as_slice).unwrap_or(&[1000]);
            let quantities = bought.iter().enumerate();
            quantities.map(|(place, quantity)| ReturnLine {
                line: number(place + 1),
                quantity: Quantity(*quantity),
            })
        };
        let named = |line: &Line| ReturnLine {
            line: line.amount.parse().expect("a line number"),
            quantity: Quantity(if line.quantity.is_empty() { 1000 } else { thousandths(&line.quantity) }),
        };
        let lines = if lines.is_empty() { whole().collect() } else { lines.iter().map(named).collect() };
        Return { purchase: EventKey::of(at, "purchases", of), lines }
    }

    /// What stands where the expectation looks, as text.
    pub fn look(&self, expected: &Expectation) -> String {
        let mut words: Vec<&str> = expected.what.split_whitespace().collect();
        let of = words.first().and_then(|word| word.strip_suffix(':')).map(str::to_owned);
        if of.is_some() {
            words.remove(0);
        }
        let entity = of.as_deref().map_or_else(|| self.named("m"), |name| self.named(name));
        let wallet = (words.first() == Some(&"in")).then(|| words.drain(..2).nth(1)).flatten();
        let balance = entity.account.balance(wallet.unwrap_or(WALLET));
        let of_wallet = |read: fn(&domain::Balance) -> Points| {
            balance.map_or(0, |balance| read(balance).get()).to_string()
        };
        match words[..] {
            ["total"] => of_wallet(domain::Balance::total),
            ["available"] => of_wallet(|balance| balance.buckets.available),
            ["pending"] => of_wallet(|balance| balance.buckets.pending),
            ["held"] => of_wallet(|balance| balance.buckets.held),
            ["spent"] => of_wallet(|balance| balance.buckets.spent),
            ["expired"] => of_wallet(|balance| balance.buckets.expired),
            ["revoked"] => of_wallet(|balance| balance.buckets.revoked),
            ["debt"] => of_wallet(|balance| balance.debt),
            ["earned_all"] => of_wallet(|balance| balance.earned),
            ["clawed_all"] => of_wallet(|balance| balance.clawed_back),
            ["redeemed"] => of_wallet(|balance| balance.redeemed),
            ["moved"] => of_wallet(|balance| balance.buckets.moved),
            ["moved_in"] => of_wallet(|balance| balance.moved_in),
            ["cards"] => entity.account.links.as_ref().map_or(0, |links| links.cards.len()).to_string(),
            ["tier"] => entity.account.standing.as_ref().map_or("none".to_owned(), |s| s.tier.to_string()),
            ["outcome"] => kind_text(self.outcome().outcome.kind),
            ["later"] => self.later().map_or("none".to_owned(), |record| kind_text(record.outcome.kind)),
            ["later_reason"] => self.later().map_or("none".to_owned(), reason_text),
            ["later_earned"] => self.later().map_or(0, |it| it.outcome.earned.get()).to_string(),
            ["reason"] => reason_text(self.outcome()),
            ["earned"] => self.outcome().outcome.earned.to_string(),
            ["clawed"] => self.outcome().outcome.clawed_back.to_string(),
            ["given"] => self.outcome().outcome.given_back.to_string(),
            ["uncovered"] => self.outcome().outcome.uncovered.to_string(),
            ["refund"] => self.outcome().outcome.refund.0.to_string(),
            ["used"] => self.outcome().outcome.spent.to_string(),
            ["linked"] => self.linked(),
            [what @ ("trades" | "amount" | "by_points")] => self.trades(what).to_string(),
            ["largest"] => self.decision().largest.to_string(),
            [what @ ("decisions" | "fates")] => self.count(what).to_string(),
            ["paid", id, line] => {
                let key = EventKey::of(&self.partners[id], "purchases", id);
                let purchase = entity.purchases.rows().get(&key).expect("a purchase of the scenario");
                let line: i32 = line.parse().expect("the number of a line");
                let line = purchase.lines.iter().find(|it| it.line == line).expect("a line of that purchase");
                line.points.to_string()
            }
            ["decision"] => (if self.decision().approved { "approved" } else { "refused" }).to_owned(),
            ["fact", kind] => self.fact(kind),
            ["entries"] => self.kinds().len().to_string(),
            ["kinds"] => self.kinds().join("+"),
            ["notices"] => self.notices(),
            ["lot", id, "net"] => self.lot_in(entity, id).net().to_string(),
            ["lot", id, "expires"] => self.lot_in(entity, id).expires_at.to_string(),
            ["lot", id, "activates"] => self.lot_in(entity, id).activates_at.to_string(),
            ["lot", id, bucket] => {
                let bucket =
                    Bucket::ALL.into_iter().find(|known| known.as_str() == bucket).expect("a bucket");
                self.lot_in(entity, id).buckets.get(bucket).to_string()
            }
            _ => panic!("expected one of the expectations of language.md, found {:?}", expected.what),
        }
    }

    /// The latest activity of a kind: its id, and its attributes' texts.
    fn fact(&self, kind: &str) -> String {
        let Some(fact) = self.entity().account.activities.fact(kind) else { return "none".to_owned() };
        let texts = fact.activity.attributes.iter().map(|attribute| attribute.value.as_str());
        std::iter::once(fact.id.as_str()).chain(texts).collect::<Vec<_>>().join("/")
    }

    fn outcome(&self) -> &OutcomeRecord {
        let mut outcomes = self.last.iter().filter_map(|event| match event {
            Event::Outcome(record) if !record.later => Some(record),
            _ => None,
        });
        let outcome = outcomes.next().expect("an outcome");
        assert!(outcomes.next().is_none(), "S27: one outcome for each event");
        outcome
    }

    fn later(&self) -> Option<&OutcomeRecord> {
        self.last.iter().find_map(|event| match event {
            Event::Outcome(record) if record.later => Some(record),
            _ => None,
        })
    }

    /// How many decisions, or later fates, the step told.
    pub fn count(&self, what: &str) -> usize {
        match what {
            "fates" => self.last.iter().filter(|event| is_fate(event)).count(),
            _ => self.decisions().count(),
        }
    }

    /// The money of all that the step applied, or how often it had any.
    fn trades(&self, what: &str) -> i64 {
        let trade = |event: &Event| match event {
            Event::Outcome(record) => record.trade.as_deref().cloned(),
            _ => None,
        };
        let figure = |trade: Trade| match what {
            "amount" => trade.amount.0,
            "by_points" => trade.paid_by_points.0,
            _ => 1,
        };
        self.last.iter().filter_map(trade).map(figure).sum()
    }

    /// The two accounts that the answer says are one now.
    fn linked(&self) -> String {
        let record = self.outcome();
        let linked = record.linked.as_ref();
        linked.map_or("none".to_owned(), |linked| format!("{}+{}", record.entity.local(), linked.local()))
    }

    fn decisions(&self) -> impl Iterator<Item = &RedemptionDecision> {
        self.last.iter().filter_map(|event| match event {
            Event::Decision(decision) => Some(decision),
            _ => None,
        })
    }

    fn decision(&self) -> &RedemptionDecision {
        self.decisions().last().expect("a decision")
    }

    fn kinds(&self) -> Vec<String> {
        let kind = |event: &Event| match event {
            Event::Entry(entry) => Some(entry.kind),
            _ => None,
        };
        self.last.iter().filter_map(kind).map(|kind: EntryKind| snake(&format!("{kind:?}"))).collect()
    }

    fn notices(&self) -> String {
        let kind = |event: &Event| match event {
            Event::Notice(notice) => Some(snake(&format!("{:?}", notice.kind))),
            _ => None,
        };
        let kinds: Vec<String> = self.last.iter().filter_map(kind).collect();
        if kinds.is_empty() { "none".to_owned() } else { kinds.join("+") }
    }

    /// The lot of a purchase, or an activity, of the scenario.
    pub fn lot(&self, purchase: &str) -> &Lot {
        self.lot_in(self.entity(), purchase)
    }

    fn lot_in<'e>(&self, entity: &'e Entity, purchase: &str) -> &'e Lot {
        let partner = self.partners.get(purchase).expect("a purchase of the scenario");
        let causes = ["purchases", "activities"].map(|feed| EventKey::of(partner, feed, purchase));
        let mut lots = entity.lots.rows().values();
        lots.find(|lot| causes.contains(&lot.cause)).expect("a lot of that purchase")
    }
}

fn sold(lines: &[Line]) -> Vec<SaleLine> {
    let line = |(line, number): (&Line, i32)| SaleLine {
        line: number,
        sku: Name::default(),
        group: Name::from(line.group.as_str()),
        quantity: Quantity(if line.quantity.is_empty() { 1000 } else { thousandths(&line.quantity) }),
        amount: minor(&line.amount),
        promotional: line.promotional,
    };
    lines.iter().zip(1..).map(line).collect()
}

fn discounts(off: &[(String, String)]) -> Vec<Discount> {
    let discount = |(amount, offer): &(String, String)| Discount {
        offer: Name::from(offer.as_str()),
        amount: minor(amount),
    };
    off.iter().map(discount).collect()
}

/// An activity; `@` stands before an account.
pub fn activity(kind: &str, attributes: &[(String, String)]) -> Activity {
    let attribute = |(name, text): &(String, String)| {
        let (value, account) = match text.strip_prefix('@') {
            Some(account) => ("", account),
            None => (text.as_str(), ""),
        };
        Attribute { name: Name::from(name.as_str()), value: Name::from(value), account: Name::from(account) }
    };
    Activity { kind: Name::from(kind), attributes: attributes.iter().map(attribute).collect() }
}

fn transfer(Paying { points, wallet }: &Paying, to: &str) -> Body {
    let (wallet, points) = (Name::from(wallet.as_str()), Points::at_least_zero(*points));
    Body::Transfer(Transfer { to: EntityId::member("test", to), wallet, points })
}

fn change(what: &str, other: &str) -> CardChange {
    match what {
        "issue" => CardChange::Issued,
        "bind" => CardChange::Bound { member: EntityId::member("test", other) },
        "unbind" => CardChange::Unbound,
        "stop" => CardChange::Blocked,
        _ => CardChange::Replaced { by: EntityId::card("test", other) },
    }
}

fn action(what: &str, of: &str, at: &str, points: Points, wallet: Name) -> Action {
    let event = || match of.split_once('/') {
        Some((feed, id)) => EventKey::of(at, feed, id),
        None => EventKey::of(at, "purchases", of),
    };
    match what {
        "grant" => Action::Grant { wallet, points, partner: Name::from(at) },
        "write_off" => Action::WriteOff { wallet, points },
        "forgive" => Action::Forgive { wallet, points },
        "block" => Action::Block,
        "unblock" => Action::Unblock,
        "erase" => Action::Erase,
        "resume" => Action::Resume,
        "merge" => Action::Merge { into: EntityId::member("test", of) },
        "release" => Action::Release { event: event() },
        _ => Action::Refuse { event: event() },
    }
}

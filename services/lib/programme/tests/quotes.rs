//! What a quote tells is what a sale then does: random baskets under every programme there is (S02, S29).

use domain::activity::{Activity, Attribute};
use domain::award::{AttributeSpec, AttributeType};
use domain::because::{Because, Considered};
use domain::command::{Authorise, Body, Command, PointsTender, Sale, SaleLine, Source};
use domain::decide::{advance, decide};
use domain::limits::Limits;
use domain::offer::Discount;
use domain::outcome::Reason;
use domain::purchase::{Purchase, Quantity};
use domain::quote::{Ask, Earning, Pay, Quote, Spendable, quote, quote_visitor};
use domain::rating::{Extent, context_of, rate};
use domain::split::payers;
use domain::tariff::{Condition, Tariff, Tariffs};
use domain::{Digest, Entity, EntityId, Event, EventKey, Minor, Name, Points, Row, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// A basket of a story, as numbers that any programme can make something of.
#[derive(Clone, Debug)]
struct Draw {
    lines: Vec<(usize, usize, i64, i64)>,
    partner: usize,
    pay: Option<i64>,
    /// Whether the sale is kept, and the next basket is of who bought this.
    kept: bool,
    minutes: i64,
}

fn draw() -> impl Strategy<Value = Draw> {
    let price = prop_oneof![1..30_000_i64, 0..3_000_000_i64, 0..200_000_000_i64];
    let quantity = prop_oneof![Just(1_000_i64), (1..8_i64).prop_map(|pieces| pieces * 1_000), 1..5_000_i64];
    let lines = prop::collection::vec((any::<usize>(), any::<usize>(), price, quantity), 1..6);
    let pay = prop::option::of(1..3_000_i64);
    (lines, any::<usize>(), pay, any::<bool>(), 0..60_000_i64)
        .prop_map(|(lines, partner, pay, kept, minutes)| Draw { lines, partner, pay, kept, minutes })
}

fn programmes() -> Vec<(String, Arc<Tariff>)> {
    let mut all = Vec::new();
    for folder in ["../../../deploy/programmes", "tests/programmes"] {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder);
        for entry in std::fs::read_dir(folder).expect("a folder of programmes") {
            let path = entry.expect("an entry").path();
            let text = std::fs::read_to_string(&path).expect("a text");
            let file = path.file_name().expect("a name").to_string_lossy().into_owned();
            let tariff = programme::compile(&file, &text).expect("a programme");
            all.push((file, tariff));
        }
    }
    all
}

/// What a programme's baskets are made of.
struct Shop {
    tariff: Arc<Tariff>,
    tariffs: Tariffs,
    items: Vec<Name>,
    groups: Vec<Name>,
    partners: Vec<Name>,
    /// None of them, and each.
    wallets: Vec<Name>,
}

/// Figures that prove the baskets are not one-sided.
#[derive(Default)]
struct Seen {
    baskets: Cell<u32>,
    earned: Cell<u32>,
    discounted: Cell<u32>,
    paid: Cell<u32>,
    limited: Cell<u32>,
}

impl Shop {
    fn of(tariff: &Arc<Tariff>) -> Self {
        let mut tariffs = Tariffs::default();
        tariffs.add(Arc::clone(tariff));
        let offers = &tariff.offers.all;
        let priced = offers.iter().flat_map(|offer| match &offer.discount {
            Discount::Prices(prices) => prices.keys().cloned().collect(),
            _ => Vec::new(),
        });
        let of_offers = offers.iter().flat_map(|offer| offer.items.iter().cloned());
        let groups = tariff.coefficients.keys().cloned();
        let of_conditions = tariff.rules.iter().map(|rule| &rule.condition).flat_map(|it| it.groups.clone());
        let of_rules = tariff.rules.iter().flat_map(|rule| rule.condition.partners.iter());
        let partners: Vec<Name> = tariff.partners.keys().chain(of_rules).cloned().collect();
        Self {
            tariff: Arc::clone(tariff),
            tariffs,
            items: of_offers.chain(priced).chain([Name::from("item")]).collect(),
            groups: groups.chain(of_conditions).chain([Name::default()]).collect(),
            wallets: [Name::default()]
                .into_iter()
                .chain(tariff.wallets.iter().map(|wallet| wallet.name.clone()))
                .collect(),
            partners: if partners.is_empty() { vec![tariff.programme.clone()] } else { partners },
        }
    }

    fn ask(&self, draw: &Draw, at: Timestamp) -> Ask {
        let pick = |names: &[Name], number: usize| names[number % names.len()].clone();
        let line = |(&(item, group, amount, quantity), line): (&(usize, usize, i64, i64), i32)| SaleLine {
            line,
            sku: pick(&self.items, item),
            group: pick(&self.groups, group),
            quantity: Quantity(quantity),
            amount: Minor(amount),
            promotional: amount % 4 == 0,
        };
        let named = self.wallets.iter().cycle().nth(draw.partner % 7).cloned().unwrap_or_default();
        let pay = draw.pay.and_then(Points::new).map(|points| Pay { wallet: named, points });
        let lines = draw.lines.iter().zip(1..).map(line).collect();
        Ask { partner: pick(&self.partners, draw.partner), at, lines, pay, attributes: self.attributes(draw) }
    }

    fn command(&self, entity: &Entity, (feed, number): (&str, usize), ask: &Ask, body: Body) -> Command {
        let (partner, feed, id) = (ask.partner.clone(), Name::from(feed), Name::from(number.to_string()));
        Command {
            key: EventKey::of(partner.as_str(), feed.as_str(), id.as_str()),
            entity: entity.account.entity.clone(),
            source: Source { partner, feed, id, partition: 0, offset: 0 },
            occurred_at: ask.at,
            delivered_at: ask.at,
            content: Digest::default(),
            trace: Name::default(),
            body,
        }
    }

    /// The sale that a quote is about.
    fn sale(&self, entity: &Entity, number: usize, ask: &Ask, quote: &Quote) -> Command {
        let paid = quote.payment.as_ref().filter(|payment| !payment.points.is_zero());
        let tenders = paid.map(|payment| PointsTender {
            wallet: payment.wallet.clone(),
            points: payment.points,
            amount: payment.worth,
            hold: EventKey::NONE,
        });
        let sale = Sale {
            currency: self.tariff.currency.code.clone(),
            lines: quote.priced.at_the_till(&ask.lines),
            tenders: tenders.into_iter().collect(),
            attributes: ask.attributes.clone(),
            discounts: Vec::new(),
        };
        self.command(entity, ("purchases", number), ask, Body::Sale(sale))
    }

    /// Every attribute of a purchase, each with some value of its type.
    fn attributes(&self, draw: &Draw) -> Vec<Attribute> {
        let value = |spec: &AttributeSpec| match &spec.takes {
            AttributeType::Choice(words) => words[draw.partner % words.len()].clone(),
            AttributeType::Date => Name::from("2001-05-17"),
            AttributeType::Whole | AttributeType::Money | AttributeType::Text => {
                Name::from((draw.partner % 30).to_string())
            }
            AttributeType::Account => Name::default(),
        };
        let given = |spec: &AttributeSpec| Attribute {
            name: spec.name.clone(),
            value: value(spec),
            account: Name::default(),
        };
        self.tariff.declared.purchase.iter().map(given).collect()
    }

    /// Activities that need no attributes, so that wallets of gifts are not empty.
    fn act(&self, entity: &mut Entity, number: usize, ask: &Ask) {
        let plain =
            self.tariff.activities.kinds.iter().filter(|kind| kind.attributes.iter().all(|it| it.optional));
        for (kind, more) in plain.zip(0..) {
            let activity = Activity { kind: kind.name.clone(), attributes: Vec::new() };
            let id = ("activities", number * 100 + more);
            let command = self.command(entity, id, ask, Body::Activity(activity));
            let decision = decide(entity, &command, ask.at, &self.tariffs).expect("a whole account");
            decision.rows.into_iter().for_each(|row| entity.put(row));
        }
    }

    /// Asks for every basket of a story, and sells it on a copy of the account.
    fn live(&self, story: &[Draw], seen: &Seen) -> Result<(), TestCaseError> {
        let mut entity = Entity::new(EntityId::member(self.tariff.programme.as_str(), "m"), true);
        let mut at = Timestamp(1_800_000_000_000);
        for (draw, number) in story.iter().zip(1..) {
            at = Timestamp(at.0 + draw.minutes * 60_000);
            let ask = self.ask(draw, at);
            // What days brought meanwhile is not of the sale.
            let passed = advance(&entity, at, &self.tariffs).expect("a whole account");
            passed.rows.into_iter().for_each(|row| entity.put(row));
            if number % 3 == 0 {
                self.act(&mut entity, number, &ask);
            }
            let told = quote(&self.tariffs, &entity, &ask).expect("a quote");
            let sold = self.sold(&entity, number, &ask, &told, seen)?;
            adds_up(&told)?;
            // Whoever a visitor may be is asked, so now and then is enough.
            if number % 5 == 1 {
                let programme = self.tariff.programme.as_str();
                adds_up(&quote_visitor(&self.tariffs, programme, &ask).expect("a quote"))?;
            }
            if draw.kept {
                entity = sold;
            }
        }
        Ok(())
    }

    /// The account after the sale: it did what the quote told.
    fn sold(
        &self,
        entity: &Entity,
        number: usize,
        ask: &Ask,
        told: &Quote,
        seen: &Seen,
    ) -> Result<Entity, TestCaseError> {
        let command = self.sale(entity, number, ask, told);
        let decision = decide(entity, &command, ask.at, &self.tariffs).expect("a whole account");
        let outcome = decision.events.iter().find_map(|event| match event {
            Event::Outcome(record) => Some(record.outcome),
            _ => None,
        });
        let outcome = outcome.expect("an outcome");
        let mut after = entity.clone();
        let mut purchase = None;
        for row in decision.rows {
            if let Row::Purchase(sold) = &row {
                purchase = Some(sold.clone());
            }
            after.put(row);
        }
        prop_assert_eq!(told.earned(), outcome.earned, "S29: what it earns");
        let points = told.payment.as_ref().map_or(Points::ZERO, |payment| payment.points);
        prop_assert_eq!((points, Points::ZERO), (outcome.spent, outcome.uncovered), "S12: what points pay");
        let asks = told.verdicts.iter().any(|it| it.because == Because::Limit);
        let reason = if asks { Reason::AwaitsLimit } else { Reason::None };
        prop_assert_eq!(reason, outcome.reason, "S12, S34: no more than limits let");
        self.holds(entity, number, ask, told, seen)?;
        prop_assert_eq!(by_wallet(told), gained(entity, &after), "S29: what each wallet gains");
        self.by_line(told, &purchase.expect("a purchase"))?;
        let count = |count: &Cell<u32>, happened: bool| count.set(count.get() + u32::from(happened));
        count(&seen.baskets, true);
        count(&seen.earned, !told.earned().is_zero());
        count(&seen.discounted, told.priced.till() < told.priced.list());
        count(&seen.paid, !points.is_zero());
        Ok(after)
    }

    /// A hold of the basket, of each wallet and of none in particular, is granted what the quote told.
    fn holds(
        &self,
        entity: &Entity,
        number: usize,
        ask: &Ask,
        told: &Quote,
        seen: &Seen,
    ) -> Result<(), TestCaseError> {
        for wallet in &self.wallets {
            let own = told.spendable.iter().find(|each| each.wallet == *wallet);
            let most = own.map_or(told.payable, |each| each.most);
            let pay = payers(&self.tariff, wallet);
            let paying = |each: &&Spendable| pay.iter().any(|wallet| wallet.name == each.wallet);
            let all: Points = told.spendable.iter().filter(paying).map(|each| each.available).sum();
            let hold = Authorise {
                wallet: wallet.clone(),
                points: all,
                time_to_live: 0,
                currency: self.tariff.currency.code.clone(),
                lines: told.priced.at_the_till(&ask.lines),
            };
            let command = self.command(entity, ("redemptions", number), ask, Body::Authorise(hold));
            let decision = decide(entity, &command, ask.at, &self.tariffs).expect("a whole account");
            let ruling = decision.events.iter().find_map(|event| match event {
                Event::Decision(decision) if decision.event == command.key => Some(decision),
                _ => None,
            });
            let ruling = ruling.expect("a decision");
            let granted = if ruling.approved { ruling.points } else { ruling.largest };
            prop_assert_eq!(most, granted, "S12: wallet `{}` of {:?}", wallet, ruling);
            seen.limited.set(seen.limited.get() + u32::from(ruling.reason == Reason::OverLimit));
        }
        Ok(())
    }

    /// Of each line what its purchase was rated with; and who gave something did apply.
    fn by_line(&self, told: &Quote, purchase: &Purchase) -> Result<(), TestCaseError> {
        let context = context_of(purchase, Extent::Sold);
        for grant in rate(&self.tariff, &context, &purchase.lines, Extent::Sold) {
            let is_meant = |it: &&Earning| it.terms == grant.terms && it.funder == grant.funder;
            let of = told.earnings.iter().find(is_meant).expect("the same terms");
            prop_assert_eq!(&of.by_line, &told.priced.by_line(grant.by_line()), "S02: line by line");
            let applies = |name: &Name| {
                told.verdicts
                    .iter()
                    .any(|it| it.considered == Considered::Rule && it.name == *name && it.applies)
            };
            prop_assert!(grant.rule.as_str().is_empty() || applies(&grant.rule), "S29: {} gave", grant.rule);
        }
        Ok(())
    }
}

fn by_wallet(told: &Quote) -> BTreeMap<Name, i64> {
    let mut wallets = BTreeMap::new();
    for earning in told.earnings.iter().filter(|earning| !earning.points.is_zero()) {
        *wallets.entry(earning.wallet.clone()).or_default() += earning.points.get();
    }
    for following in &told.follows {
        *wallets.entry(following.wallet.clone()).or_default() += following.points.get();
    }
    wallets
}

fn gained(before: &Entity, after: &Entity) -> BTreeMap<Name, i64> {
    let earned = |entity: &Entity, wallet: &Name| {
        entity.account.balance(wallet.as_str()).map_or(0, |balance| balance.earned.get())
    };
    let gain = |wallet: &Name| earned(after, wallet) - earned(before, wallet);
    let wallets = after.account.wallets.iter().map(|balance| (balance.wallet.clone(), gain(&balance.wallet)));
    wallets.filter(|(_, gain)| *gain != 0).collect()
}

/// Discounts and points of all lines are those of the basket; an offer applies where it takes something off.
fn adds_up(told: &Quote) -> Result<(), TestCaseError> {
    for line in &told.priced.lines {
        let taken: Minor = line.discounts.iter().map(|taken| taken.amount).sum();
        prop_assert_eq!(line.list, line.till + taken, "S02: parts add up");
        prop_assert!(line.till >= Minor::ZERO && line.discounts.iter().all(|it| it.amount > Minor::ZERO));
    }
    let taken: Minor = told.priced.discounts().iter().map(|taken| taken.amount).sum();
    prop_assert_eq!(told.priced.list(), told.priced.till() + taken, "S02: discounts add up");
    for earning in &told.earnings {
        prop_assert_eq!(earning.points, earning.by_line.iter().copied().sum(), "S02: points add up");
    }
    for verdict in told.verdicts.iter().filter(|verdict| verdict.considered == Considered::Offer) {
        let gave = told.priced.discounts().iter().any(|taken| taken.offer == verdict.name);
        prop_assert_eq!(gave, verdict.applies, "S29: {}", verdict.name);
    }
    Ok(())
}

#[test]
fn s29_a_quote_tells_what_the_sale_then_does() {
    for (file, tariff) in programmes() {
        let (shop, seen) = (Shop::of(&tariff), Seen::default());
        let config = ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() };
        let stories = prop::collection::vec(draw(), 10);
        let result = TestRunner::new(config).run(&stories, |story| shop.live(&story, &seen));
        result.unwrap_or_else(|error| panic!("{file}: {error}"));
        let [baskets, earned, discounted, paid, limited] =
            [seen.baskets, seen.earned, seen.discounted, seen.paid, seen.limited].map(|count| count.get());
        println!(
            "{file}: {baskets} baskets: {earned} earn, {discounted} are discounted, {paid} are paid with points, \
             {limited} holds are beyond a limit"
        );
        assert_eq!(baskets, 10_000, "{file}");
        // Where purchases earn at all: a contest's points are for gifts.
        let earns = !tariff.rules.is_empty();
        let pays = earns && tariff.wallets.len() == 1 && tariff.wallets[0].may_pay();
        assert!(!earns || earned > 1_000, "{file}: {earned} baskets earn");
        assert!(!pays || paid > 200, "{file}: {paid} baskets are paid with points");
        let limits = earns && tariff.wallets.iter().any(|wallet| wallet.limits != Limits::default());
        assert!(!limits || limited > 200, "{file}: {limited} holds are beyond a limit");
        // Where something is taken off for anybody.
        let anybody = |it: &Condition| it.circumstances.is_none() && it.when.is_none();
        let anybody = tariff.offers.all.iter().any(|offer| anybody(&offer.condition));
        assert!(!anybody || discounted > 2_000, "{file}: {discounted} baskets are discounted");
    }
}

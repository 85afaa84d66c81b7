//! What a step asks the ledger for: `sale`, `return`, `activity`, `authorise`, `capture`, `cancel`, `order`, `transfer`,
//! `adjust`, `quote`.

use super::{Action, Incoming};
use crate::decode::activities::example_value;
use crate::decode::attributes::{self, PURCHASES};
use crate::field::Field;
use crate::reading::Measures;
use crate::shape::Shape;
use crate::shape::example::{
    ACTIVITY, ADJUST, AUTHORISE, CANCEL, CAPTURE, LINE, ORDER, QUOTE, RETURN, RETURN_LINE, SALE, TRANSFER,
};
use crate::suggest::did_you_mean;
use crate::table::Table;
use domain::activity::{Activity, Attribute};
use domain::award::AttributeSpec;
use domain::calendar::add;
use domain::command::{
    Action as Deed, Adjustment, Authorise, Body, Cancel, Capture, ItemOrder, PointsTender, Return,
    ReturnLine, Sale, SaleLine,
};
use domain::purchase::Quantity;
use domain::quote::{Ask, Pay};
use domain::split::pays_first;
use domain::tariff::{Tariff, Wallet};
use domain::transfer::Transfer;
use domain::{EntityId, EventKey, Minor, Name, Points, Timestamp};
use std::collections::BTreeMap;

/// What an event needs to know beside its own table.
pub(super) struct Asking<'a> {
    pub(super) tariff: &'a Tariff,
    pub(super) measures: &'a Measures,
    /// The sales of the example, by id: what a return can name.
    pub(super) sales: &'a BTreeMap<String, Vec<SaleLine>>,
    pub(super) partner: Name,
    pub(super) occurred_at: Timestamp,
    /// The instant of the step.
    pub(super) at: Timestamp,
    /// The step's number, from 1.
    pub(super) number: usize,
}

/// The keys of a step that say what happens.
pub(super) const ACTIONS: &[&str] =
    &["sale", "return", "activity", "authorise", "capture", "cancel", "order", "transfer", "adjust", "quote"];

const SALES: &str = "purchases";
const RETURNS: &str = "returns";
const REDEMPTIONS: &str = "redemptions";
const ACTIVITIES: &str = "activities";
const ADJUSTMENTS: &str = "adjustments";

/// What an operator does, with points of a wallet, which a partner funds.
type Doing = fn(Name, Points, Name) -> Deed;

/// What operators do, by its name in the feed.
const DEEDS: &[(&str, Doing)] = &[
    ("grant", |wallet, points, partner| Deed::Grant { wallet, points, partner }),
    ("write_off", |wallet, points, _| Deed::WriteOff { wallet, points }),
    ("forgive", |wallet, points, _| Deed::Forgive { wallet, points }),
];

impl Asking<'_> {
    /// What `field`, one of [`ACTIONS`], asks for.
    pub(super) fn action(&self, field: &Field<'_>) -> Option<Action> {
        match field.name.as_str() {
            "sale" => self.sale(&self.table(field, &SALE)?),
            "return" => self.returned(&self.table(field, &RETURN)?),
            "activity" => self.activity(&self.table(field, &ACTIVITY)?),
            "authorise" => self.authorise(&self.table(field, &AUTHORISE)?),
            "capture" => self.capture(&self.table(field, &CAPTURE)?),
            "cancel" => self.cancel(&self.table(field, &CANCEL)?),
            "order" => self.order(&self.table(field, &ORDER)?),
            "transfer" => self.transfer(&self.table(field, &TRANSFER)?),
            "adjust" => self.adjust(&self.table(field, &ADJUST)?),
            _ => {
                let table = self.table(field, &QUOTE)?;
                let lines = table.required("lines", |field| lines(field, self.measures))?;
                let visitor = table.or("visitor", false, Field::flag);
                let (wallet, counted) = self.wallet(&table)?;
                let points = table.optional("points", |field| field.points(counted.scale));
                let pay = points.map(|points| Pay { wallet, points });
                let attributes = self.attributes(&table, (&self.tariff.declared.purchase, PURCHASES))?;
                let ask = Ask { partner: self.partner.clone(), at: self.at, lines, pay, attributes };
                Some(Action::Quote { ask, visitor })
            }
        }
    }

    fn table<'t>(&self, field: &Field<'t>, shape: &Shape) -> Option<Table<'t>> {
        let table = field.open_table()?;
        Some(table.of(shape, format!("{} of step {}", shape.noun, self.number)))
    }

    fn event(&self, feed: &'static str, id: &str, body: Body, price: Option<Minor>) -> Action {
        let key = EventKey::of(self.partner.as_str(), feed, id);
        let (id, partner) = (Name::from(id), self.partner.clone());
        Action::Event(Box::new(Incoming {
            key,
            id,
            partner,
            feed,
            occurred_at: self.occurred_at,
            body,
            price,
        }))
    }

    fn sale(&self, table: &Table<'_>) -> Option<Action> {
        let id = table.required("id", Field::text);
        let lines = table.required("lines", |field| lines(field, self.measures));
        let tenders = self.tenders(table);
        let (id, lines) = (id?, lines?);
        let price: Minor = lines.iter().map(|line| line.amount).sum();
        let tenders = tenders?;
        if tenders.iter().map(|tender| tender.amount).sum::<Minor>() > price {
            table.report_at("points", "expected points worth no more than the sale");
        }
        let currency = self.measures.currency.code.clone();
        let attributes = self.attributes(table, (&self.tariff.declared.purchase, PURCHASES))?;
        let discounts = Vec::new();
        let sale = Sale { currency, lines, tenders, attributes, discounts };
        Some(self.event(SALES, id, Body::Sale(sale), Some(price)))
    }

    /// The parts paid with points; `None` where something is wrong.
    fn tenders(&self, table: &Table<'_>) -> Option<Vec<PointsTender>> {
        if let Some(by_wallet) = table.field("points").filter(Field::is_table) {
            for key in table.given(&["wallet", "hold"]) {
                table.report_at(key, format!("expected no `{key}` beside `points` by wallet"));
            }
            let tables = by_wallet.open_table()?;
            let read: Vec<_> = tables.fields().iter().map(|field| self.of_wallet(&tables, field)).collect();
            return read.into_iter().collect();
        }
        let wallet = self.wallet(table)?;
        let hold = table.optional("hold", Field::text).map(|id| self.hold(id));
        let Some(points) = table.field("points") else {
            if hold.is_some() {
                table.missing("`points` beside `hold`");
            }
            return Some(Vec::new());
        };
        let tender = self.paid(&points, wallet.0, wallet.1, hold.unwrap_or(EventKey::NONE))?;
        Some(if tender.points.is_zero() { Vec::new() } else { vec![tender] })
    }

    /// `points` of the wallet that `field` names.
    fn of_wallet(&self, table: &Table<'_>, field: &Field<'_>) -> Option<PointsTender> {
        let Some(wallet) = self.tariff.wallet(&field.name) else {
            table.unknown(&field.key, "wallet", &field.name, &self.wallet_names());
            return None;
        };
        let tender = self.paid(field, wallet.name.clone(), wallet, EventKey::NONE)?;
        if tender.points.is_zero() {
            return field.wrong("expected points above 0 of a wallet that pays");
        }
        Some(tender)
    }

    fn paid(&self, points: &Field<'_>, name: Name, wallet: &Wallet, hold: EventKey) -> Option<PointsTender> {
        let points = points.points(wallet.scale)?;
        let amount = wallet.worth(points, &self.measures.currency);
        Some(PointsTender { wallet: name, points, amount, hold })
    }

    fn wallet_names(&self) -> Vec<Name> {
        self.tariff.wallets.iter().map(|wallet| wallet.name.clone()).collect()
    }

    /// The wallet a table names, and the one its points are counted in; empty and the first where it is silent.
    fn wallet(&self, table: &Table<'_>) -> Option<(Name, &Wallet)> {
        let Some((name, span)) = table.optional("wallet", Field::name) else {
            return Some((Name::default(), pays_first(self.tariff)?));
        };
        let found = self.tariff.wallet(name.as_str());
        if found.is_none() {
            table.unknown(&span, "wallet", name.as_str(), &self.wallet_names());
        }
        Some((name, found?))
    }

    fn hold(&self, id: &str) -> EventKey {
        EventKey::of(self.partner.as_str(), REDEMPTIONS, id)
    }

    fn returned(&self, table: &Table<'_>) -> Option<Action> {
        let id = table.required("id", Field::text);
        let (name, span) = table.required("sale", Field::name)?;
        let Some(bought) = self.sales.get(name.as_str()) else {
            let known: Vec<Name> = self.sales.keys().map(|id| Name::from(id.as_str())).collect();
            table.unknown(&span, "sale", name.as_str(), &known);
            return None;
        };
        let whole = |line: &SaleLine| ReturnLine { line: line.line, quantity: line.quantity };
        let lines = match table.field("lines") {
            Some(field) => field.all(|each| self.returned_line(each, bought))?,
            None => bought.iter().map(whole).collect(),
        };
        let purchase = EventKey::of(self.partner.as_str(), SALES, name.as_str());
        Some(self.event(RETURNS, id?, Body::Return(Return { purchase, lines }), None))
    }

    fn returned_line(&self, field: &Field<'_>, bought: &[SaleLine]) -> Option<ReturnLine> {
        let table = self.table(field, &RETURN_LINE)?;
        let (item, span) = table.required("item", Field::name)?;
        let Some(line) = bought.iter().find(|line| line.sku == item) else {
            let hint = did_you_mean(item.as_str(), bought.iter().map(|line| line.sku.as_str()));
            field.reader.report(&span, format!("unknown item `{item}` in {}", table.label), hint);
            return None;
        };
        let quantity = table.or("quantity", line.quantity, Field::quantity);
        Some(ReturnLine { line: line.line, quantity })
    }

    fn activity(&self, table: &Table<'_>) -> Option<Action> {
        let id = table.required("id", Field::text);
        let (kind, span) = table.required("kind", Field::name)?;
        let kinds = &self.tariff.activities.kinds;
        let Some(declared) = kinds.iter().find(|declared| declared.name == kind) else {
            let known: Vec<Name> = kinds.iter().map(|declared| declared.name.clone()).collect();
            table.unknown(&span, "activity", kind.as_str(), &known);
            return None;
        };
        let attributes = self.attributes(table, (&declared.attributes, &format!("[activities.{kind}]")))?;
        Some(self.event(ACTIVITIES, id?, Body::Activity(Activity { kind, attributes }), None))
    }

    /// `attributes` of a table, each one of those declared under a heading.
    fn attributes(
        &self,
        table: &Table<'_>,
        (specs, heading): (&[AttributeSpec], &str),
    ) -> Option<Vec<Attribute>> {
        let given = table.optional("attributes", Field::open_table);
        let mut attributes = Vec::new();
        for field in given.iter().flat_map(Table::fields) {
            let Some(spec) = specs.iter().find(|spec| spec.name.as_str() == field.name) else {
                attributes::unknown(table, &field, specs, heading);
                continue;
            };
            let programme = self.tariff.programme.as_str();
            let (value, account) = example_value(&field, spec, self.measures, programme)?;
            attributes.push(Attribute { name: spec.name.clone(), value, account });
        }
        Some(attributes)
    }

    fn authorise(&self, table: &Table<'_>) -> Option<Action> {
        let id = table.required("id", Field::text);
        let (wallet, counted) = self.wallet(table)?;
        let points = table.required("points", |field| field.points(counted.scale))?;
        let lasts = table.optional("lasts", Field::duration);
        let until = lasts.map(|span| add(self.tariff.zone, self.occurred_at, span));
        let time_to_live = until.map_or(0, |until| until.0 - self.occurred_at.0);
        let lines = table.optional("lines", |field| lines(field, self.measures));
        let price = lines.as_deref().map(price);
        let currency = lines.as_ref().map(|_| self.measures.currency.code.clone()).unwrap_or_default();
        let lines = lines.unwrap_or_default();
        let ask = Authorise { wallet, points, time_to_live, currency, lines };
        Some(self.event(REDEMPTIONS, id?, Body::Authorise(ask), price))
    }

    fn capture(&self, table: &Table<'_>) -> Option<Action> {
        let redemption = self.hold(table.required("hold", Field::text)?);
        let scale = pays_first(self.tariff).map_or(0, |wallet| wallet.scale);
        let points = table.required("points", |field| field.points(scale))?;
        let capture = Capture { redemption, points, more: table.or("more", false, Field::flag) };
        Some(self.event(REDEMPTIONS, &self.own_id(table), Body::Capture(capture), None))
    }

    fn cancel(&self, table: &Table<'_>) -> Option<Action> {
        let redemption = self.hold(table.required("hold", Field::text)?);
        Some(self.event(REDEMPTIONS, &self.own_id(table), Body::Cancel(Cancel { redemption }), None))
    }

    fn order(&self, table: &Table<'_>) -> Option<Action> {
        let id = table.required("id", Field::text);
        let item = table.required("item", Field::name);
        let choice = table.optional("choice", Field::name).map_or_else(Name::default, |(choice, _)| choice);
        // One that is not there may be ordered: the answer to that is worth an example, too.
        Some(self.event(REDEMPTIONS, id?, Body::Order(ItemOrder { item: item?.0, choice }), None))
    }

    fn transfer(&self, table: &Table<'_>) -> Option<Action> {
        let id = table.required("id", Field::text);
        let to = table.required("to", Field::name);
        let (wallet, counted) = self.wallet(table)?;
        let points = table.required("points", |field| field.points(counted.scale));
        let to = EntityId::member(self.tariff.programme.as_str(), to?.0.as_str());
        let transfer = Transfer { to, wallet, points: points? };
        Some(self.event(REDEMPTIONS, id?, Body::Transfer(transfer), None))
    }

    /// An operator's adjustment; what is granted is funded by the step's partner.
    fn adjust(&self, table: &Table<'_>) -> Option<Action> {
        let (wallet, counted) = self.wallet(table)?;
        let deed = table.required("action", |field| field.word(DEEDS));
        let points = table.required("points", |field| {
            let points = field.points(counted.scale)?;
            if points.is_zero() { field.expected("points above 0") } else { Some(points) }
        });
        let text = |key: &str| table.required(key, Field::text).map(Name::from);
        let (actor, reason) = (text("actor"), text("reason"));
        let action = deed?(wallet, points?, self.partner.clone());
        let body = Body::Adjust(Adjustment { actor: actor?, reason: reason?, action });
        Some(self.event(ADJUSTMENTS, &self.own_id(table), body, None))
    }

    fn own_id(&self, table: &Table<'_>) -> String {
        table.optional("id", Field::text).map_or_else(|| format!("step-{}", self.number), str::to_owned)
    }
}

fn price(lines: &[SaleLine]) -> Minor {
    lines.iter().map(|line| line.amount).sum()
}

/// The lines of a basket, numbered from 1 in their order.
pub(super) fn lines(field: &Field<'_>, measures: &Measures) -> Option<Vec<SaleLine>> {
    let fields = field.list()?;
    if fields.is_empty() || fields.len() > 1_000 {
        return field.expected("from one to a thousand lines");
    }
    let lines: Vec<SaleLine> =
        fields.iter().zip(1..).filter_map(|(field, number)| line(field, number, measures)).collect();
    (lines.len() == fields.len()).then_some(lines)
}

fn line(field: &Field<'_>, number: i32, measures: &Measures) -> Option<SaleLine> {
    let table = field.table(&LINE)?;
    let item = table.required("item", Field::name);
    let price = table.required("price", |field| field.money(measures));
    let quantity = table.or("quantity", Quantity(1_000), Field::quantity);
    let group = table.optional("group", Field::name).map_or_else(Name::default, |(group, _)| group);
    let promotional = table.or("promotional", false, Field::flag);
    let line = SaleLine::priced(number, item?.0, group, quantity, price?);
    line.map(|line| SaleLine { promotional, ..line })
        .or_else(|| field.wrong("expected a price that times the quantity is an amount of the currency"))
}

//! A purchase: its lines add up to its total, and its tenders do (S01, S04, S27).

use super::activity::{at_most, once};
use super::{FeedRecord, Tools, head, line_numbers, points, quantity};
use crate::bad::{BadInput, Code};
use crate::limits::{DISCOUNTS, TENDERS};
use crate::money;
use crate::text::{self, present};
use domain::activity::Attribute;
use domain::command::{PointsTender, Sale, SaleLine};
use domain::money::Currency;
use domain::trade::Discount;
use domain::{Body, EventKey, Minor, Name};
use wire::record::{PurchaseAttribute, PurchaseDiscount, PurchaseLine, PurchaseRecord, Tender};

impl<'a> FeedRecord<'a> for PurchaseRecord<'a> {
    const FEED: &'static str = "purchases";

    head!();

    fn body(&self, tools: &mut Tools<'_>) -> Result<Body, BadInput> {
        let currency = money::currency(&self.currency)?;
        tools.content.text(&self.currency);
        let total = money::amount(&currency, self.total, || "total".into())?;
        line_numbers(self.lines.iter().map(|line| line.line))?;
        tools.content.count(self.lines.len());
        let lines = self.lines.iter().map(|line| sale_line(line, &currency, tools));
        let lines = lines.collect::<Result<Vec<_>, _>>()?;
        let sum = lines.iter().map(|line| line.amount).sum();
        adds_up(Code::LinesDoNotAddUp, "lines", &currency, sum, total)?;
        let tenders = tenders(&self.tenders, &currency, total, tools)?;
        let attributes = attributes(&self.attributes, tools)?;
        let discounts = discounts(&self.discounts, &currency, tools)?;
        let currency = tools.names.get(&self.currency);
        Ok(Body::Sale(Sale { currency, lines, tenders, attributes, discounts }))
    }
}

/// What offers took off before. A purchase without any has the content it had before they were said (S23).
fn discounts(
    given: &[PurchaseDiscount<'_>],
    currency: &Currency,
    tools: &mut Tools<'_>,
) -> Result<Vec<Discount>, BadInput> {
    if given.len() > DISCOUNTS {
        let problem = format!("discounts: expected at most {DISCOUNTS}, found {}", given.len());
        return Err(BadInput::new(Code::TooManyLines, problem));
    }
    if !given.is_empty() {
        tools.content.text("discounts");
        tools.content.count(given.len());
    }
    let mut discounts = Vec::with_capacity(given.len());
    for PurchaseDiscount { offer, amount } in given {
        text::name("offer", offer)?;
        let place = || format!("discount of {}", crate::bad::shown(offer));
        let amount = money::amount(currency, *amount, place)?;
        if amount == Minor::ZERO {
            let problem = format!("{}: expected an amount above 0, found 0", place());
            return Err(BadInput::new(Code::BadField, problem));
        }
        tools.content.text(offer);
        tools.content.number(amount.0);
        discounts.push(Discount { offer: tools.names.get(offer), amount });
    }
    Ok(discounts)
}

/// Attributes, each once. A purchase without any has the content it had before there were any (S23).
fn attributes(given: &[PurchaseAttribute<'_>], tools: &mut Tools<'_>) -> Result<Vec<Attribute>, BadInput> {
    let mut attributes = Vec::with_capacity(at_most(given.len())?);
    if !given.is_empty() {
        tools.content.count(given.len());
    }
    for PurchaseAttribute { name, value } in given {
        text::name("attribute", name)?;
        text::name("value", value)?;
        let (name, value) = (tools.names.get(name), tools.names.get(value));
        [&name, &value].into_iter().for_each(|text| tools.content.text(text.as_str()));
        once(&mut attributes, Attribute { name, value, account: Name::default() })?;
    }
    Ok(attributes)
}

fn adds_up(code: Code, what: &str, currency: &Currency, sum: Minor, total: Minor) -> Result<(), BadInput> {
    if sum == total {
        return Ok(());
    }
    let (sum, total) = (currency.to_decimal(sum), currency.to_decimal(total));
    Err(BadInput::new(code, format!("{what}: expected them to add up to the total of {total}, found {sum}")))
}

fn sale_line(
    line: &PurchaseLine<'_>,
    currency: &Currency,
    tools: &mut Tools<'_>,
) -> Result<SaleLine, BadInput> {
    let number = line.line;
    text::name("sku", &line.sku).map_err(|bad| at_line(number, bad))?;
    let group = present(&line.group);
    if let Some(group) = group {
        text::name("group", group).map_err(|bad| at_line(number, bad))?;
    }
    let quantity = quantity(number, line.quantity)?;
    let amount = money::amount(currency, line.amount, || format!("amount of line {number}"))?;
    let content = &mut *tools.content;
    content.number(number.into());
    content.text(&line.sku);
    content.text(group.unwrap_or_default());
    content.number(quantity.0);
    content.number(amount.0);
    if line.promotional {
        content.text("promotional"); // one that is not counts as it did before lines said it
    }
    let (sku, group) = (tools.names.get(&line.sku), tools.names.get(group.unwrap_or_default()));
    Ok(SaleLine { line: number, sku, group, quantity, amount, promotional: line.promotional })
}

fn at_line(line: i32, bad: BadInput) -> BadInput {
    BadInput { text: format!("line {line}: {}", bad.text), ..bad }
}

fn tenders(
    tenders: &[Tender<'_>],
    currency: &Currency,
    total: Minor,
    tools: &mut Tools<'_>,
) -> Result<Vec<PointsTender>, BadInput> {
    if tenders.len() > TENDERS {
        let problem = format!("tenders: expected at most {TENDERS}, found {}", tenders.len());
        return Err(BadInput::new(Code::TooManyLines, problem));
    }
    tools.content.count(tenders.len());
    let (mut in_points, mut sum) = (Vec::new(), Minor::ZERO);
    for (place, tender) in tenders.iter().enumerate() {
        let place = || format!("tender {} of {}", place + 1, tenders.len());
        text::name("kind", &tender.kind)?;
        let amount = money::amount(currency, tender.amount, || format!("amount of {}", place()))?;
        sum += amount;
        tools.content.text(&tender.kind);
        tools.content.number(amount.0);
        if &*tender.kind == "points" {
            in_points.push(points_tender(tender, amount, &place(), tools)?);
        } else if tender.points.is_some()
            || present(&tender.hold).is_some()
            || present(&tender.wallet).is_some()
        {
            let problem = format!("{}: expected points, hold and wallet with kind `points` only", place());
            return Err(BadInput::new(Code::BadField, format!("{problem}, found kind `{}`", &*tender.kind)));
        }
    }
    if !tenders.is_empty() {
        adds_up(Code::TendersDoNotAddUp, "tenders", currency, sum, total)?;
    }
    Ok(in_points)
}

fn points_tender(
    tender: &Tender<'_>,
    amount: Minor,
    place: &str,
    tools: &mut Tools<'_>,
) -> Result<PointsTender, BadInput> {
    let points = points(place, tender.points)?;
    let (hold, wallet) = (present(&tender.hold), present(&tender.wallet));
    hold.map_or(Ok(()), |hold| text::id("hold", hold))?;
    wallet.map_or(Ok(()), |wallet| text::name("wallet", wallet))?;
    tools.content.number(points.get());
    tools.content.text(hold.unwrap_or_default());
    tools.content.text(wallet.unwrap_or_default());
    let hold = hold.map_or(EventKey::NONE, |hold| EventKey::of(tools.partner, "redemptions", hold));
    let wallet: Name = tools.names.get(wallet.unwrap_or_default());
    Ok(PointsTender { wallet, points, amount, hold })
}

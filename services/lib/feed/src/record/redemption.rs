//! A step of a redemption: each has its own fields, and no others (S11, S27).

use super::{FeedRecord, Tools, absent, head, line_numbers, points};
use crate::bad::{BadInput, Code};
use crate::limits::TIME_TO_LIVE;
use crate::money;
use crate::text::{self, present};
use domain::command::{Authorise, Cancel, Capture, ItemOrder, SaleLine};
use domain::purchase::Quantity;
use domain::transfer::Transfer;
use domain::{Body, EventKey, Name};
use wire::record::{RedemptionRecord, Step};

impl<'a> FeedRecord<'a> for RedemptionRecord<'a> {
    const FEED: &'static str = "redemptions";

    head!();

    fn body(&self, tools: &mut Tools<'_>) -> Result<Body, BadInput> {
        if self.step != Step::Transfer {
            absent("any step but `transfer`", &[("to", present(&self.to).is_some())])?;
        }
        match self.step {
            Step::Authorise => authorise(self, tools).map(Body::Authorise),
            Step::Capture => capture(self, tools).map(Body::Capture),
            Step::Cancel => cancel(self, tools).map(Body::Cancel),
            Step::Order => order(self, tools).map(Body::Order),
            Step::Transfer => transfer(self, tools).map(Body::Transfer),
        }
    }
}

fn authorise(record: &RedemptionRecord<'_>, tools: &mut Tools<'_>) -> Result<Authorise, BadInput> {
    absent(
        "step `authorise`",
        &[("redemption", present(&record.redemption).is_some()), ("more", record.more)],
    )?;
    no_item("step `authorise`", record)?;
    let points = points("points", record.points)?;
    let wallet = present(&record.wallet);
    wallet.map_or(Ok(()), |wallet| text::name("wallet", wallet))?;
    let time_to_live = match record.time_to_live {
        None => 0,
        Some(millis @ 1..=TIME_TO_LIVE) => millis,
        Some(other) => {
            let problem = format!("time_to_live: expected 1 to {TIME_TO_LIVE} milliseconds, found {other}");
            return Err(BadInput::new(Code::BadField, problem));
        }
    };
    tools.content.text("authorise");
    tools.content.number(points.get());
    tools.content.text(wallet.unwrap_or_default());
    tools.content.number(time_to_live);
    let lines = basket(record, tools)?;
    let currency = tools.names.get(present(&record.currency).unwrap_or_default());
    let wallet = tools.names.get(wallet.unwrap_or_default());
    Ok(Authorise { wallet, points, time_to_live, currency, lines })
}

/// The basket that points are to pay for, where the partner says it.
fn basket(record: &RedemptionRecord<'_>, tools: &mut Tools<'_>) -> Result<Vec<SaleLine>, BadInput> {
    let Some(code) = present(&record.currency) else {
        absent("no `currency` beside it", &[("lines", !record.lines.is_empty())])?;
        return Ok(Vec::new());
    };
    let currency = money::currency(code)?;
    line_numbers((1..).take(record.lines.len()).collect::<Vec<i32>>().into_iter())?;
    tools.content.text(code);
    tools.content.count(record.lines.len());
    let lines = record.lines.iter().zip(1..).map(|(line, number)| {
        let amount = money::amount(&currency, line.amount, || format!("amount of line {number}"))?;
        let group = present(&line.group);
        group.map_or(Ok(()), |group| text::name("group", group))?;
        tools.content.number(amount.0);
        tools.content.text(group.unwrap_or_default());
        tools.content.number(line.promotional.into());
        let (sku, group) = (Name::default(), tools.names.get(group.unwrap_or_default()));
        let quantity = Quantity(1_000);
        Ok(SaleLine { line: number, sku, group, quantity, amount, promotional: line.promotional })
    });
    lines.collect()
}

/// Fields of the basket, which only an authorisation has.
fn of_basket(record: &RedemptionRecord<'_>) -> [(&'static str, bool); 2] {
    [("currency", present(&record.currency).is_some()), ("lines", !record.lines.is_empty())]
}

fn capture(record: &RedemptionRecord<'_>, tools: &mut Tools<'_>) -> Result<Capture, BadInput> {
    let surplus =
        [("wallet", present(&record.wallet).is_some()), ("time_to_live", record.time_to_live.is_some())];
    absent("step `capture`", &surplus)?;
    no_item("step `capture`", record)?;
    absent("step `capture`", &of_basket(record))?;
    let points = points("points", record.points)?;
    tools.content.text("capture");
    tools.content.number(points.get());
    tools.content.number(record.more.into());
    Ok(Capture { redemption: redemption("capture", record, tools)?, points, more: record.more })
}

fn cancel(record: &RedemptionRecord<'_>, tools: &mut Tools<'_>) -> Result<Cancel, BadInput> {
    let surplus = [
        ("points", record.points.is_some()),
        ("wallet", present(&record.wallet).is_some()),
        ("time_to_live", record.time_to_live.is_some()),
        ("more", record.more),
    ];
    absent("step `cancel`", &surplus)?;
    no_item("step `cancel`", record)?;
    absent("step `cancel`", &of_basket(record))?;
    tools.content.text("cancel");
    Ok(Cancel { redemption: redemption("cancel", record, tools)? })
}

fn order(record: &RedemptionRecord<'_>, tools: &mut Tools<'_>) -> Result<ItemOrder, BadInput> {
    let surplus = [
        ("points", record.points.is_some()),
        ("redemption", present(&record.redemption).is_some()),
        ("wallet", present(&record.wallet).is_some()),
        ("time_to_live", record.time_to_live.is_some()),
        ("more", record.more),
    ];
    absent("step `order`", &surplus)?;
    absent("step `order`", &of_basket(record))?;
    let Some(item) = present(&record.item) else {
        let problem = "item: expected what is ordered with step `order`, found none".to_owned();
        return Err(BadInput::new(Code::BadField, problem));
    };
    text::name("item", item)?;
    let choice = present(&record.choice);
    choice.map_or(Ok(()), |choice| text::name("choice", choice))?;
    let choice = choice.unwrap_or_default();
    tools.content.text("order");
    tools.content.text(item);
    tools.content.text(choice);
    Ok(ItemOrder { item: tools.names.get(item), choice: tools.names.get(choice) })
}

/// The receiver is named as members are, and kept as they are: under the same pseudonym.
fn transfer(record: &RedemptionRecord<'_>, tools: &mut Tools<'_>) -> Result<Transfer, BadInput> {
    let surplus = [
        ("redemption", present(&record.redemption).is_some()),
        ("time_to_live", record.time_to_live.is_some()),
        ("more", record.more),
    ];
    absent("step `transfer`", &surplus)?;
    no_item("step `transfer`", record)?;
    absent("step `transfer`", &of_basket(record))?;
    let points = points("points", record.points)?;
    let wallet = present(&record.wallet);
    wallet.map_or(Ok(()), |wallet| text::name("wallet", wallet))?;
    let wallet = wallet.unwrap_or_default();
    let Some(to) = present(&record.to) else {
        let problem =
            "to: expected the member who gets the points with step `transfer`, found none".to_owned();
        return Err(BadInput::new(Code::BadField, problem));
    };
    text::id("to", to)?;
    tools.content.watch(tools.identity, to);
    let to = tools.identity.member(tools.programme, to);
    tools.content.text("transfer");
    tools.content.number(points.get());
    tools.content.text(wallet);
    tools.content.text(to.as_str());
    Ok(Transfer { to, wallet: tools.names.get(wallet), points })
}

/// What is ordered belongs to an order alone.
fn no_item(step: &str, record: &RedemptionRecord<'_>) -> Result<(), BadInput> {
    let given = [("item", present(&record.item).is_some()), ("choice", present(&record.choice).is_some())];
    absent(step, &given)
}

fn redemption(
    step: &str,
    record: &RedemptionRecord<'_>,
    tools: &mut Tools<'_>,
) -> Result<EventKey, BadInput> {
    let Some(id) = present(&record.redemption) else {
        let problem =
            format!("redemption: expected the id of the authorise step with step `{step}`, found none");
        return Err(BadInput::new(Code::BadField, problem));
    };
    text::id("redemption", id)?;
    tools.content.text(id);
    Ok(EventKey::of(tools.partner, "redemptions", id))
}

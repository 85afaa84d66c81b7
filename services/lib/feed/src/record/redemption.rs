//! A step of a redemption: each has its own fields, and no others (S11, S27).

use super::{FeedRecord, Tools, absent, head, points};
use crate::bad::{BadInput, Code};
use crate::limits::TIME_TO_LIVE;
use crate::text::{self, present};
use domain::command::{Authorise, Cancel, Capture, ItemOrder};
use domain::{Body, EventKey};
use wire::record::{RedemptionRecord, Step};

impl<'a> FeedRecord<'a> for RedemptionRecord<'a> {
    const FEED: &'static str = "redemptions";

    head!();

    fn body(&self, tools: &mut Tools<'_>) -> Result<Body, BadInput> {
        match self.step {
            Step::Authorise => authorise(self, tools).map(Body::Authorise),
            Step::Capture => capture(self, tools).map(Body::Capture),
            Step::Cancel => cancel(self, tools).map(Body::Cancel),
            Step::Order => order(self, tools).map(Body::Order),
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
    Ok(Authorise { wallet: tools.names.get(wallet.unwrap_or_default()), points, time_to_live })
}

fn capture(record: &RedemptionRecord<'_>, tools: &mut Tools<'_>) -> Result<Capture, BadInput> {
    let surplus =
        [("wallet", present(&record.wallet).is_some()), ("time_to_live", record.time_to_live.is_some())];
    absent("step `capture`", &surplus)?;
    no_item("step `capture`", record)?;
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

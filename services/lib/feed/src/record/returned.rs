//! A return: lines of one purchase of the same partner, each at most once (S22, S27).

use super::{FeedRecord, Tools, head, line_numbers, quantity};
use crate::bad::BadInput;
use crate::text;
use domain::command::{Return, ReturnLine};
use domain::{Body, EventKey};
use wire::record::ReturnRecord;

impl<'a> FeedRecord<'a> for ReturnRecord<'a> {
    const FEED: &'static str = "returns";

    head!();

    fn body(&self, tools: &mut Tools<'_>) -> Result<Body, BadInput> {
        text::id("purchase", &self.purchase)?;
        tools.content.text(&self.purchase);
        line_numbers(self.lines.iter().map(|line| line.line))?;
        tools.content.count(self.lines.len());
        let lines = self.lines.iter().map(|line| {
            let quantity = quantity(line.line, line.quantity)?;
            tools.content.number(line.line.into());
            tools.content.number(quantity.0);
            Ok(ReturnLine { line: line.line, quantity })
        });
        let lines = lines.collect::<Result<Vec<_>, BadInput>>()?;
        let purchase = EventKey::of(tools.partner, "purchases", &self.purchase);
        Ok(Body::Return(Return { purchase, lines }))
    }
}

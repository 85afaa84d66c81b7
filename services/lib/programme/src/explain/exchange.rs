//! Conversions and catalogues, as a table.

use super::Words;
use super::amount::one_of;
use super::gauge::{Gauge, Verdict};
use super::sheet::{Cell, Row, Sheet};
use domain::exchange::{Exchange, Gift, When};

impl Words<'_> {
    /// What is exchanged for what.
    pub(super) fn exchange_sheet(&self) -> Sheet {
        let row = |exchange: &Exchange| {
            let Exchange { name, from, price, gives: _, when } = exchange;
            let when = match when {
                When::Reached => "at once, whenever there are enough",
                When::OnRequest => "when it is ordered",
            };
            let cells = vec![
                name.as_str().into(),
                Cell::with(self.cost(exchange), Gauge::less(price.get())),
                Cell::with(self.gives(exchange), generous(exchange)),
                when.into(),
            ];
            Row::of(format!("whoever has {}", self.unit(from)), cells).being(Verdict::Better)
        };
        let rows = self.tariff.exchanges.iter().map(row).collect();
        Sheet::new("Exchanges and gifts", &["exchange", "takes", "gives", "when"], rows)
    }

    /// `38 doubles (sold at 75 RUB)`.
    fn cost(&self, exchange: &Exchange) -> String {
        let points = self.points_in(&exchange.from, exchange.price);
        match self.said.sold_at.get(&exchange.name) {
            Some(money) => format!("{points} (sold at {})", self.money(*money)),
            None => points,
        }
    }

    /// `1 free pair`, `1 mask or 1 scrub`.
    pub(super) fn gives(&self, exchange: &Exchange) -> String {
        let each = exchange.gives.iter().map(|Gift { terms, points }| self.points(terms, *points));
        one_of(&each.collect::<Vec<_>>())
    }
}

/// How much each choice gives.
fn generous(exchange: &Exchange) -> Gauge {
    let each =
        exchange.gives.iter().map(|gift| (format!("who chooses {}", gift.terms), gift.points.get().into()));
    match &exchange.gives[..] {
        [only] => Gauge::more(only.points.get()),
        _ => Gauge::by_whom(each.collect()),
    }
}

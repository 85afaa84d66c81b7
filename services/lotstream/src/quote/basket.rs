//! A line of a basket on the command line: `item:group:price[:quantity][!]`, `!` at a promotional price.

use crate::failure::{Failure, other};
use domain::Name;
use domain::command::SaleLine;
use domain::money::Currency;
use domain::purchase::Quantity;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// The line that `text` says, the `number`th of its basket.
pub(super) fn line(text: &str, number: i32, currency: &Currency) -> Result<SaleLine, Failure> {
    read(text, number, currency).ok_or_else(|| {
        let Currency { code, exponent } = currency;
        other(format!(
            "--line {text}: expected ITEM:GROUP:PRICE or ITEM:GROUP:PRICE:QUANTITY, the price in {code} to {exponent} \
             decimals, the quantity above 0 to three, as in `socks:clothing:300:2`; `!` behind it for a \
             promotional price"
        ))
    })
}

fn read(text: &str, number: i32, currency: &Currency) -> Option<SaleLine> {
    let (text, promotional) = text.strip_suffix('!').map_or((text, false), |text| (text, true));
    let parts: Vec<&str> = text.split(':').collect();
    let ([item, group, price] | [item, group, price, _]) = parts[..] else { return None };
    let price = currency.to_minor(price.parse().ok()?)?;
    let pieces: Decimal = parts.get(3).map_or(Some(Decimal::ONE), |quantity| quantity.parse().ok())?;
    let thousandths = pieces.checked_mul(Decimal::ONE_THOUSAND).filter(Decimal::is_integer)?;
    let quantity = thousandths.to_i64().filter(|quantity| (1..=1_000_000_000).contains(quantity))?;
    let (item, group) = (Name::from(item), Name::from(group));
    SaleLine::priced(number, item, group, Quantity(quantity), price)
        .filter(|line| !line.sku.as_str().is_empty())
        .map(|line| SaleLine { promotional, ..line })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_an_item_a_group_a_price_and_maybe_a_quantity() {
        let rubles = Currency::iso("RUB").expect("a currency");
        let read = |text: &str| line(text, 1, &rubles).map(|line| (line.quantity.0, line.amount.0)).ok();
        assert_eq!(read("socks:clothing:300:2"), Some((2_000, 60_000)));
        assert_eq!(read("tea::12.50"), Some((1_000, 1_250)));
        let promotional = |text: &str| line(text, 1, &rubles).map(|line| line.promotional).ok();
        assert_eq!(["tea::12.50", "tea::12.50!"].map(promotional), [Some(false), Some(true)]);
        assert_eq!(read("tea::100:0.125"), Some((125, 1_250)));
        for wrong in
            ["tea", "tea:100", "::100", "tea::-1", "tea::1.001", "tea::1:0", "tea::0.01:0.5", "a:b:1:2:3"]
        {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        let told = line("tea", 1, &rubles).expect_err("refused").to_string();
        assert!(told.contains("--line tea: expected ITEM:GROUP:PRICE"), "{told}");
    }
}

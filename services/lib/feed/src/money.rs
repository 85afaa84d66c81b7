//! Money at the edge: an ISO 4217 code somebody issued, and decimals as whole minor units (S01). Never rounds.

use crate::bad::{BadInput, Code, shown};
use crate::limits;
use domain::Minor;
use domain::money::Currency;
use rust_decimal::Decimal;

/// The alphabetic codes of ISO 4217 that money is counted in, or was until lately, in order.
const CODES: [&str; 160] = [
    "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BGN", "BHD",
    "BIF", "BMD", "BND", "BOB", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CLF", "CLP",
    "CNY", "COP", "CRC", "CUP", "CVE", "CZK", "DJF", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD",
    "FKP", "GBP", "GEL", "GHS", "GIP", "GMD", "GNF", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF", "IDR", "ILS",
    "INR", "IQD", "IRR", "ISK", "JMD", "JOD", "JPY", "KES", "KGS", "KHR", "KMF", "KPW", "KRW", "KWD", "KYD",
    "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "LYD", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU",
    "MUR", "MVR", "MWK", "MXN", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "OMR", "PAB", "PEN",
    "PGK", "PHP", "PKR", "PLN", "PYG", "QAR", "RON", "RSD", "RUB", "RWF", "SAR", "SBD", "SCR", "SDG", "SEK",
    "SGD", "SHP", "SLE", "SOS", "SRD", "SSP", "STN", "SVC", "SYP", "SZL", "THB", "TJS", "TMT", "TND", "TOP",
    "TRY", "TTD", "TWD", "TZS", "UAH", "UGX", "USD", "UYI", "UYU", "UYW", "UZS", "VED", "VES", "VND", "VUV",
    "WST", "XAF", "XCD", "XCG", "XOF", "XPF", "YER", "ZAR", "ZMW", "ZWG",
];

/// The currency with this code.
pub(crate) fn currency(code: &str) -> Result<Currency, BadInput> {
    let known = CODES.binary_search(&code).is_ok();
    known.then(|| Currency::iso(code)).flatten().ok_or_else(|| {
        let problem = format!("currency: expected an ISO 4217 code such as EUR, found {}", shown(code));
        BadInput::new(Code::UnknownCurrency, problem)
    })
}

/// `value` times ten to `digits`, if that is whole and fits.
pub(crate) fn whole(value: Decimal, digits: u32) -> Option<i64> {
    let unscaled = i64::try_from(value.mantissa()).ok()?;
    match digits.checked_sub(value.scale()) {
        Some(missing) => unscaled.checked_mul(10_i64.checked_pow(missing)?),
        None => {
            let surplus = 10_i64.checked_pow(value.scale() - digits)?;
            (unscaled % surplus == 0).then_some(unscaled / surplus)
        }
    }
}

/// An amount of 0 or more, in minor units, within the limit. `place` says where it stands.
pub(crate) fn amount(
    currency: &Currency,
    value: Decimal,
    place: impl Fn() -> String,
) -> Result<Minor, BadInput> {
    let bad = |code, expected: String| {
        BadInput::new(code, format!("{}: expected {expected}, found {}", place(), value.normalize()))
    };
    if value.is_sign_negative() && !value.is_zero() {
        return Err(bad(Code::NegativeAmount, "an amount of 0 or more".into()));
    }
    let digits = currency.exponent;
    match whole(value, digits) {
        Some(minor) if minor <= limits::AMOUNT => Ok(Minor(minor)),
        None if value.normalize().scale() > digits => Err(bad(
            Code::TooManyDigits,
            format!("at most {digits} digits behind the point for {}", currency.code),
        )),
        _ => {
            let limit = currency.to_decimal(Minor(limits::AMOUNT));
            Err(bad(Code::AbsurdAmount, format!("at most {limit} {}", currency.code)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_stand_in_order() {
        assert!(CODES.is_sorted());
    }

    #[test]
    fn minor_units_are_those_of_the_core() {
        for code in ["JPY", "RUB", "KWD", "CLF"] {
            let currency = currency(code).unwrap();
            for (unscaled, scale) in
                [(0, 4), (1, 4), (10, 4), (100, 4), (123_400, 4), (5, 0), (-70_000, 4), (-1, 4)]
            {
                let value = Decimal::new(unscaled, scale);
                assert_eq!(
                    whole(value, currency.exponent).map(Minor),
                    currency.to_minor(value),
                    "{value} {code}"
                );
            }
        }
    }

    #[test]
    fn amounts_are_refused_by_name() {
        let rub = currency("RUB").unwrap();
        let code = |value: &str| amount(&rub, value.parse().unwrap(), String::new).map_err(|bad| bad.code);
        assert_eq!(code("10.50"), Ok(Minor(1050)));
        assert_eq!(code("-0.00"), Ok(Minor(0)));
        assert_eq!(code("10000000000"), Ok(Minor(limits::AMOUNT)));
        assert_eq!(code("10000000000.01"), Err(Code::AbsurdAmount));
        assert_eq!(code("99999999999999.9999"), Err(Code::TooManyDigits));
        assert_eq!(code("0.001"), Err(Code::TooManyDigits));
        assert_eq!(code("-0.01"), Err(Code::NegativeAmount));
        assert_eq!(currency("RUR").unwrap_err().code, Code::UnknownCurrency);
    }
}

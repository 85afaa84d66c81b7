//! Every bad input of S27: what is wrong, the word it is answered with, and that the stream goes on.

#![allow(clippy::unwrap_used)]

mod samples;

use domain::{Name, Timestamp};
use feed::bad::Code;
use feed::{
    ACTIVITIES, ADJUSTMENTS, Arrival, BadInput, Converter, Feed, Identity, Origin, PARTNER_CARDS, PURCHASES,
    REDEMPTIONS, RETURNS,
};
use samples::{
    ACTIVITY, AUTHORISE, BLOCK, BOUND, CANCEL, CAPTURE, ERASE, FORGIVE, GRANT, MERGE, ORDER, PURCHASE,
    REFUSE, RELEASE, REPLACED, RESUME, RETURN, TRANSFER, UNBLOCK, WRITE_OFF,
};

fn origin() -> Origin {
    Origin::line(Name::from("shop-1"), 7)
}

/// Of a deployment whose partners send pseudonyms: an `erase` is of use there.
fn converter() -> Converter {
    Converter::keeping("club", Identity::PSEUDONYMOUS)
}

fn answer(feed: &Feed, line: &str) -> Result<domain::Command, BadInput> {
    feed.from_json(&mut converter(), line.as_bytes(), &origin())
}

/// The sample with `from` replaced by `to`, which must be there.
fn altered(sample: &str, from: &str, to: &str) -> String {
    assert!(sample.contains(from), "{from} is not in {sample}");
    sample.replacen(from, to, 1)
}

/// Feed, sample, what is replaced, by what, the code, and the beginning of the text.
type Row = (&'static Feed, &'static str, &'static str, &'static str, Code, &'static str);

#[rustfmt::skip]
const TABLE: &[Row] = &[
    // undecodable
    (&PURCHASES, PURCHASE, "\"lines\"", "lines", Code::Undecodable, "purchase: "),
    (&PURCHASES, PURCHASE, "\"total\":\"30.50\"", "\"total\":30.50", Code::Undecodable, "purchase: field `total`: expected "),
    (&PURCHASES, PURCHASE, "\"total\":\"30.50\",", "", Code::Undecodable, "purchase: expected field `total`, found none"),
    (&PURCHASES, PURCHASE, "\"total\"", "\"totl\"", Code::Undecodable, "purchase: expected one of `id`, "),
    (&PURCHASES, PURCHASE, "+03:00", "", Code::Undecodable, "purchase: field `occurred_at`: expected "),
    (&PURCHASES, PURCHASE, "\"quantity\":\"2\"", "\"quantity\":\"2.0001\"", Code::Undecodable, "purchase: field `quantity`: expected "),
    (&RETURNS, RETURN, "}]}", "}]", Code::Undecodable, "return: expected a whole JSON object, found that the line ends after "),
    (&REDEMPTIONS, AUTHORISE, "authorise", "reserve", Code::Undecodable, "redemption: field `step`: expected one of `authorise`, "),
    // discounts
    (&PURCHASES, PURCHASE, "\"lines\"", "\"discounts\":[{\"offer\":\"\",\"amount\":\"1\"}],\"lines\"", Code::BadText, "offer: "),
    (&PURCHASES, PURCHASE, "\"lines\"", "\"discounts\":[{\"offer\":\"a\",\"amount\":\"0\"}],\"lines\"", Code::BadField, "discount of `a`: expected an amount above 0"),
    (&PURCHASES, PURCHASE, "\"lines\"", "\"discounts\":[{\"offer\":\"a\",\"amount\":\"0.001\"}],\"lines\"", Code::TooManyDigits, "discount of `a`: "),
    // another partner
    (&PURCHASES, PURCHASE, "\"member\"", "\"partner\":\"shop-2\",\"member\"", Code::WrongPartner, "partner: expected `shop-1`, as the topic says, found `shop-2`; send it to"),
    (&RETURNS, RETURN, "\"member\"", "\"partner\":\"shop-2\",\"member\"", Code::WrongPartner, "partner: "),
    (&REDEMPTIONS, CANCEL, "\"member\"", "\"partner\":\"shop-2\",\"member\"", Code::WrongPartner, "partner: "),
    // ids
    (&PURCHASES, PURCHASE, "\"id\":\"p-1\"", "\"id\":\"\"", Code::BadText, "id: expected 1 to 200 bytes"),
    (&PURCHASES, PURCHASE, "\"id\":\"p-1\"", "\"id\":\"p:1\"", Code::BadText, "id: expected an id without `:`"),
    (&PURCHASES, PURCHASE, "\"id\":\"p-1\"", "\"id\":\"p\\u0000\"", Code::BadText, "id: "),
    (&PURCHASES, PURCHASE, "m-9", "m\\n9", Code::BadText, "member: "),
    (&PURCHASES, PURCHASE, "m-9", "m:9", Code::BadText, "member: "),
    (&PURCHASES, PURCHASE, "\"member\"", "\"programme\":\"a:b\",\"member\"", Code::BadText, "programme: "),
    (&PURCHASES, PURCHASE, "a-1", "a\\u0007", Code::BadText, "line 1: sku: "),
    (&PURCHASES, PURCHASE, "bikes", "bi\\u0000kes", Code::BadText, "line 1: group: "),
    (&PURCHASES, PURCHASE, "\"hold\":\"r-1\"", "\"hold\":\"r:1\"", Code::BadText, "hold: "),
    (&PURCHASES, PURCHASE, "\"kind\":\"cash\"", "\"kind\":\"\"", Code::BadText, "kind: "),
    (&RETURNS, RETURN, "\"purchase\":\"p-1\"", "\"purchase\":\"p:1\"", Code::BadText, "purchase: "),
    (&REDEMPTIONS, CAPTURE, "\"redemption\":\"r-1\"", "\"redemption\":\"r:1\"", Code::BadText, "redemption: "),
    (&REDEMPTIONS, AUTHORISE, "\"points\"", "\"wallet\":\"\\u202e\",\"points\"", Code::BadText, "wallet: "),
    // whom
    (&PURCHASES, PURCHASE, "\"member\":\"m-9\",", "", Code::NoMember, "member, card: expected one of them, found neither"),
    (&PURCHASES, PURCHASE, "\"member\":\"m-9\"", "\"member\":\"\"", Code::NoMember, "member, card: expected one of them, found neither"),
    (&RETURNS, RETURN, "\"member\"", "\"card\":\"c-1\",\"member\"", Code::NoMember, "member, card: expected one of them, found both"),
    (&REDEMPTIONS, CAPTURE, "\"member\":\"m-9\",", "", Code::NoMember, "member, card: "),
    // money
    (&PURCHASES, PURCHASE, "RUB", "RUR", Code::UnknownCurrency, "currency: expected an ISO 4217 code such as EUR, found `RUR`"),
    (&PURCHASES, PURCHASE, "RUB", "rub", Code::UnknownCurrency, "currency: "),
    (&PURCHASES, PURCHASE, "RUB", "JPY", Code::TooManyDigits, "total: expected at most 0 digits behind the point for JPY, found 30.5"),
    (&PURCHASES, PURCHASE, "\"amount\":\"10.00\"}]", "\"amount\":\"10.001\"}]", Code::TooManyDigits, "amount of line 2: "),
    (&PURCHASES, PURCHASE, "\"total\":\"30.50\"", "\"total\":\"-30.50\"", Code::NegativeAmount, "total: expected an amount of 0 or more, found -30.5"),
    (&PURCHASES, PURCHASE, "\"amount\":\"20.50\"", "\"amount\":\"-20.50\"", Code::NegativeAmount, "amount of line 1: "),
    (&PURCHASES, PURCHASE, "\"amount\":\"25.50\"", "\"amount\":\"-25.50\"", Code::NegativeAmount, "amount of tender 2 of 2: "),
    (&PURCHASES, PURCHASE, "\"total\":\"30.50\"", "\"total\":\"10000000000.01\"", Code::AbsurdAmount, "total: expected at most 10000000000.00 RUB"),
    // sums
    (&PURCHASES, PURCHASE, "\"amount\":\"20.50\"", "\"amount\":\"20.51\"", Code::LinesDoNotAddUp, "lines: expected them to add up to the total of 30.50, found 30.51"),
    (&PURCHASES, PURCHASE, "\"amount\":\"25.50\"", "\"amount\":\"25.49\"", Code::TendersDoNotAddUp, "tenders: expected them to add up to the total of 30.50, found 30.49"),
    // lines
    (&PURCHASES, PURCHASE, "\"line\":2", "\"line\":1", Code::BadLineNumber, "lines: expected each line number once, found 1"),
    (&PURCHASES, PURCHASE, "\"line\":2", "\"line\":-2", Code::BadLineNumber, "lines: expected line numbers of 0 or more, found -2"),
    (&PURCHASES, PURCHASE, "\"quantity\":\"2\"", "\"quantity\":\"0\"", Code::BadQuantity, "quantity of line 1: expected more than 0, found 0"),
    (&PURCHASES, PURCHASE, "\"quantity\":\"2\"", "\"quantity\":\"-2\"", Code::BadQuantity, "quantity of line 1: "),
    (&PURCHASES, PURCHASE, "\"quantity\":\"2\"", "\"quantity\":\"1000000000.001\"", Code::AbsurdAmount, "quantity of line 1: expected at most a billion"),
    (&RETURNS, RETURN, "{\"line\":2,\"quantity\":\"0.5\"}", "", Code::NoLines, "lines: expected at least one, found none"),
    (&RETURNS, RETURN, "\"quantity\":\"0.5\"", "\"quantity\":\"-0.5\"", Code::BadQuantity, "quantity of line 2: "),
    (&RETURNS, RETURN, "{\"line\":2,", "{\"line\":2,\"quantity\":\"1\"},{\"line\":2,", Code::BadLineNumber, "lines: "),
    // tenders and steps
    (&PURCHASES, PURCHASE, "\"points\":5", "\"points\":0", Code::BadPoints, "tender 1 of 2: expected points above 0, found 0"),
    (&PURCHASES, PURCHASE, "\"points\":5,", "", Code::BadPoints, "tender 1 of 2: expected points above 0, found none"),
    (&PURCHASES, PURCHASE, "\"kind\":\"cash\"", "\"kind\":\"cash\",\"hold\":\"r-1\"", Code::BadField, "tender 2 of 2: expected points, hold and wallet with kind `points` only"),
    (&REDEMPTIONS, AUTHORISE, "\"points\":5", "\"points\":-5", Code::BadPoints, "points: expected points above 0, found -5"),
    (&REDEMPTIONS, AUTHORISE, "\"points\":5", "\"points\":1000000000001", Code::AbsurdAmount, "points: expected at most 1000000000000 points"),
    (&REDEMPTIONS, AUTHORISE, "\"points\":5", "\"points\":5,\"time_to_live\":0", Code::BadField, "time_to_live: expected 1 to"),
    (&REDEMPTIONS, AUTHORISE, "\"points\":5", "\"points\":5,\"lines\":[{\"amount\":\"1\"}]", Code::BadField, "lines: expected none with no `currency` beside it, found one"),
    (&REDEMPTIONS, AUTHORISE, "\"points\":5", "\"points\":5,\"currency\":\"EUR\"", Code::NoLines, "lines: expected at least one, found none"),
    (&REDEMPTIONS, AUTHORISE, "\"points\":5", "\"points\":5,\"currency\":\"EUR\",\"lines\":[{\"amount\":\"1.001\"}]", Code::TooManyDigits, "amount of line 1: "),
    (&REDEMPTIONS, CAPTURE, "\"points\":5", "\"points\":5,\"currency\":\"EUR\"", Code::BadField, "currency: expected none with step `capture`"),
    (&REDEMPTIONS, AUTHORISE, "\"points\":5", "\"points\":5,\"redemption\":\"r-1\"", Code::BadField, "redemption: expected none with step `authorise`"),
    (&REDEMPTIONS, CAPTURE, "\"points\":5,", "", Code::BadPoints, "points: expected points above 0, found none"),
    (&REDEMPTIONS, CAPTURE, "\"redemption\":\"r-1\",", "", Code::BadField, "redemption: expected the id of the authorise step"),
    (&REDEMPTIONS, CAPTURE, "\"points\":5", "\"wallet\":\"w\",\"points\":5", Code::BadField, "wallet: expected none with step `capture`"),
    (&REDEMPTIONS, ORDER, "\"item\":\"treat\",", "", Code::BadField, "item: expected what is ordered with step `order`, found none"),
    (&REDEMPTIONS, TRANSFER, ",\"to\":\"m-8\"", "", Code::BadField, "to: expected the member who gets the points with step `transfer`, found none"),
    (&REDEMPTIONS, TRANSFER, "\"points\":5", "\"points\":0", Code::BadPoints, "points"),
    (&REDEMPTIONS, TRANSFER, "\"points\":5", "\"points\":5,\"item\":\"treat\"", Code::BadField, "item: expected none with step `transfer`"),
    (&REDEMPTIONS, ORDER, "\"item\":\"treat\"", "\"item\":\"treat\",\"to\":\"m-8\"", Code::BadField, "to: expected none with any step but `transfer`"),
    (&REDEMPTIONS, ORDER, "\"item\":\"treat\"", "\"item\":\"treat\",\"points\":5", Code::BadField, "points: expected none with step `order`"),
    (&REDEMPTIONS, CANCEL, "\"redemption\":\"r-1\"", "\"redemption\":\"r-1\",\"item\":\"treat\"", Code::BadField, "item: expected none with step `cancel`"),
    (&REDEMPTIONS, CANCEL, "\"redemption\":\"r-1\"", "\"points\":5,\"redemption\":\"r-1\"", Code::BadField, "points: expected none with step `cancel`"),
    // adjustments: who and why always, and each action its own fields
    (&ADJUSTMENTS, GRANT, "\"actor\":\"op-7\",", "", Code::Undecodable, "adjustment: expected field `actor`, found none"),
    (&ADJUSTMENTS, GRANT, "\"reason\":\"late delivery\",", "", Code::Undecodable, "adjustment: expected field `reason`, found none"),
    (&ADJUSTMENTS, GRANT, "\"actor\":\"op-7\"", "\"actor\":\"\"", Code::BadText, "actor: expected 1 to 200 bytes"),
    (&ADJUSTMENTS, GRANT, "\"reason\":\"late delivery\"", "\"reason\":\"\"", Code::BadText, "reason: expected 1 to 200 bytes"),
    (&ADJUSTMENTS, GRANT, "op-7", "op:7", Code::BadText, "actor: expected an id without `:`"),
    (&ADJUSTMENTS, GRANT, "late delivery", "late\\ndelivery", Code::BadText, "reason: "),
    (&ADJUSTMENTS, GRANT, "\"grant\"", "\"gift\"", Code::Undecodable, "adjustment: field `action`: expected one of `grant`, "),
    (&ADJUSTMENTS, GRANT, "\"points\":5,", "", Code::BadPoints, "points: expected points above 0, found none"),
    (&ADJUSTMENTS, GRANT, "\"points\":5", "\"points\":-5", Code::BadPoints, "points: expected points above 0, found -5"),
    (&ADJUSTMENTS, GRANT, "\"points\":5", "\"points\":1000000000001", Code::AbsurdAmount, "points: expected at most"),
    (&ADJUSTMENTS, GRANT, ",\"partner\":\"shop-1\"", "", Code::BadField, "partner: expected the partner that funds them with action `grant`, found none"),
    (&ADJUSTMENTS, GRANT, "\"partner\"", "\"event\":\"p-1\",\"partner\"", Code::BadField, "event: expected none with action `grant`"),
    (&ADJUSTMENTS, WRITE_OFF, "\"points\"", "\"partner\":\"shop-1\",\"points\"", Code::BadField, "partner: expected none with action `write_off`"),
    (&ADJUSTMENTS, WRITE_OFF, "\"wallet\":\"w\"", "\"wallet\":\"\\u0007\"", Code::BadText, "wallet: "),
    (&ADJUSTMENTS, FORGIVE, "\"points\":5", "\"points\":0", Code::BadPoints, "points: expected points above 0, found 0"),
    (&ADJUSTMENTS, FORGIVE, "\"points\"", "\"feed\":\"returns\",\"points\"", Code::BadField, "feed: expected none with action `forgive`"),
    (&ADJUSTMENTS, BLOCK, "\"action\":\"block\"", "\"action\":\"block\",\"points\":5", Code::BadField, "points: expected none with action `block`"),
    (&ADJUSTMENTS, UNBLOCK, "\"action\":\"unblock\"", "\"action\":\"unblock\",\"wallet\":\"w\"", Code::BadField, "wallet: expected none with action `unblock`"),
    (&ADJUSTMENTS, RELEASE, ",\"event\":\"p-1\"", "", Code::BadField, "event: expected the partner's id of the event with action `release`, found none"),
    (&ADJUSTMENTS, RELEASE, "\"purchases\"", "\"redemptions\"", Code::BadField, "feed: expected `purchases` or `returns` or `activities` or `partner-cards`, whose events are quarantined, found `redemptions`"),
    (&ADJUSTMENTS, RELEASE, "\"partner\":\"shop-1\",", "", Code::BadField, "partner: expected the partner that sent the event"),
    (&ADJUSTMENTS, REFUSE, "\"feed\":\"returns\",", "", Code::BadField, "feed: expected the feed of the event with action `refuse`"),
    (&ADJUSTMENTS, REFUSE, "t-1", "t:1", Code::BadText, "event: expected an id without `:`"),
    (&ADJUSTMENTS, REFUSE, "\"member\":\"m-9\",", "", Code::NoMember, "member, card: "),
    (&ADJUSTMENTS, MERGE, ",\"into\":\"m-8\"", "", Code::BadField, "into: expected the member it is merged into with action `merge`, found none"),
    (&ADJUSTMENTS, ERASE, "\"action\"", "\"into\":\"m-8\",\"action\"", Code::BadField, "into: expected none with action `erase`, found one"),
    (&ADJUSTMENTS, RESUME, "resume", "block", Code::BadField, "limit: expected none with action `block`, found one"),
    (&ADJUSTMENTS, RESUME, "\"limit\"", "\"member\":\"m-9\",\"limit\"", Code::NoMember, "limit: expected none beside a member or card, found one"),
    (&ADJUSTMENTS, RESUME, "codes/", "codes:", Code::BadText, "limit: expected an id without `:`"),
    // cards: each change its own field
    (&PARTNER_CARDS, BOUND, ",\"member\":\"m-9\"", "", Code::BadField, "member: expected the member it is bound to with change `bound`, found none"),
    (&PARTNER_CARDS, BOUND, "m-9", "m:9", Code::BadText, "member: "),
    (&PARTNER_CARDS, BOUND, "bound", "issued", Code::BadField, "member: expected none with change `issued`, found one"),
    (&PARTNER_CARDS, BOUND, "bound", "sold", Code::Undecodable, "card: field `change`: expected one of `issued`, "),
    (&PARTNER_CARDS, REPLACED, "k-2", "k-1", Code::BadField, "by: expected another card, found the same"),
    (&PARTNER_CARDS, REPLACED, ",\"by\":\"k-2\"", "", Code::BadField, "by: expected the card that takes its place"),
    // activities: each attribute once, and one thing each
    (&ACTIVITIES, ACTIVITY, "\"kind\":\"contest\",", "", Code::Undecodable, "activity: expected field `kind`, found none"),
    (&ACTIVITIES, ACTIVITY, "contest", "", Code::BadText, "kind: expected 1 to 200 bytes"),
    (&ACTIVITIES, ACTIVITY, "\"value\":\"1\"", "\"value\":\"1\",\"card\":\"c\"", Code::BadField, "attribute `place`: expected one of value, member and card"),
    (&ACTIVITIES, ACTIVITY, ",\"value\":\"1\"", "", Code::BadField, "attribute `place`: expected one of value, member and card"),
    (&ACTIVITIES, ACTIVITY, "invited_by", "place", Code::BadField, "attributes: expected each once, found `place` twice"),
    (&ACTIVITIES, ACTIVITY, "\"m-8\"", "\"m:8\"", Code::BadText, "member: expected an id without `:`"),
    (&ADJUSTMENTS, ERASE, "\"action\"", "\"points\":5,\"action\"", Code::BadField, "points: expected none with action `erase`"),
    // dates
    (&PURCHASES, PURCHASE, "\"currency\"", "\"delivered_at\":\"2026-03-01T11:54:59+03:00\",\"currency\"", Code::Future, "occurred_at: expected at most 5 minutes after its delivery at 2026-03-01T08:54:59.000Z, found 2026-03-01T09:00:00.000Z; set the clock"),
    (&PURCHASES, PURCHASE, "2026-03", "1969-03", Code::AbsurdDate, "occurred_at: expected an instant in the years 1970 to 2199"),
    (&REDEMPTIONS, CANCEL, "2026-03", "9999-03", Code::AbsurdDate, "occurred_at: "),
];

#[test]
fn s27_every_bad_input_is_named_and_the_stream_goes_on() {
    let mut converter = converter();
    for (feed, sample, from, to, code, text) in TABLE {
        let bad =
            feed.from_json(&mut converter, altered(sample, from, to).as_bytes(), &origin()).unwrap_err();
        assert_eq!((bad.code, bad.text.starts_with(text)), (*code, true), "{from} → {to}: {bad}");
        assert!(bad.text.contains("; "), "no word on what to do next: {bad}");
        let next = feed.from_json(&mut converter, sample.as_bytes(), &origin()).unwrap();
        assert_eq!(next, answer(feed, sample).unwrap(), "after {bad}");
    }
}

#[test]
fn s27_an_erasure_that_would_erase_no_id_is_bad_input() {
    let said = |identity: Identity| {
        let mut converter = Converter::keeping("club", identity);
        ADJUSTMENTS.from_json(&mut converter, ERASE.as_bytes(), &origin())
    };
    let bad = said(Identity::GIVEN).unwrap_err();
    assert_eq!((bad.code, bad.id.as_ref().map(Name::as_str)), (Code::BadField, Some("a-8")));
    assert!(bad.text.starts_with("action: expected `erase` only where"), "{bad}");
    assert!(
        bad.text.contains("; where partners send pseudonyms, set `identity = \"pseudonymous\"`"),
        "{bad}"
    );
    let keyed = Identity::keyed(b"a key that is thirty-two bytes long").unwrap();
    assert!(said(Identity::PSEUDONYMOUS).is_ok() && said(keyed).is_ok());
}

#[test]
fn s27_the_id_is_told_wherever_it_can_be_read() {
    for (feed, sample, from, to, ..) in TABLE {
        let bad = answer(feed, &altered(sample, from, to)).unwrap_err();
        let readable = !from.contains("\"id\"");
        assert_eq!(bad.id.is_some(), readable, "{from} → {to}: {bad}");
        if let Some(entity) = bad.entity {
            let whose = match *sample {
                _ if feed.name == PARTNER_CARDS.name => "club:card:k-1",
                RESUME => "club:limit:codes/5e1",
                _ => "club:member:m-9",
            };
            assert_eq!(entity.as_str(), whose);
        }
    }
}

#[test]
fn s27_what_is_not_text_or_too_large_is_bad_input_too() {
    let convert =
        |line: &[u8]| PURCHASES.from_json(&mut Converter::new("club"), line, &origin()).unwrap_err();
    assert_eq!(convert(b"{\"id\":\"\xff\"}").code, Code::Undecodable);
    assert_eq!(convert(&vec![b' '; (1 << 20) + 1]).code, Code::TooLarge);
    let line = r#"{"line":0,"sku":"a","quantity":"1","amount":"0"}"#;
    let many = |count: usize| {
        let lines: Vec<String> =
            (0..count).map(|n| line.replacen("\"line\":0", &format!("\"line\":{n}"), 1)).collect();
        altered(PURCHASE, "[{\"line\"", &format!("[{},{{\"line\"", lines.join(",")))
    };
    assert_eq!(convert(many(10_000).as_bytes()).code, Code::TooManyLines);
    let tender = r#"{"kind":"cash","amount":"0"},"#.repeat(99);
    let tenders = altered(PURCHASE, "\"tenders\":[", &format!("\"tenders\":[{tender}"));
    assert_eq!(convert(tenders.as_bytes()).code, Code::TooManyLines);
}

#[test]
fn s27_every_code_that_json_can_show_is_in_the_table() {
    let shown: Vec<Code> = TABLE.iter().map(|row| row.4).collect();
    // Unknown schemas are Avro's alone, the two sizes are in the test above, carried ids in `command.rs`.
    let elsewhere = [Code::UnknownSchema, Code::TooLarge, Code::TooManyLines, Code::CarriesIdentity];
    for code in Code::ALL {
        assert!(shown.contains(&code) || elsewhere.contains(&code), "{code:?}");
    }
}

#[test]
fn s25_a_future_date_is_judged_by_the_brokers_time_whatever_the_record_says() {
    let claimed = altered(PURCHASE, "\"currency\"", "\"delivered_at\":\"2027-01-01T00:00:00Z\",\"currency\"");
    let appended = |millis| Origin { arrival: Arrival::Appended(Timestamp(millis)), ..origin() };
    let convert = |at| PURCHASES.from_json(&mut Converter::new("club"), claimed.as_bytes(), &appended(at));
    let occurred = answer(&PURCHASES, PURCHASE).unwrap().occurred_at.0;
    assert_eq!(convert(occurred - 300_001).unwrap_err().code, Code::Future);
    assert_eq!(convert(occurred - 300_000).unwrap().delivered_at, Timestamp(occurred - 300_000));
}

//! Bad inputs, as a table: what is wrong, and how it is to be answered.

use domain::Timestamp;
use lotstream_tests::raw::Partner;
use std::time::{SystemTime, UNIX_EPOCH};

const HOUR: i64 = 3_600_000;

/// Who notices.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Where {
    /// The feed service, by the record alone.
    Feed,
    /// The ledger, which knows the programmes.
    Ledger,
}

/// A bad input.
pub(crate) struct Bad {
    /// What is wrong with it.
    pub(crate) what: &'static str,
    /// Where it is written.
    pub(crate) feed: &'static str,
    /// Its bytes.
    pub(crate) value: Vec<u8>,
    /// The word of its dead letter.
    pub(crate) reason: &'static str,
    /// The id that can be read of it.
    pub(crate) id: Option<&'static str>,
    /// Who notices.
    pub(crate) found_by: Where,
}

/// An hour more or less from now, by this machine's clock.
fn hours(from_now: i64) -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = Timestamp(i64::try_from(since.as_millis()).unwrap_or(0));
    now.plus_millis(from_now * HOUR).to_string()
}

/// A sale of 400 rubles by `m`; `@-1` stands for an hour ago.
const SALE: &str = r#"{"id":"@id","member":"m","occurred_at":"@-1","currency":"RUB","total":"400","lines":[{"line":1,"sku":"a","quantity":"1","amount":"400"}]}"#;

/// With the instants that `@-1` and `@1` stand for.
fn dated(line: &str) -> String {
    line.replace("@-1", &hours(-1)).replace("@1", &hours(1))
}

/// A good sale of an hour ago, as a line.
pub(crate) fn sale(id: &str, member: &str) -> String {
    let member = format!(r#""member":"{member}""#);
    dated(&SALE.replace("@id", id).replacen(r#""member":"m""#, &member, 1))
}

/// Records that are none of the feed's schema.
fn undecodable(partner: &Partner<'_>) -> Vec<Bad> {
    let good = partner.record("purchases", &sale("cut", "m"));
    let foreign = partner.record("redemptions", &redemption("foreign", r#""step":"authorise","points":1"#));
    let cut = good[..good.len() - 3].to_vec();
    let longer = [good.as_slice(), b"x"].concat();
    let unknown = [&[0, 0x7f, 0xff, 0xff, 0xff], &good[5..]].concat();
    let outcome = [&[0], partner.schema_id("outcome").to_be_bytes().as_slice(), &good[5..]].concat();
    let cases: [(&'static str, Vec<u8>, &'static str); 8] = [
        ("noise", vec![0xff, 0xfe, 0, 1, 2], "undecodable"),
        ("nothing", Vec::new(), "undecodable"),
        ("JSON instead of Avro", sale("json", "m").into_bytes(), "undecodable"),
        ("a record cut short", cut, "undecodable"),
        ("a record with a byte too many", longer, "undecodable"),
        ("a schema nobody registered", unknown, "unknown_schema"),
        ("the schema of another topic", outcome, "unknown_schema"),
        ("a record of another feed", foreign, "unknown_schema"),
    ];
    let bad = |(what, value, reason)| Bad {
        what,
        feed: "purchases",
        value,
        reason,
        id: None,
        found_by: Where::Feed,
    };
    cases.into_iter().map(bad).collect()
}

/// What is changed in a good sale (from, to), and the reason.
const SALES: [(&str, &str, &str, &str); 21] = [
    ("another partner's", r#""member":"m""#, r#""member":"m","partner":"shop-2""#, "wrong_partner"),
    ("a negative amount", r#""amount":"400""#, r#""amount":"-400""#, "negative_amount"),
    ("a negative total", r#""total":"400""#, r#""total":"-400""#, "negative_amount"),
    ("an absurd amount", r#""amount":"400""#, r#""amount":"20000000000""#, "absurd_amount"),
    ("an absurd quantity", r#""quantity":"1""#, r#""quantity":"2000000000""#, "absurd_amount"),
    ("a quantity of nothing", r#""quantity":"1""#, r#""quantity":"0""#, "bad_quantity"),
    ("half a kopeck", r#""amount":"400""#, r#""amount":"400.005""#, "too_many_digits"),
    ("lines that do not add up", r#""total":"400""#, r#""total":"401""#, "lines_do_not_add_up"),
    ("a currency that is none", "RUB", "XYZ", "unknown_currency"),
    ("the future", "@-1", "@1", "future"),
    ("the distant past", "@-1", "1960-01-01T00:00:00Z", "absurd_date"),
    ("nobody", r#""member":"m","#, "", "no_member"),
    ("two at once", r#""member":"m""#, r#""member":"m","card":"c""#, "no_member"),
    ("a member with a line break", r#""member":"m""#, r#""member":"m\nn""#, "bad_text"),
    ("no lines", LINE, "", "no_lines"),
    ("a line twice", LINE, TWICE, "bad_line_number"),
    ("a line below 0", r#""line":1"#, r#""line":-1"#, "bad_line_number"),
    (
        "tenders that do not add up",
        r#"}]}"#,
        r#"}],"tenders":[{"kind":"cash","amount":"9"}]}"#,
        "tenders_do_not_add_up",
    ),
    (
        "points paid in cash",
        r#"}]}"#,
        r#"}],"tenders":[{"kind":"cash","amount":"400","points":1}]}"#,
        "bad_field",
    ),
    (
        "no points paid",
        r#"}]}"#,
        r#"}],"tenders":[{"kind":"points","amount":"400","points":0}]}"#,
        "bad_points",
    ),
    (
        "a hold without a name",
        r#"}]}"#,
        r#"}],"tenders":[{"kind":"points","amount":"400","points":1,"hold":"a:b"}]}"#,
        "bad_text",
    ),
];

const LINE: &str = r#"{"line":1,"sku":"a","quantity":"1","amount":"400"}"#;
const TWICE: &str = r#"{"line":1,"sku":"a","quantity":"1","amount":"200"},{"line":1,"sku":"b","quantity":"1","amount":"200"}"#;

/// What only the ledger can know.
const FOR_THE_LEDGER: [(&str, &str, &str, &str); 3] = [
    ("an unknown programme", r#""member":"m""#, r#""member":"m","programme":"nobody""#, "unknown_programme"),
    ("another currency", "RUB", "EUR", "wrong_currency"),
    ("a sale before the programme", "@-1", "2015-12-31T12:00:00Z", "before_first_version"),
];

fn sales(
    partner: &Partner<'_>,
    table: &[(&'static str, &str, &str, &'static str)],
    found_by: Where,
) -> Vec<Bad> {
    let bad = |(what, from, to, reason): &(&'static str, &str, &str, &'static str)| {
        assert!(SALE.contains(from), "{what}: expected {from} in {SALE}");
        let line = SALE.replacen(from, to, 1).replace("@id", what);
        let value = partner.record("purchases", &dated(&line));
        Bad { what, feed: "purchases", value, reason, id: Some(what), found_by }
    };
    table.iter().map(bad).collect()
}

fn redemption(id: &str, fields: &str) -> String {
    format!(r#"{{"id":"{id}","member":"m","occurred_at":"{}",{fields}}}"#, hours(-1))
}

fn others(partner: &Partner<'_>) -> Vec<Bad> {
    let cases: [(&str, &str, &str, &str); 7] = [
        ("no points asked for", "redemptions", r#""step":"authorise","points":0"#, "bad_points"),
        (
            "absurdly many points",
            "redemptions",
            r#""step":"authorise","points":2000000000000"#,
            "absurd_amount",
        ),
        ("a capture of nothing", "redemptions", r#""step":"capture","points":5"#, "bad_field"),
        (
            "a cancel with points",
            "redemptions",
            r#""step":"cancel","redemption":"r","points":5"#,
            "bad_field",
        ),
        ("a return of no lines", "returns", r#""purchase":"p","lines":[]"#, "no_lines"),
        (
            "less than nothing back",
            "returns",
            r#""purchase":"p","lines":[{"line":1,"quantity":"-1"}]"#,
            "bad_quantity",
        ),
        (
            "a line back twice",
            "returns",
            r#""purchase":"p","lines":[{"line":1,"quantity":"1"},{"line":1,"quantity":"1"}]"#,
            "bad_line_number",
        ),
    ];
    let bad = |(what, feed, fields, reason)| {
        let value = partner.record(feed, &redemption(what, fields));
        Bad { what, feed, value, reason, id: Some(what), found_by: Where::Feed }
    };
    cases.into_iter().map(bad).collect()
}

/// All of them.
pub(crate) fn bad_inputs(partner: &Partner<'_>) -> Vec<Bad> {
    let mut all = undecodable(partner);
    all.extend(sales(partner, &SALES, Where::Feed));
    all.extend(sales(partner, &FOR_THE_LEDGER, Where::Ledger));
    all.extend(others(partner));
    all
}

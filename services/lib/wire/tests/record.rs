//! Partners' records: the same from JSON and from Avro, nothing rounded, nothing unknown skipped.

use std::borrow::Cow;
use std::sync::Arc;
use wire::Contract;
use wire::record::{Action, AdjustmentRecord, PurchaseRecord, Record, RedemptionRecord, ReturnRecord, Step};
use wire::registry::Fixed;

const PURCHASE: &str = r#"{"id":"b1","member":"hh-1","card":null,"occurred_at":"2017-01-01T06:53:26+03:00","delivered_at":"2017-01-01T06:54:26+03:00","currency":"RUB","total":"25.00","lines":[{"line":1,"sku":"825123","group":"grocery","quantity":"1","amount":"5.00"},{"line":2,"sku":"9","quantity":"0.250","amount":"20"}],"tenders":[{"kind":"points","amount":"20.00","points":20,"hold":"auth-1"},{"kind":"cash","amount":"5"}]}"#;

fn contract(name: &'static str) -> Contract {
    Contract::new(name, Arc::new(Fixed::default()), 1 << 20).expect("a schema of ours")
}

#[test]
fn a_purchase_is_the_same_from_json_and_from_avro() {
    let mut json = PurchaseRecord::from_json(PURCHASE).unwrap();
    let contract = contract("purchase");
    let framed = contract.encode(&json).unwrap();
    let mut scratch = Vec::new();
    let mut avro: PurchaseRecord<'_> = contract.decode(&framed, &mut scratch).unwrap();
    assert_eq!(avro, json);
    let (mut one, mut two) = (Vec::new(), Vec::new());
    assert_eq!(avro.content(&mut one).unwrap(), json.content(&mut two).unwrap());
}

#[test]
fn s23_delivered_at_is_not_content_and_every_other_field_is() {
    let digest = |text: &str| {
        let mut record = PurchaseRecord::from_json(text).unwrap();
        let before = record.clone();
        let digest = record.content(&mut Vec::new()).unwrap();
        assert_eq!(record, before, "taking the digest changes nothing");
        digest
    };
    let whole = digest(PURCHASE);
    assert_eq!(digest(&PURCHASE.replace("06:54:26", "07:00:00")), whole);
    assert_eq!(digest(&PURCHASE.replace(r#""25.00""#, r#""25.0000""#)), whole, "the same money");
    assert_eq!(digest(&PURCHASE.replace("06:53:26+03:00", "03:53:26Z")), whole, "the same instant");
    for (from, to) in
        [("b1", "b2"), ("hh-1", "hh-2"), ("06:53:26", "06:53:27"), ("RUB", "USD"), ("25.00", "25.01")]
    {
        assert_ne!(digest(&PURCHASE.replace(from, to)), whole, "{from} → {to}");
    }
    for (from, to) in
        [("825123", "825124"), ("grocery", "oils"), ("0.250", "0.251"), ("cash", "card"), ("auth-1", "a")]
    {
        assert_ne!(digest(&PURCHASE.replace(from, to)), whole, "{from} → {to}");
    }
}

#[test]
fn text_is_borrowed_from_the_line() {
    let record = PurchaseRecord::from_json(PURCHASE).unwrap();
    let borrowed = |text: &wire::record::Text<'_>| matches!(text.0, Cow::Borrowed(_));
    assert!(borrowed(&record.id) && record.member.as_ref().is_some_and(borrowed));
    assert!(record.lines.iter().all(|line| borrowed(&line.sku)));
}

#[test]
fn what_is_wrong_is_named() {
    for (from, to, named) in [
        ("\"total\"", "\"totla\"", "unknown field `totla`"),
        ("\"sku\"", "\"suk\"", "unknown field `suk`"),
        ("\"hold\"", "\"holds\"", "unknown field `holds`"),
        ("\"currency\":\"RUB\",", "", "missing field `currency`"),
        ("\"25.00\"", "25.00", "expected a decimal in a text"),
        ("\"25.00\"", "\"25.00001\"", "invalid value: string \"25.00001\", expected a decimal in a text"),
        ("\"0.250\"", "\"0.2505\"", "at most 18 digits, 3 of them behind the point"),
        ("+03:00\",\"d", "\",\"d", "an RFC 3339 instant with an offset"),
        ("\"points\":20", "\"points\":20.5", "20.5"),
        ("\"line\":1", "\"line\":99999999999", "99999999999"),
        ("{\"id\":\"b1\"", "{\"id\":\"b1\",\"id\":\"b1\"", "duplicate field `id`"),
    ] {
        let text = PURCHASE.replacen(from, to, 1);
        assert_ne!(text, PURCHASE, "{from}");
        let said = PurchaseRecord::from_json(&text).unwrap_err().to_string();
        assert!(said.starts_with("purchase: ") && said.contains(named), "{from} → {to}: {said}");
    }
}

#[test]
fn a_line_is_one_record_and_nothing_behind_it() {
    assert!(PurchaseRecord::from_json(&format!("{PURCHASE}\n")).is_ok());
    assert!(PurchaseRecord::from_json(&format!("{PURCHASE}{PURCHASE}")).is_err());
    assert!((0..PURCHASE.len()).all(|cut| PurchaseRecord::from_json(&PURCHASE[..cut]).is_err()));
}

#[test]
fn returns_and_redemptions_as_the_feeds_write_them() {
    let text = r#"{"id":"ret-1","purchase":"b1","member":"hh-1","occurred_at":"2017-01-02T00:00:00+03:00","lines":[{"line":1,"quantity":"1"}]}"#;
    let record = ReturnRecord::from_json(text).unwrap();
    assert_eq!((&*record.purchase, record.lines.len(), record.delivered_at), ("b1", 1, None));
    let head = r#"{"id":"r1","member":"hh-1","occurred_at":"2017-01-01T06:48:26+03:00","#;
    for (step, rest, more) in [
        (Step::Authorise, r#""step":"authorise","points":20}"#, false),
        (Step::Authorise, r#""step":"authorise","points":20,"wallet":"main","time_to_live":60000}"#, false),
        (Step::Capture, r#""step":"capture","redemption":"auth-1","points":10,"more":true}"#, true),
        (Step::Cancel, r#""step":"cancel","redemption":"auth-1"}"#, false),
        (Step::Order, r#""step":"order","item":"treat","choice":"mask"}"#, false),
        (Step::Transfer, r#""step":"transfer","points":5,"to":"hh-2"}"#, false),
    ] {
        let text = format!("{head}{rest}");
        let record = RedemptionRecord::from_json(&text).unwrap();
        assert_eq!((record.step, record.more), (step, more));
        let contract = contract("redemption");
        let framed = contract.encode(&record).unwrap();
        assert_eq!(contract.decode::<RedemptionRecord<'_>>(&framed, &mut Vec::new()).unwrap(), record);
    }
}

#[test]
fn adjustments_as_a_desk_writes_them() {
    let head = r#"{"id":"a1","member":"hh-1","occurred_at":"2017-01-01T06:48:26+03:00","actor":"op-7","reason":"why","#;
    for (action, rest) in [
        (Action::Grant, r#""action":"grant","points":20,"partner":"store-1"}"#),
        (Action::WriteOff, r#""action":"write_off","points":20,"wallet":"main"}"#),
        (Action::Forgive, r#""action":"forgive","points":20}"#),
        (Action::Block, r#""action":"block"}"#),
        (Action::Unblock, r#""action":"unblock"}"#),
        (Action::Release, r#""action":"release","partner":"store-1","feed":"purchases","event":"b1"}"#),
        (Action::Refuse, r#""action":"refuse","partner":"store-1","feed":"returns","event":"ret-1"}"#),
    ] {
        let text = format!("{head}{rest}");
        let record = AdjustmentRecord::from_json(&text).unwrap();
        assert_eq!(record.action, action);
        let contract = contract("adjustment");
        let framed = contract.encode(&record).unwrap();
        assert_eq!(contract.decode::<AdjustmentRecord<'_>>(&framed, &mut Vec::new()).unwrap(), record);
    }
}

//! What a partner may try: records of every size, batches that unpack to hundreds of megabytes, a million lines, texts that
//! would forge a log, floods of headers and of bad records. Each has its documented end (deploy/LIMITS.md), the stream goes
//! on, and the feed service's memory stays bounded.

use domain::outcome::OutcomeKind;
use lotstream_tests::checker::check;
use lotstream_tests::deployment::Deployment;
use lotstream_tests::fleet::Fleet;
use lotstream_tests::journal::Journal;
use lotstream_tests::progress::Progress;
use lotstream_tests::raw::Partner;
use lotstream_tests::raw_door::{RawRecord, produce};
use lotstream_tests::servers::Turn;
use rdkafka::config::ClientConfig;
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::producer::{BaseProducer, BaseRecord, DeliveryResult, Producer, ProducerContext};
use rdkafka::{ClientContext, Message};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;
use wire::dead_letter::DeadLetterRecord;

const PATIENCE: Duration = Duration::from_secs(60);
const TOPIC: &str = "purchases.shop-1";
/// What a bomb unpacks to, by its codec: packed it is below a megabyte, which the topic would take.
const BOMBS: [(&str, usize); 4] =
    [("gzip", 64 << 20), ("snappy", 16 << 20), ("lz4", 64 << 20), ("zstd", 64 << 20)];
/// Bad records of nearly the largest size, one after the other.
const FLOOD: usize = 250;
/// What a feed service may ever hold of memory, in kilobytes. It is some 30 MB at rest.
const MEMORY: u64 = 256 << 10;
/// Kafka's code for a record that is too large.
const TOO_LARGE: i16 = 10;
/// What would move a terminal, and begin a line of a log.
const EVIL: &str = "\u{1b}[2J\u{9b}31m\nERROR forged\u{202e}";

/// A sale of so many lines of a rouble each.
fn sale(id: &str, lines: usize) -> String {
    let line = |n| format!(r#"{{"line":{n},"sku":"a","quantity":"1","amount":"1"}}"#);
    let lines: Vec<String> = (1..=lines).map(line).collect();
    let total = lines.len();
    format!(
        r#"{{"id":"{id}","member":"m-{id}","occurred_at":"2026-03-01T10:00:00Z","currency":"RUB","total":"{total}","lines":[{}]}}"#,
        lines.join(",")
    )
}

/// What became of the records of one producer.
#[derive(Default)]
struct Fates(Mutex<Vec<Result<(), RDKafkaErrorCode>>>);

impl ClientContext for Fates {}

impl ProducerContext for Fates {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        let fate = result.as_ref().map(|_| ()).map_err(|(error, record)| {
            error.rdkafka_error_code().unwrap_or_else(|| panic!("{}: {error}", record.topic()))
        });
        self.0.lock().expect("no poison").push(fate);
    }
}

/// Sends a batch that is small as it is sent, and what the broker says of it.
fn bomb(brokers: &str, topic: &str, (codec, unpacked): (&str, usize)) -> Result<(), RDKafkaErrorCode> {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers).set("compression.type", codec).set("acks", "all");
    config.set("message.max.bytes", "1000000000").set("message.timeout.ms", "60000").set("retries", "0");
    let producer: BaseProducer<Fates> = config.create_with_context(Fates::default()).expect("a producer");
    let zeros = vec![0; unpacked];
    producer
        .send(BaseRecord::<[u8], [u8]>::to(topic).payload(&zeros))
        .map_err(|(error, _)| error)
        .expect("a place");
    producer.flush(PATIENCE).expect("an answer");
    let fates = producer.client().context().0.lock().expect("no poison").clone();
    assert_eq!(fates.len(), 1, "{codec}: {fates:?}");
    fates[0]
}

/// Records that are answered, each with the reason of its dead letter; `None` where it is applied.
type Expected = BTreeMap<i64, (String, Option<&'static str>)>;

struct Story<'d> {
    partner: Partner<'d>,
    broker: String,
    topic: String,
    expected: Expected,
}

impl Story<'_> {
    /// Writes a record as no client would; a good one after it.
    fn raw(&mut self, what: &str, reason: Option<&'static str>, record: &RawRecord<'_>) {
        let offset = produce(&self.broker, &self.topic, record)
            .unwrap_or_else(|code| panic!("{what}: refused, {code}"));
        self.expected.insert(offset, (what.to_owned(), reason));
        self.good(what);
    }

    fn value(&mut self, what: &str, reason: Option<&'static str>, value: &[u8]) {
        self.raw(what, reason, &RawRecord { value: Some(value), ..RawRecord::default() });
    }

    /// A good one: the stream goes on.
    fn good(&mut self, after: &str) {
        let id = format!("good-{}", self.expected.len());
        let value = self.partner.record("purchases", &sale(&id, 1));
        let offset = self.partner.write(TOPIC, b"good", &value);
        self.expected.insert(offset, (format!("a good one after {after}"), None));
    }

    fn refused(&mut self, what: &str, record: &RawRecord<'_>) {
        assert_eq!(produce(&self.broker, &self.topic, record), Err(TOO_LARGE), "{what}");
        self.good(what);
    }

    /// Framed Avro of our schema, made by hand.
    fn framed(&self, datum: &[u8]) -> Vec<u8> {
        [&[0][..], &self.partner.schema_id("purchase").to_be_bytes(), datum].concat()
    }
}

fn sizes(story: &mut Story<'_>) {
    // A batch's own head and a record's lengths are some 75 bytes.
    let (fits, too_large) = (vec![b'x'; 1_048_576 - 100], vec![b'x'; 1_048_576]);
    story.value("a record as large as the topic takes", Some("undecodable"), &fits);
    story.refused(
        "a record above the topic's limit",
        &RawRecord { value: Some(&too_large), ..RawRecord::default() },
    );
    let million = sale("million", 1_000_000);
    let million = RawRecord { value: Some(million.as_bytes()), ..RawRecord::default() };
    story.refused("a purchase of a million lines", &million);
    let lines = story.partner.record("purchases", &sale("lines", 10_001));
    story.value("a purchase of 10,001 lines", Some("too_many_lines"), &lines);
    let most = story.partner.record("purchases", &sale("most", 10_000));
    story.value("a purchase of 10,000 lines", None, &most);
    let key = vec![b'k'; 500_000];
    story.raw(
        "a key of half a megabyte",
        Some("undecodable"),
        &RawRecord { key: Some(&key), value: Some(b"x"), ..RawRecord::default() },
    );
}

fn shapes(story: &mut Story<'_>) {
    let good = story.partner.record("purchases", &sale("headers", 1));
    let names: Vec<String> = (0..20_000).map(|n| format!("header-{n}")).collect();
    let flood: Vec<(&[u8], &[u8])> = names.iter().map(|name| (name.as_bytes(), &b"some value"[..])).collect();
    let plain = RawRecord { value: Some(&good), ..RawRecord::default() };
    story.raw("20,000 headers", None, &RawRecord { headers: &flood, ..plain });
    let good = story.partner.record("purchases", &sale("names", 1));
    let names: [(&[u8], &[u8]); 4] =
        [(b"\xff\xfe", b"x"), (b"", b""), (EVIL.as_bytes(), b"\xff"), (b"traceparent", EVIL.as_bytes())];
    story.raw(
        "headers whose names are no text",
        None,
        &RawRecord { value: Some(&good), headers: &names, ..RawRecord::default() },
    );
    story.raw("neither key nor value", Some("undecodable"), &RawRecord::default());
    story.raw(
        "a key that moves the terminal",
        Some("undecodable"),
        &RawRecord { key: Some(EVIL.as_bytes()), value: Some(b""), ..RawRecord::default() },
    );
    let endless = story.framed(&[0xff; 1000]);
    story.value("a length without an end", Some("undecodable"), &endless);
    let promised = story.framed(&[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]);
    story.value("a text of 2^62 bytes", Some("undecodable"), &promised);
    for (what, id) in [("an id that begins a line", EVIL), ("an id of 100,000 letters", &"x".repeat(100_000))]
    {
        let id = serde_json::to_string(id).expect("a text");
        let value = story.partner.record("purchases", &sale("evil", 1).replacen("\"evil\"", &id, 1));
        story.value(what, Some("bad_text"), &value);
    }
}

/// Two hundred names of partners and programmes that there are none of.
fn names(story: &mut Story<'_>) {
    for n in 0..200 {
        let named = format!("\"partner\":\"shop-{n}0\",\"programme\":\"club-{n}\",\"id\"");
        let value = story.partner.record("purchases", &sale("p", 1).replacen("\"id\"", &named, 1));
        let offset = story.partner.write(TOPIC, format!("key-{n}").as_bytes(), &value);
        story.expected.insert(offset, (format!("partner {n}"), Some("wrong_partner")));
    }
}

/// Series that the feed service shows.
fn series(fleet: &Fleet) -> usize {
    let shown = fleet.feeds[0].metrics().unwrap_or_default();
    shown.lines().filter(|line| line.starts_with("lotstream_")).count()
}

fn bombs(story: &mut Story<'_>) {
    for (codec, unpacked) in BOMBS {
        let fate = bomb(&story.broker, &story.topic, (codec, unpacked));
        assert_eq!(fate, Err(RDKafkaErrorCode::MessageSizeTooLarge), "{codec}");
        story.good(codec);
    }
}

fn flood(story: &mut Story<'_>) {
    let large = vec![b'y'; 1_000_000];
    for n in 0..FLOOD {
        let offset = story.partner.write(TOPIC, b"flood", &large);
        story.expected.insert(offset, (format!("flood {n}"), Some("undecodable")));
    }
    story.good("a flood");
}

fn assert_answers(deployment: &Deployment, expected: &Expected) {
    let letters: Vec<DeadLetterRecord> = Journal::of(deployment).read("dead-letters", "dead_letter");
    let mut found: BTreeMap<i64, &DeadLetterRecord> =
        letters.iter().map(|letter| (letter.offset, letter)).collect();
    for (offset, (what, reason)) in expected {
        let letter = found.remove(offset);
        let told = letter.map(|letter| letter.text.as_str()).unwrap_or_default();
        assert_eq!(letter.map(|letter| letter.reason.as_str()), *reason, "{what}: {told}");
        let Some(letter) = letter else { continue };
        let hidden = letter.text.chars().chain(letter.id.chars()).any(|c| c.is_control() || c == '\u{202e}');
        assert!(!hidden && letter.text.len() < 2000, "{what}: {:?}", letter.text);
    }
    assert!(found.is_empty(), "{} dead letters of nothing that was sent", found.len());
}

#[test]
fn s27_whatever_a_partner_sends_has_its_end_and_memory_is_bounded() {
    let Some(turn) = Turn::take() else { return };
    let deployment = Deployment::new("limits", &turn.servers).with("log_format", "json");
    let deployment = deployment.create(["shop-1"]);
    let fleet = deployment.start_some(&["purchases"], 1);
    let partner = Partner::of(&deployment);
    let (broker, topic) = (turn.servers.kafka.clone(), deployment.topic(TOPIC));
    let mut story = Story { partner, broker, topic, expected: Expected::new() };
    let few = series(&fleet);
    sizes(&mut story);
    shapes(&mut story);
    names(&mut story);
    bombs(&mut story);
    let before = fleet.feeds[0].peak_memory();
    flood(&mut story);
    let Story { expected, .. } = story;
    Progress::of(&deployment).await_answers(expected.len(), PATIENCE);
    let peak = fleet.feeds[0].peak_memory();
    // One for each reason of this partner, and none for what a record says of partners.
    assert!(few > 0 && series(&fleet) <= few + 10, "{few} series before, {} after", series(&fleet));
    println!(
        "{} records; the feed service held {before} kB at most before the flood, {peak} kB in all",
        expected.len()
    );
    assert!(peak < MEMORY, "expected less than {MEMORY} kB, found {peak}");
    for service in fleet.feeds.iter().chain(&fleet.ledgers) {
        for line in service.said().lines() {
            assert!(!line.chars().any(|c| c.is_control() || c == '\u{202e}'), "{}: {line:?}", service.name);
            assert!(
                serde_json::from_str::<serde_json::Value>(line).is_ok(),
                "{}: a line that is no JSON: {line}",
                service.name
            );
        }
    }
    fleet.drain();
    let report = check(&deployment);
    report.assert_clean(expected.len());
    let bad = expected.values().filter(|(_, reason)| reason.is_some()).count();
    assert_eq!(report.count(OutcomeKind::DeadLettered), bad);
    assert_answers(&deployment, &expected);
}

//! The real year, whole: every line of the Complete Journey is a command, the same from JSON and from Avro.
//! Wants the converter's folder: `LOTSTREAM_JOURNEY=DIR cargo test -p feed --test journey -- --ignored`.

#![allow(clippy::unwrap_used)]

use domain::{Body, Timestamp};
use feed::files::Lines;
use feed::{Converter, FEEDS};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use wire::Contract;
use wire::registry::{Fixed, Registry};

#[test]
#[ignore = "wants the converter's folder in LOTSTREAM_JOURNEY"]
fn every_line_is_a_command_the_same_from_json_and_avro() {
    let folder =
        std::env::var("LOTSTREAM_JOURNEY").expect("LOTSTREAM_JOURNEY: expected the converter's folder");
    let registry: Arc<dyn Registry> = Arc::new(Fixed::default());
    let contracts: BTreeMap<&str, Contract> = FEEDS
        .map(|feed| {
            (feed.name, Contract::new(feed.schema, Arc::clone(&registry), feed::limits::RECORD).unwrap())
        })
        .into();
    let (mut lines, mut scratch) = (Lines::open(Path::new(&folder)).unwrap(), Vec::new());
    let (mut from_json, mut from_avro) = (Converter::new("shop"), Converter::new("shop"));
    let (mut before, mut commands, mut sold) = (Timestamp(0), 0, 0);
    while let Some(line) = lines.next_line().unwrap() {
        let place = format!("{}:{}", line.file.name, line.number + 1);
        let command = line.command(&mut from_json).unwrap_or_else(|bad| panic!("{place}: {bad}"));
        let (feed, contract) = (line.file.feed, &contracts[line.file.feed.name]);
        let published = feed.publish(contract, "shop", &feed::Identity::GIVEN, line.bytes).unwrap();
        let again = feed.from_avro(&mut from_avro, contract, &published.value, &mut scratch, &line.origin());
        assert_eq!(again.unwrap().unwrap(), command, "{place}");
        assert_eq!(published.entity.as_ref(), Some(&command.entity), "{place}");
        assert!(before <= line.delivered_at && line.delivered_at == command.delivered_at, "{place}");
        before = line.delivered_at;
        commands += 1;
        if let Body::Sale(sale) = &command.body {
            sold += sale.lines.len();
        }
    }
    println!("{commands} commands, {sold} lines sold, the last at {before}");
    assert_eq!(commands, lines.total());
}

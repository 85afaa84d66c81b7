//! A member with a tenth of all traffic.

use lotstream_tests::cluster::Stage;
use lotstream_tests::feeds::{Feeds, Files};
use lotstream_tests::scene::Scene;

const SALES: usize = 12_000;
const MEMBERS: usize = 2_000;

/// Every tenth sale is the same member's, at one instant a minute: four shops sell to it at once.
fn sales() -> Feeds {
    let mut files = Files::new();
    for sale in 0..SALES {
        let member = if sale % 10 == 0 { "hot".to_owned() } else { format!("m-{}", sale % MEMBERS) };
        let (day, minute) = (1 + sale * 27 / SALES, sale % 60);
        let line = format!(
            r#"{{"id":"s-{sale}","member":"{member}","occurred_at":"2026-03-{day:02}T10:{minute:02}:00+03:00","currency":"RUB","total":"400","lines":[{{"line":1,"sku":"wheel","quantity":"1","amount":"400"}}]}}"#
        );
        *files.entry(format!("purchases.shop-{}.jsonl", sale % 4)).or_default() += &(line + "\n");
    }
    Feeds::write(&files)
}

#[test]
#[ignore = "wants tests/faults"]
fn a_member_with_a_tenth_of_all_traffic_stops_nobody() {
    let (stage, feeds) = (Stage::take(), sales());
    let mut scene = Scene::begin("hot_member", &stage, &feeds, |it| it.with("batch", "200"));
    scene.fleet.ledgers[0].kill();
    scene.fleet.ledgers[0] = scene.deployment.start(&["ledger"]);
    scene.resumes();
    scene.end();
}

//! How fast the service is on this machine, from a filled topic: run by hand, beside `-- --ignored --nocapture`.

#![allow(clippy::unwrap_used, clippy::float_arithmetic)]

mod broker;

use broker::Deployment;
use std::time::Instant;
use telemetry::Stop;

const COUNT: usize = 200_000;

#[test]
#[ignore = "a measurement"]
fn throughput() {
    let topics =
        [("member-commands", 4), ("dead-letters", 1), ("purchases.shop-1", 4), ("outcomes.shop-1", 1)];
    let Some(deployment) = Deployment::new(&topics) else { return };
    let line = r#","occurred_at":"2026-03-01T12:00:00+03:00","currency":"RUB","total":"10.00","lines":[{"line":1,"sku":"a","quantity":"1","amount":"10.00"}]}"#;
    let lines: Vec<String> =
        (0..COUNT).map(|n| format!(r#"{{"id":"p-{n}","member":"m-{}"{line}"#, n % 20_000)).collect();
    deployment.publish("shop-1", &lines);
    let (stop, config) = (Stop::default(), deployment.config());
    std::thread::scope(|scope| {
        let begun = Instant::now();
        let working = scope.spawn(|| purchases::run(config, &stop));
        let (mut first, mut count) = (None, 0);
        deployment.read("member-commands", |_| {
            first.get_or_insert_with(Instant::now);
            count += 1;
            count == COUNT
        });
        let seconds = first.unwrap().elapsed().as_secs_f64();
        println!(
            "{COUNT} records in {seconds:.2} s after {:.2} s to join",
            begun.elapsed().as_secs_f64() - seconds
        );
        stop.ask();
        working.join().unwrap().unwrap();
    });
}

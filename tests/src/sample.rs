//! A generated folder of feeds: a small coalition over some weeks, with what goes wrong in one. The same seed, the
//! same bytes; nothing of it is random.

use crate::feeds::{Feeds, Files};
use domain::Timestamp;
use std::time::{SystemTime, UNIX_EPOCH};

/// Members of the coalition.
const MEMBERS: u64 = 150;
/// Its partners.
const PARTNERS: [&str; 2] = ["north", "south"];

/// Numbers that look random.
pub struct Draw(pub u64);

impl Draw {
    /// The next one, below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// What happened at one partner, and to whom.
struct Sold {
    partner: usize,
    member: u64,
    id: u64,
}

/// Feeds of about `events` events, the last of them at `end`: purchases, returns, redemptions, second deliveries,
/// conflicts, and lines that are none.
pub fn coalition(events: u64, end: Timestamp) -> Files {
    let mut draw = Draw(events);
    let (mut files, mut sold) = (Files::new(), Vec::<Sold>::new());
    for id in 0..events {
        let at = end.plus_millis(-60_000 * i64::try_from(events - id).unwrap_or(0));
        let (partner, member) = (draw.below(2) as usize, draw.below(MEMBERS));
        let earlier = sold.len().checked_sub(1 + draw.below(200) as usize).and_then(|at| sold.get(at));
        let mut add = |feed: &str, partner: usize, line: String| {
            *files.entry(format!("{feed}.{}.jsonl", PARTNERS[partner])).or_default() += &(line + "\n");
        };
        match (draw.below(40), earlier) {
            (0..=3, Some(Sold { partner, member, id: purchase })) => add(
                "returns",
                *partner,
                format!(
                    r#"{{"id":"r{id}","purchase":"p{purchase}","member":"m{member}","occurred_at":"{at}","lines":[{{"line":1,"quantity":"1"}}]}}"#
                ),
            ),
            (4..=6, _) => {
                let step = |id: &str, rest: &str| {
                    format!(
                        r#"{{"id":"{id}","member":"m{member}","occurred_at":"{at}",{rest},"points":{}}}"#,
                        1 + member % 20
                    )
                };
                add("redemptions", partner, step(&format!("a{id}"), r#""step":"authorise""#));
                let capture = format!(r#""step":"capture","redemption":"a{id}""#);
                add("redemptions", partner, step(&format!("c{id}"), &capture));
            }
            (7, Some(Sold { partner, member, id })) => {
                add("purchases", *partner, purchase(*id, *member, at, 1))
            }
            (8, _) => add(
                "purchases",
                partner,
                format!(r#"{{"id":"b{id}","member":"m{member}","occurred_at":"{at}"}}"#),
            ),
            (9, _) => add("returns", partner, format!("no record at all, number {id}")),
            _ => {
                add("purchases", partner, purchase(id, member, at, 1 + draw.below(9)));
                sold.push(Sold { partner, member, id });
            }
        }
    }
    files
}

/// The same up to now, whole records alone: for ledgers that go by the broker's clock.
pub fn up_to_now(events: u64) -> Feeds {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock");
    let now = Timestamp(i64::try_from(now.as_millis()).expect("an instant"));
    let is_whole = |line: &&str| line.starts_with('{') && !line.starts_with(r#"{"id":"b"#);
    let whole = |text: String| text.lines().filter(is_whole).map(|line| format!("{line}\n")).collect();
    let files = coalition(events, now);
    Feeds::write(&files.into_iter().map(|(name, text)| (name, whole(text))).collect::<Files>())
}

fn purchase(id: u64, member: u64, at: Timestamp, lines: u64) -> String {
    let line = |n: u64| {
        format!(
            r#"{{"line":{n},"sku":"s{}","group":"parts","quantity":"1","amount":"{}.50"}}"#,
            (id + n) % 90,
            90 + n
        )
    };
    let total: u64 = (1..=lines).map(|n| 9_050 + 100 * n).sum();
    let lines: Vec<String> = (1..=lines).map(line).collect();
    format!(
        r#"{{"id":"p{id}","member":"m{member}","occurred_at":"{at}","currency":"RUB","total":"{}.{:02}","lines":[{}]}}"#,
        total / 100,
        total % 100,
        lines.join(",")
    )
}

//! One line of a scenario, parsed.

use chrono::NaiveDateTime;
use domain::Timestamp;

pub struct Expectation {
    pub what: String,
    pub value: String,
}

#[derive(Default)]
pub struct Line {
    pub amount: String,
    pub group: String,
    pub quantity: String,
    pub promotional: bool,
}

/// Points, and the wallet they come from; empty for the burn order.
pub struct Paying {
    pub points: i64,
    pub wallet: String,
}

pub enum What {
    Sale {
        id: String,
        at: String,
        lines: Vec<Line>,
        paying: Vec<Paying>,
        by: Option<String>,
        /// What offers took off, and which.
        off: Vec<(String, String)>,
        attributes: Vec<(String, String)>,
    },
    Return {
        id: String,
        of: String,
        at: String,
        lines: Vec<Line>,
    },
    Hold {
        id: String,
        at: String,
        points: Paying,
        lines: Vec<Line>,
    },
    Order {
        id: String,
        at: String,
        item: String,
        choice: String,
    },
    Transfer {
        id: String,
        at: String,
        points: Paying,
        to: String,
    },
    Capture {
        id: String,
        of: String,
        at: String,
        points: i64,
        more: bool,
    },
    Cancel {
        id: String,
        of: String,
        at: String,
    },
    Adjust {
        id: String,
        what: String,
        of: String,
        at: String,
        points: i64,
        wallet: String,
    },
    /// `name=value`, or `name=@account`.
    Activity {
        id: String,
        kind: String,
        at: String,
        attributes: Vec<(String, String)>,
    },
    Card {
        id: String,
        what: String,
        other: String,
        at: String,
    },
    Pass,
}

pub struct Step {
    pub now: Timestamp,
    pub dated: Timestamp,
    /// When its partner's topic took it.
    pub delivered: Timestamp,
    /// The card, or the member where it is not `m`.
    pub card: Option<String>,
    pub member: Option<String>,
    pub what: What,
    pub expectations: Vec<Expectation>,
}

impl Step {
    pub fn parse(line: &str) -> Self {
        let (left, right) = line.split_once("=>").unwrap_or((line, ""));
        let mut words: Vec<&str> = left.split_whitespace().collect();
        let now = instant(&mut words);
        let mut told = |what: &str| match words.iter().position(|word| *word == what) {
            Some(place) => {
                let mut when = words.split_off(place);
                when.remove(0);
                instant(&mut when)
            }
            None => now,
        };
        let (delivered, dated) = (told("delivered"), told("dated"));
        let card = after(&words, "via").or_else(|| after(&words, "card"));
        let member = after(&words, "for");
        Self {
            now,
            dated,
            delivered,
            card,
            member,
            what: what(&words),
            expectations: right.split(',').filter_map(expectation).collect(),
        }
    }
}

fn expectation(text: &str) -> Option<Expectation> {
    let (what, value) = text.trim().rsplit_once(' ')?;
    Some(Expectation { what: what.trim().to_owned(), value: value.to_owned() })
}

/// Takes the instant off the front: `day 20 [23:59]`, or a date and a time.
fn instant(words: &mut Vec<&str>) -> Timestamp {
    let first = words.remove(0);
    let date = if first == "day" {
        let day: u64 = words.remove(0).parse().expect("a number of the day");
        let first = chrono::NaiveDate::from_ymd_opt(2026, 1, 1).expect("a date");
        first.checked_add_days(chrono::Days::new(day - 1)).expect("a date").to_string()
    } else {
        first.to_owned()
    };
    let time = match words.first() {
        Some(word) if word.contains(':') && word.len() == 5 && word.as_bytes()[2] == b':' => words.remove(0),
        _ => "12:00",
    };
    let at = NaiveDateTime::parse_from_str(&format!("{date} {time}"), "%Y-%m-%d %H:%M").expect("an instant");
    Timestamp(at.and_utc().timestamp_millis())
}

fn after(words: &[&str], word: &str) -> Option<String> {
    let place = words.iter().position(|other| *other == word)?;
    words.get(place + 1).map(|word| (*word).to_owned())
}

fn what(words: &[&str]) -> What {
    let after = |word: &str| after(words, word);
    let named = |word: &str| after(word).unwrap_or_else(|| panic!("expected `{word} ...` in {words:?}"));
    let last_number = || words.iter().rev().find_map(|word| word.parse().ok()).expect("points");
    let id = words.get(1).copied().unwrap_or_default().to_owned();
    match words[0] {
        "sale" => What::Sale {
            id,
            at: named("at"),
            lines: lines(words, "at"),
            paying: listed(words, "paying", 1).into_iter().map(paying).collect(),
            by: after("by"),
            off: listed(words, "off", 1).into_iter().map(off).collect(),
            attributes: attributes(words),
        },
        "return" => What::Return { id, of: named("of"), at: named("at"), lines: lines(words, "at") },
        "hold" => What::Hold {
            id,
            at: named("at"),
            points: paying(listed(words, "at", 2).first().expect("points")),
            lines: listed(words, "buying", 1).into_iter().map(line).collect(),
        },
        "order" => What::Order {
            id,
            at: named("at"),
            item: words[2].to_owned(),
            choice: after("as").unwrap_or_default(),
        },
        "transfer" => What::Transfer {
            id,
            at: named("at"),
            points: paying(listed(words, "at", 2).first().expect("points")),
            to: named("to"),
        },
        "capture" => What::Capture {
            id,
            of: named("of"),
            at: named("at"),
            points: last_number(),
            more: words.contains(&"more"),
        },
        "cancel" => What::Cancel { id, of: named("of"), at: named("at") },
        "grant" | "write_off" | "forgive" | "block" | "unblock" | "release" | "refuse" | "erase"
        | "merge" | "resume" => What::Adjust {
            id,
            what: words[0].to_owned(),
            of: after("of").unwrap_or_default(),
            at: after("at").unwrap_or_default(),
            points: words.last().and_then(|word| word.parse().ok()).unwrap_or_default(),
            wallet: after("in").unwrap_or_default(),
        },
        "activity" => {
            What::Activity { id, kind: words[2].to_owned(), at: named("at"), attributes: attributes(words) }
        }
        "issue" | "bind" | "unbind" | "stop" | "replace" => What::Card {
            id,
            what: words[0].to_owned(),
            other: after("to").or_else(|| after("by")).unwrap_or_default(),
            at: named("at"),
        },
        "pass" => What::Pass,
        other => panic!(
            "expected sale, return, hold, capture, cancel, order, transfer, activity, pass, news of a card (issue, bind, unbind, stop, \
             replace) or an adjustment (grant, write_off, forgive, block, unblock, release, refuse, erase), found {other}"
        ),
    }
}

fn attributes(words: &[&str]) -> Vec<(String, String)> {
    let pairs = words.iter().filter_map(|word| word.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The lines behind `<word> <partner>`, up to the next word that is none.
fn lines(words: &[&str], word: &str) -> Vec<Line> {
    listed(words, word, 2).into_iter().map(line).collect()
}

/// Words that begin with a digit, from `skipped` behind `word` on; none without it.
fn listed<'w>(words: &[&'w str], word: &str, skipped: usize) -> Vec<&'w str> {
    let Some(place) = words.iter().position(|other| *other == word) else { return Vec::new() };
    let is_listed = |word: &&&str| word.starts_with(|c: char| c.is_ascii_digit());
    words[place + skipped..].iter().take_while(is_listed).copied().collect()
}

fn line(word: &str) -> Line {
    let (word, promotional) = word.strip_suffix('!').map_or((word, false), |word| (word, true));
    let (rest, quantity) = word.split_once('x').unwrap_or((word, ""));
    let (amount, group) = rest.split_once(':').unwrap_or((rest, ""));
    Line { amount: amount.to_owned(), group: group.to_owned(), quantity: quantity.to_owned(), promotional }
}

fn off(word: &str) -> (String, String) {
    let (amount, offer) = word.split_once(':').expect("amount:offer");
    (amount.to_owned(), offer.to_owned())
}

fn paying(word: &str) -> Paying {
    let (points, wallet) = word.split_once(':').unwrap_or((word, ""));
    Paying { points: points.parse().expect("points"), wallet: wallet.to_owned() }
}

//! The reference and the parser know the same keys; every key the parser knows, it reads.

use programme::{LANGUAGE, compile, reference};
use std::fs;
use std::path::PathBuf;

const MARK: &str = "tests/language.rs. -->\n";

#[test]
fn the_reference_says_what_the_parser_knows() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("LANGUAGE.md");
    let text = fs::read_to_string(&path).expect("LANGUAGE.md");
    let (prose, keys) = text.split_once(MARK).expect("the mark behind which the keys stand");
    if keys != reference() && std::env::var_os("WRITE_REFERENCE").is_some() {
        fs::write(&path, format!("{prose}{MARK}{}", reference())).expect("LANGUAGE.md written");
        return;
    }
    assert_eq!(keys, reference(), "run this test with WRITE_REFERENCE=1 to bring LANGUAGE.md up to date");
}

/// A file with every table of the language, each under a line `#@ heading`.
const EVERYTHING: &str = r#"
#@ [programme]
[programme]
name = "shop"
version = 2
from = "2026-01-01"
zone = "Europe/Moscow"
currency = "RUB"
#@ [correction]
[correction]
replaces = 1
actor = "op-7"
reason = "a slip in the rates"
#@ [wallets.NAME]
[wallets.points]
expires = "1 year after accrual"
[wallets.mug]
#@ [wallets.NAME.pays]
[wallets.points.pays]
#@ transfers = { … }
[wallets.points.transfers]
at_most = 100
per = "month"
#@ [terms.NAME]
[terms.gift]
wallet = "points"
#@ [groups.NAME]
[groups.tea]
#@ [partners.NAME]
[partners.shop]
#@ [tiers]
[tiers]
levels = [{ name = "Silver", from = 0 }]
#@ [rules.NAME]
[rules.purchase]
wallet = "points"
rate = "5 %"
[rules.counted]
wallet = "points"
#@ per = { … }
[rules.counted.per]
money = 100
points = 1
[rules.banded]
wallet = "points"
#@ [[rules.NAME.bands]]
[[rules.banded.bands]]
from = 0
rate = "5 %"
#@ [offers.NAME]
[offers.five]
off = "5 %"
#@ for_items = { … }
[offers.three.for_items]
buy = 3
pay = 2
[offers.volume]
#@ [[offers.NAME.by_volume]]
[[offers.volume.by_volume]]
from = 0
off = "5 %"
#@ [spending]
[spending]
#@ [activities.NAME]
[activities.registration]
#@ [purchases]
[purchases]
attributes = { payment = ["card", "cash"] }
#@ [members]
[members]
joined_by = "registration"
#@ [segments.NAME]
[segments.friends]
joined_by = "registration"
#@ [memberships.NAME]
[memberships.prime]
price = 99
lasts = "1 year"
begins_by = "registration"
#@ [counts.NAME]
[counts.visits]
per = "day"
#@ [calendars.NAME]
[calendars.plain]
periods = [{ from = "2026-07-01", until = "2026-07-15" }]
#@ [[calendars.NAME.periods]]
[[calendars.sales.periods]]
from = "2026-07-01"
until = "2026-07-15"
#@ [grants.NAME]
[grants.welcome]
activity = "registration"
wallet = "points"
points = 100
within = "codes"
[activities.bought.attributes]
friend = "member"
receipt = "text"
shop = "text"
[grants.inviter]
activity = "bought"
wallet = "points"
points = 100
once = "ever"
#@ falls_with = { … }
[grants.inviter.falls_with]
member = "friend"
sale = "receipt"
partner = "shop"
#@ [limits.NAME]
[limits.codes]
uses = 1
#@ [adjustments]
[adjustments]
#@ [cards]
[cards]
grant = 1
#@ [conversions.NAME]
[conversions.ten]
from = "points"
points = 10
#@ gives = { … }
[conversions.ten.gives]
wallet = "mug"
#@ [catalogue.NAME]
[catalogue.mug]
from = "points"
price = 7
gives = "mug"
#@ [notices]
[notices]
#@ [[example]]
[[example]]
name = "everything"
partner = "shop"
#@ [[example.step]]
[[example.step]]
at = "2026-03-01"
#@ sale = { … }
[example.step.sale]
id = "1"
#@ lines = [{ … }]
[[example.step.sale.lines]]
item = "tea"
price = 100
#@ expect
[example.step.expect]
#@ expect.wallets.NAME = { … }
[example.step.expect.wallets.points]
[[example.step]]
at = "2026-03-01"
#@ return = { … }
[example.step.return]
id = "2"
sale = "1"
[[example.step]]
at = "2026-03-01"
[example.step.return]
id = "2"
sale = "1"
#@ return = { lines = [{ … }] }
[[example.step.return.lines]]
item = "tea"
[[example.step]]
at = "2026-03-01"
#@ activity = { … }
[example.step.activity]
id = "4"
kind = "registration"
[[example.step]]
at = "2026-03-01"
#@ authorise = { … }
[example.step.authorise]
id = "3"
points = 1
[[example.step]]
at = "2026-03-01"
#@ capture = { … }
[example.step.capture]
hold = "3"
points = 1
[[example.step]]
at = "2026-03-01"
#@ cancel = { … }
[example.step.cancel]
hold = "3"
[[example.step]]
at = "2026-03-01"
#@ order = { … }
[example.step.order]
id = "5"
item = "mug"
[[example.step]]
at = "2026-03-01"
#@ transfer = { … }
[example.step.transfer]
id = "6"
to = "friend"
points = 1
[[example.step]]
at = "2026-03-01"
#@ adjust = { … }
[example.step.adjust]
action = "grant"
points = 1
actor = "op-7"
reason = "late delivery"
[[example.step]]
at = "2026-03-01"
#@ quote = { … }
[example.step.quote]
lines = [{ item = "tea", price = 100 }]
"#;

/// What no key takes.
const ABSURD: &str = "{ absurd = 1979-05-27 }";

/// [`EVERYTHING`] with `key` of the table under `heading` made absurd, and the line that stands on.
fn with_absurd(heading: &str, key: &str) -> (String, usize) {
    let mut lines: Vec<String> = EVERYTHING.lines().map(str::to_owned).collect();
    let mark = format!("#@ {heading}");
    let start = lines.iter().position(|line| *line == mark).unwrap_or_else(|| panic!("no line `{mark}`")) + 2;
    let end =
        lines[start..].iter().position(|line| line.starts_with(['#', '['])).unwrap_or(lines.len() - start)
            + start;
    let written = (start..end).find(|line| lines[*line].starts_with(&format!("{key} =")));
    let place = written.unwrap_or(start);
    let line = format!("{key} = {ABSURD}");
    match written {
        Some(place) => lines[place] = line,
        None => lines.insert(place, line),
    }
    (lines.join("\n"), place + 1)
}

#[test]
fn every_key_is_read() {
    let file = compile("everything.toml", EVERYTHING).map_err(|problems| problems[0].to_string());
    assert!(file.is_ok(), "{}", file.expect_err("checked"));
    let own_headers = [
        "wallets",
        "pays",
        "bands",
        "step",
        "sale",
        "return",
        "activity",
        "authorise",
        "capture",
        "cancel",
        "order",
        "transfer",
        "adjust",
        "transfers",
        "per",
        "gives",
        "quote",
        "expect",
        "lines",
    ];
    for shape in LANGUAGE.iter().filter(|shape| !["the file", "[[tiers.levels]]"].contains(&shape.heading)) {
        for key in shape.names() {
            let (text, line) = with_absurd(shape.heading, key);
            // A grant's `per` is another one.
            let has_own_header = !(key == "per" && shape.heading == "[grants.NAME]")
                && own_headers.contains(&key)
                && text.contains(&format!(".{key}"));
            if has_own_header {
                continue;
            }
            let problems =
                compile("everything.toml", &text).expect_err(&format!("{} in {}", key, shape.heading));
            let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
            assert!(
                problems.iter().any(|problem| problem.line == line),
                "`{key}` in {}: {told:#?}",
                shape.heading
            );
            assert!(!told.iter().any(|told| told.contains("not TOML")), "{told:#?}");
        }
    }
}

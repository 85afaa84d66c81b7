//! What a newcomer is told: why lines were not applied, which ledger is meant, tables no longer than a screen.

use crate::{folder, lotstream, printed};
use serde_json::Value;
use std::fs;

const SHOP: &str = "deploy/programmes/veloprobeg.toml";

fn sale(id: &str, member: &str, at: &str, more: &str) -> String {
    format!(
        r#"{{"id":"{id}","member":"{member}","occurred_at":"{at}T12:00:00+03:00","currency":"RUB","total":"4000",{more}"lines":[{{"line":1,"sku":"a","quantity":"1","amount":"4000"}}]}}"#
    )
}

fn refused(arguments: &[&str]) -> String {
    let output = lotstream(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn s27_a_run_tells_why_lines_were_not_applied_and_where_the_first_of_each_is() {
    let (feeds, results) = (folder("newcomer-feeds"), folder("newcomer-results"));
    let chip = r#""attributes":[{"name":"payment","value":"chip"}],"#;
    let lines = [
        sale("1", "ann", "2026-03-01", ""),
        "nope".to_owned(),
        sale("2", "ann", "2026-03-01", "").replace("\"4000\",", "4000,"),
        sale("3", "ann", "2026-03-01", chip),
        sale("4", "ann", "2026-03-01", "").replace("RUB", "EUR"),
        sale("5", "ann", "2026-03-01", "").replace("RUB", "EUR"),
    ];
    fs::write(feeds.join("purchases.till.jsonl"), lines.join("\n")).unwrap();
    let (feeds, out) = (feeds.display().to_string(), results.display().to_string());
    let told = printed(
        &lotstream(&["run", "--programme", SHOP, "--input", &feeds, "--out", &out]).output().unwrap(),
    );
    for part in [
        "purchases  dead_lettered  undecodable         2  purchases.till.jsonl:2\n",
        "purchases  dead_lettered  wrong_currency      2  purchases.till.jsonl:5\n",
        "purchases.till.jsonl:2: purchase: expected a JSON object such as {\"id\":\"1\", …}, found `nope`; correct it",
        "purchases.till.jsonl:4: unknown attribute `payment`: expected none, none is declared\n",
        "purchases.till.jsonl:5: not the programme's currency: expected RUB, found EUR\n",
        "  1 account, 1 lot, 1 purchase\n",
    ] {
        assert!(told.contains(part), "no `{part}`: {told}");
    }
    let summary: Value =
        serde_json::from_str(&fs::read_to_string(results.join("summary.json")).unwrap()).unwrap();
    assert_eq!(summary["refusals"][1]["first"], "purchases.till.jsonl:2", "{summary}");
    let letters = fs::read_to_string(results.join("dead-letters.jsonl")).unwrap();
    assert!(letters.contains("unknown attribute `payment`"), "{letters}");
}

#[test]
fn s27_a_quote_names_the_attribute_that_does_not_fit() {
    let asked = ["--visitor", "--partner", "cinema", "--line", "ticket::1000"];
    let bank = ["quote", "--programme", "deploy/programmes/spasibo.toml"];
    let told = refused(&[&bank[..], &asked, &["--attribute", "payment=chip"]].concat());
    assert!(
        told.contains("attribute `payment`: expected `card`, `cash` or `transfer`, found `chip`"),
        "{told}"
    );
}

#[test]
fn who_names_no_ledger_is_told_the_simple_way_first() {
    let quote = ["quote", "--programme", SHOP, "--member", "ann", "--line", "a::5"];
    for command in [&["member", "ann"][..], &["programme", "list"], &["state", "hash"], &quote] {
        let told = refused(command);
        assert!(told.starts_with("lotstream: which ledger? expected --data DIR"), "{command:?}: {told}");
    }
    for command in [&["breakage"][..], &["settle", "--period", "2026"], &["statement", "ann"]] {
        let told = refused(command);
        assert!(
            told.starts_with("lotstream: which entries? expected --entries RESULTS/"),
            "{command:?}: {told}"
        );
    }
}

#[test]
fn s08_a_members_lots_stand_as_they_burn_on_the_programmes_clocks() {
    let (feeds, data) = (folder("newcomer-member"), folder("newcomer-data").join("shop"));
    let lines = ["2026-03-02", "2026-03-01", "2026-03-03"].map(|day| sale(day, "ann", day, ""));
    fs::write(feeds.join("purchases.till.jsonl"), lines.join("\n") + "\n").unwrap();
    let (feeds, data) = (feeds.display().to_string(), data.display().to_string());
    printed(&lotstream(&["run", "--programme", SHOP, "--input", &feeds, "--data", &data]).output().unwrap());
    let told = printed(&lotstream(&["member", "ann", "--data", &data]).output().unwrap());
    assert!(told.contains("as of 2026-03-03 12:00 Europe/Moscow — Silver"), "{told}");
    let lots: Vec<&str> = told.lines().filter(|line| line.contains("  till  ")).collect();
    let begun = lots.iter().map(|line| line.trim().split_once("  ").unwrap().0);
    assert_eq!(
        begun.collect::<Vec<_>>(),
        ["1", "2", "3"].map(|day| format!("2026-03-0{day} 12:00")),
        "{told}"
    );
}

#[test]
fn s31_many_lines_are_summed_by_month_and_by_partner_unless_all_are_asked_for() {
    let (feeds, results) = (folder("newcomer-breakage"), folder("newcomer-breakage-results"));
    for partner in 10..40 {
        let lines = ["2026-01-10", "2026-02-10"].map(|day| sale(day, "ann", day, ""));
        fs::write(feeds.join(format!("purchases.shop-{partner}.jsonl")), lines.join("\n")).unwrap();
    }
    let (feeds, out) = (feeds.display().to_string(), results.display().to_string());
    printed(&lotstream(&["run", "--programme", SHOP, "--input", &feeds, "--out", &out]).output().unwrap());
    let entries = format!("{out}/ledger-entries.jsonl");
    let breakage = |more: &[&str]| {
        let asked = ["breakage", "--programme", SHOP, "--entries", &entries];
        printed(&lotstream(&[&asked[..], more].concat()).output().unwrap())
    };
    let (brief, all) = (breakage(&[]), breakage(&["--all"]));
    let of = |text: &str, what: &str| text.lines().filter(|line| line.contains(what)).count();
    assert_eq!(
        (of(&brief, "  2026-0"), of(&brief, "  shop-"), of(&brief, "together")),
        (2, 24, 2),
        "{brief}"
    );
    assert!(brief.contains("6 lines of partners that issued less left out"), "{brief}");
    assert!(brief.contains("--all shows all 60 lines by month and partner"), "{brief}");
    assert_eq!((of(&all, "  2026-0"), of(&all, "together")), (60, 1), "{all}");
    let sums = |text: &str| {
        text.lines()
            .find(|line| line.contains("together"))
            .map(|line| line.split_whitespace().map(str::to_owned).skip(3).collect::<Vec<_>>())
    };
    assert!(sums(&all).is_some() && of(&brief, "holds for each of 60 lines") == 1, "{brief}");
    assert_eq!(sums(&brief), sums(&all));
    let json: Value = serde_json::from_str(&breakage(&["--json"])).unwrap();
    assert_eq!(json.as_array().map(Vec::len), Some(60));

    let replay = |more: &[&str]| {
        let asked = ["replay", "--programme", SHOP, "--against", &feeds, "--beside", SHOP];
        printed(&lotstream(&[&asked[..], more].concat()).output().unwrap())
    };
    let (brief, all) = (replay(&[]), replay(&["--all"]));
    assert!(
        brief.contains("shown with --all: 10 lines of “Earned, by partner”, 60 lines of “Earned, by month"),
        "{brief}"
    );
    assert_eq!((of(&brief, "  shop-"), of(&all, "  shop-")), (20, 90), "{brief}");
}

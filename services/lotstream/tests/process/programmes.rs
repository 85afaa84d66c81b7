//! The commands that read programme files: check, explain, diff.

use crate::{folder, lotstream, printed, repository};
use serde_json::Value;
use std::fs;

const SHOP: &str = "deploy/programmes/veloprobeg.toml";

/// A copy of the shop with `edit` made, and its path.
fn edited(name: &str, edit: impl Fn(&str) -> String) -> String {
    let path = folder(name).join("other.toml");
    fs::write(&path, edit(&fs::read_to_string(repository().join(SHOP)).unwrap())).unwrap();
    path.display().to_string()
}

#[test]
fn a_programme_is_explained_for_members_and_for_merchants() {
    let member = printed(&lotstream(&["programme", "explain", SHOP]).output().unwrap());
    assert!(member.contains("3.7 % at Gold") && member.contains("14 days after the purchase"), "{member}");
    let merchant = ["programme", "explain", SHOP, "--for", "merchant"];
    let tables = printed(&lotstream(&merchant).output().unwrap());
    assert!(tables.contains("Rules\n") && tables.contains("accessories"), "{tables}");
    let json = printed(&lotstream(&["programme", "explain", SHOP, "--json"]).output().unwrap());
    let prose: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(prose["sections"][0]["heading"], "How you earn");
}

#[test]
fn what_another_version_changes_is_told() {
    let other =
        edited("programme-diff", |text| text.replace("version = 1", "version = 2").replace("3.7 %", "4 %"));
    let told = printed(&lotstream(&["programme", "diff", SHOP, &other]).output().unwrap());
    assert!(told.contains("for members at Gold: better for members"), "{told}");
    let json = printed(&lotstream(&["programme", "diff", SHOP, &other, "--json"]).output().unwrap());
    let found: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(found["sections"][1]["changes"][0]["verdict"], "better", "{json}");
    let same = printed(&lotstream(&["programme", "diff", SHOP, SHOP]).output().unwrap());
    assert!(same.ends_with("Nothing changes for anybody.\n"), "{same}");
}

#[test]
fn a_warning_fails_a_strict_check_alone() {
    let idle = edited("programme-strict", |text| text.replace("[spending]", "[wallets.idle]\n[spending]\n"));
    let idle = edited("programme-strict-2", |_| {
        let text = fs::read_to_string(&idle).unwrap();
        text.replace("[rules.purchase]\n", "[rules.purchase]\nwallet = \"points\"\n")
    });
    let check = |more: &[&str]| {
        let arguments = [&["programme", "check", idle.as_str()], more].concat();
        lotstream(&arguments).output().unwrap()
    };
    let told = printed(&check(&[]));
    assert!(told.contains("warning: nobody ever earns anything in wallet `idle`"), "{told}");
    assert_eq!(check(&["--strict"]).status.code(), Some(1));
    let json: Value = serde_json::from_str(&printed(&check(&["--json"]))).unwrap();
    assert_eq!(json[0]["warnings"][0]["line"].as_u64().map(|line| line > 1), Some(true), "{json}");
}

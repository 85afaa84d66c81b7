//! The commands that read programme files: check, explain, diff.

use crate::{folder, lotstream, printed, repository};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;

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

/// The binary where the README's first commands build it: it is on nobody's PATH.
const BUILT: &str = "target/release/lotstream";

/// The README's commands about programmes: a row's, behind what its table's heading says, and a section's.
fn commands(readme: &str) -> Vec<String> {
    let rows = readme.lines().filter(|line| line.starts_with("| ") && line.contains(".toml`]("));
    let cells = rows.filter_map(|row| row.trim_end_matches(" |").rsplit("| ").next());
    let whole = |cell: &str| match cell.trim_matches('`') {
        command if command.starts_with(BUILT) => command.to_owned(),
        rest => format!("{BUILT} quote --programme deploy/programmes/{rest}"),
    };
    assert!(
        readme.contains(&format!("behind `{BUILT} quote --programme deploy/programmes/`")),
        "the heading"
    );
    let (_, section) = readme.split_once("## Read, compare and check").expect("the section");
    let block = section.split("```").nth(1).expect("its commands");
    cells.map(whole).chain(block.lines().skip(1).map(str::to_owned)).collect()
}

#[test]
fn the_commands_of_the_readme_run_as_they_are_printed() {
    let empty = folder("programme-readme");
    std::os::unix::fs::symlink(repository().join("deploy"), empty.join("deploy")).unwrap();
    let binary = Path::new(env!("CARGO_BIN_EXE_lotstream"));
    fs::create_dir_all(empty.join("target/release")).unwrap();
    std::os::unix::fs::symlink(binary, empty.join("target/release/lotstream")).unwrap();
    let commands = commands(&fs::read_to_string(repository().join("README.md")).unwrap());
    assert!(commands.len() >= 21, "{commands:?}");
    for command in commands {
        let mut shell = Command::new("sh");
        let output = shell.args(["-c", &command]).current_dir(&empty).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}: {told}");
        // A quote that earns nothing and considers nothing shows nothing of the programme.
        assert!(!printed(&output).ends_with("───────────────\n"), "{command} shows nothing");
    }
}

#[test]
fn the_first_sale_of_the_readme_is_applied() {
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    let (_, section) = readme.split_once("## Try it on files").expect("the section");
    let block = section.split("```").nth(1).expect("its commands");
    let first = block.lines().find(|line| line.starts_with("mkdir -p mine")).expect("a first sale");
    let empty = folder("readme-first-sale");
    let written = Command::new("sh").args(["-c", first]).current_dir(&empty).status().unwrap();
    assert!(written.success(), "{first}");
    let [input, out] = ["mine", "results"].map(|name| empty.join(name).display().to_string());
    let run = ["run", "--programme", SHOP, "--input", &input, "--out", &out, "--json"];
    let summary: Value = serde_json::from_str(&printed(&lotstream(&run).output().unwrap())).unwrap();
    let outcomes = fs::read_to_string(empty.join("results/outcomes.bike-shop.jsonl")).unwrap();
    assert!(outcomes.contains("\"applied\"") && outcomes.contains("\"earned\":100"), "{outcomes}{summary}");
}

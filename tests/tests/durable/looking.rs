//! Looking at a ledger and copying it, while it is served and when it is not.

use crate::{PATIENCE, Reference};
use lotstream_tests::places::binary;
use lotstream_tests::shop::Shop;
use lotstream_tests::wait::until;
use serde_json::Value;
use std::process::Command;

fn back_up(shop: &Shop) -> Value {
    let mut command = shop.command("backup");
    command.arg("--to").arg(shop.beside("backup")).arg("--json");
    serde_json::from_str(&shop.told(&mut command)).expect("JSON")
}

#[test]
fn a_backup_taken_while_it_is_served_goes_on_to_the_same_end() {
    let reference = Reference::new(4_000);
    let shop = Shop::new();
    let mut serve = shop.serve(&reference.folder, "event");
    until("something to be said", PATIENCE, || (shop.said() > 0).then_some(()));
    let copied = back_up(&shop);
    assert!(copied["rows"].as_u64().is_some_and(|rows| rows > 0), "{copied}");
    until("everything to be said", PATIENCE, || reference.is_said(&shop).then_some(()));
    assert_eq!(shop.state(), reference.state, "asked while it is served");
    serve.ask_to_end();
    serve.await_end(PATIENCE);
    assert_eq!(shop.state(), reference.state, "and when it is not");

    let restored = Shop::new();
    let restore = |shop: &Shop, from: &Shop| {
        let mut command = shop.command("restore");
        command.arg("--from").arg(from.beside("backup"));
        command
    };
    restored.told(&mut restore(&restored, &shop));
    assert!(
        !restore(&restored, &shop).output().expect("it runs").status.success(),
        "nothing is written over"
    );
    restored.told(restored.command("run").args(["--input", &reference.folder]));
    assert_eq!(restored.state(), reference.state);
    // What it says is what was not surely said at the backup: the end of everything.
    for (name, text) in restored.out() {
        assert!(
            reference.out[&name].ends_with(&text),
            "{name}: expected the end of what an undisturbed one says"
        );
    }
}

#[test]
fn a_member_is_shown_whether_the_ledger_is_served_or_not() {
    let reference = Reference::new(500);
    let shop = Shop::new();
    reference.finish(&shop);
    let member = || {
        let mut command = Command::new(binary());
        command.args(["member", "m7", "--json", "--data", shop.data()]);
        serde_json::from_str::<Value>(&shop.told(&mut command)).expect("JSON")
    };
    let alone = member();
    assert_eq!(alone["account"]["entity"], Value::from("veloprobeg:member:m7"));
    assert!(alone["statement"].as_array().is_some_and(|entries| !entries.is_empty()));
    let mut serve = shop.serve(&reference.folder, "event");
    until("it to be served", PATIENCE, || serve.said().contains("serving").then_some(()));
    assert_eq!(member(), alone);
    serve.ask_to_end();
    serve.await_end(PATIENCE);
}

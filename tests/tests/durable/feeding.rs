//! What comes into a watched folder: lines without an end, lines that are none, new files, cut files; and standard
//! input.

use crate::{END, PATIENCE};
use lotstream_tests::feeds::{Feeds, Files};
use lotstream_tests::service::Service;
use lotstream_tests::shop::Shop;
use lotstream_tests::wait::until;
use serde_json::Value;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

fn purchase(id: &str) -> String {
    format!(
        r#"{{"id":"{id}","member":"ann","occurred_at":"{END}","currency":"RUB","total":"100.00","lines":[{{"line":1,"sku":"a","group":"parts","quantity":"1","amount":"100.00"}}]}}"#
    )
}

fn append(path: &Path, text: &str) {
    let file = File::options().append(true).create(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).expect("a feed can be appended to");
}

fn await_lines(shop: &Shop, serve: &mut Service, topic: &str, count: usize) -> Vec<String> {
    until(&format!("{count} lines of {topic}"), PATIENCE, || {
        serve.assert_running();
        Some(shop.lines(topic)).filter(|lines| lines.len() >= count)
    })
}

fn end(mut serve: Service) {
    serve.ask_to_end();
    serve.await_end(PATIENCE);
}

fn ids(shop: &Shop, topic: &str) -> Vec<String> {
    let id = |line: String| {
        let line: Value = serde_json::from_str(&line).expect("a line of JSON");
        line["source"]["id"].as_str().or(line["id"].as_str()).unwrap_or_default().to_owned()
    };
    shop.lines(topic).into_iter().map(id).collect()
}

#[test]
fn a_line_counts_once_it_has_its_end_and_a_bad_one_holds_up_nothing() {
    let feeds = Feeds::write(&Files::new());
    let file = PathBuf::from(feeds.folder()).join("purchases.shop.jsonl");
    let (first, second) = (purchase("1"), purchase("2"));
    append(&file, &format!("{first}\nno record\n\n{}", &second[..20]));
    let shop = Shop::new();
    let mut serve = shop.serve(feeds.folder(), "wall");
    await_lines(&shop, &mut serve, "outcomes.shop", 1);
    let bad = await_lines(&shop, &mut serve, "dead-letters", 1);
    let bad: Value = serde_json::from_str(&bad[0]).expect("a line of JSON");
    assert_eq!(
        (&bad["line"], &bad["reason"], &bad["original"]),
        (&Value::from(1), &Value::from("undecodable"), &Value::from("no record"))
    );
    // Ended within a line, it goes on within it; and a file that is new is read from its beginning.
    end(serve);
    assert_eq!(ids(&shop, "outcomes.shop"), ["1"]);
    let mut serve = shop.serve(feeds.folder(), "wall");
    append(&file, &format!("{}\n", &second[20..]));
    await_lines(&shop, &mut serve, "outcomes.shop", 2);
    append(&file.with_file_name("purchases.other.jsonl"), &format!("{first}\n"));
    await_lines(&shop, &mut serve, "outcomes.other", 1);
    append(&file, &format!("{}\n", purchase("3")));
    await_lines(&shop, &mut serve, "outcomes.shop", 3);
    end(serve);
    assert_eq!(ids(&shop, "outcomes.shop"), ["1", "2", "3"]);
    assert_eq!(shop.lines("dead-letters").len(), 1);
}

#[test]
fn a_file_that_was_cut_is_left_alone_and_the_others_go_on() {
    let feeds = Feeds::write(&Files::new());
    let file = PathBuf::from(feeds.folder()).join("purchases.shop.jsonl");
    let other = file.with_file_name("purchases.other.jsonl");
    append(&file, &format!("{}\n{}\n", purchase("1"), purchase("2")));
    let shop = Shop::new();
    let mut serve = shop.serve(feeds.folder(), "wall");
    await_lines(&shop, &mut serve, "outcomes.shop", 2);
    let whole = fs::read_to_string(&file).expect("a feed");
    for changed in
        [whole[..whole.len() - 9].to_owned(), whole.replace("\"2\"", "\"9\"") + &purchase("4") + "\n"]
    {
        fs::write(&file, changed).expect("a feed can be written");
        until("it to say so", PATIENCE, || {
            serve.said().contains("purchases.shop.jsonl: expected").then_some(())
        });
        let before = shop.lines("outcomes.other").len();
        append(&other, &format!("{}\n", purchase(&format!("other-{before}"))));
        await_lines(&shop, &mut serve, "outcomes.other", before + 1);
        assert_eq!(ids(&shop, "outcomes.shop"), ["1", "2"]);
        end(serve);
        serve = shop.serve(feeds.folder(), "wall");
    }
    // Put back as it was, and longer, it goes on.
    fs::write(&file, whole + &purchase("3") + "\n").expect("a feed can be written");
    await_lines(&shop, &mut serve, "outcomes.shop", 3);
    end(serve);
    assert_eq!(ids(&shop, "outcomes.shop"), ["1", "2", "3"]);
}

#[test]
fn standard_input_is_a_feed_and_its_end_is_the_end() {
    let shop = Shop::new();
    for (round, id) in [(1, "1"), (2, "2")] {
        let mut command = shop.command("serve");
        command
            .args(["--stdin", "purchases.till", "--clock", "event"])
            .stdin(Stdio::piped())
            .stderr(Stdio::null());
        let mut serve = command.spawn().expect("it starts");
        let mut input = serve.stdin.take().expect("a pipe");
        write!(input, "{}\nnot this\n{}", purchase(id), purchase("1")).expect("it reads");
        drop(input);
        assert!(serve.wait().expect("it ends").success());
        assert_eq!(
            shop.lines("outcomes.till").len(),
            2 * round,
            "the sale, and that of the first round again"
        );
        assert_eq!(shop.lines("dead-letters").len(), round);
    }
    assert_eq!(shop.state()["purchases"], Value::from(2));
}

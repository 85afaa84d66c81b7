//! Events that fail inside the ledger, under load, while a ledger dies: everybody else goes on, the account of one that
//! failed waits or goes on without it, as its programme declares, and once the cause is mended each is decided exactly
//! once.

use domain::event::OutcomeRecord;
use domain::outcome::{OutcomeKind, Reason};
use ledger::poison::SETTING;
use lotstream_tests::checker::check;
use lotstream_tests::deployment::{Deployment, REBUILT};
use lotstream_tests::feeds::{Feeds, Files};
use lotstream_tests::fleet::Fleet;
use lotstream_tests::journal::Journal;
use lotstream_tests::places::repository;
use lotstream_tests::progress::Progress;
use lotstream_tests::servers::Turn;
use lotstream_tests::service::Service;
use lotstream_tests::wait::until;
use serde_json::{Value, json};
use std::fs;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(120);
/// Behind everything that happens.
const AT: &str = "2026-06-01T00:00:00Z";
/// Members of each shop whose events are sound, and sales of each in a stretch.
const SOUND: usize = 60;
const SALES: usize = 6;
/// Members of each shop an event of whom fails, in each stretch: the first by a panic, the second by its size.
const FAILING: usize = 2;
/// Stretches of the feeds: a ledger dies in the first.
const STRETCHES: usize = 2;
/// Events that fail, of each shop.
const FAILED: usize = STRETCHES * FAILING;

/// A shop, and what the programme of its members declares.
struct Shop {
    partner: &'static str,
    programme: &'static str,
    goes_on: bool,
}

const SHOPS: [Shop; 2] = [
    Shop { partner: "shop-0", programme: "veloprobeg", goes_on: false },
    Shop { partner: "shop-1", programme: "veloprobeg-on", goes_on: true },
];

impl Shop {
    /// A line of one of its feeds, so many hours after all began.
    fn line(&self, id: &str, member: &str, hour: usize, rest: &str) -> String {
        let (day, hour) = (1 + hour / 24, hour % 24);
        format!(
            r#"{{"id":"{id}","member":"{member}","programme":"{}","occurred_at":"2026-03-{day:02}T{hour:02}:00:00Z",{rest}}}"#,
            self.programme
        ) + "\n"
    }

    /// Two wheels: 10 points at 2.5 %, half of them each.
    fn sale(&self, id: &str, member: &str, hour: usize) -> String {
        let rest = r#""currency":"RUB","total":"400","lines":[{"line":1,"sku":"wheel","quantity":"2","amount":"400"}]"#;
        self.line(id, member, hour, rest)
    }

    /// What it sends in a stretch: members who buy, and some of them a sale that fails, one behind it, and a return of
    /// half of what failed.
    fn stretch(&self, stretch: usize) -> Files {
        let (mut purchases, mut returns) = (String::new(), String::new());
        let from = stretch * 48;
        for sale in 0..SALES {
            if sale == SALES / 2 {
                for member in failing(stretch) {
                    for (number, what) in ["before", "bad", "behind"].iter().enumerate() {
                        purchases += &self.sale(&format!("{member}-{what}"), &member, from + number);
                    }
                    let rest = format!(r#""purchase":"{member}-bad","lines":[{{"line":1,"quantity":"1"}}]"#);
                    returns += &self.line(&format!("{member}-back"), &member, from + 4, &rest);
                }
            }
            for member in 0..SOUND {
                purchases +=
                    &self.sale(&format!("{stretch}-{member}-{sale}"), &format!("m-{member}"), from + sale);
            }
        }
        let name = |feed: &str| format!("{feed}.{}.jsonl", self.partner);
        Files::from([(name("purchases"), purchases), (name("returns"), returns)])
    }

    /// The programme of its members.
    fn programme(&self) -> String {
        let path = repository().join("deploy/programmes/veloprobeg.toml");
        let text = fs::read_to_string(&path).expect("the bicycle shop's programme");
        if !self.goes_on {
            return text;
        }
        let named = format!("name = \"{}\"\nbehind_failed = \"go on\"", self.programme);
        text.replacen("name = \"veloprobeg\"", &named, 1)
    }

    /// The state hash of one process over all its events, none of which fails there.
    fn in_memory(&self, deployment: &Deployment) -> u128 {
        let mut files = Files::new();
        for (name, text) in (0..STRETCHES).flat_map(|stretch| self.stretch(stretch)) {
            *files.entry(name).or_default() += &text;
        }
        let feeds = Feeds::write(&files);
        let programme = deployment.folder().join(format!("{}.toml", self.programme)).display().to_string();
        let out = format!("{}/run", feeds.folder());
        let (_, summary) = deployment.ask(&[
            "run",
            "--programme",
            &programme,
            "--input",
            feeds.folder(),
            "--out",
            &out,
            "--at",
            AT,
        ]);
        hash(summary["ledger"]["state_hash"].as_str().expect("a state hash"))
    }
}

fn hash(text: &str) -> u128 {
    u128::from_str_radix(text, 16).expect("a state hash")
}

/// Members of every shop an event of whom fails in this stretch.
fn failing(stretch: usize) -> impl Iterator<Item = String> {
    (0..FAILING).map(move |number| format!("x-{stretch}-{number}"))
}

fn all_failing() -> impl Iterator<Item = String> {
    (0..STRETCHES).flat_map(failing)
}

/// What all ledgers are told to fail on.
fn poison() -> String {
    let how = |(number, member): (usize, String)| {
        let by_size = if number % FAILING == 1 { "large=" } else { "" };
        format!("{by_size}{member}-bad")
    };
    all_failing().enumerate().map(how).collect::<Vec<_>>().join(",")
}

/// What both shops send in a stretch.
fn feeds(stretch: usize) -> Feeds {
    Feeds::write(&SHOPS.iter().flat_map(|shop| shop.stretch(stretch)).collect())
}

/// What an operator says to the parked accounts.
fn releases() -> Feeds {
    let line = |member: String| {
        let rest = r#""actor":"op-7","reason":"mended","action":"resume""#;
        SHOPS[0].line(&format!("go-{member}"), &member, 480, rest)
    };
    Feeds::write(&Files::from([("adjustments.care.jsonl".to_owned(), all_failing().map(line).collect())]))
}

/// What `dlq replay` did, or would do, with what failed: how it ended, and how often it replayed, skipped and refused.
fn replay(deployment: &Deployment, arguments: &[&str]) -> (Option<i32>, Value) {
    let (code, told) =
        deployment.ask(&[&["dlq", "replay", "--actor", "op-7", "--why", "mended"], arguments].concat());
    (code, json!([told["replayed"], told["skipped"], told["refused"]]))
}

/// Letters of what failed that wait: each one's event, and where it stands.
fn waiting(deployment: &Deployment) -> Vec<(String, String)> {
    let (_, list) = deployment.ask(&["dlq", "list", "--reason", "poison", "--waiting"]);
    let text = |letter: &Value, name: &str| letter[name].as_str().expect(name).to_owned();
    let letters = list["letters"].as_array().expect("letters").iter();
    letters
        .map(|letter| (format!("{} {}", text(letter, "partner"), text(letter, "id")), text(letter, "place")))
        .collect()
}

/// What was said of one event, in order; of several feeds' events no two have one id here.
fn answers(outcomes: &[OutcomeRecord], shop: &Shop, id: &str) -> Vec<(OutcomeKind, Reason, bool)> {
    let of_event = |record: &&OutcomeRecord| {
        record.source.partner.as_str() == shop.partner && record.source.id.as_str() == id
    };
    let said = |record: &OutcomeRecord| (record.outcome.kind, record.outcome.reason, record.later);
    outcomes.iter().filter(of_event).map(said).collect()
}

fn outcomes(deployment: &Deployment) -> Vec<OutcomeRecord> {
    Journal::of(deployment).read("outcomes.", "outcome")
}

/// Publishes the feeds to their end while a ledger dies in the first stretch; every event has its answer.
fn publish(
    deployment: &Deployment,
    fleet: &mut Fleet,
    progress: &mut Progress,
    start: &dyn Fn() -> Service,
) -> usize {
    let mut sent = 0;
    for stretch in 0..STRETCHES {
        let feeds = feeds(stretch);
        let mut publisher = deployment.start(&["publish", "--input", feeds.folder()]);
        if stretch == 0 {
            progress.await_answers(feeds.lines / 4, PATIENCE);
            fleet.ledgers[0].kill();
            fleet.ledgers[0] = start();
            fleet.ledgers[0].await_ready();
        }
        publisher.await_end(PATIENCE);
        sent += feeds.lines;
        progress.await_answers(sent, PATIENCE);
    }
    sent
}

/// What an operator is told of it: by outcomes, metrics, logs, and the list of dead letters.
fn assert_seen(deployment: &Deployment, fleet: &Fleet) {
    let outcomes = outcomes(deployment);
    let failed = (OutcomeKind::DeadLettered, Reason::Poison, false);
    for (shop, member) in SHOPS.iter().flat_map(|shop| all_failing().map(move |member| (shop, member))) {
        let of = |what: &str| answers(&outcomes, shop, &format!("{member}-{what}"));
        assert_eq!(of("before"), [(OutcomeKind::Applied, Reason::None, false)], "{member}");
        assert_eq!(of("bad"), [failed], "{member} of {}", shop.partner);
        let behind = match shop.goes_on {
            true => (OutcomeKind::Applied, Reason::None, false),
            false => (OutcomeKind::Parked, Reason::EntityParked, false),
        };
        assert_eq!(of("behind"), [behind], "{member} of {}", shop.partner);
        assert_eq!(
            of("back").iter().map(|said| said.0).collect::<Vec<_>>(),
            [OutcomeKind::Parked],
            "{member}"
        );
    }
    let letters: Vec<String> = waiting(deployment).into_iter().map(|letter| letter.0).collect();
    assert_eq!(letters.len(), SHOPS.len() * FAILED, "{letters:?}");
    // Those of the second stretch at least are counted by ledgers that live.
    let sum = |name: &str| fleet.figures(name).iter().sum::<u64>() as usize;
    until("the metrics to tell", PATIENCE, || {
        let (failed, parked) = (sum("ledger_commands_failed_total"), sum("ledger_accounts_parked_total"));
        (parked >= FAILING && failed >= parked + FAILING).then_some(())
    });
    let said: String = fleet.ledgers.iter().map(Service::said).collect();
    for word in ["command failed, its entity is parked", "command failed, its entity goes on"] {
        assert!(said.contains(word), "{word}");
    }
}

/// What failed and is tried again too early fails again, and has a letter for that, too.
fn assert_not_mended(deployment: &Deployment) {
    let by_reason = ["--reason", "poison", "--dry-run"];
    let expected = json!([FAILED, {}, {"account_parked": FAILED}]);
    assert_eq!(replay(deployment, &by_reason), (Some(1), expected));
    let of_first = format!("{} x-0-0-bad", SHOPS[1].partner);
    let place = |letters: &[(String, String)]| {
        letters.iter().find(|letter| letter.0 == of_first).map(|letter| letter.1.clone())
    };
    let first = place(&waiting(deployment)).expect("its letter");
    assert_eq!(replay(deployment, &[&first]), (Some(0), json!([1, {}, {}])));
    until("another letter of it", PATIENCE, || place(&waiting(deployment)).filter(|again| *again != first));
}

#[test]
fn s23_s24_what_fails_inside_the_ledger_is_decided_once_it_is_mended_whatever_its_programme_declares() {
    let Some(turn) = Turn::take() else { return };
    let deployment =
        Deployment::new("poison", &turn.servers).with("batch", "20").with("session_seconds", "2");
    let mut deployment = deployment.create(SHOPS.map(|shop| shop.partner));
    deployment.run(&["topics", "create", "--desk", "care"]);
    for shop in &SHOPS {
        let path = deployment.folder().join(format!("{}.toml", shop.programme));
        fs::write(&path, shop.programme()).expect("a programme");
        deployment.run(&["programme", "publish", &path.display().to_string()]);
    }
    let setting = poison();
    let failing = || deployment.start_under(&["ledger"], &[(SETTING, &setting)]);
    let mut fleet = deployment.start_some(&["purchases", "returns", "adjustments"], 0);
    fleet.ledgers = vec![failing(), failing()];
    fleet.await_ready();
    let mut progress = Progress::of(&deployment);
    let mut sent = publish(&deployment, &mut fleet, &mut progress, &failing);
    assert_seen(&deployment, &fleet);
    assert_not_mended(&deployment);

    // The cause is mended, and the parked accounts are let go on: what waited is decided.
    fleet.ledgers.iter().for_each(Service::ask_to_end);
    fleet.ledgers.iter_mut().for_each(|ledger| ledger.await_end(PATIENCE));
    fleet.ledgers = (0..2).map(|_| deployment.start(&["ledger"])).collect();
    fleet.await_ready();
    let releases = releases();
    deployment.run(&["publish", "--input", releases.folder()]);
    sent += releases.lines;
    progress.await_answers(sent, PATIENCE);
    progress.await_later(FAILED, PATIENCE);

    // Each is decided once, and the returns that waited for it.
    let by_reason = ["--reason", "poison"];
    assert_eq!(replay(&deployment, &by_reason), (Some(0), json!([2 * FAILED, {"replayed": 1}, {}])));
    progress.await_later(3 * FAILED, PATIENCE);
    assert_eq!(replay(&deployment, &by_reason), (Some(0), json!([0, {"replayed": 2 * FAILED + 1}, {}])));
    assert_eq!(waiting(&deployment), []);
    let (_, told) = deployment.ask(&["dlq", "list", "--reason", "poison"]);
    assert_eq!(told["letters"].as_array().map(Vec::len), Some(2 * FAILED + 1), "nothing failed again");
    fleet.drain();

    let outcomes = outcomes(&deployment);
    for (shop, member) in SHOPS.iter().flat_map(|shop| all_failing().map(move |member| (shop, member))) {
        let said = answers(&outcomes, shop, &format!("{member}-bad"));
        assert_eq!(said.last(), Some(&(OutcomeKind::Applied, Reason::None, false)), "{said:?}");
    }
    check(&deployment).assert_clean(sent);
    let expected = SHOPS.iter().fold(0_u128, |sum, shop| sum.wrapping_add(shop.in_memory(&deployment)));
    assert_eq!(hash(&deployment.state_hash(AT)), expected, "S05: expected as in memory, where nothing fails");

    // A rebuild meets them in their places, and nothing fails there: in the end it is the same.
    let rebuilt = deployment.keyspace(REBUILT[0]);
    deployment.run(&["rebuild", "--keyspace", &rebuilt]);
    deployment.move_to(&rebuilt);
    assert_eq!(hash(&deployment.state_hash(AT)), expected, "S05: expected as in memory, rebuilt");
}

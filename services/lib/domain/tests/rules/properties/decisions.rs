//! S14, S18, S27: no overspending, one decision for each request, one outcome for each event.

use super::act::{SaleAct, sale, story};
use super::books::Books;
use super::player::Player;
use super::programme::versions;
use super::{Verdict, fail, hold, same};
use domain::command::{Authorise, Body, Command};
use domain::event::{OutcomeRecord, RedemptionDecision, Step};
use domain::lot::Bucket;
use domain::outcome::{OutcomeKind, Reason};
use domain::split;
use domain::tariff::Tariffs;
use domain::{Decision, Event, EventKey, Name, Points, Timestamp};
use proptest::collection::vec;
use std::collections::{BTreeMap, BTreeSet};

/// Who waits for a later answer, and which notices were asked for.
#[derive(Default)]
struct Answers {
    waiting: BTreeSet<EventKey>,
    noticed: BTreeSet<EventKey>,
}

fn outcomes(decision: &Decision, later: bool) -> impl Iterator<Item = &OutcomeRecord> {
    decision.events.iter().filter_map(move |event| match event {
        Event::Outcome(record) if record.later == later => Some(record),
        _ => None,
    })
}

fn rulings(decision: &Decision) -> impl Iterator<Item = &RedemptionDecision> {
    decision.events.iter().filter_map(|event| match event {
        Event::Decision(ruling) if ruling.step != Step::Expire => Some(ruling),
        _ => None,
    })
}

impl Answers {
    fn check(&mut self, command: &Command, decision: &Decision) -> Verdict {
        for event in &decision.events {
            if let Event::Notice(notice) = event
                && (!self.noticed.insert(notice.id)
                    || notice.points.is_zero() && notice.tier.as_str().is_empty())
            {
                return fail(format!("S30: a notice of nothing, or with the id of another: {notice:?}"));
            }
        }
        self.check_answers(command, decision)
    }

    fn check_answers(&mut self, command: &Command, decision: &Decision) -> Verdict {
        let first: Vec<_> = outcomes(decision, false).collect();
        let expected = usize::from(!matches!(command.body, Body::Tick));
        same("S27: outcomes of one event", &expected, &first.len())?;
        for record in outcomes(decision, true) {
            if !self.waiting.remove(&record.event) {
                return fail(format!("S27: a later answer nobody waits for: {record:?}"));
            }
        }
        let Some(record) = first.first() else { return Ok(()) };
        same("S27: the event answered", &command.key, &record.event)?;
        if record.outcome.kind == OutcomeKind::Parked {
            self.waiting.insert(command.key);
        }
        let repeats = [OutcomeKind::Duplicate, OutcomeKind::Conflict, OutcomeKind::Quarantined];
        let asks = match &command.body {
            _ if repeats.contains(&record.outcome.kind) => 0,
            Body::Sale(sale) => sale.tenders.len(),
            Body::Authorise(_) | Body::Capture(_) | Body::Cancel(_) | Body::Order(_) => 1,
            _ => 0,
        };
        same("S14: decisions of one request", &asks, &rulings(decision).count())
    }
}

/// Follows the entries up to each answer: what was approved was there, what was refused was not, and the
/// balances shown are those of that moment.
fn follow(books: &mut Books, wallets: &[Name], decision: &Decision) -> Verdict {
    let available = |books: &Books| {
        let of =
            |name: &Name| books.wallets.get(name).map_or(0, |wallet| wallet.in_bucket(Bucket::Available));
        wallets.iter().map(of).sum::<i64>()
    };
    let mut before = BTreeMap::new();
    for event in &decision.events {
        match event {
            Event::Entry(entry) => {
                if entry.kind == domain::entry::EntryKind::Hold {
                    before.entry(entry.redemption).or_insert(available(books));
                }
                books.post_one(entry)?;
            }
            Event::Decision(ruling) if ruling.step == Step::Authorise => {
                let now = available(books);
                let available = before.get(&ruling.redemption).copied().unwrap_or(now);
                let fits = ruling.requested.get() <= available;
                let may = !matches!(ruling.reason, Reason::UnknownWallet | Reason::AccountBlocked);
                same("S14: approved what was available", &(fits && may), &ruling.approved)?;
            }
            Event::Outcome(record) => check_balances(books, record)?,
            _ => {}
        }
    }
    match decision.events.last() {
        None | Some(Event::Outcome(_)) => Ok(()),
        Some(_) if outcomes(decision, false).next().is_none() => Ok(()),
        Some(event) => fail(format!("S07: after the answer still came {event:?}")),
    }
}

/// The wallets that a request may draw on (S10).
fn payers(tariffs: &Tariffs, named: &Name, at: Timestamp) -> Vec<Name> {
    let tariff = tariffs.at("test", at).or_else(|| tariffs.first("test")).expect("a version");
    split::payers(tariff, named).into_iter().map(|wallet| wallet.name.clone()).collect()
}

#[test]
fn s14_s27_one_answer_each_and_no_overspending() {
    hold(1500, (versions(), story(40)), |(versions, acts)| {
        let mut player = Player::under(&versions);
        let (mut books, mut answers) = (Books::default(), Answers::default());
        let tariffs = player.tariffs.clone();
        player.play(&acts, |_, command, decision| {
            answers.check(command, decision)?;
            let named = match &command.body {
                Body::Authorise(ask) => ask.wallet.clone(),
                _ => Name::default(),
            };
            follow(&mut books, &payers(&tariffs, &named, command.occurred_at), decision)
        })?;
        let end = player.now.plus_millis(100 * 86_400_000);
        for record in outcomes(&player.pass(end), true) {
            answers.waiting.remove(&record.event);
        }
        same("S22: nobody waits for ever", &0, &answers.waiting.len())
    });
}

fn check_balances(books: &Books, record: &OutcomeRecord) -> Verdict {
    let sum = |bucket: Bucket| books.wallets.values().map(|book| book.in_bucket(bucket)).sum::<i64>();
    let available = sum(Bucket::Available);
    let debt = books.wallets.values().map(|book| book.debt).sum::<i64>();
    let shown = (record.total.get(), record.available.get(), record.debt.get());
    same("S07: balances shown", &(sum(Bucket::Pending) + available, available, debt), &shown)
}

#[test]
fn s14_any_number_of_requests_at_one_moment() {
    let requests = vec(1..200_i64, 1..30);
    hold(500, (versions(), vec(sale(), 1..6), requests), |(versions, sales, requests)| {
        let mut player = Player::under(&versions);
        for act in &sales {
            let command = player.sale(&SaleAct { pay: None, ..act.clone() });
            player.send(command, &mut |_, _, _| Ok(()))?;
        }
        let later = player.now.plus_millis(15 * 86_400_000);
        player.pass(later);
        let of = |name: &Name| {
            player.entity.account.balance(name.as_str()).map_or(0, |b| b.buckets.available.get())
        };
        let available = payers(&player.tariffs, &Name::default(), player.now).iter().map(of).sum::<i64>();
        let mut approved = 0;
        for (number, points) in requests.iter().enumerate() {
            let command = player.request(number, *points);
            player.send(command, &mut |_, _, decision| {
                let ruling: Vec<_> = rulings(decision).collect();
                same("S14: decisions of one request", &1, &ruling.len())?;
                same("S14: approved", &(approved + points <= available), &ruling[0].approved)?;
                approved += if ruling[0].approved { *points } else { 0 };
                Ok(())
            })?;
        }
        if approved > available { fail("S14: approved more than was available") } else { Ok(()) }
    });
}

impl Player {
    fn request(&mut self, number: usize, points: i64) -> Command {
        let (wallet, points) = (Name::default(), Points::at_least_zero(points));
        let body = Body::Authorise(Authorise {
            wallet,
            points,
            time_to_live: 0,
            currency: Name::default(),
            lines: Vec::new(),
        });
        self.envelope(u8::try_from(number % 3).expect("a small number"), "redemptions", body, self.now)
    }
}

//! S05, S18: after every step of any story, entries, lots, wallets, redemptions and debts agree.

use super::act::{active_story, story};
use super::books::Books;
use super::mix::Mix;
use super::player::Player;
use super::programme::{active, versions};
use super::{Verdict, fail, hold};
use domain::lot::Bucket;
use domain::{Entity, Timestamp};

/// What every story must have met, together: the generators are judged too.
const MIX: [(&str, u32); 47] = [
    ("command: sale in money", 5000),
    ("command: sale paying offline", 500),
    ("command: sale paying by a hold", 500),
    ("command: return", 3000),
    ("command: hold", 3000),
    ("command: capture", 500),
    ("command: capture, more to come", 500),
    ("command: cancel", 500),
    ("command: tick", 500),
    ("decision: Authorise None", 300),
    ("decision: Authorise InsufficientPoints", 300),
    ("decision: Capture None", 100),
    ("decision: Capture MoreThanHeld", 20),
    ("decision: Capture HoldExpired", 50),
    ("decision: Capture HoldCaptured", 20),
    ("decision: Capture HoldRefused", 50),
    ("decision: Cancel None", 50),
    ("decision: Expire HoldExpired", 100),
    ("decision: Spend None", 300),
    ("decision: Spend NotCovered", 50),
    ("entry: Accrual", 3000),
    ("entry: Activation", 2000),
    ("entry: Clawback", 500),
    ("entry: DebtLifted", 20),
    ("entry: Adjustment", 500),
    ("entry: DebtOpened", 100),
    ("entry: Expiry", 500),
    ("entry: Forgiveness", 8),
    ("entry: GiveBack", 50),
    ("entry: Hold", 300),
    ("entry: Raise", 50),
    ("entry: Release", 100),
    ("entry: Reopening", 10),
    ("entry: Repayment", 50),
    ("entry: Repoint", 20),
    ("entry: Spend", 200),
    ("entry: WriteOff", 50),
    ("outcome: Applied MoreThanBought", 50),
    ("outcome: Applied UnknownLine", 50),
    ("outcome: Applied None later", 50),
    ("outcome: Conflict ContentDiffers", 100),
    ("outcome: Duplicate None", 50),
    ("outcome: Parked PurchaseNotSeen", 200),
    ("outcome: Quarantined TooLate", 50),
    ("outcome: Rejected PurchaseNeverCame later", 20),
    ("outcome: Rejected ReturnWindowOver", 50),
    ("tier: to silver", 50),
];

#[test]
fn s05_entries_lots_wallets_and_debts_agree_after_every_step() {
    let mix = Mix::default();
    hold(2000, (versions(), story(40)), |(versions, acts)| {
        let mut player = Player::under(&versions);
        let mut books = Books::default();
        player.play(&acts, |player, command, decision| {
            mix.see(command, decision);
            books.post(&decision.events)?;
            let mut entity = player.entity.clone();
            decision.rows.iter().cloned().for_each(|row| entity.put(row));
            books.compare(&entity)?;
            wakes_in_time(&entity)
        })?;
        let end = player.now.plus_millis(800 * 86_400_000);
        books.post(&player.pass(end).events)?;
        books.compare(&player.entity)
    });
    mix.assert_at_least(&MIX);
}

#[test]
fn s05_activities_and_erasure_keep_the_books() {
    let mix = Mix::default();
    hold(1500, (active(), active_story(40)), |(tariff, acts)| {
        let mut player = Player::new(tariff);
        let mut books = Books::default();
        player.play(&acts, |player, command, decision| {
            mix.see(command, decision);
            books.post(&decision.events)?;
            let mut entity = player.entity.clone();
            decision.rows.iter().cloned().for_each(|row| entity.put(row));
            books.compare(&entity)?;
            if entity.account.erased {
                owns_nothing(&entity)?;
            }
            wakes_in_time(&entity)
        })?;
        let end = player.now.plus_millis(800 * 86_400_000);
        books.post(&player.pass(end).events)?;
        books.compare(&player.entity)
    });
    mix.assert_at_least(&[
        ("command: activity", 8000),
        ("entry: Erasure", 300),
        ("entry: Clawback", 300),
        ("outcome: Rejected AccountErased", 1000),
        ("outcome: Rejected AccountErased later", 20),
        ("outcome: Quarantined TooLate", 200),
    ]);
}

/// An erased account owns and owes nothing, and nothing more will happen to it.
fn owns_nothing(entity: &Entity) -> Verdict {
    let live = entity.lots.rows().values().any(domain::Lot::is_live);
    let owes = entity.account.wallets.iter().any(|balance| !balance.debt.is_zero());
    let knows = !entity.account.activities.is_empty() || entity.account.standing.is_some();
    let waits = entity.parked.rows().values().any(|parked| parked.waits);
    if live || owes || knows || waits {
        return fail(format!("erased, and yet live {live}, owes {owes}, knows {knows}, waits {waits}"));
    }
    Ok(())
}

/// S09: the head row's next due instant is never later than what is due next.
pub fn wakes_in_time(entity: &Entity) -> Verdict {
    let account = &entity.account;
    let lots = entity.lots.rows().values().map(|lot| {
        let (pending, available) = (lot.buckets.get(Bucket::Pending), lot.buckets.get(Bucket::Available));
        let activation = if pending.is_zero() { Timestamp::NEVER } else { lot.activates_at };
        let live = !pending.is_zero() || !available.is_zero();
        activation.min(if live { lot.expires_at.min(lot.remind_at) } else { Timestamp::NEVER })
    });
    let holds = account
        .open_holds
        .iter()
        .map(|key| entity.redemptions.rows().get(key).expect("an open hold").expires_at);
    let waiting = account.waiting.iter().map(|waiting| waiting.until);
    let tier = account.standing.iter().map(|standing| standing.evaluate_at.min(standing.kept().warn_at));
    let next = lots.chain(holds).chain(waiting).chain(tier).min().unwrap_or(Timestamp::NEVER);
    if account.next_due > next || next <= account.now {
        let (noted, now) = (account.next_due, account.now);
        return fail(format!("S09: next is due at {next}, noted {noted}, now {now}"));
    }
    Ok(())
}

//! The books of one account: its rows against each other, and against what its entries make of them (S05, S18).
//!
//! The numbers of the entries come first: where one is missing or comes twice, nothing can be folded, and nothing else is
//! said of them.

use crate::finding::{Finding, Violation};
use crate::fold::{Book, Folded, points, wide};
use domain::debt::Debt;
use domain::entry::Entry;
use domain::lot::Bucket;
use domain::redemption::Redemption;
use domain::{Account, Balance, EntityId, Lot, LotId, Name, Row};
use std::collections::BTreeMap;

/// What the store holds of an account, as far as points are concerned.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Books {
    /// The head row.
    pub account: Option<Account>,
    /// Lots.
    pub lots: BTreeMap<LotId, Lot>,
    /// Redemptions.
    pub redemptions: Vec<Redemption>,
    /// Debts.
    pub debts: Vec<Debt>,
    /// Entries, in the order of their numbers.
    pub entries: Vec<Entry>,
}

impl Books {
    /// Takes a row in; one that holds no points is left out.
    pub fn take(&mut self, row: Row) {
        match row {
            Row::Account(account) => self.account = Some(account),
            Row::Lot(lot) => _ = self.lots.insert(lot.id, lot),
            Row::Redemption(redemption) => self.redemptions.push(redemption),
            Row::Debt(debt) => self.debts.push(debt),
            Row::Purchase(_) | Row::Seen(_) | Row::Parked(_) | Row::Route(_) => {}
        }
    }
}

/// What is wrong with the account `entity`. Nothing, where it adds up.
pub fn judge(entity: &EntityId, books: &Books) -> Vec<Finding> {
    let mut findings = Findings { entity, all: Vec::new() };
    let Some(account) = &books.account else {
        let found = format!("none, {} entries and {} lots", books.entries.len(), books.lots.len());
        findings.add(Violation::Sequence, "a head row", found);
        return findings.all;
    };
    for lot in books.lots.values() {
        lot_adds_up(lot, &mut findings);
    }
    let wallets = wallets(account, books);
    for (wallet, lots) in &wallets {
        let balance = account.wallets.iter().find(|balance| balance.wallet == *wallet);
        let empty = Balance::new(wallet.clone());
        wallet_adds_up(account, balance.unwrap_or(&empty), lots, books, &mut findings);
    }
    if sequence(account, &books.entries, &mut findings) {
        compare(account, books, &mut findings);
    }
    findings.all
}

struct Findings<'e> {
    entity: &'e EntityId,
    all: Vec<Finding>,
}

impl Findings<'_> {
    fn add(&mut self, violation: Violation, expected: impl Into<String>, found: impl Into<String>) {
        self.all.push(Finding::new(violation, self.entity, expected, found));
    }
}

/// The wallets of the head row and of lots, each with its lots together.
fn wallets(account: &Account, books: &Books) -> BTreeMap<Name, Book> {
    let mut wallets: BTreeMap<Name, Book> = BTreeMap::new();
    for balance in &account.wallets {
        wallets.entry(balance.wallet.clone()).or_default();
    }
    for lot in books.lots.values() {
        wallets.entry(lot.wallet.clone()).or_default().add(&row_of(lot));
    }
    wallets
}

fn row_of(lot: &Lot) -> Book {
    let (issued, clawed_back) = (wide(lot.issued.get()), wide(lot.clawed_back.get()));
    Book { points: points(&lot.buckets), issued, clawed_back, debt: 0 }
}

/// Every point of a lot is in one bucket; what was revoked was clawed back, and that was issued.
fn lot_adds_up(lot: &Lot, findings: &mut Findings<'_>) {
    let row = row_of(lot);
    let name = lot_name(lot.id);
    if row.sum() != row.issued {
        let expected = format!("the buckets of {name} to be {} together, as issued", row.issued);
        findings.add(Violation::Rows, expected, format!("{} ({row})", row.sum()));
    }
    let revoked = row.get(Bucket::Revoked);
    if revoked > row.clawed_back || row.clawed_back > row.issued {
        let expected = format!("{name} to have no more revoked than clawed back, and that issued");
        findings.add(Violation::Rows, expected, row.to_string());
    }
}

/// A wallet's totals are those of its lots, redemptions and debts, and satisfy S05 and S18.
fn wallet_adds_up(
    account: &Account,
    balance: &Balance,
    lots: &Book,
    books: &Books,
    findings: &mut Findings<'_>,
) {
    let wallet = &balance.wallet;
    let totals = points(&balance.buckets);
    if totals != lots.points {
        let said = |points: [i128; 8]| Book { points, ..Book::default() }.to_string();
        let expected = format!("wallet {wallet} to hold what its lots do, {}", said(lots.points));
        findings.add(Violation::Rows, expected, said(totals));
    }
    let of_wallet = |name: &Name| name == wallet;
    let redemptions = books.redemptions.iter().filter(|row| of_wallet(&row.wallet));
    let redeemed: i128 = redemptions.map(|row| wide(row.captured.get()) - wide(row.given_back.get())).sum();
    let debts = || books.debts.iter().filter(|debt| of_wallet(&debt.wallet));
    let open: i128 = debts().map(|debt| wide(debt.open.get())).sum();
    for (what, rows, head) in
        [("redeemed", redeemed, balance.redeemed.get()), ("owed", open, balance.debt.get())]
    {
        if rows != wide(head) {
            let expected = format!("{rows} {what} in wallet {wallet}, as its rows say");
            findings.add(Violation::Rows, expected, format!("{head} in the head row"));
        }
    }
    equation(account, balance, findings);
    let (debt, available) = (balance.debt.get(), balance.buckets.available.get());
    if debt > 0 && available > 0 {
        let expected = format!("wallet {wallet} to owe, or to have points available (S18)");
        findings.add(Violation::Rows, expected, format!("{debt} owed and {available} available"));
    }
}

/// S05, as [`Balance`] says it.
fn equation(account: &Account, balance: &Balance, findings: &mut Findings<'_>) {
    let links = account.links.as_ref();
    let owed_out = links.map_or(0, |links| wide(links.owed_out(balance.wallet.as_str()).get()));
    let buckets = Book { points: points(&balance.buckets), ..Book::default() };
    let kept = [
        Bucket::Pending,
        Bucket::Available,
        Bucket::Held,
        Bucket::Expired,
        Bucket::Moved,
        Bucket::WrittenOff,
    ];
    let kept: i128 = kept.into_iter().map(|bucket| buckets.get(bucket)).sum();
    let left = kept - owed_out - wide(balance.debt.get()) - wide(balance.forgiven.get());
    let came = wide(balance.earned.get()) + wide(balance.moved_in.get());
    let right = came - wide(balance.clawed_back.get()) - wide(balance.redeemed.get());
    if left != right {
        let expected = format!(
            "wallet {} to keep what it earned and took in less what was clawed back and redeemed, {right} (S05)",
            balance.wallet
        );
        findings.add(Violation::Rows, expected, left.to_string());
    }
}

/// Whether entries are numbered from 1 to the head row's last one.
fn sequence(account: &Account, entries: &[Entry], findings: &mut Findings<'_>) -> bool {
    let wrong = (1..).zip(entries).find(|(expected, entry)| entry.sequence != *expected);
    if let Some((expected, entry)) = wrong {
        let found = format!("entry {} behind {}", entry.sequence, expected - 1);
        findings.add(Violation::Sequence, format!("entry {expected}"), found);
        return false;
    }
    let last = i64::try_from(entries.len()).unwrap_or(i64::MAX);
    if last != account.sequence {
        let expected = format!("{} entries, as the head row says", account.sequence);
        findings.add(Violation::Sequence, expected, format!("{last} entries"));
        return false;
    }
    true
}

/// Lots and wallets are what the entries make of them.
fn compare(account: &Account, books: &Books, findings: &mut Findings<'_>) {
    let folded = Folded::of(&books.entries);
    if let Some(sequence) = folded.below {
        let expected = "no bucket of a lot below 0 at any time";
        findings.add(Violation::Entries, expected, format!("one below it by entry {sequence}"));
    }
    let ids = folded.lots.keys().chain(books.lots.keys());
    let ids: std::collections::BTreeSet<&LotId> = ids.collect();
    for id in ids {
        let mut book = folded.lots.get(id).cloned().unwrap_or_default();
        // Whose debt is part of a lot is told by the debt's own row.
        book.debt = 0;
        let row = books.lots.get(id).map(row_of).unwrap_or_default();
        if row != book {
            let expected = format!("{} to be what its entries make of it, {book}", lot_name(*id));
            findings.add(Violation::Entries, expected, row.to_string());
        }
    }
    let nothing = Book::default();
    for balance in &account.wallets {
        let book = folded.wallets.get(&balance.wallet).unwrap_or(&nothing);
        let row = Book {
            points: points(&balance.buckets),
            issued: wide(balance.earned.get()),
            clawed_back: wide(balance.clawed_back.get()),
            debt: wide(balance.debt.get()),
        };
        if row != *book {
            let expected = format!("wallet {} to be what its entries make of it, {book}", balance.wallet);
            findings.add(Violation::Entries, expected, row.to_string());
        }
    }
}

fn lot_name(id: LotId) -> String {
    format!("lot {} of {}-{:02}", id.key, id.issued_month.div_euclid(12), id.issued_month.rem_euclid(12) + 1)
}

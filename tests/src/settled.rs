//! What `lotstream settle --json` said, held against what must be so, and against balances it never saw (S05, S35).

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// Who stands in for what members owe.
const PROGRAMME: &str = "(programme)";

/// A settlement.
pub struct Settled(pub Value);

/// What all members have, by the balances of a run: pending and available, held, owed.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Balances {
    /// Pending and available.
    pub total: i64,
    /// Held.
    pub held: i64,
    /// Owed.
    pub debt: i64,
}

impl Balances {
    /// Adds up `balances.csv`.
    ///
    /// # Panics
    /// Where the file is not as `run` writes it.
    pub fn of(run: &Path) -> Self {
        let text = std::fs::read_to_string(run.join("balances.csv")).expect("balances.csv");
        let mut lines = text.lines();
        let headings: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
        let column = |name| headings.iter().position(|heading| *heading == name).expect(name);
        let (total, held, debt) = (column("total"), column("held"), column("debt"));
        lines.fold(Self::default(), |sum, line| {
            let cells: Vec<&str> = line.split(',').collect();
            let figure = |column: usize| cells[column].parse::<i64>().expect("a figure");
            Self {
                total: sum.total + figure(total),
                held: sum.held + figure(held),
                debt: sum.debt + figure(debt),
            }
        })
    }
}

impl Settled {
    /// Points by issuer and redeemer.
    pub fn corners(&self) -> BTreeMap<(String, String), i64> {
        let corner = |cell: &Value| ((text(cell, "issuer"), text(cell, "redeemer")), points(cell, "points"));
        self.list("cells").iter().map(corner).collect()
    }

    /// Partners that are in the books.
    pub fn issuers(&self) -> usize {
        self.list("books").iter().filter(|book| text(book, "issuer") != PROGRAMME).count()
    }

    /// Fails unless every book adds up and what all owe is what all are owed, in positions and in payments.
    ///
    /// # Panics
    /// As said.
    pub fn assert_sums_to_zero(&self) {
        assert_eq!(self.0["proven"], true, "expected a proof:\n{:#}", self.0);
        assert!(self.list("books").iter().all(|book| book["adds_up"] == true), "every book adds up");
        let mut nets: BTreeMap<String, i64> = BTreeMap::new();
        for position in self.list("positions") {
            let net = money(position, "net");
            assert_eq!(net, money(position, "is_owed") - money(position, "owes"), "{position}");
            nets.insert(text(position, "partner"), net);
        }
        assert_eq!(nets.values().sum::<i64>(), 0, "S35: expected what all are owed to sum to zero");
        for paid in self.list("payments") {
            *nets.entry(text(paid, "debtor")).or_default() += money(paid, "money");
            *nets.entry(text(paid, "creditor")).or_default() -= money(paid, "money");
        }
        assert!(nets.values().all(|rest| *rest == 0), "expected payments to settle every position: {nets:?}");
    }

    /// Fails unless what is outstanding is what members have and owe, whoever counted that.
    ///
    /// # Panics
    /// As said.
    pub fn assert_sums_to(&self, balances: Balances) {
        let outstanding = |of_programme: bool| -> i64 {
            let books = self.list("books").iter();
            let books = books.filter(|book| (text(book, "issuer") == PROGRAMME) == of_programme);
            books.map(|book| points(book, "outstanding")).sum()
        };
        assert_eq!(outstanding(false), balances.total + balances.held, "S05: outstanding of all partners");
        assert_eq!(-outstanding(true), balances.debt, "S18: what members owe");
    }

    /// Fails where `partner` owes or is owed anything, or has anything outstanding.
    ///
    /// # Panics
    /// As said.
    pub fn assert_nothing_of(&self, partner: &str) {
        let corners = self.corners();
        let theirs = corners.iter().find(|((issuer, redeemer), _)| issuer == partner || redeemer == partner);
        assert_eq!(theirs, None, "S17: {partner}'s sales were all returned, expected no corner of it");
        assert!(self.list("positions").iter().all(|position| text(position, "partner") != partner));
        let book = self.list("books").iter().find(|book| text(book, "issuer") == partner);
        let book = book.unwrap_or_else(|| panic!("expected {partner} to have issued something"));
        assert!(points(book, "issued") > 0, "{partner} issued nothing, so nothing is shown: {book}");
        assert_eq!(points(book, "issued"), points(book, "clawed_back"), "{book}");
        assert_eq!(points(book, "outstanding"), 0, "{book}");
    }

    fn list(&self, name: &str) -> &[Value] {
        self.0[name].as_array().map_or(&[], Vec::as_slice)
    }
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

fn points(value: &Value, name: &str) -> i64 {
    value[name].as_i64().unwrap_or_else(|| panic!("expected {name} in {value}"))
}

/// Money to two decimals, in the smallest unit.
fn money(value: &Value, name: &str) -> i64 {
    let text = text(value, name);
    let (whole, rest) = text.split_once('.').unwrap_or((&text, "00"));
    assert_eq!(rest.len(), 2, "expected money to two decimals, found {text}");
    format!("{whole}{rest}").parse().unwrap_or_else(|_| panic!("expected money, found {text}"))
}

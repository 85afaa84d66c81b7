//! A settlement for people and for spreadsheets.

use crate::table::{Table, counted, grouped};
use chrono_tz::Tz;
use domain::Name;
use reports::calendar::local;
use reports::csv;
use reports::settlement::{Book, Report};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Partners a matrix has room for on a terminal; more are told corner by corner.
const COLUMNS: usize = 8;
/// Decimal digits of an exact worth that are shown.
const DIGITS: u32 = 6;

/// Everything, as text.
pub(super) fn text(report: &Report, period: &str, zone: Tz) -> String {
    let mut text = format!(
        "\n  {} {period}, {} to {} {}: {}, in {}\n\n",
        report.programme,
        local(zone, report.from),
        local(zone, report.until),
        zone.name(),
        entries(report.entries),
        report.currency
    );
    let wallets: BTreeSet<&Name> = report.cells.iter().map(|cell| &cell.wallet).collect();
    for wallet in wallets {
        let _ = writeln!(text, "  {wallet}: issued by (line), redeemed at (column); points and money\n");
        let _ = writeln!(text, "{}", matrix(report, wallet));
    }
    if report.cells.is_empty() {
        text.push_str("  nothing was redeemed\n\n");
    }
    if !report.positions.is_empty() {
        let _ = writeln!(text, "{}\n{}", payments(report), positions(report));
    }
    let _ = writeln!(text, "{}", books(report));
    text.push_str(&proof(report));
    text
}

fn entries(number: u64) -> String {
    match number {
        1 => "1 entry".to_owned(),
        _ => format!("{} entries", grouped(i64::try_from(number).unwrap_or(i64::MAX))),
    }
}

fn matrix(report: &Report, wallet: &Name) -> Table {
    let cells = || report.cells.iter().filter(|cell| cell.wallet == *wallet);
    let redeemers: BTreeSet<&str> = cells().map(|cell| cell.redeemer.as_str()).collect();
    if redeemers.len() > COLUMNS {
        let mut table = Table::new(&["issued by", "redeemed at", "points", "money"]).with_texts(2);
        for cell in cells() {
            let names = [cell.issuer.to_string(), cell.redeemer.to_string()];
            table.row(names.into_iter().chain([grouped(cell.points), cell.money.to_string()]));
        }
        return table;
    }
    let headings: Vec<&str> = std::iter::once("").chain(redeemers.iter().copied()).collect();
    let mut table = Table::new(&headings);
    let mut rows: BTreeMap<&Name, BTreeMap<&str, String>> = BTreeMap::new();
    for cell in cells() {
        let figures = format!("{} = {}", grouped(cell.points), cell.money);
        rows.entry(&cell.issuer).or_default().insert(cell.redeemer.as_str(), figures);
    }
    for (issuer, row) in rows {
        let figures = redeemers.iter().map(|redeemer| row.get(redeemer).cloned().unwrap_or_default());
        table.row(std::iter::once(issuer.to_string()).chain(figures));
    }
    table
}

fn payments(report: &Report) -> Table {
    let mut table = Table::new(&["owes", "to", "net"]).with_texts(2);
    for paid in &report.payments {
        table.row([paid.debtor.to_string(), paid.creditor.to_string(), paid.money.to_string()]);
    }
    table
}

fn positions(report: &Report) -> Table {
    let mut table = Table::new(&["partner", "owes", "is owed", "net"]);
    for at in &report.positions {
        let figures = [at.owes, at.is_owed, at.net].map(|money| money.to_string());
        table.row(std::iter::once(at.partner.to_string()).chain(figures));
    }
    table
}

fn books(report: &Report) -> Table {
    let headings = [
        "issuer",
        "wallet",
        "before",
        "issued",
        "clawed back",
        "redeemed",
        "expired",
        "set aside",
        "outstanding",
    ];
    let mut table = Table::new(&headings).with_texts(2);
    for it in &report.books {
        table.row([it.issuer.to_string(), it.wallet.to_string()].into_iter().chain(figures(&it.book)));
    }
    let all = sum(report);
    table.row(["together".to_owned(), String::new()].into_iter().chain(figures(&all)));
    table
}

fn figures(book: &Book) -> [String; 7] {
    let Book { opening, issued, clawed_back, redeemed, expired, set_aside, outstanding } = *book;
    [opening, issued, clawed_back, redeemed, expired, set_aside, outstanding].map(grouped)
}

fn sum(report: &Report) -> Book {
    report.books.iter().fold(Book::default(), |sum, it| sum.and(&it.book))
}

fn proof(report: &Report) -> String {
    let Book { opening, issued, clawed_back, redeemed, expired, set_aside, outstanding } = sum(report);
    let gone = [clawed_back, redeemed, expired, set_aside].map(grouped).join(" − ");
    let net: rust_decimal::Decimal = report.positions.iter().map(|position| position.net).sum();
    let wrong: Vec<&str> =
        report.books.iter().filter(|it| !it.adds_up).map(|it| it.issuer.as_str()).collect();
    let verdict = match (report.proven, wrong.is_empty()) {
        (true, _) => {
            let books = u64::try_from(report.books.len()).unwrap_or(u64::MAX);
            format!("holds for each of {}", counted(books, "book"))
        }
        (false, false) => format!("DOES NOT HOLD for {}", wrong.join(", ")),
        (false, true) => "DOES NOT SUM TO ZERO".to_owned(),
    };
    format!(
        "  proof (S05, S35): before + issued − clawed back − redeemed − expired − set aside = outstanding\n  \
         {} + {} − {gone} = {}: {verdict}; partners together are owed {net} {}\n",
        grouped(opening),
        grouped(issued),
        grouped(outstanding),
        report.currency
    )
}

/// The entries behind one corner.
pub(super) fn explained(report: &Report, issuer: &str, redeemer: &str, zone: Tz) -> String {
    let headings = ["recorded", "account", "entry", "kind", "version", "cause", "points", "worth", "so far"];
    let mut table = Table::new(&headings).with_texts(6);
    let mut so_far = 0;
    for traced in &report.explained {
        so_far += traced.points;
        let kind = serde_json::to_value(traced.kind).ok();
        table.row([
            local(zone, traced.recorded_at),
            traced.entity.to_string(),
            traced.sequence.to_string(),
            kind.and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default(),
            traced.version.to_string(),
            traced.cause.to_string(),
            grouped(traced.points),
            traced.worth.round_dp(DIGITS).to_string(),
            grouped(so_far),
        ]);
    }
    let corner =
        report.cells.iter().filter(|it| it.issuer.as_str() == issuer && it.redeemer.as_str() == redeemer);
    let sums: Vec<String> = corner
        .map(|cell| {
            format!("{} {} points = {} {}", cell.wallet, grouped(cell.points), cell.money, report.currency)
        })
        .collect();
    let sums = if sums.is_empty() { "nothing".to_owned() } else { sums.join(", ") };
    format!("\n  issued by {issuer}, redeemed at {redeemer}: {sums}\n\n{table}")
}

/// The matrix, one corner a line.
pub(super) fn csv(report: &Report) -> String {
    let mut text = csv::row(["from", "until", "wallet", "issuer", "redeemer", "points", "money", "currency"]);
    for cell in &report.cells {
        text.push_str(&csv::row([
            report.from.to_string(),
            report.until.to_string(),
            cell.wallet.to_string(),
            cell.issuer.to_string(),
            cell.redeemer.to_string(),
            cell.points.to_string(),
            cell.money.to_string(),
            report.currency.to_string(),
        ]));
    }
    text
}

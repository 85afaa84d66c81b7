//! `lotstream breakage`: what became of the points of each month, from the entries alone (S31).

use crate::cli::reports::BreakageArgs;
use crate::entries;
use crate::failure::{Failure, other};
use crate::stdout;
use crate::table::{Table, counted};
use domain::Name;
use domain::money::grouped;
use domain::tariff::Tariffs;
use reports::breakage::{Fate, Vintage};
use reports::csv;
use reports::{Breakage, Prices};
use rust_decimal::Decimal;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

/// A line as programs read it.
#[derive(Serialize)]
struct Line<'l> {
    #[serde(flatten)]
    of: &'l Vintage,
    /// Decimal digits of the wallet's smallest unit, which the figures are in.
    scale: u32,
    #[serde(flatten)]
    fate: &'l Fate,
}

/// The programmes that points are of.
struct Programmes(BTreeMap<Name, Prices>);

impl Programmes {
    fn of(args: &BreakageArgs) -> Result<Self, Failure> {
        let tariffs: Tariffs = match args.source.programme.is_empty() {
            true => entries::programmes_of(&args.source)?.1,
            false => entries::versions(&args.source.programme)?,
        };
        let names: BTreeSet<&Name> = tariffs.all().map(|tariff| &tariff.programme).collect();
        let prices = |name: &Name| Ok((name.clone(), Prices::of(name.as_str(), &tariffs).map_err(other)?));
        Ok(Self(names.into_iter().map(prices).collect::<Result<_, Failure>>()?))
    }

    fn scale(&self, of: &Vintage) -> u32 {
        self.0.get(&of.programme).map_or(0, |prices| prices.scale(&of.wallet))
    }
}

/// Folds the entries, and prints what was asked for.
pub(crate) fn perform(args: &BreakageArgs) -> Result<ExitCode, Failure> {
    let programmes = Programmes::of(args)?;
    let zones = programmes.0.iter().map(|(name, prices)| (name.clone(), prices.zone()));
    let mut breakage = Breakage::new(zones);
    entries::each_of(&args.source, |entry| breakage.post(&entry).map_err(other))?;
    let lines = breakage.lines();
    if let Some(file) = &args.csv {
        std::fs::write(file, in_csv(&lines, &programmes)).map_err(Failure::file("write", file))?;
    }
    if args.json {
        let line = |(of, fate)| Line { of, scale: programmes.scale(of), fate };
        let all: Vec<Line<'_>> = lines.iter().map(|(of, fate)| line((of, fate))).collect();
        stdout::print(serde_json::to_string_pretty(&all).map_err(other)?)?;
    } else {
        let brief = !args.all && lines.len() > WHOLE;
        let table =
            if brief { Telling(&programmes).brief(&lines) } else { Telling(&programmes).whole(&lines) };
        stdout::print(format!("\n{table}{}", proof(&lines)))?;
    }
    let proven = lines.iter().all(|(_, fate)| fate.adds_up());
    Ok(if proven { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

const FIGURES: [&str; 7] =
    ["issued", "spent", "expired", "revoked", "written off", "in transit", "outstanding"];

const fn figures(fate: &Fate) -> [i64; 7] {
    let Fate { issued, spent, expired, revoked, written_off, moved, outstanding } = *fate;
    [issued, spent, expired, revoked, written_off, moved, outstanding]
}

/// Of what was issued and not revoked, the share that expired unspent.
fn share(fate: &Fate) -> String {
    let kept = fate.issued - fate.revoked;
    match Decimal::from(fate.expired * 100).checked_div(Decimal::from(kept)) {
        Some(share) if kept > 0 => format!("{:.1} %", share.round_dp(1)),
        _ => String::new(),
    }
}

/// Lines that are shown one by one where nothing is said; more are summed by month, and by partner.
const WHOLE: usize = 24;
/// The most months, and the most partners, that are summed.
const SUMMED: usize = 24;

/// Figures of a programme and a wallet under a name, such as a month.
type Sums<'l> = BTreeMap<(&'l Name, &'l Name, &'l str), (&'l Vintage, Fate)>;

/// What is told to a person.
struct Telling<'p>(&'p Programmes);

impl Telling<'_> {
    /// The figures of a line, and the share that expired.
    fn figures(&self, of: &Vintage, fate: &Fate) -> impl Iterator<Item = String> + use<> {
        let scale = self.0.scale(of);
        figures(fate).map(|points| grouped(points, scale)).into_iter().chain([share(fate)])
    }

    /// The lines, and below them each wallet's together: points of two wallets are never added.
    fn whole(&self, lines: &[(Vintage, Fate)]) -> String {
        let mut table = table(&["programme", "month", "partner", "wallet"]);
        let mut row = |[month, partner]: [&str; 2], of: &Vintage, fate: &Fate| {
            let names = [of.programme.as_str(), month, partner, of.wallet.as_str()].map(str::to_owned);
            table.row(names.into_iter().chain(self.figures(of, fate)));
        };
        lines.iter().for_each(|(of, fate)| row([&of.month, of.partner.as_str()], of, fate));
        summed(lines, |_| "").values().for_each(|(of, fate)| row(["together", ""], of, fate));
        table.to_string()
    }

    /// By month, the latest, and by partner, those that issued most; each wallet's together below.
    fn brief(&self, lines: &[(Vintage, Fate)]) -> String {
        let together = summed(lines, |_| "");
        let sheet = |what: &str, rows: Sums<'_>| {
            let mut table = table(&["programme", what, "wallet"]);
            let mut row = |name: &str, of: &Vintage, fate: &Fate| {
                let names = [of.programme.as_str(), name, of.wallet.as_str()].map(str::to_owned);
                table.row(names.into_iter().chain(self.figures(of, fate)));
            };
            rows.iter().for_each(|((_, _, name), (of, fate))| row(name, of, fate));
            together.values().for_each(|(of, fate)| row("together", of, fate));
            table
        };
        let (mut months, mut partners) =
            (summed(lines, |of| &of.month), summed(lines, |of| of.partner.as_str()));
        let left_out = [latest(&mut months, SUMMED), largest(&mut partners, SUMMED)];
        let mut text = format!("{}\n{}\n", sheet("month", months), sheet("partner", partners));
        for (number, which) in left_out.into_iter().zip(["of earlier months", "of partners that issued less"])
        {
            if number > 0 {
                text.push_str(&format!(
                    "  {} {which} left out, and counted in the sums\n",
                    counted(number, "line")
                ));
            }
        }
        let all = grouped(i64::try_from(lines.len()).unwrap_or(i64::MAX), 0);
        text + &format!("  --all shows all {all} lines by month and partner, --csv FILE writes them\n")
    }
}

fn table(names: &[&str]) -> Table {
    let headings: Vec<&str> = names.iter().copied().chain(FIGURES).chain(["expired of kept"]).collect();
    Table::new(&headings).with_texts(names.len())
}

/// Lines of a programme and wallet that `name` calls the same, summed.
fn summed<'l>(lines: &'l [(Vintage, Fate)], name: impl Fn(&'l Vintage) -> &'l str) -> Sums<'l> {
    let mut sums = Sums::new();
    for (of, fate) in lines {
        let key = (&of.programme, &of.wallet, name(of));
        sums.entry(key).or_insert((of, Fate::default())).1 += *fate;
    }
    sums
}

/// Keeps the `most` lines of the latest months; how many others there were.
fn latest(sums: &mut Sums<'_>, most: usize) -> u64 {
    keep(sums, most, |(_, _, month), _| (*month).to_owned())
}

/// Keeps the `most` lines that issued most; how many others there were.
fn largest(sums: &mut Sums<'_>, most: usize) -> u64 {
    keep(sums, most, |_, fate| fate.issued)
}

fn keep<K: Ord>(sums: &mut Sums<'_>, most: usize, rank: impl Fn(&(&Name, &Name, &str), &Fate) -> K) -> u64 {
    let mut ranked: Vec<_> = sums.iter().map(|(key, (_, fate))| (rank(key, fate), *key)).collect();
    ranked.sort_unstable_by(|a, b| b.cmp(a));
    let others: Vec<_> = ranked.into_iter().skip(most).map(|(_, key)| key).collect();
    for key in &others {
        sums.remove(key);
    }
    u64::try_from(others.len()).unwrap_or(u64::MAX)
}

fn proof(lines: &[(Vintage, Fate)]) -> String {
    let wrong = lines.iter().filter(|(_, fate)| !fate.adds_up()).count();
    let all = counted(u64::try_from(lines.len()).unwrap_or(u64::MAX), "line");
    let verdict = match wrong {
        0 => format!("holds for each of {all}"),
        wrong => format!("DOES NOT HOLD for {wrong} of {all}"),
    };
    format!(
        "\n  proof (S31): issued = spent + expired + revoked + written off + in transit + outstanding: {verdict}\n"
    )
}

fn in_csv(lines: &[(Vintage, Fate)], programmes: &Programmes) -> String {
    let mut text = csv::row(["programme", "month", "partner", "wallet"].into_iter().chain(FIGURES));
    for (of, fate) in lines {
        let names =
            [of.programme.to_string(), of.month.clone(), of.partner.to_string(), of.wallet.to_string()];
        let amount = |points| Decimal::new(points, programmes.scale(of)).to_string();
        text.push_str(&csv::row(names.into_iter().chain(figures(fate).map(amount))));
    }
    text
}

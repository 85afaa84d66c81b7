//! `lotstream breakage`: what became of the points of each month, from the entries alone (S31).

use crate::cli::reports::BreakageArgs;
use crate::entries;
use crate::failure::{Failure, other};
use crate::stdout;
use crate::table::Table;
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
        stdout::print(text(&lines, &programmes))?;
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

/// The lines, and below them each wallet's together: points of two wallets are never added.
fn text(lines: &[(Vintage, Fate)], programmes: &Programmes) -> String {
    let names = ["programme", "month", "partner", "wallet"];
    let headings: Vec<&str> = names.into_iter().chain(FIGURES).chain(["expired of kept"]).collect();
    let mut table = Table::new(&headings).with_texts(names.len());
    let mut row = |[month, partner]: [&str; 2], of: &Vintage, fate: &Fate| {
        let names = [of.programme.as_str(), month, partner, of.wallet.as_str()].map(str::to_owned);
        let amounts = figures(fate).map(|points| grouped(points, programmes.scale(of)));
        table.row(names.into_iter().chain(amounts).chain([share(fate)]));
    };
    let mut together: BTreeMap<(&Name, &Name), (&Vintage, Fate)> = BTreeMap::new();
    for (of, fate) in lines {
        row([&of.month, of.partner.as_str()], of, fate);
        let key = (&of.programme, &of.wallet);
        together.entry(key).or_insert((of, Fate::default())).1 += *fate;
    }
    together.values().for_each(|(of, fate)| row(["together", ""], of, fate));
    let wrong = lines.iter().filter(|(_, fate)| !fate.adds_up()).count();
    let verdict = match wrong {
        0 => format!("holds for each of {} lines", lines.len()),
        wrong => format!("DOES NOT HOLD for {wrong} of {} lines", lines.len()),
    };
    format!(
        "\n{table}\n  proof (S31): issued = spent + expired + revoked + written off + in transit + outstanding: {verdict}\n"
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

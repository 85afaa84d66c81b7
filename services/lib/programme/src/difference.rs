//! What another version of a programme changes, in the words of [`crate::explain`], and for whom.
//!
//! Two versions are compared table by table, row by row and cell by cell: what the tables for a merchant say is all
//! that a programme says.

mod notes;

use crate::explain::{Row, Sheet, Verdict, for_merchant, wrapped};
use crate::said::Programme;
use domain::tariff::Tariff;
use serde::Serialize;
use std::fmt;

/// How wide a difference is printed, in characters.
const WIDTH: usize = 110;

/// What a version changes against another.
#[derive(Clone, Debug, Serialize)]
pub struct Difference {
    /// The programme and version that it is compared with.
    pub old: String,
    /// The other one.
    pub new: String,
    /// What differs, table by table; empty where nothing does.
    pub sections: Vec<Changes>,
    /// What else there is to know: what stays, and what publishing would refuse.
    pub notes: Vec<String>,
}

/// What differs in one table.
#[derive(Clone, Debug, Serialize)]
pub struct Changes {
    /// The table.
    pub title: &'static str,
    /// What differs in it, as it stands in the old version, then what is new.
    pub changes: Vec<Change>,
}

/// A row that differs.
#[derive(Clone, Debug, Serialize)]
pub struct Change {
    /// Its name.
    pub name: String,
    /// What happened to it.
    pub kind: ChangeKind,
    /// Each cell that says something else; all that say something, of one that is added or removed.
    pub cells: Vec<CellChange>,
    /// Whom it concerns; empty where that says nothing.
    pub concerns: String,
    /// Whether that is better for members, as far as figures say.
    pub verdict: Verdict,
}

/// What happened to a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It is no more.
    Removed,
    /// It says something else.
    Changed,
}

/// A cell that differs.
#[derive(Clone, Debug, Serialize)]
pub struct CellChange {
    /// Its column.
    pub column: &'static str,
    /// What it said; nothing of a row that is added.
    pub old: Option<String>,
    /// What it says; nothing of a row that is removed.
    pub new: Option<String>,
}

impl Difference {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.sections.is_empty()
    }
}

/// What `new` changes against `old`.
pub fn difference(old: &Programme, new: &Programme) -> Difference {
    let (before, after) = (for_merchant(old), for_merchant(new));
    let mut titles: Vec<&'static str> = before.iter().map(|sheet| sheet.title).collect();
    titles.extend(
        after.iter().map(|sheet| sheet.title).filter(|title| !before.iter().any(|it| it.title == *title)),
    );
    let sections: Vec<Changes> = titles
        .into_iter()
        .map(|title| Changes { title, changes: of_sheet(rows(&before, title), rows(&after, title)) })
        .filter(|section| !section.changes.is_empty())
        .collect();
    let name = |tariff: &Tariff| format!("{} version {}", tariff.programme, tariff.version);
    let (old, new) = (&old.tariff, &new.tariff);
    let notes = if sections.is_empty() { Vec::new() } else { notes::notes(old, new) };
    Difference { old: name(old), new: name(new), sections, notes }
}

fn rows<'s>(sheets: &'s [Sheet], title: &str) -> Option<&'s Sheet> {
    sheets.iter().find(|sheet| sheet.title == title)
}

fn of_sheet(old: Option<&Sheet>, new: Option<&Sheet>) -> Vec<Change> {
    let columns = old.or(new).map_or(&[][..], |sheet| &sheet.columns);
    let of = |sheet: Option<&'_ Sheet>| sheet.map_or_else(Vec::new, |sheet| sheet.rows.clone());
    let (before, after) = (of(old), of(new));
    let named = |rows: &[Row], name: &str| rows.iter().find(|row| row.name() == name).cloned();
    let kept = before.iter().filter_map(|row| match named(&after, row.name()) {
        Some(now) => changed(columns, row, &now),
        None => Some(whole(columns, row, ChangeKind::Removed)),
    });
    let added = after.iter().filter(|row| named(&before, row.name()).is_none());
    kept.chain(added.map(|row| whole(columns, row, ChangeKind::Added))).collect()
}

/// A row that is new, or no more.
fn whole(columns: &[&'static str], row: &Row, kind: ChangeKind) -> Change {
    let cells = columns.iter().zip(&row.cells).skip(1).filter(|(_, cell)| !cell.text.is_empty());
    let added = kind == ChangeKind::Added;
    let one = |(column, cell): (&&'static str, &crate::explain::Cell)| {
        let text = Some(cell.text.clone());
        let (old, new) = if added { (None, text) } else { (text, None) };
        CellChange { column, old, new }
    };
    let verdict = match (row.being, added) {
        (Verdict::Better, false) => Verdict::Worse,
        (Verdict::Worse, false) => Verdict::Better,
        (being, _) => being,
    };
    let cells = cells.map(one).collect();
    Change { name: row.name().to_owned(), kind, cells, concerns: row.whom.clone(), verdict }
}

/// A row that says something else; `None` where it does not.
fn changed(columns: &[&'static str], old: &Row, new: &Row) -> Option<Change> {
    let mut cells = Vec::new();
    let mut verdict: Option<Verdict> = None;
    let mut whom: Vec<String> = Vec::new();
    for ((column, before), after) in columns.iter().zip(&old.cells).zip(&new.cells) {
        if before.text == after.text {
            continue;
        }
        let said = |text: &str| Some(if text.is_empty() { "nothing".to_owned() } else { text.to_owned() });
        cells.push(CellChange { column, old: said(&before.text), new: said(&after.text) });
        verdict = Some(before.gauge.verdict(&after.gauge).with(verdict));
        whom.extend(before.gauge.concerned(&after.gauge).into_iter().map(str::to_owned));
    }
    let concerns = match (whom.is_empty(), old.whom == new.whom) {
        (false, _) => whom.join(", "),
        (true, true) => new.whom.clone(),
        (true, false) => "those it applied to before, and those it applies to now".to_owned(),
    };
    let name = new.name().to_owned();
    (!cells.is_empty()).then(|| Change {
        name,
        kind: ChangeKind::Changed,
        cells,
        concerns,
        verdict: verdict.unwrap_or(Verdict::Open),
    })
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} → {}", self.old, self.new)?;
        if self.is_empty() {
            return writeln!(f, "Nothing changes for anybody.");
        }
        for section in &self.sections {
            writeln!(f, "\n{}", section.title)?;
            section.changes.iter().try_for_each(|change| write!(f, "{change}"))?;
        }
        if !self.notes.is_empty() {
            writeln!(f, "\nWhat else to know")?;
        }
        self.notes.iter().try_for_each(|note| write_lines(f, "  - ", "    ", note))
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mark, what) = match self.kind {
            ChangeKind::Added => ("+", " is new"),
            ChangeKind::Removed => ("-", " is no more"),
            ChangeKind::Changed => ("~", ""),
        };
        writeln!(f, "  {mark} {}{what}", self.name)?;
        for CellChange { column, old, new } in &self.cells {
            let text = match (old, new) {
                (Some(old), Some(new)) => format!("{column}: {old} → {new}"),
                (old, new) => {
                    format!("{column}: {}", old.as_ref().or(new.as_ref()).map_or("", String::as_str))
                }
            };
            write_lines(f, "      ", "        ", &text)?;
        }
        let verdict = match self.verdict {
            Verdict::Open => String::new(),
            told => format!(": {}", told.words()),
        };
        match self.concerns.as_str() {
            "" => Ok(()),
            whom => write_lines(f, "    for ", "        ", &format!("{whom}{verdict}")),
        }
    }
}

/// `text` behind `first`, and its further lines behind `then`.
fn write_lines(f: &mut fmt::Formatter<'_>, first: &str, then: &str, text: &str) -> fmt::Result {
    for (number, line) in wrapped(text, WIDTH - then.len()).iter().enumerate() {
        writeln!(f, "{}{line}", if number == 0 { first } else { then })?;
    }
    Ok(())
}

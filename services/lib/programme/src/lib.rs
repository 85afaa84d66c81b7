//! The programme language: a loyalty programme as one TOML file, compiled to the core's tariff.
//!
//! Pure: text in, values out. Never reads a file, a clock or the environment, and knows no programme,
//! partner or group by name. All mistakes of a file are told at once, each with its place.

mod decode;
mod difference;
mod example;
pub mod explain;
mod field;
mod phrase;
mod problem;
mod reader;
mod reading;
mod report;
mod said;
mod shape;
mod suggest;
mod table;
mod warnings;
mod when;

pub use difference::{CellChange, Change, ChangeKind, Changes, Difference, difference};
pub use problem::Problem;
pub use report::{ExampleRun, Expectation, Report, StepRun};
pub use said::{Programme, Said};
pub use shape::{Key, LANGUAGE, Shape, reference};

use domain::tariff::Tariff;
use example::{Early, Example};
use problem::Source;
use reader::Reader;
use std::sync::Arc;
use warnings::{Places, Shown};

/// The tariff of a programme file. `file` is only a name to call it by; `text` is what it holds.
///
/// # Errors
/// Every mistake found, in the order of the file, those in its examples included. Examples are not run.
pub fn compile(file: &str, text: &str) -> Result<Arc<Tariff>, Vec<Problem>> {
    read(file, text).map(|programme| programme.tariff)
}

/// A programme file: its rules, and what it says beside them.
///
/// # Errors
/// As [`compile`].
pub fn read(file: &str, text: &str) -> Result<Programme, Vec<Problem>> {
    sound(Source { file, text }).map(|Sound { tariff, said, .. }| Programme { tariff, said })
}

/// Compiles a programme file, runs its examples through the core, and warns of what is surely not meant.
pub fn check(file: &str, text: &str) -> Report {
    let source = Source { file, text };
    let mut report = Report {
        file: file.to_owned(),
        problems: Vec::new(),
        examples: Vec::new(),
        early: None,
        warnings: Vec::new(),
    };
    match sound(source) {
        Ok(Sound { tariff, said: _, examples, warnings, places }) => {
            let mut shown = Shown::default();
            let runs = examples.iter().map(|each| example::run(each, &tariff, source, &mut shown));
            let (runs, early): (Vec<_>, Vec<_>) = runs.unzip();
            report.examples = runs;
            report.early = begin_before(&tariff, early.into_iter().flatten().collect(), source);
            report.warnings = warnings;
            // What examples of before it begins would have shown, nobody knows.
            if report.early.is_none() {
                report.warnings.extend(places.without(&shown, examples.len(), source));
            }
            report.warnings.sort_by_key(|warning| warning.span.start);
        }
        Err(problems) => report.problems = problems,
    }
    report
}

/// That examples happen before the version begins: one problem, at the first of them.
fn begin_before(tariff: &Tariff, early: Vec<Early>, source: Source<'_>) -> Option<Problem> {
    let first = early.into_iter().next()?;
    let [begins, found] = [tariff.from, first.at].map(|at| phrase::in_words(tariff.zone, at));
    let message = format!(
        "examples of before the version begins: expected events of {begins} or later, found one of {found}; such \
         examples are not judged"
    );
    let hint = "give them later dates, or let the version begin earlier".to_owned();
    Some(source.problem(&first.dated, message, Some(hint)))
}

/// A file without mistakes.
struct Sound {
    tariff: Arc<Tariff>,
    said: Said,
    examples: Vec<Example>,
    warnings: Vec<Problem>,
    places: Places,
}

fn sound(source: Source<'_>) -> Result<Sound, Vec<Problem>> {
    let document = reader::parse(source)?;
    let reader = Reader::new(source);
    let root = reader::root(&reader, &document).of(&shape::rules::FILE, "the file");
    let decoded = decode::decode(&root);
    let examples = example::read(&root, &decoded.tariff, &decoded.measures);
    if !reader.is_sound() {
        drop(root);
        return Err(reader.finish());
    }
    let (warnings, places) = warnings::find(&root, &decoded.tariff);
    Ok(Sound { tariff: Arc::new(decoded.tariff), said: decoded.said, examples, warnings, places })
}

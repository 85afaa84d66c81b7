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
mod shape;
mod suggest;
mod table;

pub use difference::{CellChange, Change, ChangeKind, Changes, Difference, difference};
pub use problem::Problem;
pub use report::{ExampleRun, Expectation, Report, StepRun};
pub use shape::{Key, LANGUAGE, Shape, reference};

use domain::tariff::Tariff;
use example::Example;
use problem::Source;
use reader::Reader;
use std::sync::Arc;

/// The tariff of a programme file. `file` is only a name to call it by; `text` is what it holds.
///
/// # Errors
/// Every mistake found, in the order of the file, those in its examples included. Examples are not run.
pub fn compile(file: &str, text: &str) -> Result<Arc<Tariff>, Vec<Problem>> {
    read(Source { file, text }).map(|(tariff, _)| tariff)
}

/// Compiles a programme file and runs its examples through the core.
pub fn check(file: &str, text: &str) -> Report {
    let source = Source { file, text };
    let (problems, examples) = match read(source) {
        Ok((tariff, examples)) => {
            (Vec::new(), examples.iter().map(|each| example::run(each, &tariff, source)).collect())
        }
        Err(problems) => (problems, Vec::new()),
    };
    Report { file: file.to_owned(), problems, examples }
}

fn read(source: Source<'_>) -> Result<(Arc<Tariff>, Vec<Example>), Vec<Problem>> {
    let document = reader::parse(source)?;
    let reader = Reader::new(source);
    let root = reader::root(&reader, &document).of(&shape::rules::FILE, "the file");
    let decoded = decode::decode(&root);
    let examples = example::read(&root, &decoded.tariff, &decoded.measures);
    drop(root);
    match reader.finish() {
        problems if problems.is_empty() => Ok((Arc::new(decoded.tariff), examples)),
        problems => Err(problems),
    }
}

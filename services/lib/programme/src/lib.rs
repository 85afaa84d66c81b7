//! The programme language: a loyalty programme as one TOML file, compiled to the core's tariff.
//!
//! Pure: text in, values out. Never reads a file, a clock or the environment, and knows no programme,
//! partner or group by name. All mistakes of a file are told at once, each with its place.

mod decode;
mod field;
mod phrase;
mod problem;
mod reader;
mod reading;
mod shape;
mod suggest;
mod table;

pub use problem::Problem;
pub use shape::{Key, LANGUAGE, Shape};

use domain::tariff::Tariff;
use problem::Source;
use reader::Reader;
use std::sync::Arc;

/// The tariff of a programme file. `file` is only a name to call it by; `text` is what it holds.
///
/// # Errors
/// Every mistake found, in the order of the file.
pub fn compile(file: &str, text: &str) -> Result<Arc<Tariff>, Vec<Problem>> {
    let source = Source { file, text };
    let document = reader::parse(source)?;
    let reader = Reader::new(source);
    let root = reader::root(&reader, &document).of(&shape::rules::FILE, "the file");
    let decoded = decode::decode(&root);
    drop(root);
    let problems = reader.finish();
    match decoded {
        Some(decoded) if problems.is_empty() => Ok(Arc::new(decoded.tariff)),
        _ => Err(problems),
    }
}

//! Entries in files, as `run` writes them: one JSON object a line.

use crate::failure::Failure;
use crate::versions::Version;
use domain::entry::Entry;
use domain::tariff::Tariffs;
use serde::de::DeserializeOwned;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

/// Hands every record of `file` whose line passes `wanted` to `take`.
pub(crate) fn each_line<T: DeserializeOwned>(
    file: &Path,
    wanted: impl Fn(&str) -> bool,
    mut take: impl FnMut(T) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut lines = BufReader::new(File::open(file).map_err(Failure::file("read", file))?);
    let (mut line, mut number) = (String::new(), 0_u64);
    while lines.read_line(&mut line).map_err(Failure::file("read", file))? > 0 {
        number += 1;
        if wanted(&line) {
            let record = serde_json::from_str(&line);
            let place = |error| Failure::Other(format!("{}:{number}: {error}", file.display()));
            take(record.map_err(place)?)?;
        }
        line.clear();
    }
    Ok(())
}

/// Hands every entry of `files` to `take`, in their order.
pub(crate) fn each(
    files: &[PathBuf],
    wanted: impl Fn(&str) -> bool,
    mut take: impl FnMut(Entry) -> Result<(), Failure>,
) -> Result<(), Failure> {
    files.iter().try_for_each(|file| each_line(file, &wanted, &mut take))
}

/// The versions in `files`, and the name of their one programme; empty where there is no file.
pub(crate) fn programmes(files: &[PathBuf]) -> Result<(String, Tariffs), Failure> {
    let (mut name, mut tariffs) = (String::new(), Tariffs::default());
    for file in files {
        let tariff = Version::read(file)?.tariff;
        if !name.is_empty() && name != tariff.programme.as_str() {
            return Err(Failure::Other(format!(
                "expected versions of programme `{name}`, found `{}` in {}",
                tariff.programme,
                file.display()
            )));
        }
        name = tariff.programme.to_string();
        tariffs.add(tariff);
    }
    Ok((name, tariffs))
}

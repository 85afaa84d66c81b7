//! Entries in files, as `run` writes them, one JSON object a line; or in a deployment.

use crate::cli::reports::SourceArgs;
#[cfg(feature = "distributed")]
use crate::distributed;
use crate::failure::Failure;
#[cfg(feature = "distributed")]
use crate::source::names_deployment;
use crate::source::no_entries;
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

/// The first record of `file`; none of an empty one.
pub(crate) fn first_of<T: DeserializeOwned>(file: &Path) -> Result<Option<T>, Failure> {
    let mut lines = BufReader::new(File::open(file).map_err(Failure::file("read", file))?);
    let mut line = String::new();
    if lines.read_line(&mut line).map_err(Failure::file("read", file))? == 0 {
        return Ok(None);
    }
    let record = serde_json::from_str(&line);
    record.map(Some).map_err(|error| Failure::Other(format!("{}:1: {error}", file.display())))
}

/// Hands every entry of `files` to `take`, in their order.
pub(crate) fn each(
    files: &[PathBuf],
    wanted: impl Fn(&str) -> bool,
    mut take: impl FnMut(Entry) -> Result<(), Failure>,
) -> Result<(), Failure> {
    files.iter().try_for_each(|file| each_line(file, &wanted, &mut take))
}

/// Hands every entry there is in `source` to `take`, those of an account in their order.
pub(crate) fn each_of(
    source: &SourceArgs,
    take: impl FnMut(Entry) -> Result<(), Failure>,
) -> Result<(), Failure> {
    #[cfg(feature = "distributed")]
    if source.entries.is_empty() && names_deployment(&source.settings) {
        return distributed::each_entry(&source.settings, take);
    }
    if source.entries.is_empty() {
        return Err(no_entries());
    }
    each(&source.entries, |_| true, take)
}

/// The versions that `source` is of, and the name of their one programme.
pub(crate) fn programmes_of(source: &SourceArgs) -> Result<(String, Tariffs), Failure> {
    #[cfg(feature = "distributed")]
    if source.programme.is_empty() && names_deployment(&source.settings) {
        return distributed::programmes(&source.settings);
    }
    if source.programme.is_empty() {
        return Err(no_entries());
    }
    programmes(&source.programme)
}

/// The versions in `files`, of whatever programmes.
pub(crate) fn versions(files: &[PathBuf]) -> Result<Tariffs, Failure> {
    let mut tariffs = Tariffs::default();
    for file in files {
        tariffs.add(Version::read(file)?.tariff);
    }
    Ok(tariffs)
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

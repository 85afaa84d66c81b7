//! Programme versions in files: read, and checked against those that a ledger knows (S26).

pub(crate) mod list;
pub(crate) mod waiting;

use crate::failure::Failure;
use domain::Timestamp;
use domain::calendar;
use domain::tariff::{Tariff, Tariffs};
use engine::wal::ProgrammeVersion;
use programme::Programme;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A version that was read from a file.
pub(crate) struct Version {
    /// What the file is called in messages.
    pub(crate) file: String,
    /// Its rules.
    pub(crate) tariff: Arc<Tariff>,
    /// The file, as it is published.
    pub(crate) text: Arc<str>,
}

impl Version {
    /// Reads `file`.
    pub(crate) fn read(file: &Path) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(file).map_err(Failure::file("read", file))?;
        Self::of(&file.display().to_string(), &text)
    }

    /// The version in `text`, which messages call `file`.
    pub(crate) fn of(file: &str, text: &str) -> Result<Self, Failure> {
        let tariff = parsed(file, text)?.tariff;
        Ok(Self { file: file.to_owned(), tariff, text: Arc::from(text) })
    }

    /// What is published of it.
    pub(crate) fn published(&self) -> ProgrammeVersion {
        let (programme, version) = (self.tariff.programme.clone(), self.tariff.version);
        ProgrammeVersion { programme, version, text: Arc::clone(&self.text) }
    }

    /// Whether it may be published beside `known` at `now`; by the event clock, which has no now of its own, at any
    /// time. One that is known is not judged again.
    pub(crate) fn check(&self, known: &Tariffs, now: Option<Timestamp>) -> Result<(), Failure> {
        let (programme, version) = (self.tariff.programme.as_str(), self.tariff.version);
        if known.version(programme, version).is_some() {
            return Ok(());
        }
        let refused = |why: String| Failure::Programme(format!("{}: version {version}: {why}", self.file));
        known.check_correction(&self.tariff).map_err(|error| refused(error.to_string()))?;
        match now {
            Some(now) => {
                self.check_beginning(known.knows(programme), now).map_err(refused)?;
                known.check_notice(&self.tariff, now).map_err(|error| refused(error.to_string()))
            }
            None => Ok(()),
        }
    }

    fn check_beginning(&self, is_known: bool, now: Timestamp) -> Result<(), String> {
        let from = self.tariff.from;
        if self.tariff.correction.is_none() {
            return match is_known && from < now {
                true => Err(format!(
                    "it begins in the past, at {from}, expected {now} or later; only a programme's first version \
                     may, and one whose [correction] says which faulty version it replaces, until when, who decided \
                     it and why"
                )),
                false => Ok(()),
            };
        }
        let reach = calendar::back(self.tariff.zone, now, self.tariff.lateness);
        if from < reach {
            return Err(format!(
                "it corrects events from {from} on, expected {reach} or later: accounts keep what rates a sale again \
                 for as long as a late event is accepted; begin there, and let operators adjust what is older"
            ));
        }
        Ok(())
    }
}

/// The programme in `file`, with what it says beside its rules.
pub(crate) fn programme_in(file: &Path) -> Result<Programme, Failure> {
    let text = std::fs::read_to_string(file).map_err(Failure::file("read", file))?;
    parsed(&file.display().to_string(), &text)
}

fn parsed(file: &str, text: &str) -> Result<Programme, Failure> {
    programme::read(file, text).map_err(|problems| {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        Failure::Programme(format!("{file} is no programme\n\n{}", problems.join("\n")))
    })
}

/// Reads `files`; the versions, by their numbers, so that a correction comes after what it replaces.
pub(crate) fn read_all(files: &[PathBuf]) -> Result<Vec<Version>, Failure> {
    let mut versions = files.iter().map(|file| Version::read(file)).collect::<Result<Vec<_>, _>>()?;
    versions.sort_by(|a, b| {
        (&a.tariff.programme, a.tariff.version).cmp(&(&b.tariff.programme, b.tariff.version))
    });
    Ok(versions)
}

/// Whether `versions` may be published together in a ledger that knows `known`, at `now`; all there are then.
pub(crate) fn check_all(
    versions: &[Version],
    known: Tariffs,
    now: Option<Timestamp>,
) -> Result<Tariffs, Failure> {
    let mut all = known.clone();
    for version in versions {
        // The first versions of a programme are its history: they begin when they did.
        let now = now.filter(|_| known.knows(version.tariff.programme.as_str()));
        version.check(&all, now)?;
        all.add(Arc::clone(&version.tariff));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOP: &str = r#"
[programme]
name = "shop"
version = 1
from = "2026-01-01"
zone = "UTC"
currency = "EUR"
lateness = "30 days"
#
[wallets.points]
[rules.purchase]
rate = "5 %"
"#;

    fn version(number: i32, from: &str, correction: &str) -> Version {
        let text = SHOP.replace("version = 1", &format!("version = {number}")).replace("2026-01-01", from);
        Version::of("shop.toml", &text.replace('#', correction)).unwrap()
    }

    fn said(version: &Version, known: &[&Version], now: &str) -> String {
        let mut tariffs = Tariffs::default();
        known.iter().for_each(|known| tariffs.add(Arc::clone(&known.tariff)));
        let now = crate::instant::parse("now", now).unwrap();
        version.check(&tariffs, Some(now)).err().map_or("fine".to_owned(), |error| error.to_string())
    }

    #[test]
    fn s26_a_version_begins_in_the_future_or_corrects_another() {
        let (first, now) = (version(1, "2026-01-01", ""), "2026-03-31T00:00:00Z");
        let correction = "[correction]\nreplaces = 1\nactor = \"op-7\"\nreason = \"a slip\"";
        assert_eq!(said(&first, &[], now), "fine");
        assert_eq!(said(&first, &[&first], now), "fine");
        assert_eq!(said(&version(2, "2026-04-01", ""), &[&first], now), "fine");
        let past = said(&version(2, "2026-03-30", ""), &[&first], now);
        assert!(past.starts_with("shop.toml: version 2: it begins in the past, at 2026-03-30"), "{past}");
        assert_eq!(said(&version(2, "2026-03-01", correction), &[&first], now), "fine");
        let far = said(&version(2, "2026-02-20", correction), &[&first], now);
        assert!(far.contains("expected 2026-03-01T") && far.contains("let operators adjust"), "{far}");
        let alone = said(&version(2, "2026-03-01", correction), &[], now);
        assert!(alone.contains("expected one that is published: there is none"), "{alone}");
    }

    #[test]
    fn s26_rules_change_with_the_notice_that_the_version_in_force_promises() {
        let promising = |number: i32, from: &str, notice: &str| {
            let text =
                SHOP.replace("version = 1", &format!("version = {number}")).replace("2026-01-01", from);
            let notice = format!("prior_notice = \"{notice}\"\nlateness");
            Version::of("shop.toml", &text.replace("lateness", &notice)).unwrap()
        };
        let (first, now) = (promising(1, "2026-01-01", "30 days"), "2026-03-31T10:00:00Z");
        // No version shortens the notice of those that follow before it is in force.
        let shorter = promising(2, "2026-05-01", "1 day");
        assert_eq!(said(&shorter, &[&first], now), "fine");
        let soon = said(&version(3, "2026-04-30", ""), &[&first, &shorter], now);
        assert!(soon.starts_with("shop.toml: version 3: it begins at 2026-04-30T00:00:00"), "{soon}");
        assert!(
            soon.contains("expected 2026-04-30T10:00:00") && soon.contains("version 1, in force"),
            "{soon}"
        );
        assert_eq!(said(&version(3, "2026-05-02", ""), &[&first, &shorter], now), "fine");
        let later = "2026-05-10T10:00:00Z";
        assert_eq!(said(&version(3, "2026-05-12", ""), &[&first, &shorter], later), "fine");
        let past = said(&version(3, "2026-05-09", ""), &[&first, &shorter], later);
        assert!(past.contains("begins in the past"), "{past}");
        // What had been announced is brought back at once.
        let correction = "[correction]\nreplaces = 1\nactor = \"op-7\"\nreason = \"a slip\"";
        assert_eq!(said(&version(2, "2026-03-30", correction), &[&first], now), "fine");
        assert_eq!(said(&first, &[], now), "fine");
    }

    #[test]
    fn s26_versions_given_at_once_are_history() {
        let known = check_all(
            &[version(1, "2026-01-01", ""), version(2, "2026-02-01", "")],
            Tariffs::default(),
            Some(crate::instant::parse("now", "2026-03-31T00:00:00Z").unwrap()),
        );
        assert_eq!(known.unwrap().of("shop").len(), 2);
    }
}

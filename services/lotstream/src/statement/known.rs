//! What `run` wrote beside its entries: the answers to partners name the events, tier changes are lines.

use crate::entries::each_line;
use crate::failure::Failure;
use domain::EntityId;
use domain::event::{OutcomeRecord, TierChange};
use reports::words::{Known, Told};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What the files beside `entries` say of `entity`; nothing where there are none.
pub(super) fn beside(entries: &[PathBuf], entity: &EntityId) -> Result<Known, Failure> {
    let mut known = Known::default();
    let theirs = format!("\"{entity}\"");
    let folders: BTreeSet<&Path> = entries.iter().filter_map(|file| file.parent()).collect();
    for folder in folders {
        for file in outcomes(folder)? {
            each_line(
                &file,
                |line| line.contains(&theirs),
                |record: OutcomeRecord| {
                    let source = record.source;
                    let told = Told { feed: source.feed, partner: source.partner, id: source.id };
                    known.events.entry(record.event).or_insert(told);
                    Ok(())
                },
            )?;
        }
        let tiers = folder.join("tier-changes.jsonl");
        if tiers.exists() {
            each_line(
                &tiers,
                |line| line.contains(&theirs),
                |change: TierChange| {
                    known.tiers.push(change);
                    Ok(())
                },
            )?;
        }
    }
    Ok(known)
}

fn outcomes(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(Failure::file("read", folder))? {
        let path = entry.map_err(Failure::file("read", folder))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name.starts_with("outcomes.") && name.ends_with(".jsonl") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

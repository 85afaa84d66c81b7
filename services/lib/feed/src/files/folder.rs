//! The files of a folder, in the order of their feeds and partners. Overlooks nothing that ends in `.jsonl`.

use super::error::FilesError;
use crate::feed::{FEEDS, Feed};
use domain::Name;
use std::fs;
use std::path::{Path, PathBuf};

/// One file: what one partner published in one feed.
#[derive(Clone, Debug)]
pub struct File {
    /// Where it is.
    pub path: PathBuf,
    /// Its name, which stands for a topic where the line's place is told.
    pub name: Name,
    /// The feed.
    pub feed: &'static Feed,
    /// The partner.
    pub partner: Name,
}

/// The feeds there are, for people.
fn feeds() -> String {
    FEEDS.map(|feed| feed.name).join(", ")
}

/// The files of `folder`, by feed and partner, names bytewise.
pub(super) fn list(folder: &Path) -> Result<Vec<File>, FilesError> {
    let failed = |source| FilesError::io(folder, "expected a folder of feeds")(source);
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "jsonl") {
            files.push(File::named(path)?);
        }
    }
    if files.is_empty() {
        return Err(FilesError::Empty { path: folder.into(), feeds: feeds() });
    }
    files.sort_by(|a, b| (a.feed.name, &a.partner).cmp(&(b.feed.name, &b.partner)));
    Ok(files)
}

impl File {
    /// The file at `path`, by its name; it need not be there.
    ///
    /// # Errors
    /// [`FilesError::Name`]: the name is of no feed and partner.
    pub fn named(path: PathBuf) -> Result<Self, FilesError> {
        let name = path.file_name().and_then(|name| name.to_str());
        let parts = name.and_then(|name| {
            let topic = name.strip_suffix(".jsonl")?;
            let feed = Feed::named(topic.split('.').next()?)?;
            Some((Name::from(name), feed, Name::from(feed.partner(topic)?)))
        });
        match parts {
            Some((name, feed, partner)) => Ok(Self { path, name, feed, partner }),
            None => Err(FilesError::Name { path, feeds: feeds() }),
        }
    }
}

//! A disk that is small enough to be filled: memory mounted as one.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

const SIZE: &str = "1g";
const PIECE: usize = 1 << 20;

/// The disk.
pub struct Disk {
    filler: PathBuf,
}

impl Disk {
    /// A small disk at `folder`.
    pub(super) fn small(folder: &Path) -> Self {
        fs::create_dir_all(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", &format!("size={SIZE}"), "tmpfs"]).arg(folder);
        let status = command.status();
        assert!(status.is_ok_and(|status| status.success()), "{command:?}");
        Self { filler: folder.join("filler") }
    }

    /// Fills it to the last byte.
    pub fn fill(&self) {
        let mut file = File::create(&self.filler).unwrap_or_else(|error| panic!("{error}"));
        let piece = vec![0; PIECE];
        while file.write_all(&piece).is_ok() {}
        while file.write_all(&[0]).is_ok() {}
    }

    /// Frees what was filled.
    pub fn free(&self) {
        let _ = fs::remove_file(&self.filler);
    }
}

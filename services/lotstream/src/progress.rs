//! The bar that long commands show.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over so many events.
pub(crate) fn events(total: usize) -> ProgressBar {
    let style =
        ProgressStyle::with_template("  {bar:40} {human_pos} of {human_len} events  {elapsed}, {eta} left");
    ProgressBar::new(total as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

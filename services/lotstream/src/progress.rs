//! The bar that long commands show.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over so many events.
pub(crate) fn events(total: usize) -> ProgressBar {
    bar(total as u64, "  {bar:40} {human_pos} of {human_len} events  {elapsed}, {eta} left")
}

/// A bar over so many records, with their rate.
#[cfg(feature = "distributed")]
pub(crate) fn records(total: u64) -> ProgressBar {
    bar(total, "  {bar:40} {human_pos} of {human_len} records  {per_sec:.0}, {elapsed}, {eta} left")
}

/// A bar over a share of 1,000.
#[cfg(feature = "distributed")]
pub(crate) fn share() -> ProgressBar {
    bar(1_000, "  {bar:40} {percent} % of the accounts  {elapsed}, {eta} left")
}

fn bar(total: u64, template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template);
    ProgressBar::new(total).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

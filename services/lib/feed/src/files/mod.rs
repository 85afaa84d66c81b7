//! A folder of `<feed>.<partner>.jsonl` as one stream, in the canonical order: delivered_at, feed, partner,
//! line; names bytewise (design §6).
//!
//! Two passes: the first reads the times of all lines and sorts places, the second reads the lines where they
//! lie. So the order holds whatever the order inside a file, and memory grows by 32 bytes a line. A bad line
//! is a line like any other: it never stops the stream.

mod error;
mod folder;
mod index;
mod lines;

pub use error::FilesError;
pub use folder::File;
pub use index::delivered_at;
pub use lines::{Line, Lines};

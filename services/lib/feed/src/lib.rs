//! Placeholder header, replaced with the crate's story.

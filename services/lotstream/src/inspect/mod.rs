//! Looking at a ledger: its state and its members, as of an instant, read from any store and never written.

pub(crate) mod member;
mod past;
pub(crate) mod state;

/// What is shown, and whether everything adds up.
pub(crate) struct Shown {
    /// The text, or the JSON document.
    pub(crate) text: String,
    /// Whether what must hold does.
    pub(crate) holds: bool,
}

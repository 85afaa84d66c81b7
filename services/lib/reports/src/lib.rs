//! Reports: what the published entries tell, and nothing else: the settlement between partners (S35), what became of the
//! points of a month (S31) and a
//! member's statement (S07, S29).
//!
//! Pure folds over [`domain::entry::Entry`]: no I/O, no clock, no floats. A fold never looks at a row of the
//! ledger, so that what it says can be compared with the rows.

pub mod breakage;
pub mod calendar;
pub mod csv;
pub mod effect;
pub mod html;
pub mod period;
pub mod prices;
pub mod settlement;
pub mod statement;
pub mod words;

pub use breakage::Breakage;
pub use period::Period;
pub use prices::Prices;
pub use settlement::Settlement;
pub use statement::Statement;

//! Reports: what the published events tell, and nothing else: the settlement between partners (S35), what became of the
//! points of a month (S31), a member's statement (S07, S29) and a merchant's questions.
//!
//! Pure folds over [`domain::entry::Entry`], the last over [`domain::event::OutcomeRecord`], too: no I/O, no clock, no
//! floats. A fold never looks at a row of the ledger, so that what it says can be compared with the rows.

pub mod breakage;
pub mod calendar;
pub mod csv;
pub mod effect;
mod exchanges;
pub mod html;
mod lot_month;
pub mod merchant;
pub mod month;
pub mod period;
pub mod prices;
mod routes;
pub mod sequence;
pub mod settlement;
pub mod sheet;
pub mod sheet_page;
pub mod statement;
pub mod whatif;
pub mod words;

pub use breakage::Breakage;
pub use merchant::{Merchant, Question};
pub use month::Months;
pub use period::Period;
pub use prices::Prices;
pub use settlement::Settlement;
pub use sheet::Sheet;
pub use statement::Statement;

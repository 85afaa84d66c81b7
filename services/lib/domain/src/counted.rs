//! What is counted and not measured: points for each piece, and for each full amount (S02, S16, S32).
//!
//! Only what money was paid for counts: a free good earns nothing, no stamp either.

use crate::money::Minor;
use crate::points::Points;
use crate::purchase::PurchaseLine;
use crate::rating::Extent;

/// Thousandths in a piece.
const PIECE: i64 = 1_000;

/// So many points for each full amount of the basket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PerAmount {
    /// The amount, above 0.
    pub money: Minor,
    /// Points for each.
    pub points: Points,
}

impl PerAmount {
    /// What `basis` earns, by floor of the full amounts in it.
    pub(crate) fn of(&self, basis: i128) -> i128 {
        basis / i128::from(self.money.0.max(1)) * i128::from(self.points.get())
    }
}

/// Whole pieces of a line in this extent: of 2.7, two.
fn pieces(line: &PurchaseLine, extent: Extent) -> i64 {
    let returned = match extent {
        Extent::Sold => 0,
        Extent::Remaining => line.returned.0,
    };
    (line.quantity.0 - returned) / PIECE
}

/// Adds `each` (exact) for every piece of the lines that earn something. Whether that gave anything.
pub(crate) fn add_pieces(
    each: i128,
    lines: &[PurchaseLine],
    extent: Extent,
    weights: &mut [i128],
    earning: impl Fn(&PurchaseLine) -> i128,
) -> bool {
    let mut gave = false;
    for (line, weight) in lines.iter().zip(weights) {
        if earning(line) > 0 {
            let given = i128::from(pieces(line, extent)) * each;
            *weight += given;
            gave |= given > 0;
        }
    }
    gave
}

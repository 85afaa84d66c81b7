//! A debt: points that were spent and are not covered (S18).

use crate::id::{EventKey, LotId, Name};
use crate::points::Points;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The key of a debt: one for each redemption and returned lot.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct DebtId {
    /// The redemption whose points are not covered.
    pub redemption: EventKey,
    /// The returned lot it still draws on; [`LotId::NONE`] after a spending without a hold (S15).
    pub lot: LotId,
}

/// Points of one redemption that no lot covers. Repaid by whatever becomes available next.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Debt {
    /// Redemption and lot.
    pub id: DebtId,
    /// The wallet it stands in.
    pub wallet: Name,
    /// The partner where the points were spent.
    pub partner: Name,
    /// What is still owed.
    pub open: Points,
    /// What an explicit command forgave, at the programme's cost.
    pub forgiven: Points,
    /// The redemption's place in the account's order: the earliest is repaid first.
    pub sequence: i64,
    /// When it was first opened.
    pub opened_at: Timestamp,
}

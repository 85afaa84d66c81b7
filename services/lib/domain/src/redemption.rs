//! A redemption: points reserved by a hold, spent by its capture, and the lots they are charged to
//! (S11, S13, S17).

use crate::id::{EntityId, EventKey, LotId, Name};
use crate::lot::Bucket;
use crate::points::Points;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What a redemption takes from one lot.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Draw {
    /// The lot.
    pub lot: LotId,
    /// Points reserved there.
    pub held: Points,
    /// Points spent there, or given by a transfer.
    pub spent: Points,
}

/// How a redemption stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldState {
    /// Authorised; may be captured until it expires.
    Open,
    /// Captured, the rest released.
    Captured,
    /// Cancelled by its partner.
    Cancelled,
    /// Its time to live ran out.
    Expired,
    /// Never approved: too few points, or another reason of the decision.
    Refused,
    /// Left for another account, with its lots.
    Moved,
}

/// One redemption, from its authorisation (or the purchase that spent without one, S15) to its end.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Redemption {
    /// The authorisation's identity, or the purchase's when there was none.
    pub key: EventKey,
    /// The partner that asked, and owes the goods.
    pub partner: Name,
    /// The partner's own id of it.
    pub id: Name,
    /// The wallet it draws on; of one that follows the burn order over several, the first of them: what no lot covers
    /// is owed there (S10, S15).
    pub wallet: Name,
    /// How it stands.
    pub state: HoldState,
    /// What was asked for.
    pub requested: Points,
    /// When an open hold ends by itself; when it ended, once it did (S15).
    pub expires_at: Timestamp,
    /// Its place in the account's order of decisions: the latest is re-pointed first (S17).
    pub sequence: i64,
    /// What it takes from which lot. Together with its debts, this is what it is.
    pub draws: Vec<Draw>,
    /// Points captured so far, those in debt included.
    pub captured: Points,
    /// Points given back by returns of what they paid for (S19).
    pub given_back: Points,
    /// Of a transfer (S33), whom the points were given to: what it drew moved there.
    #[serde(default)]
    pub to: Option<EntityId>,
}

impl Redemption {
    /// Points still reserved.
    pub fn held(&self) -> Points {
        self.draws.iter().map(|draw| draw.held).sum()
    }

    /// Where points are that it took.
    pub(crate) const fn takes_into(&self) -> Bucket {
        match self.to {
            None => Bucket::Spent,
            Some(_) => Bucket::Moved,
        }
    }

    /// What it takes from `lot`, starting from nothing.
    pub fn draw_mut(&mut self, lot: LotId) -> &mut Draw {
        let place = self.draws.iter().position(|draw| draw.lot == lot).unwrap_or_else(|| {
            self.draws.push(Draw { lot, held: Points::ZERO, spent: Points::ZERO });
            self.draws.len() - 1
        });
        &mut self.draws[place]
    }
}

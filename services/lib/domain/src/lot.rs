//! A lot: a parcel of points with an origin, an activation, an expiry and spending terms (S05, S06).

use crate::id::{EventKey, LotId, Name};
use crate::points::Points;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a lot's points are (S05). Each point is in exactly one bucket.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bucket {
    /// Granted, not spendable yet.
    Pending,
    /// Spendable now.
    Available,
    /// Reserved by an open hold.
    Held,
    /// Paid for something.
    Spent,
    /// Past their expiry.
    Expired,
    /// Taken back because their cause was undone.
    Revoked,
    /// Left for another account, with their lot.
    Moved,
    /// Cancelled by an explicit command.
    WrittenOff,
}

impl Bucket {
    /// Every bucket, in the order of [`Buckets`].
    pub const ALL: [Self; 8] = [
        Self::Pending,
        Self::Available,
        Self::Held,
        Self::Spent,
        Self::Expired,
        Self::Revoked,
        Self::Moved,
        Self::WrittenOff,
    ];

    /// The bucket's name in topics, tables and files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Available => "available",
            Self::Held => "held",
            Self::Spent => "spent",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Moved => "moved",
            Self::WrittenOff => "written_off",
        }
    }
}

/// The points of a lot, or of a wallet's lots together, by bucket.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Buckets {
    /// Points in [`Bucket::Pending`].
    pub pending: Points,
    /// Points in [`Bucket::Available`].
    pub available: Points,
    /// Points in [`Bucket::Held`].
    pub held: Points,
    /// Points in [`Bucket::Spent`].
    pub spent: Points,
    /// Points in [`Bucket::Expired`].
    pub expired: Points,
    /// Points in [`Bucket::Revoked`].
    pub revoked: Points,
    /// Points in [`Bucket::Moved`].
    pub moved: Points,
    /// Points in [`Bucket::WrittenOff`].
    pub written_off: Points,
}

impl Buckets {
    /// The points in `bucket`.
    pub const fn get(&self, bucket: Bucket) -> Points {
        match bucket {
            Bucket::Pending => self.pending,
            Bucket::Available => self.available,
            Bucket::Held => self.held,
            Bucket::Spent => self.spent,
            Bucket::Expired => self.expired,
            Bucket::Revoked => self.revoked,
            Bucket::Moved => self.moved,
            Bucket::WrittenOff => self.written_off,
        }
    }

    /// The points in `bucket`, to change.
    pub const fn get_mut(&mut self, bucket: Bucket) -> &mut Points {
        match bucket {
            Bucket::Pending => &mut self.pending,
            Bucket::Available => &mut self.available,
            Bucket::Held => &mut self.held,
            Bucket::Spent => &mut self.spent,
            Bucket::Expired => &mut self.expired,
            Bucket::Revoked => &mut self.revoked,
            Bucket::Moved => &mut self.moved,
            Bucket::WrittenOff => &mut self.written_off,
        }
    }

    /// Every bucket together: what was issued (S05).
    pub fn sum(&self) -> Points {
        Bucket::ALL.iter().map(|bucket| self.get(*bucket)).sum()
    }
}

/// A parcel of points that came from one cause under one set of terms, funded by one partner.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Lot {
    /// Derived from cause, terms and partner.
    pub id: LotId,
    /// The wallet the points count in.
    pub wallet: Name,
    /// The terms of the tariff they were granted under.
    pub terms: Name,
    /// The partner that funds them: who is asked when they are spent elsewhere (S35).
    pub partner: Name,
    /// The purchase, or the period, they come from.
    pub cause: EventKey,
    /// The programme version that rated them.
    pub version: i32,
    /// The business time they count from.
    pub occurred_at: Timestamp,
    /// When the ledger granted them.
    pub accrued_at: Timestamp,
    /// When they become spendable; spendable while `activates_at <= now < expires_at`.
    pub activates_at: Timestamp,
    /// When they expire; [`Timestamp::NEVER`] for those that do not.
    pub expires_at: Timestamp,
    /// What was issued, raises included (S24). Equals [`Buckets::sum`] at all times (S05).
    pub issued: Points,
    /// What was clawed back of it, whether already revoked or still owed as a debt (S17, S18).
    pub clawed_back: Points,
    /// Where the points are.
    pub buckets: Buckets,
    /// The redemptions and holds that ever drew on this lot, in the order they first did.
    pub drawn_by: Vec<EventKey>,
    /// How many of the declared reminders before expiry went out (S30).
    pub reminded: i32,
    /// When the next reminder before expiry is due; [`Timestamp::NEVER`] where none is left (S30).
    pub remind_at: Timestamp,
    /// When another member gave them, by the date of the transfer; none where the account earned them itself. From then
    /// on, what the one who has them does moves their end (S06, S33).
    #[serde(default)]
    pub given_at: Option<Timestamp>,
}

impl Lot {
    /// What the cause still earns: issued less clawed back.
    pub fn net(&self) -> Points {
        self.issued - self.clawed_back
    }

    /// Whether something can still happen to it by itself or by being spent.
    pub const fn is_live(&self) -> bool {
        !self.buckets.pending.is_zero() || !self.buckets.available.is_zero() || !self.buckets.held.is_zero()
    }
}

//! The books of one issuer in one wallet, over a period: the proof of what is settled (S05, S35).

use crate::effect::effects;
use domain::EventKey;
use domain::entry::{Entry, EntryKind};
use domain::lot::Bucket;
use serde::Serialize;

/// What became of an issuer's points. Flows are those of the period, in the wallet's smallest unit.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Book {
    /// Outstanding when the period began: pending, available and held together. For the programme, which stands
    /// in for members' debts, what they owe, below 0.
    pub opening: i64,
    /// Issued, raises included.
    pub issued: i64,
    /// Clawed back, whether revoked or owed.
    pub clawed_back: i64,
    /// Redeemed anywhere, less what was given back, charged to others or became a debt.
    pub redeemed: i64,
    /// Expired, less what was reopened.
    pub expired: i64,
    /// Written off, or on the way to another member.
    pub set_aside: i64,
    /// Outstanding when the period ended, counted from the buckets (and debts) alone.
    pub outstanding: i64,
}

impl Book {
    /// Whether issued − clawed back − redeemed − expired − set aside is the change of what is outstanding.
    pub const fn adds_up(&self) -> bool {
        let gone = self.clawed_back + self.redeemed + self.expired + self.set_aside;
        self.opening + self.issued - gone == self.outstanding
    }

    /// All that an entry is to the books of all issuers and of the programme, as one book.
    pub fn post(&mut self, entry: &Entry) {
        if is_a_move(entry) {
            return;
        }
        if entry.debt != 0 && entry.kind != EntryKind::Forgiveness {
            self.owes(entry.debt, true);
        }
        effects(entry).iter().for_each(|effect| self.redeems(effect.points, true));
        if !entry.lot.is_none() {
            self.moves(entry, true);
        }
    }

    /// What an entry is to the book of its lot's issuer; nothing, where it has no lot.
    pub fn post_of_lot(&mut self, entry: &Entry) {
        if is_a_move(entry) || entry.lot.is_none() {
            return;
        }
        let own = effects(entry).into_iter().filter(|effect| effect.issuer == entry.partner);
        own.for_each(|effect| self.redeems(effect.points, true));
        self.moves(entry, true);
    }

    /// Members' debts changed by `change`; for the programme's book.
    pub(super) const fn owes(&mut self, change: i64, settles: bool) {
        self.stands(-change, settles);
    }

    pub(super) const fn redeems(&mut self, points: i64, settles: bool) {
        if settles {
            self.redeemed += points;
        }
    }

    /// A movement of points of one of its lots.
    pub(super) fn moves(&mut self, entry: &Entry, settles: bool) {
        let points = entry.points.get();
        // A gift comes in from where it was set aside.
        let from = if entry.kind == EntryKind::MovedIn { Some(Bucket::Moved) } else { entry.from };
        let into = |buckets: &[Bucket]| {
            let is = |bucket: Option<Bucket>| bucket.is_some_and(|bucket| buckets.contains(&bucket));
            points * (i64::from(is(entry.to)) - i64::from(is(from)))
        };
        self.stands(into(&[Bucket::Pending, Bucket::Available, Bucket::Held]), settles);
        if settles {
            if from.is_none() && entry.to.is_some() {
                self.issued += points;
            }
            self.clawed_back += entry.clawed_back.get();
            self.expired += into(&[Bucket::Expired]);
            self.set_aside += into(&[Bucket::WrittenOff, Bucket::Moved]);
        }
    }

    const fn stands(&mut self, change: i64, settles: bool) {
        self.outstanding += change;
        if !settles {
            self.opening += change;
        }
    }

    /// This book and another as one.
    #[must_use]
    pub const fn and(self, other: &Self) -> Self {
        Self {
            opening: self.opening + other.opening,
            issued: self.issued + other.issued,
            clawed_back: self.clawed_back + other.clawed_back,
            redeemed: self.redeemed + other.redeemed,
            expired: self.expired + other.expired,
            set_aside: self.set_aside + other.set_aside,
            outstanding: self.outstanding + other.outstanding,
        }
    }

    /// Whether nothing ever stood or moved here.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Out of one account and into another, as it was: nothing to the books of issuers (S05). What was given to another
/// member may be of another issuer by then (S17): it is set aside, and no longer once it arrives.
pub(super) fn is_a_move(entry: &Entry) -> bool {
    let moves = matches!(entry.kind, EntryKind::MovedOut | EntryKind::MovedIn);
    moves && (entry.redemption == EventKey::NONE || entry.lot.is_none() || entry.to.is_none())
}

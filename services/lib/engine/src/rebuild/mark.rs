//! What became of the rebuild of a keyspace, in the keyspace: a watermark of a partition that no log has.
//!
//! Rows of one that was killed are ahead of every partition row, by nobody knows how much: deciding the same commands
//! over them would decide them twice. Nothing is ever deleted, so such a keyspace is of no use, and says so.

use super::write_all;
use crate::store::{Store, StoreError, Write};
use crate::wal::WriteTs;

/// The partition that no log has.
pub(crate) const PLACE: i32 = -1;

/// What became of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mark {
    /// Under way, or killed.
    Begun,
    /// Drained before its end: it goes on from the partition rows.
    Stopped,
    /// Everything is there, and a ledger may take over.
    Complete,
}

impl Mark {
    const ALL: [Self; 3] = [Self::Begun, Self::Stopped, Self::Complete];

    const fn number(self) -> i64 {
        match self {
            Self::Begun => 1,
            Self::Stopped => 2,
            Self::Complete => 3,
        }
    }

    /// The mark of the keyspace of `store`; `None` where no rebuild was begun there.
    ///
    /// # Errors
    /// As [`Store::partition_state`].
    pub fn of(store: &mut impl Store) -> Result<Option<Self>, StoreError> {
        let found = store.partition_state(PLACE)?.watermark;
        Ok(Self::ALL.into_iter().find(|mark| Some(mark.number()) == found))
    }

    /// Sets it, in the place of the one before; `false` where `gives_up` came first.
    ///
    /// # Errors
    /// As [`Store::partition_state`] and [`Store::poll`].
    pub fn set(self, store: &mut impl Store, gives_up: impl FnMut() -> bool) -> Result<bool, StoreError> {
        let write_ts = WriteTs(store.partition_state(PLACE)?.watermark_ts.0 + 1);
        let write = Write::Watermark { partition: PLACE, position: self.number(), write_ts };
        write_all(store, vec![write], gives_up)
    }
}

//! Over how many partitions a deployment's accounts are spread, remembered in the store: a watermark of a partition that
//! no log has.
//!
//! An account lives in the partition its key hashes to. Among another number of partitions most keys hash elsewhere: the
//! account would have two writers, the one that its timers still wake and the one that new events come to. Topics alone
//! do not tell that their number was changed, where somebody changed all of them; so the first ledger writes it down, and
//! it stays, in every epoch: timers and what is on its way stand in the store by partition.

use crate::rebuild::write_all;
use crate::store::{Store, StoreError, Write};
use crate::wal::WriteTs;

/// The partition that no log has; -1 is the mark of a rebuild.
const PLACE: i32 = -2;

/// What the store says of the number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Width {
    /// The same, and it is written down.
    Same,
    /// So many were there when the first ledger began.
    Other(i64),
    /// It did not acknowledge before the caller gave up.
    Silent,
}

impl Width {
    /// What is written down; `None` where nothing is.
    ///
    /// # Errors
    /// As [`Store::partition_state`].
    pub fn known(store: &mut impl Store) -> Result<Option<i64>, StoreError> {
        Ok(store.partition_state(PLACE)?.watermark)
    }

    /// Compares `partitions` with what is written down; writes it down, in log epoch `epoch`, where nothing is.
    ///
    /// # Errors
    /// As [`Store::partition_state`] and [`Store::poll`].
    ///
    /// # Panics
    /// Where `epoch` is not in `0..100`.
    pub fn keep(
        store: &mut impl Store,
        epoch: i64,
        partitions: i32,
        gives_up: impl FnMut() -> bool,
    ) -> Result<Self, StoreError> {
        match Self::known(store)? {
            Some(found) => Ok(if found == i64::from(partitions) { Self::Same } else { Self::Other(found) }),
            None => {
                let (position, write_ts) = (i64::from(partitions), WriteTs::new(epoch, 0));
                let write = Write::Watermark { partition: PLACE, position, write_ts };
                Ok(if write_all(store, vec![write], gives_up)? { Self::Same } else { Self::Silent })
            }
        }
    }
}

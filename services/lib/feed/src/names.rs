//! Names that come again and again (partners, groups, articles, currencies) held once.
//!
//! A cache with one place for each hash: bounded, nothing to evict, and a miss costs one allocation.

use domain::Name;
use xxhash_rust::xxh3::xxh3_64;

/// Places: 1 MB of them holds a year's articles of a grocery chain.
const PLACES: usize = 1 << 16;

/// Hands out names. The same text gives the same name, mostly without an allocation.
#[derive(Debug)]
pub(crate) struct Names {
    places: Vec<Name>,
    empty: Name,
}

impl Default for Names {
    fn default() -> Self {
        let empty = Name::default();
        Self { places: vec![empty.clone(); PLACES], empty }
    }
}

impl Names {
    /// The name `text`.
    pub(crate) fn get(&mut self, text: &str) -> Name {
        if text.is_empty() {
            return self.empty.clone();
        }
        // The remainder is below 2^16.
        let place = &mut self.places[(xxh3_64(text.as_bytes()) % PLACES as u64) as usize];
        if place.as_str() != text {
            *place = Name::from(text);
        }
        place.clone()
    }
}

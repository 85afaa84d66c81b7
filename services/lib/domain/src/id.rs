//! Names, keys and ids. Every id is derived from inputs (UUID v5), so a replay derives the same ones.

use serde::de::{self, Deserializer, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;
use uuid::Uuid;

/// A short text that is compared, cloned and never changed: a partner, a wallet, a tier, a product group.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Name(Arc<str>);

impl Name {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Self(Arc::from(text))
    }
}

impl From<String> for Name {
    fn from(text: String) -> Self {
        Self(Arc::from(text))
    }
}

impl Default for Name {
    fn default() -> Self {
        Self::from("")
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// What one account is kept for: a member, a card or a limit of one programme, written `programme:kind:id`.
/// It is the key of `member-commands` and the partition key of every table. Pseudonymous.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EntityId(Name);

impl EntityId {
    /// The member `id` of `programme`.
    pub fn member(programme: &str, id: &str) -> Self {
        Self(Name::from(format!("{programme}:member:{id}")))
    }

    /// The card `id` of `programme`.
    pub fn card(programme: &str, id: &str) -> Self {
        Self(Name::from(format!("{programme}:card:{id}")))
    }

    /// A key of the account itself, for what has no other cause.
    pub(crate) fn account_key(&self) -> EventKey {
        EventKey::of("", "account", self.as_str())
    }

    /// What counts the limit `name` of `programme`, which members share (S34): for a value of what it is counted by,
    /// that value alone. The value may be a person's, so only a hash of it is in the id.
    pub fn limit(programme: &str, name: &str, value: Option<&str>) -> Self {
        let value = value.map(|value| derive(&[name.as_bytes(), value.as_bytes()]).simple().to_string());
        let value = value.map(|hash| format!("/{hash}")).unwrap_or_default();
        Self(Name::from(format!("{programme}:limit:{name}{value}")))
    }

    /// An id read back from a table or a topic.
    pub fn from_key(key: &str) -> Self {
        Self(Name::from(key))
    }

    /// The whole key.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether it is a card.
    pub fn is_card(&self) -> bool {
        self.as_str().split(':').nth(1) == Some("card")
    }

    /// Whether it is a limit that members share.
    pub fn is_limit(&self) -> bool {
        self.as_str().split(':').nth(1) == Some("limit")
    }

    /// The programme: what stands before the first colon.
    pub fn programme(&self) -> &str {
        self.as_str().split(':').next().unwrap_or_default()
    }

    /// The member's, card's or limit's own id: what stands behind the second colon.
    pub fn local(&self) -> &str {
        self.as_str().splitn(3, ':').nth(2).unwrap_or_default()
    }
}

impl fmt::Display for EntityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for EntityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// The namespace of every id this ledger derives.
const NAMESPACE: Uuid = Uuid::from_u128(0x6c6f_7473_7472_5a65_8a6d_0000_0000_0001);

fn derive(parts: &[&[u8]]) -> Uuid {
    // The length before each part keeps ("ab","c") and ("a","bc") apart.
    let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.len() + 4).sum());
    for part in parts {
        bytes.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    Uuid::new_v5(&NAMESPACE, &bytes)
}

/// The identity of an input event, S23: derived from partner, feed and the partner's own id. It is also the
/// id of the command made from it, of the redemption an authorisation opens, and of the purchase it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct EventKey(Uuid);

impl EventKey {
    /// No event: the absence of a key, where a column must be bound.
    pub const NONE: Self = Self(Uuid::nil());

    /// The identity of the event `id` that `partner` published in `feed`.
    pub fn of(partner: &str, feed: &str, id: &str) -> Self {
        Self(derive(&[partner.as_bytes(), feed.as_bytes(), id.as_bytes()]))
    }

    /// A key derived from this one: a notice about this event, a tick of this entity.
    #[must_use]
    pub fn derived(self, what: &str, number: i64) -> Self {
        Self(derive(&[self.0.as_bytes(), what.as_bytes(), &number.to_be_bytes()]))
    }

    /// The sixteen bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// A key read back.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }
}

impl fmt::Display for EventKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl fmt::Debug for EventKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The id of a lot: the month it was issued in (so that live lots are one range of a table), and a key
/// derived from its cause, terms and funding partner.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct LotId {
    /// Months since year 0, UTC, of the command that issued the lot: `year * 12 + month - 1`.
    pub issued_month: i32,
    /// Derived from cause, terms and partner.
    pub key: EventKey,
}

impl LotId {
    /// No lot, where a column must be bound (a debt without one, S15).
    pub const NONE: Self = Self { issued_month: 0, key: EventKey::NONE };

    /// The lot that `cause` brings under `terms`, funded by `partner`.
    pub fn of(issued_month: i32, cause: EventKey, terms: &str, partner: &str) -> Self {
        let key = derive(&[cause.0.as_bytes(), terms.as_bytes(), partner.as_bytes()]);
        Self { issued_month, key: EventKey(key) }
    }

    /// Whether this stands for the absence of a lot.
    pub fn is_none(&self) -> bool {
        *self == Self::NONE
    }
}

/// A 128-bit hash of content: equal content, equal digest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Digest(pub [u8; 16]);

impl Digest {
    /// The digest of `bytes` (XXH3, 128 bits: fast, stable, not cryptographic).
    pub fn of(bytes: &[u8]) -> Self {
        Self(xxhash_rust::xxh3::xxh3_128(bytes).to_be_bytes())
    }
}

/// A digest of bytes that come in pieces: the same as [`Digest::of`] all of them.
#[derive(Clone, Default)]
pub struct Digesting(xxhash_rust::xxh3::Xxh3Default);

impl Digesting {
    /// Takes the next bytes.
    pub fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of what was taken so far.
    pub fn digest(&self) -> Digest {
        Digest(self.0.digest128().to_be_bytes())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Sixteen bytes where the format is binary, text where people read it.
struct Sixteen;

impl Visitor<'_> for Sixteen {
    type Value = [u8; 16];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sixteen bytes")
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<[u8; 16], E> {
        bytes.try_into().map_err(|_| E::invalid_length(bytes.len(), &self))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<[u8; 16], E> {
        Uuid::try_parse(text).map(Uuid::into_bytes).map_err(E::custom)
    }
}

macro_rules! sixteen_bytes {
    ($type:ident, $new:expr, $bytes:expr) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.collect_str(self)
                } else {
                    serializer.serialize_bytes(&$bytes(self))
                }
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    deserializer.deserialize_str(Sixteen).map($new)
                } else {
                    deserializer.deserialize_bytes(Sixteen).map($new)
                }
            }
        }
    };
}

sixteen_bytes!(EventKey, EventKey::from_bytes, |key: &EventKey| *key.0.as_bytes());
sixteen_bytes!(Digest, Digest, |digest: &Digest| digest.0);

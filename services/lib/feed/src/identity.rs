//! How members and cards are kept: under the id their partner gives, or under a pseudonym that only the
//! deployment's key leads to.
//!
//! Keyed, an id is replaced before anything is written to `member-commands`, so that every topic, table and file
//! behind it holds the pseudonym alone. It is one-way: without the key nobody tells which id it stands for, or
//! whether it stands for one that is known. The same key, programme and id give the same pseudonym, in every
//! service and tool, so all of a deployment's are given the same one, for ever.

use domain::EntityId;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;

/// The shortest key, in bytes: what a hash of 256 bits wants.
const SHORTEST_KEY: usize = 32;
/// The shortest id that is looked for in other texts, in bytes: a shorter one is found in any number by chance.
const SHORTEST_ID: usize = 6;
/// Bytes of a pseudonym: 128 bits, of which two of a billion members share one in 10^21 deployments.
const PSEUDONYM: usize = 16;

/// What is hashed for a key's fingerprint. No pseudonym is of it: those begin with a length of eight bytes.
const FINGERPRINT: &[u8] = b"lotstream: the fingerprint of a pseudonym key";
/// Bytes of a fingerprint: two keys share one in 2^64 cases.
const FINGERPRINT_BYTES: usize = 8;

/// What members and cards are kept under.
#[derive(Clone, Default)]
pub struct Identity(Ids);

#[derive(Clone, Default)]
enum Ids {
    #[default]
    Given,
    Pseudonymous,
    Keyed(Hmac<Sha256>),
}

/// A key that is too short to keep a secret.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ShortKey {
    /// How many bytes it has.
    pub found: usize,
}

impl fmt::Display for ShortKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected a pseudonym key of {SHORTEST_KEY} bytes or more, found {}", self.found)
    }
}

impl std::error::Error for ShortKey {}

/// Never shows the key.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Identity {
    /// Ids are kept as partners give them: for demos and tests. Nobody is forgotten there.
    pub const GIVEN: Self = Self(Ids::Given);

    /// Ids are kept as partners give them, and those are pseudonyms already: only they know whose.
    pub const PSEUDONYMOUS: Self = Self(Ids::Pseudonymous);

    /// Ids are kept as HMAC-SHA-256 under `key`, its first 128 bits in hexadecimal digits.
    ///
    /// # Errors
    /// A key of fewer than [`SHORTEST_KEY`] bytes.
    pub fn keyed(key: &[u8]) -> Result<Self, ShortKey> {
        let found = key.len();
        if found < SHORTEST_KEY {
            return Err(ShortKey { found });
        }
        Hmac::new_from_slice(key).map(|mac| Self(Ids::Keyed(mac))).map_err(|_| ShortKey { found })
    }

    /// What settings say: `identity`, `given`, `pseudonymous` or `keyed` (where it is silent, keyed where there is a
    /// key, else given), and the key, or a file that holds it and nothing else but a line end.
    ///
    /// # Errors
    /// What was expected and found; never the key.
    pub fn configured(identity: Option<&str>, key: Option<&str>, file: Option<&str>) -> Result<Self, String> {
        let read = |file: &str| {
            let text = std::fs::read_to_string(file);
            text.map_err(|error| format!("{file}: expected a file with the pseudonym key: {error}"))
        };
        let key = match (key, file) {
            (Some(_), Some(_)) => {
                return Err("expected `pseudonym_key` or `pseudonym_key_file`, found both".to_owned());
            }
            (key, file) => file.map(read).transpose()?.or_else(|| key.map(str::to_owned)),
        };
        match (identity, key) {
            (None | Some("given"), None) => Ok(Self::GIVEN),
            (Some("pseudonymous"), None) => Ok(Self::PSEUDONYMOUS),
            (None | Some("keyed"), Some(key)) => {
                Self::keyed(key.trim_end_matches(['\r', '\n']).as_bytes()).map_err(|error| error.to_string())
            }
            (Some("keyed"), None) => Err("identity: expected a key where ids are `keyed`, found none; set \
                                          `pseudonym_key` (LOTSTREAM_PSEUDONYM_KEY) or `pseudonym_key_file`"
                .to_owned()),
            (Some(other @ ("given" | "pseudonymous")), Some(_)) => Err(format!(
                "identity: expected no pseudonym key where ids are `{other}`, found one; set `keyed`, or take the key \
                 away"
            )),
            (Some(other), _) => {
                Err(format!("identity: expected `given`, `pseudonymous` or `keyed`, found `{other}`"))
            }
        }
    }

    /// The word of the setting: `given`, `pseudonymous` or `keyed`.
    pub const fn as_str(&self) -> &'static str {
        match self.0 {
            Ids::Given => "given",
            Ids::Pseudonymous => "pseudonymous",
            Ids::Keyed(_) => "keyed",
        }
    }

    /// What is done to ids, `given` or `keyed`: partners' own pseudonyms are kept as given.
    pub const fn kept(&self) -> &'static str {
        if self.is_keyed() { "keyed" } else { "given" }
    }

    /// Which key it is, 16 hexadecimal digits: the same for the same key, and nothing else can be told from it. Empty
    /// where ids are kept as given.
    pub fn fingerprint(&self) -> String {
        let hash = |mac: &Hmac<Sha256>| {
            let mut mac = mac.clone();
            mac.update(FINGERPRINT);
            digits(&mac.finalize().into_bytes()[..FINGERPRINT_BYTES])
        };
        self.key().map(hash).unwrap_or_default()
    }

    const fn key(&self) -> Option<&Hmac<Sha256>> {
        match &self.0 {
            Ids::Keyed(mac) => Some(mac),
            Ids::Given | Ids::Pseudonymous => None,
        }
    }

    /// Whether ids are replaced.
    pub const fn is_keyed(&self) -> bool {
        self.key().is_some()
    }

    /// Whether what is kept is no id of a person, so that an erased one is forgotten.
    pub const fn is_pseudonymous(&self) -> bool {
        !matches!(self.0, Ids::Given)
    }

    /// The account of the member `id` of `programme`.
    pub fn member(&self, programme: &str, id: &str) -> EntityId {
        match self.key() {
            None => EntityId::member(programme, id),
            Some(mac) => EntityId::member(programme, &pseudonym(mac, [programme, "member", id])),
        }
    }

    /// The account of the card `id` of `programme`.
    pub fn card(&self, programme: &str, id: &str) -> EntityId {
        match self.key() {
            None => EntityId::card(programme, id),
            Some(mac) => EntityId::card(programme, &pseudonym(mac, [programme, "card", id])),
        }
    }

    /// Whether `text`, which is kept, holds `id`, which shall not be: between letters and digits, in whatever case.
    pub(crate) fn is_carried(&self, id: &str, text: &str) -> bool {
        if !self.is_keyed() || id.len() < SHORTEST_ID {
            return false;
        }
        let (id, text) = (id.to_lowercase(), text.to_lowercase());
        let parts = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        text.match_indices(&id).any(|(at, found)| {
            !parts(text[..at].chars().next_back()) && !parts(text[at + found.len()..].chars().next())
        })
    }
}

/// The length before each part keeps ("ab", "c") and ("a", "bc") apart.
fn pseudonym(mac: &Hmac<Sha256>, parts: [&str; 3]) -> String {
    let mut mac = mac.clone();
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    let whole = mac.finalize().into_bytes();
    digits(&whole[..PSEUDONYM])
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8] = b"0123456789abcdef0123456789abcdef";

    /// HMAC-SHA-256 as RFC 2104 has it; the expected digits are another implementation's (Python's `hmac`).
    #[test]
    fn a_pseudonym_is_the_same_wherever_it_is_made() {
        let identity = Identity::keyed(KEY).unwrap();
        assert_eq!(
            identity.member("club", "dmitry").as_str(),
            "club:member:95798483b42727714d7af90c85ea0d2d"
        );
        assert_eq!(identity.card("club", "dmitry").as_str(), "club:card:1d5f9cba16f325bf30aa3d669774d96b");
        assert_eq!(Identity::GIVEN.member("club", "dmitry").as_str(), "club:member:dmitry");
    }

    /// The expected digits are another implementation's (Python's `hmac`).
    #[test]
    fn a_fingerprint_tells_keys_apart() {
        let identity = Identity::keyed(KEY).unwrap();
        let other = Identity::keyed(b"another key, of thirty-two bytes").unwrap();
        assert_eq!(identity.fingerprint(), "0897c1e6c89f93ff");
        assert_ne!(identity.fingerprint(), other.fingerprint());
        assert_eq!(Identity::GIVEN.fingerprint(), "");
    }

    #[test]
    fn another_key_programme_or_kind_is_another_pseudonym() {
        let identity = Identity::keyed(KEY).unwrap();
        let other = Identity::keyed(b"another key, of thirty-two bytes").unwrap();
        let local = |entity: EntityId| entity.local().to_owned();
        let one = local(identity.member("club", "dmitry"));
        let others = [
            local(other.member("club", "dmitry")),
            local(identity.member("clu", "bdmitry")),
            local(identity.card("club", "dmitry")),
            local(identity.member("club", "dmitri")),
        ];
        assert!(!others.contains(&one));
        assert_eq!(Identity::keyed(b"short").unwrap_err().found, 5);
        assert_eq!(format!("{identity:?}"), "keyed");
    }

    #[test]
    fn a_key_makes_ids_keyed_and_what_contradicts_itself_is_refused() {
        let key = std::str::from_utf8(KEY).unwrap();
        let said = |identity, key| Identity::configured(identity, key, None).map(|it| it.as_str().to_owned());
        assert_eq!(said(None, None).unwrap(), "given");
        assert_eq!(said(None, Some(key)).unwrap(), "keyed");
        assert_eq!(said(Some("keyed"), Some(key)).unwrap(), "keyed");
        assert_eq!(said(Some("pseudonymous"), None).unwrap(), "pseudonymous");
        for (identity, key) in [
            (Some("keyed"), None),
            (Some("given"), Some(key)),
            (Some("pseudonymous"), Some(key)),
            (Some("plain"), None),
            (None, Some("short")),
        ] {
            let error = said(identity, key).unwrap_err();
            assert!(error.contains("expected"), "{error}");
        }
        assert!(Identity::configured(None, Some(key), Some("f")).unwrap_err().contains("both"));
        let error = Identity::configured(None, None, Some("/no/such/file")).unwrap_err();
        assert!(error.starts_with("/no/such/file: expected a file with the pseudonym key"), "{error}");
    }

    #[test]
    fn a_text_carries_an_id_that_stands_in_it_by_itself() {
        let identity = Identity::keyed(KEY).unwrap();
        for text in ["dmitry", "Dmitry", "2026-dmitry-7", "call dmitry.", "ю dmitry"] {
            assert!(identity.is_carried("dmitry", text), "{text}");
        }
        for text in ["", "dmitryev", "7dmitry", "юdmitry"] {
            assert!(!identity.is_carried("dmitry", text), "{text}");
        }
        assert!(!identity.is_carried("17", "order 17"), "too short to tell from a number");
        assert!(!Identity::GIVEN.is_carried("dmitry", "dmitry"), "where the id itself is kept");
    }
}

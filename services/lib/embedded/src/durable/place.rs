//! How far a feed was read: kept in the same transaction as what was made of it.

use domain::Timestamp;

/// A place in a file, behind the last line that was decided.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// The first byte that was not read.
    pub start: u64,
    /// How many lines were read.
    pub lines: i64,
    /// When the last of them was delivered: that of a line that does not say.
    pub delivered_at: Timestamp,
    /// Bytes of the last line, its end included.
    pub last: u32,
    /// A digest of them: whether the file is still the one that was read.
    pub digest: [u8; 8],
}

/// The layout, so that a later one can be told from it.
const LAYOUT: u8 = 1;

impl Place {
    /// The beginning of a file.
    pub const START: Self = Self { start: 0, lines: 0, delivered_at: Timestamp(0), last: 0, digest: [0; 8] };

    pub(super) fn to_bytes(self) -> Vec<u8> {
        let mut bytes = vec![LAYOUT];
        bytes.extend_from_slice(&self.start.to_be_bytes());
        bytes.extend_from_slice(&self.lines.to_be_bytes());
        bytes.extend_from_slice(&self.delivered_at.0.to_be_bytes());
        bytes.extend_from_slice(&self.last.to_be_bytes());
        bytes.extend_from_slice(&self.digest);
        bytes
    }

    pub(super) fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let (&LAYOUT, rest) = bytes.split_first()? else { return None };
        let (start, rest) = rest.split_first_chunk()?;
        let (lines, rest) = rest.split_first_chunk()?;
        let (delivered_at, rest) = rest.split_first_chunk()?;
        let (last, rest) = rest.split_first_chunk()?;
        Some(Self {
            start: u64::from_be_bytes(*start),
            lines: i64::from_be_bytes(*lines),
            delivered_at: Timestamp(i64::from_be_bytes(*delivered_at)),
            last: u32::from_be_bytes(*last),
            digest: rest.try_into().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comes_back_from_its_bytes_and_from_no_others() {
        let place =
            Place { start: 1 << 40, lines: 7, delivered_at: Timestamp(-3), last: 512, digest: *b"digested" };
        let bytes = place.to_bytes();
        assert_eq!(Place::of_bytes(&bytes), Some(place));
        assert_eq!(Place::of_bytes(&bytes[..20]), None);
        assert_eq!(Place::of_bytes(&[&[2], &bytes[1..]].concat()), None, "another layout");
    }
}

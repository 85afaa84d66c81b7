//! W3C trace context: the header `traceparent`, read and written.
//!
//! `00-<trace id, 32 hexadecimal digits>-<parent's span id, 16>-<flags, 2>`, lower case; the lowest flag is *sampled*.

use std::fmt;
use xxhash_rust::xxh3::Xxh3;

/// A step of a trace, as the next one names it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Parent {
    /// The trace; not all zero.
    pub trace: u128,
    /// The step's span; not 0.
    pub span: u64,
    /// Whether the trace is recorded.
    pub sampled: bool,
}

impl Parent {
    /// Reads the header's value; `None` where it is none. A later version is read as far as this one goes, as the
    /// recommendation says.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(5, '-');
        let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let more = parts.next().is_some();
        if version == "ff" || (version == "00" && more) {
            return None;
        }
        number(version, 2)?;
        let (trace, span) = (number(trace, 32)?, u64::try_from(number(span, 16)?).ok()?);
        let sampled = number(flags, 2)? & 1 == 1;
        (trace != 0 && span != 0).then_some(Self { trace, span, sampled })
    }

    /// The step `name` that follows this one, for the record at `offset` of a partition of `topic`: the same for
    /// whoever asks.
    #[must_use]
    pub fn then(self, name: &str, topic: &str, partition: i32, offset: i64) -> Self {
        let mut hash = Xxh3::new();
        hash.update(&self.trace.to_be_bytes());
        hash.update(&self.span.to_be_bytes());
        for text in [name, topic] {
            hash.update(text.as_bytes());
            hash.update(&[0]);
        }
        hash.update(&partition.to_be_bytes());
        hash.update(&offset.to_be_bytes());
        Self { span: hash.digest().max(1), ..self }
    }
}

/// As many hexadecimal digits as expected, lower case.
fn number(digits: &str, expected: usize) -> Option<u128> {
    let fits = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let whole = digits.len() == expected && digits.bytes().all(fits);
    whole.then(|| u128::from_str_radix(digits, 16).ok()).flatten()
}

impl fmt::Display for Parent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace, self.span, u8::from(self.sampled))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn what_is_read_is_written_again() {
        let parent = Parent::parse(GOOD).unwrap();
        assert_eq!((parent.span, parent.sampled), (0xb7ad_6b71_6920_3331, true));
        assert_eq!(parent.to_string(), GOOD);
        let unsampled = GOOD.replace("-01", "-00");
        assert_eq!(Parent::parse(&unsampled).unwrap().to_string(), unsampled);
        assert_eq!(Parent::parse(&GOOD.replace("00-", "cc-").replace("-01", "-01-what")), Some(parent));
    }

    #[test]
    fn what_is_no_traceparent_is_none() {
        let zeros = ("0af7651916cd43dd8448eb211c80319c", "00000000000000000000000000000000");
        for bad in [
            "",
            "00",
            &GOOD[..54],
            &GOOD.to_uppercase(),
            &GOOD.replace("00-", "ff-"),
            &format!("{GOOD}-more"),
            &GOOD.replace(zeros.0, zeros.1),
            &GOOD.replace("b7ad6b7169203331", "0000000000000000"),
            &GOOD.replace('-', "_"),
            &GOOD.replace("0af7", "+af7"),
        ] {
            assert_eq!(Parent::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_next_step_has_an_id_of_its_own_that_anyone_can_derive() {
        let parent = Parent::parse(GOOD).unwrap();
        let step = parent.then("decide", "member-commands", 3, 17);
        assert_eq!(step, parent.then("decide", "member-commands", 3, 17));
        assert_eq!((step.trace, step.sampled), (parent.trace, true));
        let others = [
            ("commit", "member-commands", 3, 17),
            ("decide", "other", 3, 17),
            ("decide", "member-commands", 4, 17),
        ];
        for (name, topic, partition, offset) in others {
            assert_ne!(parent.then(name, topic, partition, offset).span, step.span);
        }
    }
}

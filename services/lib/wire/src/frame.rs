//! Confluent's wire format: a zero byte, the schema id in four bytes, largest first, then the datum.

use crate::error::WireError;

/// Bytes before the datum.
pub const PREFIX: usize = 5;

/// Appends the prefix that names schema `id`.
pub fn begin(id: u32, out: &mut Vec<u8>) {
    out.push(0);
    out.extend_from_slice(&id.to_be_bytes());
}

/// The schema id and the datum of a framed record; `what` says in an error which record it is.
///
/// # Errors
/// [`WireError::Unframed`].
pub fn split<'a>(what: &'static str, framed: &'a [u8]) -> Result<(u32, &'a [u8]), WireError> {
    match framed {
        [0, a, b, c, d, datum @ ..] => Ok((u32::from_be_bytes([*a, *b, *c, *d]), datum)),
        [] => Err(WireError::Unframed { what, found: "an empty value".into() }),
        [0, rest @ ..] => {
            Err(WireError::Unframed { what, found: format!("{} bytes behind a zero", rest.len()) })
        }
        [first, ..] => Err(WireError::Unframed { what, found: format!("first byte {first:#04x}") }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_those_of_the_confluent_clients() {
        let mut out = Vec::new();
        begin(0x0102_0304, &mut out);
        out.push(0xff);
        assert_eq!(out, [0, 1, 2, 3, 4, 0xff]);
        assert_eq!(split("entry", &out).unwrap(), (0x0102_0304, &[0xff][..]));
    }

    #[test]
    fn what_is_not_framed_is_named() {
        let text = |bytes: &[u8]| split("entry", bytes).unwrap_err().to_string();
        let expected = "entry: expected a zero byte and a schema id of four bytes, found ";
        assert_eq!(text(b""), format!("{expected}an empty value"));
        assert_eq!(text(b"{}"), format!("{expected}first byte 0x7b"));
        assert_eq!(text(&[0, 1]), format!("{expected}1 bytes behind a zero"));
    }
}

//! Which partition an entity lives in. Decided here for every producer of `member-commands`, and handed to
//! the client library as an explicit number: default partitioners differ between libraries.

/// The partition of `key` among `partitions`: murmur2 as Kafka's own default partitioner computes it.
///
/// # Panics
/// Where `partitions` is below 1.
pub fn partition_of(key: &str, partitions: i32) -> i32 {
    assert!(partitions >= 1, "a topic has at least one partition, found {partitions}");
    let positive = (murmur2(key.as_bytes()) & 0x7fff_ffff).cast_signed();
    positive % partitions
}

/// The 32-bit MurmurHash 2 with Kafka's seed.
fn murmur2(data: &[u8]) -> u32 {
    const M: u32 = 0x5bd1_e995;
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    let mut h = 0x9747_b28c ^ length;
    let mut chunks = data.chunks_exact(4);
    for chunk in &mut chunks {
        let mut k = u32::from_le_bytes([chunk[0], chunk[1], chunk[2], chunk[3]]).wrapping_mul(M);
        k = (k ^ k >> 24).wrapping_mul(M);
        h = h.wrapping_mul(M) ^ k;
    }
    let rest = chunks.remainder();
    if !rest.is_empty() {
        for (place, byte) in rest.iter().enumerate() {
            h ^= u32::from(*byte) << (8 * place);
        }
        h = h.wrapping_mul(M);
    }
    h = (h ^ h >> 13).wrapping_mul(M);
    h ^ h >> 15
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_as_kafkas_own_client_does() {
        // From Kafka's UtilsTest.testMurmur2.
        for (text, hash) in
            [("21", -973_932_308), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536)]
        {
            assert_eq!(murmur2(text.as_bytes()).cast_signed(), hash, "{text}");
        }
    }

    #[test]
    fn stays_within_the_partitions() {
        assert!((0..100).all(|n| (0..7).contains(&partition_of(&format!("shop:member:{n}"), 7))));
    }
}

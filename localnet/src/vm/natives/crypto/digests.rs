//! The hash functions Move can call, as plain functions over bytes.

use blake2::{Blake2b, digest::consts::U32};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use sha3::{Keccak256, Sha3_256};

/// BLAKE2b with a 32-byte output.
pub(crate) fn blake2b256(data: &[u8]) -> Vec<u8> {
    Blake2b::<U32>::digest(data).to_vec()
}

/// Keccak-256 with the padding that preceded the SHA-3 standard, as Ethereum uses it.
pub(crate) fn keccak256(data: &[u8]) -> Vec<u8> {
    Keccak256::digest(data).to_vec()
}

/// SHA-256.
pub(crate) fn sha2_256(data: &[u8]) -> Vec<u8> {
    Sha256::digest(data).to_vec()
}

/// SHA3-256, as NIST standardised it.
pub(crate) fn sha3_256(data: &[u8]) -> Vec<u8> {
    Sha3_256::digest(data).to_vec()
}

/// HMAC over SHA3-256; a key of any length is allowed.
///
/// Returns `None` only if the key were refused, which HMAC never does; the caller reports it as a broken invariant.
pub(crate) fn hmac_sha3_256(key: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    let mut mac = Hmac::<Sha3_256>::new_from_slice(key).ok()?;
    mac.update(message);
    Some(mac.finalize().into_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        hex::encode(bytes)
    }

    #[test]
    fn blake2b256_matches_known_answers() {
        assert_eq!(
            hex(&blake2b256(b"")),
            "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"
        );
        assert_eq!(
            hex(&blake2b256(b"abc")),
            "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"
        );
    }

    #[test]
    fn keccak256_matches_known_answers() {
        assert_eq!(
            hex(&keccak256(b"")),
            "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
        );
        assert_eq!(
            hex(&keccak256(b"abc")),
            "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"
        );
    }

    #[test]
    fn sha2_and_sha3_match_the_standards() {
        assert_eq!(
            hex(&sha2_256(b"abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(
            hex(&sha2_256(b"")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert_eq!(
            hex(&sha3_256(b"abc")),
            "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"
        );
        assert_eq!(
            hex(&sha3_256(b"")),
            "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a"
        );
    }

    /// The answers are NIST's HMAC-SHA3-256 examples: a key shorter than a block, equal to one, and longer.
    #[test]
    fn hmac_sha3_256_matches_nist_examples() {
        let key = |length: u8| (0..length).collect::<Vec<u8>>();
        let cases: [(u8, &str, &str); 3] = [
            (
                32,
                "Sample message for keylen<blocklen",
                "4fe8e202c4f058e8dddc23d8c34e467343e23555e24fc2f025d598f558f67205",
            ),
            (
                136,
                "Sample message for keylen=blocklen",
                "68b94e2e538a9be4103bebb5aa016d47961d4d1aa906061313b557f8af2c3faa",
            ),
            (
                168,
                "Sample message for keylen>blocklen",
                "9bcf2c238e235c3ce88404e813bd2f3a97185ac6f238c63d6229a00b07974258",
            ),
        ];
        for (length, message, expected) in cases {
            let mac = hmac_sha3_256(&key(length), message.as_bytes());
            assert_eq!(mac.map(|mac| hex(&mac)).as_deref(), Some(expected));
        }
    }
}

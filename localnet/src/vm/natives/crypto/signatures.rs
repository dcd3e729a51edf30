//! Signature checks Move can call, as plain functions over bytes.
//!
//! Everything that a caller passes is untrusted: a wrong length, a point off the curve or a bad scalar is a
//! failed check, never a panic.

use ed25519_zebra::{Signature as Ed25519Signature, VerificationKey as Ed25519Key};
use sha2::{Digest, Sha256};
use sha3::Keccak256;

/// Why a public key could not be recovered from a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RecoverError {
    /// The signature is not 65 bytes of `r || s || v` with scalars in range.
    Signature,
    /// No public key matches the signature and the message.
    PublicKey,
}

/// The hash that an ECDSA native applies to the message, named by a number in Move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MessageHash {
    /// Number 0.
    Keccak256,
    /// Number 1.
    Sha256,
}

impl MessageHash {
    /// The hash that Move names by `number`.
    pub(crate) fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Keccak256),
            1 => Some(Self::Sha256),
            _ => None,
        }
    }

    /// The block size in bytes that gas is counted by.
    pub(crate) fn block_size(self) -> u64 {
        match self {
            Self::Keccak256 => 136,
            Self::Sha256 => 64,
        }
    }

    fn digest(self, message: &[u8]) -> [u8; 32] {
        match self {
            Self::Keccak256 => Keccak256::digest(message).into(),
            Self::Sha256 => Sha256::digest(message).into(),
        }
    }
}

/// Whether `signature` is `public_key`'s Ed25519 signature of `message`, by the rules of ZIP 215, as validators check it: points
/// of small order and encodings that are not canonical are taken. Other verifiers are stricter, each in its own way.
pub(crate) fn ed25519_verify(signature: &[u8], public_key: &[u8], message: &[u8]) -> bool {
    let (Ok(signature), Ok(public_key)) = (
        Ed25519Signature::from_slice(signature),
        Ed25519Key::try_from(public_key),
    ) else {
        return false;
    };
    public_key.verify(&signature, message).is_ok()
}

/// Implements the ECDSA natives for one curve crate; the two crates offer the same API under different types.
macro_rules! ecdsa_curve {
    ($curve:ident, $verify:ident, $recover:ident) => {
        /// Whether `signature` (`r || s`, `s` in the lower half) is `public_key`'s signature of the hashed message.
        pub(crate) fn $verify(
            signature: &[u8],
            public_key: &[u8],
            message: &[u8],
            hash: MessageHash,
        ) -> bool {
            use $curve::ecdsa::{Signature, VerifyingKey, signature::hazmat::PrehashVerifier};
            let (Ok(signature), Ok(key)) = (
                Signature::from_slice(signature),
                VerifyingKey::from_sec1_bytes(public_key),
            ) else {
                return false;
            };
            // Sui takes only the lower of the two values of `s`, so that nobody can restate a signature.
            if signature.normalize_s().is_some() {
                return false;
            }
            key.verify_prehash(&hash.digest(message), &signature)
                .is_ok()
        }

        /// The compressed public key whose signature `r || s || v` is.
        pub(crate) fn $recover(
            signature: &[u8],
            message: &[u8],
            hash: MessageHash,
        ) -> Result<Vec<u8>, RecoverError> {
            use $curve::ecdsa::{Signature, VerifyingKey};
            // Both curve crates share this type; only one of them re-exports it.
            use k256::ecdsa::RecoveryId;
            let Some((&v, scalars)) = signature.split_last() else {
                return Err(RecoverError::Signature);
            };
            let parsed = Signature::from_slice(scalars).map_err(|_| RecoverError::Signature)?;
            let id = RecoveryId::from_byte(v).ok_or(RecoverError::Signature)?;
            // The crates refuse the upper `s`; the lower one with the other parity names the same key.
            let (parsed, id) = match parsed.normalize_s() {
                Some(lower) => (lower, RecoveryId::new(!id.is_y_odd(), id.is_x_reduced())),
                None => (parsed, id),
            };
            VerifyingKey::recover_from_prehash(&hash.digest(message), &parsed, id)
                .map(|key| key.to_encoded_point(true).as_bytes().to_vec())
                .map_err(|_| RecoverError::PublicKey)
        }
    };
}

ecdsa_curve!(k256, secp256k1_verify, secp256k1_recover);
ecdsa_curve!(p256, secp256r1_verify, secp256r1_recover);

/// The 65-byte form of a secp256k1 public key, or `None` when the bytes are not one.
pub(crate) fn secp256k1_decompress(public_key: &[u8]) -> Option<Vec<u8>> {
    let key = k256::ecdsa::VerifyingKey::from_sec1_bytes(public_key).ok()?;
    Some(key.to_encoded_point(false).as_bytes().to_vec())
}

/// The signature `r || s || v` of the hashed message; `None` if `key` is no private key.
pub(crate) fn secp256k1_sign(key: &[u8], message: &[u8], hash: MessageHash) -> Option<[u8; 65]> {
    use k256::ecdsa::SigningKey;
    let key = SigningKey::from_slice(key).ok()?;
    let (signature, id) = key.sign_prehash_recoverable(&hash.digest(message)).ok()?;
    let mut bytes = [0; 65];
    bytes[..64].copy_from_slice(&signature.to_bytes());
    bytes[64] = id.to_byte();
    Some(bytes)
}

/// A private key and its compressed public key, for tests; `None` if the seed is not 32 bytes.
///
/// The official machine draws the key from a generator with this seed; here it is the seed's hash.
pub(crate) fn secp256k1_key(seed: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    use k256::ecdsa::SigningKey;
    let seed = <[u8; 32]>::try_from(seed).ok()?;
    let key = SigningKey::from_slice(&Sha256::digest(seed)).ok()?;
    let public = key.verifying_key().to_encoded_point(true);
    Some((key.to_bytes().to_vec(), public.as_bytes().to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        hex::decode(hex).expect("the vector is hexadecimal")
    }

    /// RFC 8032, section 7.1, tests 1 to 3: (public key, message, signature).
    const RFC_8032: [(&str, &str, &str); 3] = [
        (
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
    ];

    #[test]
    fn ed25519_accepts_the_rfc_vectors_and_refuses_everything_near_them() {
        for (key, message, signature) in RFC_8032 {
            let (key, message, signature) = (bytes(key), bytes(message), bytes(signature));
            assert!(ed25519_verify(&signature, &key, &message));

            let mut longer = message.clone();
            longer.push(0);
            assert!(!ed25519_verify(&signature, &key, &longer));
            assert!(!ed25519_verify(&signature[..63], &key, &message));
            assert!(!ed25519_verify(&signature, &key[..31], &message));
            assert!(!ed25519_verify(&[], &[], &[]));
            let mut flipped = signature.clone();
            flipped[0] ^= 1;
            assert!(!ed25519_verify(&flipped, &key, &message));
        }
    }

    /// RFC 6979, appendix A.2.5: P-256 with SHA-256, message "sample"; `s` is in the upper half there, so it is
    /// replaced by `n - s`.
    #[test]
    fn secp256r1_accepts_the_lower_s_only() {
        let key = bytes("0360fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6");
        let upper = bytes(
            "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
        );
        let lower = bytes(
            "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf37160834e36ad29a83bf2bc9385e491d6099c8fdf9d1ed67aa7ea5f51f93782857a9",
        );
        assert!(secp256r1_verify(
            &lower,
            &key,
            b"sample",
            MessageHash::Sha256
        ));
        assert!(!secp256r1_verify(
            &upper,
            &key,
            b"sample",
            MessageHash::Sha256
        ));
        assert!(!secp256r1_verify(
            &lower,
            &key,
            b"sample",
            MessageHash::Keccak256
        ));
        assert!(!secp256r1_verify(
            &lower,
            &key,
            b"simple",
            MessageHash::Sha256
        ));
        assert!(!secp256r1_verify(
            &[0; 64],
            &key,
            b"sample",
            MessageHash::Sha256
        ));
        assert!(!secp256r1_verify(
            &lower,
            &[],
            b"sample",
            MessageHash::Sha256
        ));

        let recovered: Vec<_> = (0..2)
            .filter_map(|v| {
                let mut signature = lower.clone();
                signature.push(v);
                secp256r1_recover(&signature, b"sample", MessageHash::Sha256).ok()
            })
            .collect();
        assert!(recovered.contains(&key));
    }

    /// A signature made by a key of our own: sign, verify, recover from both forms of `s`, decompress.
    #[test]
    fn secp256k1_round_trip() {
        use k256::ecdsa::{SigningKey, signature::hazmat::PrehashSigner};
        let signing = SigningKey::from_slice(&[7; 32]).expect("a scalar in range");
        let key = signing.verifying_key().to_encoded_point(true);
        for hash in [MessageHash::Keccak256, MessageHash::Sha256] {
            let (signature, id): (k256::ecdsa::Signature, k256::ecdsa::RecoveryId) = signing
                .sign_prehash(&hash.digest(b"message"))
                .expect("signing succeeds");
            let raw = signature.to_bytes().to_vec();
            assert!(secp256k1_verify(&raw, key.as_bytes(), b"message", hash));
            assert!(!secp256k1_verify(&raw, key.as_bytes(), b"other", hash));

            let mut with_id = raw.clone();
            with_id.push(id.to_byte());
            assert_eq!(
                secp256k1_recover(&with_id, b"message", hash).as_deref(),
                Ok(key.as_bytes())
            );

            let (r, s) = signature.split_scalars();
            let upper = k256::ecdsa::Signature::from_scalars(*r, -*s).expect("both in range");
            assert!(!secp256k1_verify(
                &upper.to_bytes(),
                key.as_bytes(),
                b"message",
                hash
            ));
            let mut with_id = upper.to_bytes().to_vec();
            with_id.push(id.to_byte() ^ 1);
            assert_eq!(
                secp256k1_recover(&with_id, b"message", hash).as_deref(),
                Ok(key.as_bytes())
            );
        }
        assert_eq!(
            secp256k1_decompress(key.as_bytes()).as_deref(),
            Some(signing.verifying_key().to_encoded_point(false).as_bytes())
        );
    }

    #[test]
    fn malformed_recoverable_signatures_are_told_apart() {
        let hash = MessageHash::Sha256;
        assert_eq!(
            secp256k1_recover(&[], b"", hash),
            Err(RecoverError::Signature)
        );
        assert_eq!(
            secp256k1_recover(&[1; 64], b"", hash),
            Err(RecoverError::Signature)
        );
        assert_eq!(
            secp256k1_recover(&[0; 65], b"", hash),
            Err(RecoverError::Signature)
        );
        let mut bad_id = [1; 65];
        bad_id[64] = 9;
        assert_eq!(
            secp256k1_recover(&bad_id, b"", hash),
            Err(RecoverError::Signature)
        );
        assert_eq!(
            secp256k1_decompress(&[2; 33]).map(|key| key.len()),
            Some(65)
        );
        assert_eq!(secp256k1_decompress(&[5; 33]), None);
        assert_eq!(MessageHash::from_number(2), None);
    }
}

//! Claims: a key file opens with its PIN and with nothing else; whatever was done to it, the answer is a typed error, nothing is
//! given away, and the file is as it was. (Row D3; threats 31, 36.)

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use blake2::{Blake2b, Digest as _, digest::consts::U16};
use tempfile::TempDir;
use valet_client::{Error, Pin, SealCost, SealError, SessionKey, VaultError};
use zeroize::Zeroizing;

const SEED: [u8; 32] = *b"a secret that must not be shown!";
/// Where the format has what, from its description.
const VERSION: usize = 8;
const KIND: usize = 9;
const COSTS: usize = 10;
const SALT: usize = 22;
const NONCE: usize = 70;
const LENGTH: usize = 94;
const BODY: usize = 98;
const WHOLE: usize = BODY + 32 + 16 + 16;

fn pin() -> Pin {
    Pin::new("2580")
}

fn key() -> SessionKey {
    SessionKey::from_seed(&Zeroizing::new(SEED))
}

fn sealed() -> Vec<u8> {
    key().seal(&pin(), SealCost::INSECURE).expect("sealed")
}

fn refusal(bytes: &[u8], pin: &Pin) -> SealError {
    let error = SessionKey::unseal(bytes, pin).expect_err("does not open");
    error.sealed().expect("about the seal").clone()
}

/// As an attacker would: the checksum has no key.
fn with_checksum(mut bytes: Vec<u8>) -> Vec<u8> {
    let end = bytes.len() - 16;
    let sum = Blake2b::<U16>::digest(&bytes[..end]);
    bytes[end..].copy_from_slice(&sum);
    bytes
}

fn file() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("session.key");
    (folder, path)
}

fn put(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).expect("written");
    restrict(path, 0o600);
}

fn restrict(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("permissions");
}

fn vault_error(error: Error) -> VaultError {
    match error {
        Error::Vault(error) => *error,
        other => panic!("{other}"),
    }
}

#[test]
fn d3_a_key_is_sealed_unlocked_and_wiped() {
    let (_folder, path) = file();
    key()
        .save(&path, &pin(), SealCost::INSECURE)
        .expect("saved");
    let bytes = fs::read(&path).expect("a file");
    assert_eq!(bytes.len(), WHOLE);
    let same = SessionKey::load(&path, &pin()).expect("opened");
    assert_eq!(same.address(), key().address());
    assert_eq!(
        fs::read(&path).expect("a file"),
        bytes,
        "opening changes nothing"
    );

    let again = key().save(&path, &pin(), SealCost::INSECURE);
    let error = vault_error(again.expect_err("one is there"));
    assert!(matches!(error, VaultError::Exists { .. }), "{error}");
    assert_eq!(fs::read(&path).expect("a file"), bytes);

    SessionKey::wipe(&path).expect("wiped");
    assert!(!path.exists());
    SessionKey::wipe(&path).expect("nothing to wipe");
    let error = vault_error(SessionKey::load(&path, &pin()).expect_err("gone"));
    assert!(matches!(error, VaultError::Missing { .. }), "{error}");
}

#[test]
fn d3_each_sealing_is_another() {
    assert_ne!(sealed()[SALT..], sealed()[SALT..]);
    assert_ne!(sealed()[NONCE..LENGTH], sealed()[NONCE..LENGTH]);
}

#[test]
fn d3_the_standard_cost_is_a_real_one() {
    let begun = Instant::now();
    let bytes = key().seal(&pin(), SealCost::STANDARD).expect("sealed");
    let took = begun.elapsed();
    assert!(took > Duration::from_millis(20), "{took:?} for one guess");
    assert_eq!(
        SessionKey::unseal(&bytes, &pin())
            .expect("opened")
            .address(),
        key().address()
    );
    let weak = [(8, 1, 1), (19 * 1_024 - 1, 100, 1), (19 * 1_024, 1, 1)];
    for (memory, passes, lanes) in weak {
        assert_eq!(SealCost::new(memory, passes, lanes), None);
    }
    assert!(SealCost::new(19 * 1_024, 2, 1).is_some());
    for (memory, passes, lanes) in [(2_000_000, 1, 1), (1_000_000, 9, 1), (65_536, 3, 17)] {
        assert_eq!(SealCost::new(memory, passes, lanes), None);
    }
}

#[test]
fn d3_an_empty_pin_is_refused() {
    let error = key().seal(&Pin::new(""), SealCost::INSECURE);
    let error = error.expect_err("empty");
    assert_eq!(error.sealed(), Some(&SealError::EmptyPin));
}

#[test]
fn t36_a_wrong_pin_is_told_from_damage() {
    let bytes = sealed();
    for wrong in ["2581", "258", "25800", " 2580"] {
        assert_eq!(refusal(&bytes, &Pin::new(wrong)), SealError::WrongPin);
    }
    let mut torn = bytes.clone();
    torn[BODY] ^= 1;
    let torn = refusal(&torn, &Pin::new("2581"));
    assert!(matches!(torn, SealError::Damaged { .. }), "{torn}");
}

#[test]
fn t36_every_truncation_is_a_typed_error_and_changes_nothing() {
    let bytes = sealed();
    let (_folder, path) = file();
    for length in 0..bytes.len() {
        put(&path, &bytes[..length]);
        let error = vault_error(SessionKey::load(&path, &pin()).expect_err("cut short"));
        let VaultError::Sealed { reason, .. } = error else {
            panic!("{length}: {error}");
        };
        assert_eq!(reason, SealError::Truncated { found: length });
        assert_eq!(fs::read(&path).expect("a file"), &bytes[..length]);
    }
}

#[test]
fn t36_every_flipped_bit_is_a_typed_error_and_changes_nothing() {
    let bytes = sealed();
    let (_folder, path) = file();
    for place in 0..bytes.len() {
        for bit in 0..8 {
            let mut flipped = bytes.clone();
            flipped[place] ^= 1 << bit;
            put(&path, &flipped);
            let error = vault_error(SessionKey::load(&path, &pin()).expect_err("flipped"));
            let VaultError::Sealed { reason, .. } = error else {
                panic!("{place}: {error}");
            };
            let is_right = match place {
                0..VERSION => reason == SealError::NotAKey,
                VERSION => matches!(reason, SealError::UnknownVersion { .. }),
                LENGTH..BODY => matches!(
                    reason,
                    SealError::Damaged { .. } | SealError::Truncated { .. }
                ),
                _ => matches!(reason, SealError::Damaged { .. }),
            };
            assert!(is_right, "bit {bit} of byte {place}: {reason}");
            assert_eq!(fs::read(&path).expect("a file"), flipped);
        }
    }
}

#[test]
fn t36_a_flipped_bit_with_a_new_checksum_opens_nothing() {
    let bytes = sealed();
    for place in VERSION..bytes.len() - 16 {
        let mut flipped = bytes.clone();
        flipped[place] ^= 1;
        let reason = refusal(&with_checksum(flipped), &pin());
        let is_right = match place {
            VERSION => reason == SealError::UnknownVersion { found: 0 },
            KIND => reason == SealError::NotAKey,
            // More of anything than a key may ask for is not even tried; with another cost or salt nobody can tell.
            COSTS..SALT => matches!(
                reason,
                SealError::Excessive { .. } | SealError::WrongPin | SealError::OutOfMemory { .. }
            ),
            SALT..NONCE => reason == SealError::WrongPin,
            LENGTH..BODY => matches!(
                reason,
                SealError::Damaged { .. } | SealError::Truncated { .. }
            ),
            _ => matches!(reason, SealError::Damaged { .. }),
        };
        assert!(is_right, "byte {place}: {reason}");
    }
}

#[test]
fn t36_a_hostile_file_costs_neither_memory_nor_time() {
    let begun = Instant::now();
    let gib = 1_024 * 1_024;
    for costs in [
        [u32::MAX, u32::MAX, u32::MAX],
        [100 * gib, 1, 1],
        [gib + 1, 1, 1],
        [gib, 9, 1],
        [64, u32::MAX, 1],
        [1_024, 1, 17],
        [8, 1, 2],
        [7, 1, 1],
        [8, 0, 1],
        [8, 1, 0],
        [0, 0, 0],
    ] {
        let mut bytes = sealed();
        for (place, number) in costs.iter().enumerate() {
            let at = COSTS + 4 * place;
            bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
        }
        let reason = refusal(&with_checksum(bytes), &pin());
        let [memory_kib, passes, lanes] = costs;
        let excessive = SealError::Excessive {
            memory_kib,
            passes,
            lanes,
        };
        assert_eq!(reason, excessive);
    }
    assert!(
        begun.elapsed() < Duration::from_secs(2),
        "refused before it is paid for"
    );
}

#[test]
fn t36_other_versions_and_other_files_are_named() {
    let mut bytes = sealed();
    bytes[VERSION] = 2;
    let reason = refusal(&with_checksum(bytes), &pin());
    assert_eq!(reason, SealError::UnknownVersion { found: 2 });
    assert!(reason.to_string().contains("version 2"), "{reason}");

    let mut vault = sealed();
    vault[KIND] = 2;
    let reason = refusal(&with_checksum(vault), &pin());
    assert!(
        matches!(
            reason,
            SealError::OtherContents {
                found: "a vault",
                ..
            }
        ),
        "{reason}"
    );

    let mut longer = sealed();
    longer.push(0);
    assert!(matches!(
        refusal(&longer, &pin()),
        SealError::Damaged { .. }
    ));
    for other in [
        "",
        "V",
        "VALETKE",
        "-----BEGIN",
        "[\"AAAA\"]",
        "VALETJNL and more",
    ] {
        let reason = refusal(other.as_bytes(), &pin());
        let is_start = "VALETKEY".starts_with(other);
        assert_eq!(matches!(reason, SealError::Truncated { .. }), is_start);
        assert_eq!(reason == SealError::NotAKey, !is_start, "{other}: {reason}");
    }

    let (_folder, path) = file();
    put(&path, &vec![b'V'; 70_000]);
    let error = vault_error(SessionKey::load(&path, &pin()).expect_err("too large"));
    assert!(matches!(error, VaultError::TooLarge { .. }), "{error}");
}

#[test]
fn t36_permissions_and_what_is_no_file_are_named() {
    let (folder, path) = file();
    key()
        .save(&path, &pin(), SealCost::INSECURE)
        .expect("saved");
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(&path).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "for its owner alone");

    for mode in [0o604, 0o640, 0o620, 0o666, 0o601] {
        restrict(&path, mode);
        let error = vault_error(SessionKey::load(&path, &pin()).expect_err("open to others"));
        assert!(
            matches!(error, VaultError::Exposed { mode: found, .. } if found == mode),
            "{error}"
        );
        assert!(error.to_string().contains("chmod 600"), "{error}");
    }
    restrict(&path, 0o600);

    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&path, &link).expect("a link");
    let inside = folder.path().join("folder");
    fs::create_dir(&inside).expect("a folder");
    for wrong in [&link, &inside] {
        let error = vault_error(SessionKey::load(wrong, &pin()).expect_err("no file"));
        assert!(matches!(error, VaultError::NotAFile { .. }), "{error}");
    }
    // Wiping a link leaves alone what it points to.
    SessionKey::wipe(&link).expect("wiped");
    SessionKey::load(&path, &pin()).expect("still there");

    let nowhere = folder.path().join("no/such/folder/key");
    let saved = key().save(&nowhere, &pin(), SealCost::INSECURE);
    let error = vault_error(saved.expect_err("no folder"));
    assert!(
        matches!(
            error,
            VaultError::Io {
                doing: "create",
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn t31_no_plain_secret_is_on_the_disk_or_in_a_text() {
    let (folder, path) = file();
    key()
        .save(&path, &pin(), SealCost::INSECURE)
        .expect("saved");
    let entries: Vec<_> = fs::read_dir(folder.path())
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    assert_eq!(
        entries,
        std::slice::from_ref(&path),
        "no temporary file is left"
    );
    let bytes = fs::read(&path).expect("a file");
    for secret in [&SEED[..], &SEED[..8], b"2580"] {
        let is_there = bytes.windows(secret.len()).any(|window| window == secret);
        assert!(!is_there, "a secret is on the disk");
    }
    let error = SessionKey::load(&path, &Pin::new("2581")).expect_err("wrong");
    let shown = format!("{:?} {error} {error:?} {:?}", key(), pin());
    for secret in ["secret", "2580", "2581", "61207365"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn t31_a_file_put_in_place_of_the_temporary_one_is_never_written_to() {
    let (folder, path) = file();
    let victim = folder.path().join("victim");
    fs::write(&victim, "untouched").expect("written");
    // The names that a careless writer would use.
    for name in [
        "session.key.tmp",
        ".session.key.tmp",
        "session.tmp",
        ".session.key.swp",
    ] {
        std::os::unix::fs::symlink(&victim, folder.path().join(name)).expect("a link");
    }
    key()
        .save(&path, &pin(), SealCost::INSECURE)
        .expect("saved");
    assert_eq!(fs::read_to_string(&victim).expect("a file"), "untouched");
    let found = fs::symlink_metadata(&path).expect("a file");
    assert!(found.is_file(), "the file is its own, no link");
    SessionKey::load(&path, &pin()).expect("opened");
}

//! Claims: keys go to and from Sui's own tools unchanged, in the three schemes that they have, and networks have the names that
//! they have there. (Row D12; threat 31.)

use std::fs;

use sui_crypto::{
    ed25519::Ed25519PrivateKey, secp256k1::Secp256k1PrivateKey, secp256r1::Secp256r1PrivateKey,
};
use valet_client::{Endpoint, Error, KeyOwner, Keystore, Network, Owner, SessionKey, VaultError};
use zeroize::Zeroizing;

/// A key of each scheme: its bytes are all the same number.
fn owners() -> [KeyOwner; 3] {
    [
        KeyOwner::new(Ed25519PrivateKey::new([1; 32])),
        KeyOwner::new(Secp256k1PrivateKey::new([1; 32]).expect("a key")),
        KeyOwner::new(Secp256r1PrivateKey::new([1; 32])),
    ]
}

/// Base64 of the scheme's flag and the key, written out by hand: 33 bytes are 44 characters without padding.
const ENTRIES: [&str; 3] = [
    "AAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB",
    "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB",
    "AgEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB",
];

fn vault_error(error: Error) -> VaultError {
    match error {
        Error::Vault(error) => *error,
        other => panic!("{other}"),
    }
}

#[test]
fn d12_a_keystore_is_read_and_written_as_suis_tools_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sui.keystore");
    fs::write(&path, format!("[\"{}\"]", ENTRIES[..2].join("\", \""))).expect("written");
    let mut keystore = Keystore::load(&path).expect("a keystore");
    let [ed25519, k1, r1] = owners();
    let addresses: Vec<_> = keystore.addresses().collect();
    assert_eq!(addresses, [ed25519.address(), k1.address()]);
    assert!(keystore.add(&r1) && !keystore.add(&k1));
    keystore.save().expect("saved");

    let texts: Vec<String> =
        serde_json::from_slice(&fs::read(&path).expect("a file")).expect("a JSON list");
    assert_eq!(texts, ENTRIES);
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(&path).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let keystore = Keystore::load(&path).expect("a keystore");
    for owner in owners() {
        let same = keystore.owner(owner.address()).expect("a key");
        assert_eq!(same.address(), owner.address());
    }
    let stranger = KeyOwner::generate().expect("randomness").address();
    let error = vault_error(keystore.owner(stranger).expect_err("not there"));
    assert!(
        error.to_string().contains(&k1.address().to_string()),
        "{error}"
    );
}

#[test]
fn d12_an_empty_keystore_is_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sui.keystore");
    let error = vault_error(Keystore::load(&path).expect_err("none"));
    assert!(matches!(error, VaultError::Missing { .. }), "{error}");
    let mut keystore = Keystore::load_or_new(&path).expect("a new one");
    keystore.save().expect("saved");
    assert_eq!(fs::read_to_string(&path).expect("a file"), "[]");
    assert_eq!(Keystore::load(&path).expect("empty").addresses().count(), 0);
}

#[test]
fn d12_t31_a_broken_keystore_is_named_without_its_keys_and_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sui.keystore");
    let whole = format!("[\"{}\"]", ENTRIES[0]);
    let cases = [
        String::new(),
        "{}".to_owned(),
        "[1]".to_owned(),
        format!("[\"{}\"", ENTRIES[0]),
        "[\"AAEB\"]".to_owned(),
        format!("[\"{}AA\"]", ENTRIES[0]),
        // A scheme that is no simple key's.
        whole.replace("\"AA", "\"Aw"),
        // Zero is no key of these curves.
        format!("[\"AQ{}\"]", "A".repeat(42)),
        format!("[\"Ag{}\"]", "A".repeat(42)),
    ];
    for text in cases {
        fs::write(&path, &text).expect("written");
        let error = vault_error(Keystore::load(&path).expect_err("broken"));
        assert!(matches!(error, VaultError::Unreadable { .. }), "{error}");
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("AQEBAQEB"), "{shown}");
        assert_eq!(fs::read_to_string(&path).expect("a file"), text);
    }
    fs::write(&path, &whole).expect("written");
    let keystore = Keystore::load(&path).expect("a keystore");
    assert!(!format!("{keystore:?}").contains("AQEB"));
    fs::write(&path, vec![b' '; 2_000_000]).expect("written");
    let error = vault_error(Keystore::load(&path).expect_err("large"));
    assert!(matches!(error, VaultError::TooLarge { .. }), "{error}");
}

#[test]
fn d12_keys_go_to_and_from_suiprivkey() {
    for owner in owners() {
        let text = owner.to_suiprivkey().expect("exported");
        assert!(text.starts_with("suiprivkey1"));
        let same = KeyOwner::from_suiprivkey(&text).expect("imported");
        assert_eq!(same.address(), owner.address());
        // One character changed is found by its checksum, and the text is not repeated.
        let mut broken = text.to_string();
        let last = if broken.ends_with('q') { 'p' } else { 'q' };
        broken.pop();
        broken.push(last);
        let error = vault_error(KeyOwner::from_suiprivkey(&broken).expect_err("broken"));
        assert!(!error.to_string().contains(&text[20..40]), "{error}");
    }
    for wrong in ["", "suiprivkey1", "suiprivkey1qqqqqq", "0x1234"] {
        let error = vault_error(KeyOwner::from_suiprivkey(wrong).expect_err("no key"));
        assert!(matches!(error, VaultError::Unreadable { .. }), "{error}");
    }
}

#[test]
fn d12_a_session_takes_a_key_of_its_own_scheme() {
    let seed = Zeroizing::new([1; 32]);
    let key = SessionKey::from_seed(&seed);
    let [ed25519, k1, _] = owners();
    assert_eq!(key.address(), ed25519.address());
    let text = key.to_suiprivkey().expect("exported");
    assert_eq!(*text, *ed25519.to_suiprivkey().expect("exported"));
    let same = SessionKey::from_suiprivkey(&text).expect("imported");
    assert_eq!(same.address(), key.address());
    let other = k1.to_suiprivkey().expect("exported");
    let error = vault_error(SessionKey::from_suiprivkey(&other).expect_err("another scheme"));
    assert!(error.to_string().contains("Ed25519"), "{error}");
}

#[tokio::test]
async fn d12_networks_have_names() {
    for (name, url) in [
        ("localnet", "http://127.0.0.1:9000"),
        ("devnet", "https://fullnode.devnet.sui.io"),
        ("testnet", "https://fullnode.testnet.sui.io"),
        ("mainnet", "https://fullnode.mainnet.sui.io"),
    ] {
        let endpoint = Endpoint::from(name);
        assert_eq!((endpoint.url(), endpoint.to_string().as_str()), (url, name));
    }
    for other in ["Mainnet", "main", "localhost:9000", ""] {
        let error = Network::connect(other).await.expect_err("no such network");
        let text = error.to_string();
        assert!(matches!(error, Error::InvalidUrl { .. }), "{text}");
        assert!(text.contains("testnet"), "the names are told: {text}");
    }
    // By URL, the same code.
    let localnet = valet_localnet::Localnet::builder()
        .without_faucet()
        .start()
        .await
        .expect("a ledger");
    let network = Network::connect(&localnet.rpc_url()).await.expect("a node");
    assert_eq!(network.url(), localnet.rpc_url());
}

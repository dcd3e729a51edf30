//! Exactly the required signers, by every scheme the SDK verifies.

use sui_crypto::{SuiSigner, secp256k1::Secp256k1PrivateKey, secp256r1::Secp256r1PrivateKey};
use sui_sdk_types::{
    Address, Ed25519PublicKey, Ed25519Signature, MultisigAggregatedSignature, MultisigCommittee,
    MultisigMember, MultisigMemberPublicKey, MultisigMemberSignature, SimpleSignature, Transaction,
    UserSignature,
};
use valet_localnet::ledger::Rejection;

use crate::chain::{Account, Builder, Chain, reference, succeeded};

fn of(chain: &Chain, sender: Address) -> Transaction {
    if chain.coins(sender).is_empty() {
        chain.fund(sender, &[1_000_000_000]);
    }
    let mut transaction = chain.transaction(Builder::default().finish());
    transaction.sender = sender;
    transaction.gas_payment.owner = sender;
    transaction.gas_payment.objects = vec![reference(&chain.coins(sender)[0])];
    transaction
}

#[test]
fn every_scheme_the_sdk_verifies() {
    let chain = Chain::new();
    let k1 = Secp256k1PrivateKey::new([3; 32]).expect("a key");
    let r1 = Secp256r1PrivateKey::new([4; 32]);
    let transaction = of(&chain, k1.public_key().derive_address());
    let signature = k1.sign_transaction(&transaction).expect("signs");
    succeeded(
        &chain
            .ledger
            .execute(&transaction, &[signature])
            .expect("accepted"),
    );
    let transaction = of(&chain, r1.public_key().derive_address());
    let signature = r1.sign_transaction(&transaction).expect("signs");
    succeeded(
        &chain
            .ledger
            .execute(&transaction, &[signature])
            .expect("accepted"),
    );
}

#[test]
fn keys_and_signatures_of_small_order_sign_nothing() {
    let chain = Chain::new();
    // Of these a validator, which follows ZIP 215, would say that they sign every transaction.
    let identity = |length: usize| {
        let mut bytes = vec![0; length];
        bytes[0] = 1;
        bytes
    };
    let public_key = Ed25519PublicKey::from_bytes(identity(32)).expect("32 bytes");
    let signature = Ed25519Signature::from_bytes(identity(64)).expect("64 bytes");
    let transaction = of(&chain, public_key.derive_address());
    let signature = UserSignature::Simple(SimpleSignature::Ed25519 {
        signature,
        public_key,
    });
    let refused = chain.ledger.execute(&transaction, &[signature]);
    assert!(matches!(refused, Err(Rejection::InvalidSignature { .. })));
}

#[test]
fn a_multisig_needs_its_threshold() {
    let chain = Chain::new();
    let members = [Account::new(11), Account::new(12), Account::new(13)];
    let committee = MultisigCommittee::new(
        members
            .iter()
            .map(|member| {
                MultisigMember::new(MultisigMemberPublicKey::Ed25519(member.key.public_key()), 1)
            })
            .collect(),
        2,
    );
    let transaction = of(&chain, committee.derive_address());
    let sign = |who: &[usize]| {
        let signatures = who
            .iter()
            .map(|index| match members[*index].sign(&transaction) {
                UserSignature::Simple(SimpleSignature::Ed25519 { signature, .. }) => {
                    MultisigMemberSignature::Ed25519(signature)
                }
                other => panic!("{other:?}"),
            })
            .collect();
        let bitmap = who.iter().map(|index| 1u16 << index).sum();
        UserSignature::Multisig(MultisigAggregatedSignature::new(
            committee.clone(),
            signatures,
            bitmap,
        ))
    };
    let refused = chain
        .ledger
        .execute(&transaction, &[sign(&[1])])
        .expect_err("below the threshold");
    assert!(
        matches!(refused, Rejection::InvalidSignature { .. }),
        "{refused}"
    );
    succeeded(
        &chain
            .ledger
            .execute(&transaction, &[sign(&[0, 2])])
            .expect("accepted"),
    );
}

#[test]
fn a_signature_by_another_key_is_refused() {
    let chain = Chain::new();
    let stranger = Account::new(9);
    let transaction = chain.transaction(Builder::default().finish());
    let before = chain.ledger.latest_checkpoint();
    assert_eq!(
        chain
            .ledger
            .execute(&transaction, &[stranger.sign(&transaction)]),
        Err(Rejection::MissingSignature {
            required: chain.account.address,
            signers: vec![stranger.address]
        })
    );
    let mut other = transaction.clone();
    other.gas_payment.budget += 1;
    let refused = chain
        .ledger
        .execute(&transaction, &[chain.account.sign(&other)])
        .expect_err("other bytes");
    assert!(
        matches!(refused, Rejection::InvalidSignature { .. }),
        "{refused}"
    );
    assert_eq!(
        chain.ledger.execute(&transaction, &[]),
        Err(Rejection::SignatureCount {
            expected: 1,
            found: 0
        })
    );
    let twice = [
        chain.account.sign(&transaction),
        chain.account.sign(&transaction),
    ];
    assert_eq!(
        chain.ledger.execute(&transaction, &twice),
        Err(Rejection::SignatureCount {
            expected: 1,
            found: 2
        })
    );
    assert_eq!(chain.ledger.latest_checkpoint(), before);
}

#[test]
fn a_sponsor_pays_if_it_signed() {
    let chain = Chain::new();
    let player = Account::new(21);
    let mut transaction = chain.transaction(Builder::default().finish());
    transaction.sender = player.address;
    let (player_signature, sponsor_signature) =
        (player.sign(&transaction), chain.account.sign(&transaction));
    assert_eq!(
        chain
            .ledger
            .execute(&transaction, std::slice::from_ref(&player_signature)),
        Err(Rejection::SignatureCount {
            expected: 2,
            found: 1
        })
    );
    assert_eq!(
        chain.ledger.execute(
            &transaction,
            &[player_signature.clone(), player_signature.clone()]
        ),
        Err(Rejection::MissingSignature {
            required: chain.account.address,
            signers: vec![player.address, player.address]
        })
    );
    // In either order.
    let executed = chain
        .ledger
        .execute(&transaction, &[sponsor_signature, player_signature])
        .expect("accepted");
    succeeded(&executed);
    let [change] = executed.balance_changes.as_slice() else {
        panic!("only the sponsor pays")
    };
    assert_eq!(change.address, chain.account.address);
}

#[test]
fn the_same_transaction_is_executed_once() {
    let chain = Chain::new();
    let transaction = chain.transaction(Builder::default().finish());
    let first = chain.execute(&transaction).expect("accepted");
    let latest = chain.ledger.latest_checkpoint();
    let again = chain
        .execute(&transaction)
        .expect("answered from the store");
    assert!(std::sync::Arc::ptr_eq(&first, &again));
    assert_eq!(chain.ledger.latest_checkpoint(), latest);
}

#[test]
fn a_passkey_signs_transactions() {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use sha2::Digest;
    use sui_crypto::Signer;
    use sui_sdk_types::{PasskeyAuthenticator, PasskeyPublicKey};
    let chain = Chain::new();
    let key = Secp256r1PrivateKey::new([5; 32]);
    let address = PasskeyPublicKey::new(key.public_key()).derive_address();
    let transaction = of(&chain, address);
    // What an authenticator signs: its own data, and the hash of what the browser says it was asked for.
    let sign = |challenge: &[u8]| {
        let data = vec![7; 37];
        let client = format!(
            r#"{{"type":"webauthn.get","challenge":"{}","origin":"https://game.example","crossOrigin":false}}"#,
            URL_SAFE_NO_PAD.encode(challenge)
        );
        let message = [&data[..], &sha2::Sha256::digest(&client)].concat();
        let signature: SimpleSignature = key.sign(&message);
        let authenticator = PasskeyAuthenticator::new(data, client, signature);
        UserSignature::Passkey(authenticator.expect("well formed"))
    };
    let refused = chain
        .ledger
        .execute(&transaction, &[sign(&[1; 32])])
        .expect_err("another challenge");
    assert!(
        matches!(refused, Rejection::InvalidSignature { .. }),
        "{refused}"
    );
    let signature = sign(&transaction.signing_digest());
    let executed = chain.ledger.execute(&transaction, &[signature]);
    succeeded(&executed.expect("accepted"));
}

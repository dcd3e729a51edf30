//! `SignatureVerificationService`: every scheme with a key, over personal messages and transactions.

use sui_crypto::SuiSigner;
use sui_crypto::ed25519::Ed25519PrivateKey;
use sui_crypto::secp256k1::Secp256k1PrivateKey;
use sui_crypto::secp256r1::Secp256r1PrivateKey;
use sui_rpc::proto::sui::rpc::v2 as proto;
use sui_rpc::proto::sui::rpc::v2::VerifySignatureRequest;
use sui_rpc::proto::sui::rpc::v2::signature_verification_service_client::SignatureVerificationServiceClient;
use sui_sdk_types::{
    Address, MultisigAggregatedSignature, MultisigCommittee, MultisigMember,
    MultisigMemberPublicKey, MultisigMemberSignature, PersonalMessage, SimpleSignature,
    Transaction, UserSignature, ZkLoginAuthenticator,
};
use tonic::{Code, Status};

use crate::support::{localnet, payment};

fn personal(message: &[u8]) -> proto::Bcs {
    proto::Bcs::serialize(&message.to_vec())
        .expect("bytes")
        .with_name("PersonalMessage")
}

fn transaction() -> Transaction {
    payment(1, Address::TWO).transaction(Address::TWO, Vec::new())
}

fn request(message: proto::Bcs, signature: UserSignature) -> VerifySignatureRequest {
    VerifySignatureRequest::default()
        .with_message(message)
        .with_signature(proto::UserSignature::from(signature))
}

struct Service(SignatureVerificationServiceClient<tonic::transport::Channel>);

impl Service {
    /// Whether the signature is valid, and why not.
    async fn verify(
        &mut self,
        request: VerifySignatureRequest,
    ) -> Result<(bool, Option<String>), Status> {
        let answer = self.0.verify_signature(request).await?.into_inner();
        Ok((answer.is_valid(), answer.reason))
    }
}

async fn service(localnet: &valet_localnet::Localnet) -> Service {
    let client = SignatureVerificationServiceClient::connect(localnet.rpc_url()).await;
    Service(client.expect("connects"))
}

#[tokio::test(flavor = "multi_thread")]
async fn signatures_of_every_scheme_are_verified() {
    let localnet = localnet().await;
    let mut service = service(&localnet).await;
    let keys: [(Address, Box<dyn SuiSigner>); 3] = {
        let ed25519 = Ed25519PrivateKey::new([1; 32]);
        let k1 = Secp256k1PrivateKey::new([2; 32]).expect("a key");
        let r1 = Secp256r1PrivateKey::new([3; 32]);
        [
            (ed25519.public_key().derive_address(), Box::new(ed25519)),
            (k1.public_key().derive_address(), Box::new(k1)),
            (r1.public_key().derive_address(), Box::new(r1)),
        ]
    };
    let transaction = transaction();
    let bytes = proto::Bcs::serialize(&transaction)
        .expect("bytes")
        .with_name("TransactionData");
    for (address, key) in keys {
        let signature = key
            .sign_personal_message(&PersonalMessage(b"hello".into()))
            .expect("signs");
        let message = request(personal(b"hello"), signature.clone());
        assert_eq!(
            service.verify(message.clone()).await.expect("an answer"),
            (true, None)
        );
        let own = message.clone().with_address(address.to_string());
        assert_eq!(service.verify(own).await.expect("an answer"), (true, None));

        let (valid, reason) = service
            .verify(message.with_address(Address::TWO.to_string()))
            .await
            .expect("an answer");
        assert!(!valid);
        let reason = reason.expect("a reason");
        assert!(reason.contains(&address.to_string()), "{reason}");

        let (valid, reason) = service
            .verify(request(personal(b"hellO"), signature.clone()))
            .await
            .expect("an answer");
        assert!(!valid && reason.is_some_and(|reason| !reason.is_empty()));

        let signed = key.sign_transaction(&transaction).expect("signs");
        let of_transaction = request(bytes.clone(), signed);
        assert_eq!(
            service.verify(of_transaction).await.expect("an answer"),
            (true, None)
        );
        // What was signed as a message is no signature of a transaction with the same bytes.
        let (valid, _) = service
            .verify(request(bytes.clone(), signature))
            .await
            .expect("an answer");
        assert!(!valid);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_multisig_is_valid_from_its_threshold_on() {
    let localnet = localnet().await;
    let mut service = service(&localnet).await;
    let keys: Vec<_> = (1..=3)
        .map(|seed| Ed25519PrivateKey::new([seed; 32]))
        .collect();
    let member = |key: &Ed25519PrivateKey| {
        MultisigMember::new(MultisigMemberPublicKey::Ed25519(key.public_key()), 1)
    };
    let committee = MultisigCommittee::new(keys.iter().map(member).collect(), 2);
    let signed = |who: &[usize]| {
        let signatures = who.iter().map(|index| {
            let signature = keys[*index].sign_personal_message(&PersonalMessage(b"we".into()));
            match signature.expect("signs") {
                UserSignature::Simple(SimpleSignature::Ed25519 { signature, .. }) => {
                    MultisigMemberSignature::Ed25519(signature)
                }
                other => panic!("{other:?}"),
            }
        });
        let signature = MultisigAggregatedSignature::new(
            committee.clone(),
            signatures.collect(),
            who.iter().map(|index| 1_u16 << index).sum(),
        );
        request(personal(b"we"), UserSignature::Multisig(signature))
            .with_address(committee.derive_address().to_string())
    };
    assert_eq!(
        service.verify(signed(&[0, 2])).await.expect("an answer"),
        (true, None)
    );
    let (valid, reason) = service.verify(signed(&[1])).await.expect("an answer");
    assert!(!valid);
    assert!(reason.is_some_and(|reason| reason.contains("threshold")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_signature_is_verified() {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use sha2::Digest;
    use sui_crypto::Signer;
    use sui_sdk_types::{PasskeyAuthenticator, PasskeyPublicKey};
    let localnet = localnet().await;
    let mut service = service(&localnet).await;
    let key = Secp256r1PrivateKey::new([5; 32]);
    let address = PasskeyPublicKey::new(key.public_key()).derive_address();
    // What an authenticator signs: its own data, and the hash of what the browser says it was asked for.
    let sign = |message: &PersonalMessage<'_>| {
        let data = vec![7; 37];
        let client = format!(
            r#"{{"type":"webauthn.get","challenge":"{}","origin":"https://game.example","crossOrigin":false}}"#,
            URL_SAFE_NO_PAD.encode(message.signing_digest())
        );
        let message = [&data[..], &sha2::Sha256::digest(&client)].concat();
        let signature: SimpleSignature = key.sign(&message);
        let authenticator = PasskeyAuthenticator::new(data, client, signature);
        UserSignature::Passkey(authenticator.expect("well formed"))
    };
    let signature = sign(&PersonalMessage(b"hello".into()));
    let own = request(personal(b"hello"), signature.clone()).with_address(address.to_string());
    assert_eq!(service.verify(own).await.expect("an answer"), (true, None));
    let other = request(personal(b"hallo"), signature);
    let (valid, reason) = service.verify(other).await.expect("an answer");
    assert!(!valid);
    assert!(reason.is_some_and(|reason| reason.contains("challenge")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_signature_is_refused() {
    let localnet = localnet().await;
    let mut service = service(&localnet).await;
    let key = Ed25519PrivateKey::new([1; 32]);
    let signature = key
        .sign_personal_message(&PersonalMessage(b"hello".into()))
        .expect("signs");
    let fine = request(personal(b"hello"), signature.clone());
    let mut no_message = fine.clone();
    no_message.message = None;
    let mut no_signature = fine.clone();
    no_signature.signature = None;
    let garbage = proto::UserSignature::default().with_bcs(proto::Bcs::from(vec![0xff; 7]));
    for (request, field) in [
        (VerifySignatureRequest::default(), "message"),
        (no_message, "message"),
        (no_signature, "signature"),
        (fine.clone().with_signature(garbage), "signature"),
        (fine.clone().with_address("nobody"), "address"),
        (
            fine.clone()
                .with_message(personal(b"hello").with_name("Message")),
            "message.name",
        ),
        (
            fine.clone()
                .with_message(proto::Bcs::from(b"hello".to_vec()).with_name("PersonalMessage")),
            "message.value",
        ),
        (
            fine.with_message(personal(&vec![0; 2_000_000])),
            "message.value",
        ),
    ] {
        let refused = service.verify(request).await.expect_err(field);
        assert_eq!(refused.code(), Code::InvalidArgument, "{refused:?}");
        assert!(refused.message().contains(field), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zklogin_signature_is_not_supported_and_says_so() {
    let localnet = localnet().await;
    let mut service = service(&localnet).await;
    // Well formed, with a proof of nothing: it is refused before anybody looks at it.
    let inputs = serde_json::json!({
        "proof_points": {
            "a": ["1", "2", "1"],
            "b": [["1", "2"], ["3", "4"], ["1", "0"]],
            "c": ["1", "2", "1"],
        },
        "iss_base64_details": {
            "value": "wiaXNzIjoiaHR0cHM6Ly9pZC50d2l0Y2gudHYvb2F1dGgyIiw",
            "index_mod_4": 2,
        },
        "header_base64": "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6IjEifQ",
        "address_seed": "1",
    });
    let key = Ed25519PrivateKey::new([1; 32]);
    let signed = key.sign_personal_message(&PersonalMessage(b"hello".into()));
    let UserSignature::Simple(signature) = signed.expect("signs") else {
        panic!("a simple signature")
    };
    let signature = UserSignature::ZkLogin(Box::new(ZkLoginAuthenticator {
        inputs: serde_json::from_value(inputs).expect("inputs"),
        max_epoch: 10,
        signature,
    }));
    let refused = service
        .verify(request(personal(b"hello"), signature))
        .await
        .expect_err("not supported");
    assert_eq!(refused.code(), Code::Unimplemented);
    assert!(refused.message().contains("zkLogin"), "{refused:?}");
}

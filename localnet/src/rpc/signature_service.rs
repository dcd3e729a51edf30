//! `SignatureVerificationService`: whether a signature fits a message.

use prost::Message;
use sui_crypto::{SuiVerifier, UserSignatureVerifier};
use sui_rpc::proto::sui::rpc::v2::signature_verification_service_server::SignatureVerificationService;
use sui_rpc::proto::sui::rpc::v2::{
    self as proto, VerifySignatureRequest, VerifySignatureResponse,
};
use sui_sdk_types::{
    Address, MultisigMemberSignature, PersonalMessage, Transaction, UserSignature,
};
use tonic::{Request, Response, Status};

use super::{Answer, fields, status};

/// What `message.name` may say.
const PERSONAL_MESSAGE: &str = "PersonalMessage";
const TRANSACTION: &str = "TransactionData";
/// Largest message that is verified: the largest transaction fits well.
const MAX_MESSAGE_BYTES: usize = 1024 * 1024;

/// The service. It needs no ledger: the signatures it verifies depend on nothing on chain.
#[derive(Clone, Copy, Debug)]
pub(super) struct Service;

#[tonic::async_trait]
impl SignatureVerificationService for Service {
    async fn verify_signature(
        &self,
        request: Request<VerifySignatureRequest>,
    ) -> Answer<VerifySignatureResponse> {
        let request = request.into_inner();
        // A multisig of ten takes milliseconds: away from the threads that serve connections.
        tokio::task::spawn_blocking(move || verify(&request))
            .await
            .map_err(|error| status::internal(format_args!("verifying a signature: {error}")))?
            .map(Response::new)
    }
}

fn verify(request: &VerifySignatureRequest) -> Result<VerifySignatureResponse, Status> {
    let message = request
        .message
        .as_ref()
        .ok_or_else(|| status::missing("message"))?;
    let signature = request
        .signature
        .as_ref()
        .ok_or_else(|| status::missing("signature"))?;
    let address: Option<Address> = request
        .address
        .as_deref()
        .map(|address| fields::parse("address", address))
        .transpose()?;
    let message = Signed::read(message)?;
    let signature =
        UserSignature::try_from(signature).map_err(|error| status::invalid("signature", error))?;
    refuse_zklogin(&signature)?;

    let mut answer = VerifySignatureResponse::default();
    let signers: Vec<Address> = signature.derive_addresses().collect();
    let reason = match address {
        Some(address) if !signers.contains(&address) => Some(format!(
            "the signature is by {}, not by {address}",
            signers
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(" or ")
        )),
        _ => message.verify(&signature).err(),
    };
    answer.is_valid = Some(reason.is_none());
    answer.reason = reason;
    Ok(answer)
}

/// What was signed.
enum Signed {
    Personal(Vec<u8>),
    Transaction(Box<Transaction>),
}

impl Signed {
    fn read(message: &proto::Bcs) -> Result<Self, Status> {
        let bytes = message.value();
        if message.encoded_len() > MAX_MESSAGE_BYTES {
            return Err(status::invalid(
                "message.value",
                format_args!("it is larger than the limit of {MAX_MESSAGE_BYTES} bytes"),
            ));
        }
        let unreadable = |error: bcs::Error| status::invalid("message.value", error);
        match message.name() {
            PERSONAL_MESSAGE => bcs::from_bytes(bytes)
                .map(Self::Personal)
                .map_err(unreadable),
            TRANSACTION => bcs::from_bytes(bytes)
                .map(|transaction| Self::Transaction(Box::new(transaction)))
                .map_err(unreadable),
            _ => Err(status::invalid(
                "message.name",
                format_args!("say what the bytes are: {PERSONAL_MESSAGE:?} or {TRANSACTION:?}"),
            )),
        }
    }

    /// Why the signature does not fit, if it does not.
    fn verify(&self, signature: &UserSignature) -> Result<(), String> {
        let verifier = UserSignatureVerifier::new();
        match self {
            Self::Personal(message) => {
                verifier.verify_personal_message(&PersonalMessage(message.into()), signature)
            }
            Self::Transaction(transaction) => verifier.verify_transaction(transaction, signature),
        }
        .map_err(|error| crate::ledger::causes(&error))
    }
}

/// A zkLogin signature depends on keys of its issuer that only a network keeps.
fn refuse_zklogin(signature: &UserSignature) -> Result<(), Status> {
    let inside = match signature {
        UserSignature::ZkLogin(_) => true,
        UserSignature::Multisig(multisig) => multisig
            .signatures()
            .iter()
            .any(|member| matches!(member, MultisigMemberSignature::ZkLogin(_))),
        _ => false,
    };
    if inside {
        return Err(Status::unimplemented(
            "zkLogin signatures are not verified by this server: use one made with a key, or a passkey",
        ));
    }
    Ok(())
}

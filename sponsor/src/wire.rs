//! What goes over HTTP: JSON, with transactions and signatures in base64 of their BCS.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sui_sdk_types::{Address, Digest, Transaction, UserSignature};
use valet_client::{SponsorRefusal, SponsorRequest, Sponsored};

pub(crate) const TERMS: &str = "/v1/terms";
pub(crate) const QUOTE: &str = "/v1/quote";
pub(crate) const SPONSOR: &str = "/v1/sponsor";

/// The most bytes of a request: a transaction of 128 KiB in base64, and what stands around it.
pub(crate) const MAX_REQUEST_BYTES: usize = 192 * 1024;
/// The most bytes of an answer: the same transaction with a signature, or the terms.
pub(crate) const MAX_ANSWER_BYTES: usize = 512 * 1024;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WireRequest {
    ptb: String,
    sender: Address,
    chain_id: Digest,
    max_epoch: u64,
    nonce: u32,
    max_price: u64,
    max_budget: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    proof: Option<String>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct WireSponsored {
    transaction: String,
    signature: String,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct WireError {
    pub(crate) error: WireReason,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct WireReason {
    pub(crate) message: String,
    /// What to do.
    pub(crate) remedy: String,
    #[serde(flatten)]
    pub(crate) cause: WireCause,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum WireCause {
    Refusal(SponsorRefusal),
    /// `bad_request`, `busy`, or `failed`.
    Other {
        code: String,
    },
}

impl WireRequest {
    pub(crate) fn new(request: &SponsorRequest) -> Result<Self, String> {
        Ok(Self {
            ptb: encode(&request.ptb)?,
            sender: request.sender,
            chain_id: request.chain_id,
            max_epoch: request.max_epoch,
            nonce: request.nonce,
            max_price: request.max_price,
            max_budget: request.max_budget,
            proof: request.proof.as_ref().map(UserSignature::to_base64),
        })
    }

    pub(crate) fn decode(self) -> Result<SponsorRequest, String> {
        Ok(SponsorRequest {
            ptb: decode("ptb", &self.ptb)?,
            sender: self.sender,
            chain_id: self.chain_id,
            max_epoch: self.max_epoch,
            nonce: self.nonce,
            max_price: self.max_price,
            max_budget: self.max_budget,
            proof: match &self.proof {
                None => None,
                Some(text) => Some(signature("proof", text)?),
            },
        })
    }
}

impl WireSponsored {
    pub(crate) fn new(sponsored: &Sponsored) -> Result<Self, String> {
        Ok(Self {
            transaction: encode(&sponsored.transaction)?,
            signature: sponsored.signature.to_base64(),
        })
    }

    pub(crate) fn decode(&self) -> Result<Sponsored, String> {
        Ok(Sponsored {
            transaction: decode::<Transaction>("transaction", &self.transaction)?,
            signature: signature("signature", &self.signature)?,
        })
    }
}

fn encode(value: &impl Serialize) -> Result<String, String> {
    let bytes = bcs::to_bytes(value).map_err(|error| error.to_string())?;
    Ok(STANDARD.encode(bytes))
}

fn decode<T: DeserializeOwned>(what: &str, text: &str) -> Result<T, String> {
    let bytes = STANDARD
        .decode(text)
        .map_err(|error| format!("`{what}` is not base64: {error}"))?;
    bcs::from_bytes(&bytes).map_err(|error| format!("`{what}` is not BCS of it: {error}"))
}

fn signature(what: &str, text: &str) -> Result<UserSignature, String> {
    UserSignature::from_base64(text).map_err(|error| format!("`{what}` is no signature: {error}"))
}

//! Checkpoints.

use sui_sdk_types::{CheckpointContents, CheckpointSummary, Digest};

use super::bytes::{bytes, digest, length, option, other, u64};
use super::effects::gas;
use super::hash;

/// What the bytes of a checkpoint's parts are hashed behind.
const CONTENTS_SALT: &[u8] = b"CheckpointContents::";
const SUMMARY_SALT: &[u8] = b"CheckpointSummary::";

/// The digest of what a checkpoint contains.
pub(crate) fn contents_digest(contents: &CheckpointContents) -> Digest {
    let mut out = Vec::with_capacity(512);
    out.extend_from_slice(CONTENTS_SALT);
    if contents.version() != 1 {
        other(&mut out, contents);
        return Digest::new(hash(&out));
    }
    out.push(0);
    let transactions = contents.transactions();
    length(&mut out, transactions.len());
    for transaction in transactions {
        digest(&mut out, transaction.transaction());
        digest(&mut out, transaction.effects());
    }
    length(&mut out, transactions.len());
    for transaction in transactions {
        length(&mut out, transaction.signatures().count());
        for signature in transaction.signatures() {
            other(&mut out, signature);
        }
    }
    Digest::new(hash(&out))
}

/// The digest of a checkpoint's header.
pub(crate) fn summary_digest(summary: &CheckpointSummary) -> Digest {
    let mut out = Vec::with_capacity(512);
    out.extend_from_slice(SUMMARY_SALT);
    u64(&mut out, summary.epoch);
    u64(&mut out, summary.sequence_number);
    u64(&mut out, summary.network_total_transactions);
    digest(&mut out, &summary.content_digest);
    option(&mut out, summary.previous_digest.as_ref(), digest);
    gas(&mut out, &summary.epoch_rolling_gas_cost_summary);
    u64(&mut out, summary.timestamp_ms);
    length(&mut out, summary.checkpoint_commitments.len());
    for commitment in &summary.checkpoint_commitments {
        other(&mut out, commitment);
    }
    option(&mut out, summary.end_of_epoch_data.as_ref(), other);
    bytes(&mut out, &summary.version_specific_data);
    Digest::new(hash(&out))
}

//! The headers with which Sui's node tells where its chain stands, on every answer.

use http::{HeaderMap, HeaderName, HeaderValue};
use sui_rpc::headers::{
    X_SUI_CHAIN, X_SUI_CHAIN_ID, X_SUI_CHECKPOINT_HEIGHT, X_SUI_EPOCH,
    X_SUI_LOWEST_AVAILABLE_CHECKPOINT, X_SUI_LOWEST_AVAILABLE_CHECKPOINT_OBJECTS, X_SUI_TIMESTAMP,
    X_SUI_TIMESTAMP_MS,
};
use sui_rpc::proto::timestamp_ms_to_proto;

use super::CHAIN_NAME;
use crate::ledger::Ledger;

/// All of them, for browsers to be allowed to read.
pub(super) const NAMES: [&str; 8] = [
    X_SUI_CHAIN_ID,
    X_SUI_CHAIN,
    X_SUI_CHECKPOINT_HEIGHT,
    X_SUI_LOWEST_AVAILABLE_CHECKPOINT,
    X_SUI_LOWEST_AVAILABLE_CHECKPOINT_OBJECTS,
    X_SUI_EPOCH,
    X_SUI_TIMESTAMP_MS,
    X_SUI_TIMESTAMP,
];

/// Adds the headers as of now.
pub(super) fn add(ledger: &Ledger, headers: &mut HeaderMap) {
    let Some(latest) = ledger.latest_checkpoint() else {
        return;
    };
    let summary = &latest.summary;
    let mut set = |name: &'static str, value: String| {
        // Digits, base58 and a date are valid in a header.
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    set(X_SUI_CHAIN_ID, ledger.chain_id().to_string());
    set(X_SUI_CHAIN, CHAIN_NAME.to_owned());
    set(X_SUI_CHECKPOINT_HEIGHT, summary.sequence_number.to_string());
    set(X_SUI_LOWEST_AVAILABLE_CHECKPOINT, "0".to_owned());
    set(X_SUI_LOWEST_AVAILABLE_CHECKPOINT_OBJECTS, "0".to_owned());
    set(X_SUI_EPOCH, ledger.epoch().epoch.to_string());
    set(X_SUI_TIMESTAMP_MS, summary.timestamp_ms.to_string());
    set(
        X_SUI_TIMESTAMP,
        timestamp_ms_to_proto(summary.timestamp_ms).to_string(),
    );
}

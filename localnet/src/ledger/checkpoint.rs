//! Checkpoints: what makes executed transactions final and gives the chain its identifier.

use std::sync::Arc;

use sui_sdk_types::{
    CheckpointContents, CheckpointSummary, CheckpointTransactionInfo, EndOfEpochData,
    GasCostSummary,
};

use super::outcome::{Checkpoint, ExecutedTransaction};
use crate::canonical;

/// The header data of version 1 with no randomness rounds, in BCS.
const VERSION_SPECIFIC_DATA: [u8; 2] = [0, 0];

/// Make the checkpoint that follows `previous`.
pub(crate) fn next(
    previous: Option<&Checkpoint>,
    epoch: u64,
    timestamp_ms: u64,
    transactions: Vec<Arc<ExecutedTransaction>>,
    end_of_epoch_data: Option<EndOfEpochData>,
) -> Checkpoint {
    let contents = CheckpointContents::new_v1(
        transactions
            .iter()
            .map(|executed| {
                CheckpointTransactionInfo::new(
                    executed.digest,
                    executed.effects_digest,
                    executed.signatures.clone(),
                )
            })
            .collect(),
    );
    let mut total = previous.map_or(0, |checkpoint| {
        checkpoint.summary.network_total_transactions
    });
    total += transactions.len() as u64;
    // The sum runs within an epoch and begins anew after the checkpoint that ended the last one.
    let mut gas = previous
        .filter(|checkpoint| checkpoint.summary.end_of_epoch_data.is_none())
        .map(|checkpoint| checkpoint.summary.epoch_rolling_gas_cost_summary.clone())
        .unwrap_or_default();
    transactions
        .iter()
        .for_each(|executed| add(&mut gas, executed.effects.gas_summary()));
    let summary = CheckpointSummary {
        epoch,
        sequence_number: previous.map_or(0, |checkpoint| checkpoint.sequence_number() + 1),
        network_total_transactions: total,
        content_digest: canonical::contents_digest(&contents),
        previous_digest: previous.map(|checkpoint| checkpoint.digest),
        epoch_rolling_gas_cost_summary: gas,
        timestamp_ms,
        checkpoint_commitments: Vec::new(),
        end_of_epoch_data,
        version_specific_data: VERSION_SPECIFIC_DATA.to_vec(),
    };
    Checkpoint {
        digest: canonical::summary_digest(&summary),
        summary,
        contents,
        transactions,
    }
}

fn add(sum: &mut GasCostSummary, gas: &GasCostSummary) {
    sum.computation_cost = sum.computation_cost.saturating_add(gas.computation_cost);
    sum.storage_cost = sum.storage_cost.saturating_add(gas.storage_cost);
    sum.storage_rebate = sum.storage_rebate.saturating_add(gas.storage_rebate);
    sum.non_refundable_storage_fee = sum
        .non_refundable_storage_fee
        .saturating_add(gas.non_refundable_storage_fee);
}

//! Playing the same transactions again, on a second ledger and without a network in between.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use sui_sdk_types::Address;
use valet_localnet::ledger::Ledger;

/// Executes everything that happened on `original` on `twin`, a ledger with the same genesis, and returns how many of
/// `player`'s transactions a second it executed: signatures checked, nothing sent.
///
/// # Errors
/// When the twin comes to other effects: the ledger would not be deterministic.
pub(super) fn actions_per_second(original: &Ledger, twin: &Ledger, player: Address) -> Result<f64> {
    ensure!(
        original.chain_id() == twin.chain_id(),
        "two ledgers with the same genesis are different chains"
    );
    let (mut count, mut busy) = (0_u32, Duration::ZERO);
    let mut sequence_number = 1;
    while let Some(checkpoint) = original.checkpoint(sequence_number) {
        sequence_number += 1;
        if twin.now_ms() < checkpoint.summary.timestamp_ms {
            twin.set_clock_ms(checkpoint.summary.timestamp_ms)?;
        }
        for executed in &checkpoint.transactions {
            // The system's own transactions follow from the clock.
            if executed.signatures.is_empty() {
                continue;
            }
            let began = Instant::now();
            let again = twin.execute(&executed.transaction, &executed.signatures)?;
            let elapsed = began.elapsed();
            ensure!(
                again.effects_digest == executed.effects_digest,
                "transaction {} had other effects the second time",
                executed.digest
            );
            if executed.transaction.sender == player {
                count += 1;
                busy += elapsed;
            }
        }
    }
    ensure!(count > 0, "{player} played nothing");
    Ok(f64::from(count) / busy.as_secs_f64())
}

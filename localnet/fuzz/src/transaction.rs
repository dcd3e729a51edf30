//! The BCS of a transaction: decoded, checked, simulated, signed, executed, and taken back.

use std::sync::LazyLock;

use sui_sdk_types::Transaction;
use valet_localnet::ledger::{SimulateOptions, SimulationChecks};

use crate::trial::{Trial, publishes};

static TRIAL: LazyLock<Trial> = LazyLock::new(Trial::new);

/// One input.
pub fn run(data: &[u8]) {
    let Ok(transaction) = bcs::from_bytes::<Transaction>(data) else {
        return;
    };
    TRIAL.try_out(&transaction);
    if publishes(&transaction) {
        return;
    }
    // What is refused may still be simulated by somebody who asks for fewer checks, or for gas.
    let ledger = &TRIAL.world.chain.ledger;
    let _ = ledger.simulate(
        &transaction,
        &SimulateOptions::default().with_checks(SimulationChecks::Disabled),
    );
    if transaction.gas_payment.objects.is_empty() {
        let _ = ledger.simulate(
            &transaction,
            &SimulateOptions::default().with_gas_selection(),
        );
    }
    assert!(TRIAL.is_at_base(), "a simulation changes nothing");
}

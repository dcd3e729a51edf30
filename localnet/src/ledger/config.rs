//! What a new ledger is made of.

use std::num::NonZeroUsize;
use std::sync::Arc;

use sui_sdk_types::Address;

use super::protocol::ProtocolConfig;
use super::rejection::LedgerError;
use super::time::TimeSource;

/// A package that exists from the beginning, such as the framework.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenesisPackage {
    /// Its address, the same as in the bytecode.
    pub id: Address,
    /// Its modules' bytecode, dependencies before dependents.
    pub modules: Vec<Vec<u8>>,
    /// The packages it depends on, transitively.
    pub dependencies: Vec<Address>,
}

/// What a new ledger is made of.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LedgerConfig {
    /// The numbers and switches of the protocol.
    pub protocol: ProtocolConfig,
    /// Where time comes from.
    pub time: Arc<dyn TimeSource>,
    /// The lowest gas price of the first epoch, in MIST per unit.
    pub reference_gas_price: u64,
    /// The ed25519 seed of the faucet's key. A known key is right for a ledger that holds nothing of value.
    pub faucet_seed: [u8; 32],
    /// What the faucet's coins hold at the beginning, in MIST.
    pub faucet_coins: Vec<u64>,
    /// On how many threads transactions on disjoint objects run side by side. What they do does not depend on it.
    pub threads: NonZeroUsize,
}

impl LedgerConfig {
    /// The usual ledger on this time source: reference gas price 1,000 and a faucet of ten billion SUI.
    #[must_use]
    pub fn new(time: Arc<dyn TimeSource>) -> Self {
        Self {
            protocol: ProtocolConfig::default(),
            time,
            reference_gas_price: 1_000,
            faucet_seed: *b"valet localnet faucet, no value.",
            faucet_coins: vec![10_000_000_000_000_000_000],
            threads: threads(),
        }
    }

    /// Execute under this protocol.
    #[must_use]
    pub fn with_protocol(mut self, protocol: ProtocolConfig) -> Self {
        self.protocol = protocol;
        self
    }

    /// Begin with this reference gas price.
    #[must_use]
    pub fn with_reference_gas_price(mut self, price: u64) -> Self {
        self.reference_gas_price = price;
        self
    }

    /// Run transactions on disjoint objects on so many threads; without this, on as many as the machine has cores.
    #[must_use]
    pub fn with_threads(mut self, threads: NonZeroUsize) -> Self {
        self.threads = threads;
        self
    }

    pub(super) fn check(&self) -> Result<(), LedgerError> {
        check_price(self.reference_gas_price, &self.protocol)?;
        let supply = self
            .faucet_coins
            .iter()
            .try_fold(0u64, |sum, coin| sum.checked_add(*coin));
        if supply.is_none() {
            return Err(LedgerError::Config {
                reason: "the faucet's coins hold more SUI than can exist",
            });
        }
        Ok(())
    }
}

/// As many threads as there are cores.
pub(super) fn threads() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// Check that a reference gas price lets transactions in.
pub(super) fn check_price(price: u64, protocol: &ProtocolConfig) -> Result<(), LedgerError> {
    if price == 0 {
        return Err(LedgerError::Config {
            reason: "the reference gas price is zero",
        });
    }
    if price > protocol.max_gas_price {
        return Err(LedgerError::Config {
            reason: "the reference gas price is above the protocol's maximum gas price",
        });
    }
    Ok(())
}

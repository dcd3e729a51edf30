//! Every number and switch of the modelled protocol in one value.

use serde::{Deserialize, Serialize};

/// The limits, prices and switches the ledger executes under.
///
/// [`ProtocolConfig::default`] is the protocol the project models: version 123 with address balances switched on.
/// Another version is another value of this type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProtocolConfig {
    /// The protocol version reported to clients.
    pub protocol_version: u64,
    /// Largest BCS encoding of a signed transaction's data, in bytes.
    pub max_transaction_bytes: usize,
    /// Most object inputs (owned, shared and receiving) of one transaction.
    pub max_input_objects: usize,
    /// Most gas coins of one transaction.
    pub max_gas_payment_objects: usize,
    /// Most commands of one programmable transaction.
    pub max_commands: usize,
    /// Most arguments of one command.
    pub max_arguments: usize,
    /// Most type arguments of one command.
    pub max_type_arguments: usize,
    /// Deepest nesting of a type argument.
    pub max_type_argument_depth: usize,
    /// Most nodes of one type.
    pub max_type_nodes: usize,
    /// Largest pure input, in bytes.
    pub max_pure_argument_bytes: usize,
    /// Most modules of one published package.
    pub max_modules_in_publish: usize,
    /// Most dependencies of one published package.
    pub max_package_dependencies: usize,
    /// Most publish and upgrade commands of one transaction.
    pub max_publish_or_upgrade_commands: usize,
    /// Largest published package, in bytes.
    pub max_package_bytes: u64,
    /// Highest gas price a transaction may offer, in MIST per unit.
    pub max_gas_price: u64,
    /// Highest gas budget of a transaction, in MIST.
    pub max_tx_gas: u64,
    /// Fewest gas units a budget must cover.
    pub min_gas_units: u64,
    /// Most computation units a transaction may use.
    pub max_gas_computation_units: u64,
    /// The multiple of the reference gas price that an aborted transaction pays at most.
    pub max_gas_price_rgp_factor_for_aborted_transactions: u64,
    /// Storage units per byte of an object.
    pub storage_units_per_byte: u64,
    /// MIST per storage unit.
    pub storage_gas_price: u64,
    /// Share of the storage deposit that is given back, in basis points.
    pub storage_rebate_rate: u64,
    /// Internal units per byte of an input object.
    pub object_read_cost_per_byte: u64,
    /// Internal units per byte of a published module.
    pub package_publish_cost_per_byte: u64,
    /// Largest contents of a Move object, in bytes.
    pub max_object_bytes: u64,
    /// Largest total size of all objects written by one transaction, in bytes.
    pub max_written_objects_bytes: u64,
    /// Largest effects of one transaction, in bytes.
    pub max_effects_bytes: u64,
    /// Largest value a programmable transaction may hold, in bytes.
    pub max_value_bytes: u64,
    /// Most address-balance withdrawals of one transaction.
    pub max_withdrawals: usize,
    /// Address balances: deposits, withdrawals and gas paid from the balance.
    pub address_balances: bool,
}

impl Default for ProtocolConfig {
    fn default() -> Self {
        Self {
            protocol_version: 123,
            max_transaction_bytes: 128 * 1024,
            max_input_objects: 2048,
            max_gas_payment_objects: 256,
            max_commands: 1024,
            max_arguments: 512,
            max_type_arguments: 16,
            max_type_argument_depth: 16,
            max_type_nodes: 256,
            max_pure_argument_bytes: 16 * 1024,
            max_modules_in_publish: 64,
            max_package_dependencies: 32,
            max_publish_or_upgrade_commands: 5,
            max_package_bytes: 100 * 1024,
            max_gas_price: 50_000_000_000,
            max_tx_gas: 50_000_000_000_000,
            min_gas_units: 1_000,
            max_gas_computation_units: 5_000_000,
            max_gas_price_rgp_factor_for_aborted_transactions: 100,
            storage_units_per_byte: 100,
            storage_gas_price: 76,
            storage_rebate_rate: 9_900,
            object_read_cost_per_byte: 15,
            package_publish_cost_per_byte: 80,
            max_object_bytes: 256_000,
            max_written_objects_bytes: 5_000_000,
            max_effects_bytes: 512 * 1024,
            max_value_bytes: 1024 * 1024,
            max_withdrawals: 10,
            address_balances: true,
        }
    }
}

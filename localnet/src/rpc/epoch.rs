//! Epochs and the protocol configuration as messages.

use prost_types::{Value, value::Kind};
use sui_rpc::field::FieldMaskTree;
use sui_rpc::merge::Merge;
use sui_rpc::proto::sui::rpc::v2 as proto;
use sui_rpc::proto::timestamp_ms_to_proto;

use crate::ledger::{EpochInfo, ProtocolConfig};

/// The version of the system state's Move structure that the fields below come from.
const SYSTEM_STATE_VERSION: u64 = 2;

/// An epoch, cut to `mask`. There are no validators, so committee and stake are empty.
pub(super) fn message(
    info: &EpochInfo,
    protocol: &ProtocolConfig,
    mask: &FieldMaskTree,
) -> proto::Epoch {
    let mut full = proto::Epoch::default();
    full.epoch = Some(info.epoch);
    full.first_checkpoint = Some(info.first_checkpoint);
    full.last_checkpoint = info.last_checkpoint;
    full.start = Some(timestamp_ms_to_proto(info.start_timestamp_ms));
    full.end = info.end_timestamp_ms.map(timestamp_ms_to_proto);
    full.reference_gas_price = Some(info.reference_gas_price);
    if mask.contains("committee") {
        let mut committee = proto::ValidatorCommittee::default();
        committee.epoch = Some(info.epoch);
        full.committee = Some(committee);
    }
    if mask.contains("system_state") {
        full.system_state = Some(Box::new(system_state(info)));
    }
    if mask.contains("protocol_config") {
        full.protocol_config = Some(protocol_config(info, protocol));
    }
    proto::Epoch::merge_from(&full, mask)
}

fn system_state(info: &EpochInfo) -> proto::SystemState {
    let mut state = proto::SystemState::default();
    state.version = Some(SYSTEM_STATE_VERSION);
    state.epoch = Some(info.epoch);
    state.protocol_version = Some(info.protocol_version);
    state.reference_gas_price = Some(info.reference_gas_price);
    state.epoch_start_timestamp_ms = Some(info.start_timestamp_ms);
    state.safe_mode = Some(false);
    state
}

fn protocol_config(info: &EpochInfo, protocol: &ProtocolConfig) -> proto::ProtocolConfig {
    let attributes = attributes(protocol).map(|(name, value)| (name.to_owned(), value.to_string()));
    let flags = [(
        "enable_address_balance_gas_payments".to_owned(),
        protocol.address_balances,
    )];
    let text = |(name, value): &(String, String)| (name.clone(), Kind::StringValue(value.clone()));
    let flag = |(name, on): &(String, bool)| (name.clone(), Kind::BoolValue(*on));
    let mut message = proto::ProtocolConfig::default();
    message.protocol_version = Some(info.protocol_version);
    message.configs = attributes
        .iter()
        .map(text)
        .chain(flags.iter().map(flag))
        .map(|(name, kind)| (name, Value { kind: Some(kind) }))
        .collect();
    // `configs` replaces these two, but the official TypeScript client still reads them.
    message.attributes = attributes.into_iter().collect();
    message.feature_flags = flags.into_iter().collect();
    message
}

/// The configuration under the names Sui gives it.
fn attributes(protocol: &ProtocolConfig) -> [(&'static str, u64); 20] {
    let size = |value: usize| u64::try_from(value).unwrap_or(u64::MAX);
    [
        ("max_tx_size_bytes", size(protocol.max_transaction_bytes)),
        ("max_input_objects", size(protocol.max_input_objects)),
        (
            "max_gas_payment_objects",
            size(protocol.max_gas_payment_objects),
        ),
        ("max_programmable_tx_commands", size(protocol.max_commands)),
        ("max_arguments", size(protocol.max_arguments)),
        ("max_type_arguments", size(protocol.max_type_arguments)),
        (
            "max_type_argument_depth",
            size(protocol.max_type_argument_depth),
        ),
        (
            "max_pure_argument_size",
            size(protocol.max_pure_argument_bytes),
        ),
        (
            "max_modules_in_publish",
            size(protocol.max_modules_in_publish),
        ),
        (
            "max_package_dependencies",
            size(protocol.max_package_dependencies),
        ),
        ("max_move_package_size", protocol.max_package_bytes),
        ("max_gas_price", protocol.max_gas_price),
        ("max_tx_gas", protocol.max_tx_gas),
        (
            "max_gas_computation_bucket",
            protocol.max_gas_computation_units,
        ),
        ("obj_data_cost_refundable", protocol.storage_units_per_byte),
        ("storage_gas_price", protocol.storage_gas_price),
        ("storage_rebate_rate", protocol.storage_rebate_rate),
        (
            "obj_access_cost_read_per_byte",
            protocol.object_read_cost_per_byte,
        ),
        ("max_move_object_size", protocol.max_object_bytes),
        (
            "max_serialized_tx_effects_size_bytes",
            protocol.max_effects_bytes,
        ),
    ]
}

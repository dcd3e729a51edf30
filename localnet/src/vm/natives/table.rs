//! Which function of the framework is which native.

use sui_sdk_types::Address;

use super::{
    dynamic_fields, encoding, events, funds, hashing, objects, settings, signatures, testing, text,
    transfers, type_names, unsupported, vectors,
};
use crate::vm::{NativeFunction, NativeTable};

const STD: Address = Address::from_static("0x1");
const SUI: Address = Address::TWO;

impl NativeTable {
    /// Every native of the framework: those this ledger provides, and those that stop with
    /// [`VmStatus::UnsupportedNative`](crate::vm::VmStatus::UnsupportedNative).
    #[must_use]
    pub fn framework() -> Self {
        Self::new(published())
    }

    /// The same, and the natives that only unit tests may call. No ledger offers them: they take any object and forge any
    /// context.
    #[must_use]
    pub fn framework_for_unit_tests() -> Self {
        Self::new(
            published()
                .chain(testing::STANDARD_LIBRARY.iter().map(at(STD)))
                .chain(testing::FRAMEWORK.iter().map(at(SUI))),
        )
    }
}

fn published() -> impl Iterator<Item = (Address, &'static str, &'static str, NativeFunction)> {
    STANDARD_LIBRARY
        .iter()
        .map(at(STD))
        .chain(FRAMEWORK.iter().map(at(SUI)))
        .chain(unsupported::NATIVES.iter().map(at(SUI)))
}

fn at(
    address: Address,
) -> impl Fn(&Entry) -> (Address, &'static str, &'static str, NativeFunction) {
    move |&(module, name, native)| (address, module, name, native)
}

/// Address, module and name of every native of the table.
#[cfg(test)]
pub(super) fn names() -> impl Iterator<Item = (Address, &'static str, &'static str)> {
    let sui = FRAMEWORK.iter().chain(unsupported::NATIVES).map(at(SUI));
    let all = STANDARD_LIBRARY.iter().map(at(STD)).chain(sui);
    all.map(|(address, module, name, _)| (address, module, name))
}

pub(super) type Entry = (&'static str, &'static str, NativeFunction);

const STANDARD_LIBRARY: &[Entry] = &[
    ("bcs", "to_bytes", encoding::to_bytes),
    ("debug", "print", vectors::print),
    ("debug", "print_stack_trace", vectors::print),
    ("hash", "sha2_256", hashing::sha2_256),
    ("hash", "sha3_256", hashing::sha3_256),
    ("string", "internal_check_utf8", text::check_utf8),
    ("string", "internal_index_of", text::index_of),
    (
        "string",
        "internal_is_char_boundary",
        text::is_char_boundary,
    ),
    ("string", "internal_sub_string", text::sub_string),
    ("type_name", "defining_id", type_names::defining_id),
    ("type_name", "original_id", type_names::original_id),
    (
        "type_name",
        "with_defining_ids",
        type_names::with_defining_ids,
    ),
    (
        "type_name",
        "with_original_ids",
        type_names::with_original_ids,
    ),
    ("vector", "borrow", vectors::borrow),
    ("vector", "borrow_mut", vectors::borrow),
    ("vector", "destroy_empty", vectors::destroy_empty),
    ("vector", "empty", vectors::empty),
    ("vector", "length", vectors::length),
    ("vector", "pop_back", vectors::pop_back),
    ("vector", "push_back", vectors::push_back),
    ("vector", "swap", vectors::swap),
];

const FRAMEWORK: &[Entry] = &[
    ("accumulator", "emit_deposit_event", funds::emit_deposit),
    ("accumulator", "emit_withdraw_event", funds::emit_withdraw),
    (
        "accumulator_settlement",
        "record_settlement_sui_conservation",
        funds::record_settlement,
    ),
    ("address", "from_bytes", encoding::address_from_bytes),
    ("address", "from_u256", encoding::address_from_u256),
    ("address", "to_u256", encoding::address_to_u256),
    ("config", "read_setting_impl", settings::read_setting),
    ("dynamic_field", "add_child_object", dynamic_fields::add),
    (
        "dynamic_field",
        "borrow_child_object",
        dynamic_fields::borrow,
    ),
    (
        "dynamic_field",
        "borrow_child_object_mut",
        dynamic_fields::borrow_mut,
    ),
    ("dynamic_field", "has_child_object", dynamic_fields::has),
    (
        "dynamic_field",
        "has_child_object_with_ty",
        dynamic_fields::has_with_type,
    ),
    (
        "dynamic_field",
        "hash_type_and_key",
        dynamic_fields::hash_type_and_key,
    ),
    (
        "dynamic_field",
        "remove_child_object",
        dynamic_fields::remove,
    ),
    (
        "ecdsa_k1",
        "decompress_pubkey",
        signatures::secp256k1_decompress,
    ),
    (
        "ecdsa_k1",
        "secp256k1_ecrecover",
        signatures::secp256k1_recover,
    ),
    ("ecdsa_k1", "secp256k1_verify", signatures::secp256k1_verify),
    (
        "ecdsa_r1",
        "secp256r1_ecrecover",
        signatures::secp256r1_recover,
    ),
    ("ecdsa_r1", "secp256r1_verify", signatures::secp256r1_verify),
    ("ed25519", "ed25519_verify", signatures::ed25519_verify),
    ("event", "emit", events::emit),
    (
        "event",
        "emit_authenticated_impl",
        events::emit_authenticated,
    ),
    (
        "funds_accumulator",
        "add_to_accumulator_address",
        funds::add,
    ),
    (
        "funds_accumulator",
        "withdraw_from_accumulator_address",
        funds::withdraw,
    ),
    ("hash", "blake2b256", hashing::blake2b256),
    ("hash", "keccak256", hashing::keccak256),
    ("hmac", "hmac_sha3_256", hashing::hmac_sha3_256),
    ("object", "borrow_uid", objects::borrow_uid),
    ("object", "delete_impl", objects::delete),
    ("object", "record_new_uid", objects::record_new_uid),
    (
        "protocol_config",
        "is_feature_enabled",
        settings::is_feature_enabled,
    ),
    ("transfer", "freeze_object_impl", transfers::freeze),
    ("transfer", "party_transfer_impl", transfers::party_transfer),
    ("transfer", "receive_impl", transfers::receive),
    ("transfer", "share_object_impl", transfers::share),
    ("transfer", "transfer_impl", transfers::transfer),
    ("tx_context", "derive_id", objects::derive_id),
    ("tx_context", "fresh_id", objects::fresh_id),
    ("tx_context", "native_epoch", objects::epoch),
    (
        "tx_context",
        "native_epoch_timestamp_ms",
        objects::epoch_timestamp_ms,
    ),
    ("tx_context", "native_gas_budget", objects::gas_budget),
    ("tx_context", "native_gas_price", objects::gas_price),
    ("tx_context", "native_ids_created", objects::ids_created),
    ("tx_context", "native_rgp", objects::reference_gas_price),
    ("tx_context", "native_sender", objects::sender),
    ("tx_context", "native_sponsor", objects::sponsor),
    (
        "types",
        "is_one_time_witness",
        type_names::is_one_time_witness,
    ),
];

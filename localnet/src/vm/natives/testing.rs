//! The natives that only exist in test code: a family of their own, which [`NativeTable::framework_for_unit_tests`] adds and
//! no ledger has.
//!
//! [`NativeTable::framework_for_unit_tests`]: crate::vm::NativeTable::framework_for_unit_tests

mod inventories;
mod keys;
mod receiving;
mod transactions;
mod values;

use super::table::Entry;

pub(super) const STANDARD_LIBRARY: &[Entry] = &[
    ("unit_test", "destroy", values::destroy),
    ("unit_test", "poison", values::poison),
];

pub(super) const FRAMEWORK: &[Entry] = &[
    (
        "ecdsa_k1",
        "secp256k1_keypair_from_seed",
        keys::secp256k1_keypair_from_seed,
    ),
    ("ecdsa_k1", "secp256k1_sign", keys::secp256k1_sign),
    ("event", "events_by_type", values::events_by_type),
    ("event", "num_events", values::num_events),
    (
        "random",
        "generate_rand_seed_for_testing",
        values::random_seed,
    ),
    (
        "test_scenario",
        "allocate_receiving_ticket_for_object",
        receiving::allocate,
    ),
    (
        "test_scenario",
        "deallocate_receiving_ticket_for_object",
        receiving::deallocate,
    ),
    ("test_scenario", "end_transaction", transactions::end),
    (
        "test_scenario",
        "ids_for_address",
        inventories::ids_for_address,
    ),
    (
        "test_scenario",
        "most_recent_id_for_address",
        inventories::most_recent_for_address,
    ),
    (
        "test_scenario",
        "most_recent_id_shared",
        inventories::most_recent_shared,
    ),
    (
        "test_scenario",
        "most_recent_immutable_id",
        inventories::most_recent_immutable,
    ),
    (
        "test_scenario",
        "take_from_address_by_id",
        inventories::take_from_address,
    ),
    (
        "test_scenario",
        "take_immutable_by_id",
        inventories::take_immutable,
    ),
    (
        "test_scenario",
        "take_shared_by_id",
        inventories::take_shared,
    ),
    (
        "test_scenario",
        "was_taken_from_address",
        inventories::was_taken_from_address,
    ),
    (
        "test_scenario",
        "was_taken_immutable",
        inventories::was_taken_immutable,
    ),
    (
        "test_scenario",
        "was_taken_shared",
        inventories::was_taken_shared,
    ),
    (
        "test_utils",
        "create_one_time_witness",
        values::one_time_witness,
    ),
    (
        "tx_context",
        "last_created_id",
        transactions::last_created_id,
    ),
    ("tx_context", "replace", transactions::replace_context),
];

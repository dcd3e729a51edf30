//! The natives of unit tests: not on the ledger, and only where a test is being played.

use super::*;

fn test_natives() -> NativeTable {
    NativeTable::framework_for_unit_tests()
}

#[test]
fn no_ledger_has_the_natives_of_unit_tests() {
    let ledger = NativeTable::framework();
    let natives = [
        (STD, "unit_test", "destroy"),
        (SUI, "test_scenario", "take_from_address_by_id"),
        (SUI, "test_scenario", "take_shared_by_id"),
        (SUI, "test_scenario", "end_transaction"),
        (SUI, "test_utils", "create_one_time_witness"),
        (SUI, "tx_context", "replace"),
        (SUI, "tx_context", "last_created_id"),
        (SUI, "random", "generate_rand_seed_for_testing"),
        (SUI, "ecdsa_k1", "secp256k1_sign"),
        (SUI, "event", "events_by_type"),
    ];
    for (address, module, function) in natives {
        let name = Identifier::from_static;
        let find = |table: &NativeTable| table.get(address, &name(module), &name(function));
        assert!(find(&test_natives()).is_some(), "{module}::{function}");
        assert!(find(&ledger).is_none(), "{module}::{function}");
    }
}

#[test]
fn a_runtime_without_a_scenario_has_no_objects_to_take() {
    let mut machine = Machine::new();
    let ended = machine
        .runtime
        .end_test_transaction(&mut machine.heap, &TYPES);
    assert!(matches!(
        ended,
        Err(NativeError::Status(VmStatus::InvariantViolation(_)))
    ));
}

#[test]
fn a_key_from_a_seed_signs_what_its_public_key_verifies() {
    use crate::vm::natives::crypto::signatures::{
        MessageHash, secp256k1_key, secp256k1_sign, secp256k1_verify,
    };
    let (private, public) = secp256k1_key(&[7; 32]).expect("a seed");
    let signature = secp256k1_sign(&private, b"message", MessageHash::Sha256).expect("a key");
    let verify =
        |message: &[u8]| secp256k1_verify(&signature[..64], &public, message, MessageHash::Sha256);
    assert!(verify(b"message") && !verify(b"another"));
    assert!(secp256k1_key(&[7; 31]).is_none());
    assert!(secp256k1_sign(&[0; 32], b"message", MessageHash::Sha256).is_none());
}

//! Functions of the framework that lead to natives.

use sui_sdk_types::{Address, Owner};
use valet_localnet::vm::{Value, VmError, VmStatus};

use super::world::{ALICE, Transaction, World, assert_abort, digest, identifier, machine};

/// Calls a hash or encoding of the framework on bytes behind a reference.
fn hash(tx: &mut Transaction<'_>, name: &str, data: &[u8]) -> Result<String, VmError> {
    let data = tx.bytes(data);
    let data = if name.starts_with("0x1") {
        data
    } else {
        tx.reference(data)
    };
    let digest = tx.value(name, &[data])?;
    Ok(hex::encode(tx.execution.heap().bytes(digest)?))
}

#[test]
fn hashes_through_bytecode_match_known_answers() {
    World::default().run(|tx| {
        for (name, expected) in [
            (
                "0x2::hash::blake2b256",
                "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319",
            ),
            (
                "0x2::hash::keccak256",
                "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45",
            ),
            (
                "0x1::hash::sha2_256",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
            (
                "0x1::hash::sha3_256",
                "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
            ),
        ] {
            assert_eq!(hash(tx, name, b"abc")?, expected, "{name}");
        }
        Ok(())
    });
}

#[test]
fn the_context_answers_with_what_the_ledger_said() {
    let mut world = World::in_epoch(6);
    world.run(|tx| {
        let context = tx.context();
        for (name, expected) in [
            ("sender", Value::from(ALICE)),
            ("epoch", 6u64.into()),
            ("epoch_timestamp_ms", 1_000u64.into()),
            ("reference_gas_price", 1_000u64.into()),
            ("gas_price", 1_000u64.into()),
            (
                "fresh_object_address",
                Address::derive_id(digest(1), 0).into(),
            ),
            (
                "fresh_object_address",
                Address::derive_id(digest(1), 1).into(),
            ),
        ] {
            assert_eq!(
                tx.value(&format!("0x2::tx_context::{name}"), &[context])?,
                expected,
                "{name}"
            );
        }
        let sponsor = tx.value("0x2::tx_context::sponsor", &[context])?;
        assert_eq!(tx.encode("0x1::option::Option<address>", sponsor), [0]);
        Ok(())
    });
}

#[test]
fn coins_are_split_joined_and_kept() {
    const COIN: &str = "objects::witness::WITNESS";
    let mut world = World::default();
    let (ids, results) = world.run(|tx| {
        let witness = tx.execution.heap_mut().pack(&[true.into()])?;
        let supply = tx.value_with("0x2::balance::create_supply", &[COIN], &[witness])?;
        let supply = tx.reference(supply);
        let balance = tx.value_with(
            "0x2::balance::increase_supply",
            &[COIN],
            &[supply, 100u64.into()],
        )?;
        let context = tx.context();
        let coin = tx.value_with("0x2::coin::from_balance", &[COIN], &[balance, context])?;
        let id = tx.id(coin);
        let whole = tx.cell(coin);
        let reference = tx.borrow(whole);
        let small = tx.value_with(
            "0x2::coin::split",
            &[COIN],
            &[reference, 30u64.into(), context],
        )?;
        let small_id = tx.id(small);
        let gone = tx.value_with(
            "0x2::coin::split",
            &[COIN],
            &[reference, 5u64.into(), context],
        )?;
        tx.call_with("0x2::coin::join", &[COIN], &[reference, gone])?;
        assert_eq!(
            tx.value_with("0x2::coin::value", &[COIN], &[reference])?,
            70u64.into()
        );
        let coin = tx.take(whole);
        let type_ = format!("0x2::coin::Coin<{COIN}>");
        tx.give(&type_, coin, ALICE);
        tx.give(&type_, small, ALICE);
        Ok([id, small_id])
    });
    assert_eq!(results.created, ids.into());
    assert_eq!(world.contents(ids[0])[32..], 70u64.to_le_bytes());
    assert_eq!(world.contents(ids[1])[32..], 30u64.to_le_bytes());
    assert!(results.written[&ids[0]].has_public_transfer);

    let error = world.fail(|tx| {
        let coin = tx.input(ids[1]);
        let (coin, context) = (tx.borrow(coin), tx.context());
        tx.value_with("0x2::coin::split", &[COIN], &[coin, 31u64.into(), context])
    });
    assert_abort(&error, 2, Address::TWO, "balance", "split");
}

#[test]
fn the_clock_is_a_shared_object_of_the_system() {
    let mut world = World::of_the_system();
    let clock = Address::from_static("0x6");
    let ((), results) = world.run(|tx| {
        let context = tx.context();
        tx.call("0x2::clock::create", &[context])
    });
    assert_eq!(results.created, [clock].into());
    assert!(matches!(world.object(clock).owner(), Owner::Shared(_)));
    world.run(|tx| {
        let cell = tx.input(clock);
        let (clock, context) = (tx.borrow(cell), tx.context());
        tx.call(
            "0x2::clock::consensus_commit_prologue",
            &[clock, 1234u64.into(), context],
        )?;
        assert_eq!(
            tx.value("0x2::clock::timestamp_ms", &[clock])?,
            1234u64.into()
        );
        Ok(())
    });
    assert_eq!(world.contents(clock)[32..], 1234u64.to_le_bytes());
}

#[test]
fn a_setting_takes_effect_in_the_next_epoch() {
    // The capability is any type to `config`; a number serves.
    const SETTINGS: [&str; 3] = ["u64", "u8", "bool"];
    let mut world = World::in_epoch(10);
    let (config, _) = world.run(|tx| {
        let capability = tx.reference(0u64.into());
        let context = tx.context();
        let config = tx.value_with("0x2::config::new", &["u64"], &[capability, context])?;
        let id = tx.id(config);
        tx.call_with("0x2::config::transfer", &["u64"], &[config, ALICE.into()])?;
        Ok(id)
    });
    let read = |world: &mut World| {
        let (value, _) = world.run(|tx| {
            let id = tx.execution.heap_mut().pack(&[config.into()])?;
            let context = tx.context();
            let arguments = [id, 1u8.into(), context];
            let value = tx.value_with("0x2::config::read_setting", &SETTINGS[1..], &arguments)?;
            Ok(tx.encode("0x1::option::Option<bool>", value))
        });
        value
    };
    assert_eq!(read(&mut world), [0]);
    let set = |world: &mut World, value: bool| {
        world.run(|tx| {
            let config = tx.input(config);
            let (config, context) = (tx.borrow(config), tx.context());
            let capability = tx.reference(0u64.into());
            let arguments = [config, capability, 1u8.into(), value.into(), context];
            tx.value_with("0x2::config::add_for_next_epoch", &SETTINGS, &arguments)
        })
    };
    set(&mut world, true);
    assert_eq!(read(&mut world), [0]);
    world.epoch = 11;
    assert_eq!(read(&mut world), [1, 1]);
    set(&mut world, false);
    assert_eq!(read(&mut world), [1, 1]);
    world.epoch = 12;
    assert_eq!(read(&mut world), [1, 0]);
}

#[test]
fn strings_are_checked_and_cut() {
    let mut world = World::default();
    world.run(|tx| {
        let text = tx.bytes("h\u{e9}llo".as_bytes());
        let text = tx.value("0x1::string::utf8", &[text])?;
        let text = tx.reference(text);
        let part = tx.value("0x1::string::substring", &[text, 1u64.into(), 4u64.into()])?;
        assert_eq!(
            tx.encode("0x1::string::String", part)[1..],
            *"\u{e9}l".as_bytes()
        );
        let pattern = tx.bytes(b"lo");
        let pattern = tx.value("0x1::string::utf8", &[pattern])?;
        let pattern = tx.reference(pattern);
        assert_eq!(
            tx.value("0x1::string::index_of", &[text, pattern])?,
            4u64.into()
        );
        Ok(())
    });
    let std = Address::from_static("0x1");
    let error = world.fail(|tx| {
        let bytes = tx.bytes(&[0xff]);
        tx.value("0x1::string::utf8", &[bytes])
    });
    assert_abort(&error, 1, std, "string", "utf8");
    let error = world.fail(|tx| {
        let text = tx.bytes("\u{e9}".as_bytes());
        let text = tx.value("0x1::string::utf8", &[text])?;
        let text = tx.reference(text);
        tx.value("0x1::string::substring", &[text, 0u64.into(), 1u64.into()])
    });
    assert_abort(&error, 2, std, "string", "substring");
    let error = world.fail(|tx| {
        let bytes = tx.bytes(&[0x80]);
        tx.value("0x1::ascii::string", &[bytes])
    });
    assert_abort(&error, 0x10000, std, "ascii", "string");
}

#[test]
fn an_unsupported_native_says_which_it_is() {
    let error = World::default().fail(|tx| {
        let [a, b, c] = [b"a", b"b", b"c"].map(|bytes| {
            let bytes = tx.bytes(bytes);
            tx.reference(bytes)
        });
        tx.value("0x2::bls12381::bls12381_min_pk_verify", &[a, b, c])
    });
    assert_eq!(
        error.status,
        VmStatus::UnsupportedNative("0x2::bls12381::bls12381_min_pk_verify".into())
    );
}

/// Every native the framework declares is provided or named as unsupported; the list is what the compiler emits.
#[test]
fn every_native_of_the_framework_is_known() {
    let table = valet_localnet::vm::NativeTable::framework();
    for (package, module, function) in NATIVES {
        let package = Address::from_static(package);
        assert!(
            table
                .get(package, &identifier(module), &identifier(function))
                .is_some(),
            "{module}::{function}"
        );
        let resolved = machine().resolve_function(package, module, function);
        assert!(
            resolved.is_ok_and(|function| function.is_native()),
            "{module}::{function}"
        );
    }
}

const NATIVES: &[(&str, &str, &str)] = &[
    ("0x1", "bcs", "to_bytes"),
    ("0x1", "debug", "print"),
    ("0x1", "debug", "print_stack_trace"),
    ("0x1", "hash", "sha2_256"),
    ("0x1", "hash", "sha3_256"),
    ("0x1", "string", "internal_check_utf8"),
    ("0x1", "string", "internal_index_of"),
    ("0x1", "string", "internal_is_char_boundary"),
    ("0x1", "string", "internal_sub_string"),
    ("0x1", "type_name", "defining_id"),
    ("0x1", "type_name", "original_id"),
    ("0x1", "type_name", "with_defining_ids"),
    ("0x1", "type_name", "with_original_ids"),
    ("0x1", "vector", "borrow"),
    ("0x1", "vector", "borrow_mut"),
    ("0x1", "vector", "destroy_empty"),
    ("0x1", "vector", "empty"),
    ("0x1", "vector", "length"),
    ("0x1", "vector", "pop_back"),
    ("0x1", "vector", "push_back"),
    ("0x1", "vector", "swap"),
    ("0x2", "accumulator", "emit_deposit_event"),
    ("0x2", "accumulator", "emit_withdraw_event"),
    (
        "0x2",
        "accumulator_settlement",
        "record_settlement_sui_conservation",
    ),
    ("0x2", "address", "from_bytes"),
    ("0x2", "address", "from_u256"),
    ("0x2", "address", "to_u256"),
    ("0x2", "bls12381", "bls12381_min_pk_verify"),
    ("0x2", "bls12381", "bls12381_min_sig_verify"),
    ("0x2", "config", "read_setting_impl"),
    ("0x2", "dynamic_field", "add_child_object"),
    ("0x2", "dynamic_field", "borrow_child_object"),
    ("0x2", "dynamic_field", "borrow_child_object_mut"),
    ("0x2", "dynamic_field", "has_child_object"),
    ("0x2", "dynamic_field", "has_child_object_with_ty"),
    ("0x2", "dynamic_field", "hash_type_and_key"),
    ("0x2", "dynamic_field", "remove_child_object"),
    ("0x2", "ecdsa_k1", "decompress_pubkey"),
    ("0x2", "ecdsa_k1", "secp256k1_ecrecover"),
    ("0x2", "ecdsa_k1", "secp256k1_verify"),
    ("0x2", "ecdsa_r1", "secp256r1_ecrecover"),
    ("0x2", "ecdsa_r1", "secp256r1_verify"),
    ("0x2", "ecvrf", "ecvrf_verify"),
    ("0x2", "ed25519", "ed25519_verify"),
    ("0x2", "event", "emit"),
    ("0x2", "event", "emit_authenticated_impl"),
    ("0x2", "funds_accumulator", "add_to_accumulator_address"),
    (
        "0x2",
        "funds_accumulator",
        "withdraw_from_accumulator_address",
    ),
    ("0x2", "groth16", "prepare_verifying_key_internal"),
    ("0x2", "groth16", "verify_groth16_proof_internal"),
    ("0x2", "group_ops", "internal_add"),
    ("0x2", "group_ops", "internal_convert"),
    ("0x2", "group_ops", "internal_div"),
    ("0x2", "group_ops", "internal_hash_to"),
    ("0x2", "group_ops", "internal_mul"),
    ("0x2", "group_ops", "internal_multi_scalar_mul"),
    ("0x2", "group_ops", "internal_pairing"),
    ("0x2", "group_ops", "internal_sub"),
    ("0x2", "group_ops", "internal_sum"),
    ("0x2", "group_ops", "internal_validate"),
    ("0x2", "hash", "blake2b256"),
    ("0x2", "hash", "keccak256"),
    ("0x2", "hmac", "hmac_sha3_256"),
    (
        "0x2",
        "nitro_attestation",
        "load_nitro_attestation_internal",
    ),
    ("0x2", "object", "borrow_uid"),
    ("0x2", "object", "delete_impl"),
    ("0x2", "object", "record_new_uid"),
    ("0x2", "poseidon", "poseidon_bn254_internal"),
    ("0x2", "protocol_config", "is_feature_enabled"),
    ("0x2", "transfer", "freeze_object_impl"),
    ("0x2", "transfer", "party_transfer_impl"),
    ("0x2", "transfer", "receive_impl"),
    ("0x2", "transfer", "share_object_impl"),
    ("0x2", "transfer", "transfer_impl"),
    ("0x2", "tx_context", "derive_id"),
    ("0x2", "tx_context", "fresh_id"),
    ("0x2", "tx_context", "native_epoch"),
    ("0x2", "tx_context", "native_epoch_timestamp_ms"),
    ("0x2", "tx_context", "native_gas_budget"),
    ("0x2", "tx_context", "native_gas_price"),
    ("0x2", "tx_context", "native_ids_created"),
    ("0x2", "tx_context", "native_rgp"),
    ("0x2", "tx_context", "native_sender"),
    ("0x2", "tx_context", "native_sponsor"),
    ("0x2", "types", "is_one_time_witness"),
    ("0x2", "vdf", "hash_to_input_internal"),
    ("0x2", "vdf", "vdf_verify_internal"),
    ("0x2", "zklogin_verified_id", "check_zklogin_id_internal"),
    (
        "0x2",
        "zklogin_verified_issuer",
        "check_zklogin_issuer_internal",
    ),
];

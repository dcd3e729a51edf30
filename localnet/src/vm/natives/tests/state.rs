//! Natives that read or change the transaction.

use super::*;

#[test]
fn the_transaction_context_is_what_the_ledger_said() {
    let mut machine = Machine::new();
    let cases: [(&str, Value); 7] = [
        (
            "tx_context::native_sender",
            Address::from_static("0xa11ce").into(),
        ),
        ("tx_context::native_epoch", 3u64.into()),
        ("tx_context::native_epoch_timestamp_ms", 4u64.into()),
        ("tx_context::native_rgp", 1000u64.into()),
        ("tx_context::native_gas_price", 1001u64.into()),
        ("tx_context::native_gas_budget", 5_000_000u64.into()),
        ("tx_context::native_ids_created", 0u64.into()),
    ];
    for (name, expected) in cases {
        assert_eq!(machine.value(name, &[], &[]), expected, "{name}");
        assert_eq!(machine.cost, 30, "{name}");
    }
    let sponsor = machine.value("tx_context::native_sponsor", &[], &[]);
    assert_eq!(
        machine.heap.elements(sponsor),
        Ok(vec![Address::from_static("0x590").into()])
    );

    let digest = Digest::new([7; 32]);
    assert_eq!(
        machine.value("tx_context::fresh_id", &[], &[]),
        Address::derive_id(digest, 0).into()
    );
    assert_eq!(
        machine.value("tx_context::fresh_id", &[], &[]),
        Address::derive_id(digest, 1).into()
    );
    assert_eq!(
        machine.value("tx_context::native_ids_created", &[], &[]),
        2u64.into()
    );
    let other = machine.ask("tx_context::derive_id", &[&[9; 32]], &[5u64.into()]);
    assert_eq!(
        other,
        Ok(Some(Address::derive_id(Digest::new([9; 32]), 5).into()))
    );
    assert!(
        machine
            .ask("tx_context::derive_id", &[&[9; 31]], &[5u64.into()])
            .is_err()
    );
}

#[test]
fn field_ids_are_the_ones_the_sdk_derives() {
    let mut machine = Machine::new();
    let parent = Address::from_static("0x9a1");
    let key = machine.bytes(b"key");
    let type_ = machine.types.vector(Type::U8).expect("a small type");
    let id = machine.value(
        "dynamic_field::hash_type_and_key",
        &[type_],
        &[parent.into(), key],
    );
    let tag = TypeTag::Vector(Box::new(TypeTag::U8));
    let expected = parent.derive_dynamic_child_id(&tag, &bcs::to_bytes("key").expect("encodes"));
    assert_eq!(id, expected.into());
    let id = machine.value(
        "dynamic_field::hash_type_and_key",
        &[Type::U64],
        &[parent.into(), 5u64.into()],
    );
    assert_eq!(
        id,
        parent
            .derive_dynamic_child_id(&TypeTag::U64, &5u64.to_le_bytes())
            .into()
    );
    // One node, eight bytes of value, a tag of 24.
    assert_eq!(machine.cost, 52 + 2 + 16 + 48);
}

#[test]
fn funds_are_recorded_and_bounded() {
    let mut machine = Machine::new();
    let (object, owner) = (
        Address::from_static("0xacc0"),
        Address::from_static("0xa11ce"),
    );
    let balance = machine.heap.pack(&[40u64.into()]).expect("fits");
    let to = [object.into(), owner.into()];
    let add = "funds_accumulator::add_to_accumulator_address";
    let withdraw = "funds_accumulator::withdraw_from_accumulator_address";
    assert_eq!(
        machine.call(add, &[Type::U64], &[to[0], to[1], balance]),
        Ok(None)
    );
    let taken = machine.value(
        withdraw,
        &[Type::U64],
        &[to[0], to[1], U256::from(15).into()],
    );
    assert_eq!(machine.heap.field(taken, 0), Ok(15u64.into()));
    let too_much = U256::from(u64::MAX) + U256::from(1);
    assert_eq!(
        machine.call(withdraw, &[Type::U64], &[to[0], to[1], too_much.into()]),
        abort(0)
    );
    machine
        .call(
            "accumulator::emit_deposit_event",
            &[Type::U64],
            &[to[0], to[1], 1u64.into()],
        )
        .expect("records");
    machine
        .call(
            "accumulator::emit_withdraw_event",
            &[Type::U64],
            &[to[0], to[1], 2u64.into()],
        )
        .expect("records");
    let events = machine.runtime.accumulator_events();
    assert!(
        events
            .iter()
            .all(|event| event.owner == owner && event.type_tag == TypeTag::U64)
    );
    let actions: Vec<_> = events.iter().map(|event| event.action).collect();
    assert_eq!(
        actions,
        [
            AccumulatorAction::Merge,
            AccumulatorAction::Split,
            AccumulatorAction::Merge,
            AccumulatorAction::Split
        ]
    );
    let most = machine.heap.pack(&[u64::MAX.into()]).expect("fits");
    let overflow = Err(NativeError::Status(VmStatus::ArithmeticError));
    assert_eq!(
        machine.call(add, &[Type::U64], &[to[0], to[1], most]),
        overflow
    );
    let settled = machine.call(
        "accumulator_settlement::record_settlement_sui_conservation",
        &[],
        &[1u64.into(), 2u64.into()],
    );
    assert_eq!(settled, Ok(None));

    let mut off = Machine::with(RuntimeConfig {
        accumulators: false,
        ..RuntimeConfig::default()
    });
    let balance = off.heap.pack(&[40u64.into()]).expect("fits");
    assert_eq!(
        off.call(add, &[Type::U64], &[to[0], to[1], balance]),
        abort(1)
    );
}

#[test]
fn features_are_looked_up_by_name() {
    let mut machine = Machine::new();
    let name = "protocol_config::is_feature_enabled";
    for (feature, expected) in [
        (&b"enable_object_funds_withdraw"[..], true),
        (b"enable_accumulators", true),
        (b"enable_authenticated_event_streams", false),
        (b"no_such_feature", false),
        (&[0xff], false),
    ] {
        assert_eq!(
            machine.ask(name, &[feature], &[]),
            Ok(Some(expected.into()))
        );
    }
}

#[test]
fn parties_are_one_owner_with_all_permissions() {
    let mut machine = Machine::new();
    for (address_count, permissions, default) in [
        (0, vec![], 0u64),
        (2, vec![15, 15], 0),
        (1, vec![7], 0),
        (1, vec![15], 1),
    ] {
        let addresses = vec![Value::from(SUI); address_count];
        let addresses = machine
            .heap
            .vector(VectorKind::Address, &addresses)
            .expect("fits");
        let permissions: Vec<Value> = permissions
            .into_iter()
            .map(|bits: u64| bits.into())
            .collect();
        let permissions = machine
            .heap
            .vector(VectorKind::U64, &permissions)
            .expect("fits");
        let answer = machine.call(
            "transfer::party_transfer_impl",
            &[Type::U64],
            &[0u64.into(), default.into(), addresses, permissions],
        );
        assert!(matches!(
            answer,
            Err(NativeError::Status(VmStatus::InvariantViolation(_)))
        ));
    }
    let mut off = Machine::with(RuntimeConfig {
        party_transfer: false,
        ..RuntimeConfig::default()
    });
    assert_eq!(
        off.call("transfer::party_transfer_impl", &[Type::U64], &[]),
        abort(5)
    );
}

#[test]
fn what_is_not_provided_says_so_by_name() {
    let mut machine = Machine::new();
    let names = unsupported::NATIVES
        .iter()
        .map(|(module, name, _)| format!("{module}::{name}"));
    for name in names.collect::<Vec<_>>() {
        let expected = VmStatus::UnsupportedNative(format!("0x2::{name}").into());
        assert_eq!(
            machine.call(&name, &[], &[]),
            Err(NativeError::Status(expected))
        );
    }
}

#[test]
fn wrong_arguments_are_errors_and_an_empty_meter_stops_the_work() {
    let table = NativeTable::framework();
    for (address, module, function) in table::names() {
        let mut machine = Machine::new();
        let identifier = |name| Identifier::new(name).expect("an identifier");
        let native = table
            .get(address, &identifier(module), &identifier(function))
            .expect("in the table");
        for arguments in [vec![], vec![Value::Empty; 3], vec![Value::from(1u64); 4]] {
            let meter = GasMeter::new(1_000_000);
            let mut context = NativeContext::new(
                &mut machine.heap,
                &mut machine.runtime,
                machine.types,
                &meter,
            );
            // Whatever the answer is, it is not a panic; a getter without parameters may even succeed.
            let _ = native(&mut context, &[Type::U64], &arguments);
        }
    }
    let mut machine = Machine::new();
    let data = machine.bytes(&[0; 100]);
    let native = table
        .get(
            SUI,
            &Identifier::from_static("hash"),
            &Identifier::from_static("blake2b256"),
        )
        .expect("in the table");
    let meter = GasMeter::new(211);
    let mut context = NativeContext::new(
        &mut machine.heap,
        &mut machine.runtime,
        machine.types,
        &meter,
    );
    assert_eq!(
        native(&mut context, &[], &[data]),
        Err(NativeError::Status(VmStatus::OutOfGas))
    );
}

#[test]
fn an_unshared_object_cannot_be_shared() {
    let mut machine = Machine::new();
    let id = Address::from_static("0x1234");
    machine
        .runtime
        .add_input(id, Owner::Address(SUI), crate::vm::InputAccess::Mutable);
    let inner = machine.heap.pack(&[id.into()]).expect("fits");
    let uid = machine.heap.pack(&[inner]).expect("fits");
    let object = machine.heap.pack(&[uid]).expect("fits");
    assert_eq!(
        machine.call("transfer::share_object_impl", &[Type::U64], &[object]),
        abort(0)
    );
}

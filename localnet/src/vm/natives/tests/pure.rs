//! Natives that only compute.

use super::*;

#[test]
fn hashes_match_known_answers_and_cost_by_byte_and_block() {
    let mut machine = Machine::new();
    let cases = [
        (
            "hash::blake2b256",
            "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319",
            10 + 6 + 2,
        ),
        (
            "hash::keccak256",
            "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45",
            10 + 6 + 2,
        ),
        (
            "hash::sha2_256",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            52 + 6,
        ),
        (
            "hash::sha3_256",
            "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
            52 + 6,
        ),
    ];
    for (name, expected, cost) in cases {
        assert_eq!(machine.hash(name, b"abc"), expected, "{name}");
        assert_eq!(machine.cost, cost, "{name}");
    }
    machine.hash("hash::blake2b256", &[0; 129]);
    assert_eq!(machine.cost, 10 + 2 * 129 + 2 * 2);
    machine.hash("hash::keccak256", &[0; 136]);
    assert_eq!(machine.cost, 10 + 2 * 136 + 2);
    // An empty input counts as one byte where the standard library hashes.
    machine.hash("hash::sha2_256", b"");
    assert_eq!(machine.cost, 52 + 2);

    let mac = machine
        .ask("hmac::hmac_sha3_256", &[&[0x0b; 20], b"Hi There"], &[])
        .expect("succeeds")
        .expect("a mac");
    assert_eq!(
        hex::encode(machine.heap.bytes(mac).expect("bytes")),
        "ba85192310dffa96e2a3a40e69774351140bb7185e1202cdcc917589f95e16bb"
    );
    assert_eq!(machine.cost, 52 + 2 * 28 + 2 * 2);
}

#[test]
fn ed25519_takes_what_zip_215_takes() {
    let mut machine = Machine::new();
    let mut verify = |key: &str, signature: &str| {
        let (key, signature) = (hex_bytes(key), hex_bytes(signature));
        machine.ask("ed25519::ed25519_verify", &[&signature, &key, b"any"], &[])
    };
    let zero = "00".repeat(32);
    // The identity, the same written as p + 1, and a point of order 8: a stricter verifier refuses each of them.
    let points = [
        format!("01{}", "00".repeat(31)),
        format!("ee{}7f", "ff".repeat(30)),
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a".to_owned(),
    ];
    for key in &points {
        for commitment in &points {
            let signature = format!("{commitment}{zero}");
            assert_eq!(
                verify(key, &signature),
                Ok(Some(true.into())),
                "{key} {signature}"
            );
        }
    }
    // The order of the group, which is zero as well: a scalar has to be canonical.
    let order = format!("edd3f55c1a631258d69cf7a2def9de14{}10", "00".repeat(15));
    let signature = format!("{}{order}", points[0]);
    assert_eq!(verify(&points[0], &signature), Ok(Some(false.into())));
}

#[test]
fn signatures_verify_and_a_bad_hash_number_is_no_panic() {
    let mut machine = Machine::new();
    let key = hex_bytes("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    let signature = hex_bytes(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    );
    let verify = |machine: &mut Machine, message: &[u8]| {
        machine.ask("ed25519::ed25519_verify", &[&signature, &key, message], &[])
    };
    assert_eq!(verify(&mut machine, &[0x72]), Ok(Some(true.into())));
    assert_eq!(machine.cost, 1802 + 2 + 2);
    assert_eq!(verify(&mut machine, &[0x73]), Ok(Some(false.into())));
    assert_eq!(
        machine.ask("ed25519::ed25519_verify", &[b"", b"", b""], &[]),
        Ok(Some(false.into()))
    );

    for curve in ["ecdsa_k1::secp256k1", "ecdsa_r1::secp256r1"] {
        let verify = format!("{curve}_verify");
        assert_eq!(
            machine.ask(&verify, &[b"", b"", b""], &[0u8.into()]),
            Ok(Some(false.into()))
        );
        assert_eq!(
            machine.ask(&verify, &[b"", b"", b""], &[2u8.into()]),
            Ok(Some(false.into()))
        );
        assert_eq!(machine.cost, 100);
        let recover = format!("{curve}_ecrecover");
        assert_eq!(machine.ask(&recover, &[b"", b""], &[2u8.into()]), abort(0));
        assert_eq!(machine.ask(&recover, &[b"", b""], &[1u8.into()]), abort(1));
    }
    assert_eq!(
        machine.ask("ecdsa_k1::decompress_pubkey", &[&[9; 33]], &[]),
        abort(2)
    );
}

#[test]
fn strings_follow_utf8() {
    let mut machine = Machine::new();
    let text = "h\u{e9}llo".as_bytes();
    assert_eq!(
        machine.ask("string::internal_check_utf8", &[text], &[]),
        Ok(Some(true.into()))
    );
    assert_eq!(machine.cost, 52 + 2 * 6);
    assert_eq!(
        machine.ask("string::internal_check_utf8", &[&text[..2]], &[]),
        Ok(Some(false.into()))
    );
    for (index, expected) in [
        (0, true),
        (1, true),
        (2, false),
        (3, true),
        (6, true),
        (7, false),
        (u64::MAX, false),
    ] {
        let answer = machine.ask(
            "string::internal_is_char_boundary",
            &[text],
            &[index.into()],
        );
        assert_eq!(answer, Ok(Some(expected.into())), "{index}");
    }
    for (pattern, expected) in [("llo", 3u64), ("", 0), ("zz", 6), ("h\u{e9}llo!", 6)] {
        let answer = machine.ask(
            "string::internal_index_of",
            &[text, pattern.as_bytes()],
            &[],
        );
        assert_eq!(answer, Ok(Some(expected.into())), "{pattern}");
    }
    let slice = machine.ask(
        "string::internal_sub_string",
        &[text],
        &[1u64.into(), 3u64.into()],
    );
    let slice = slice.expect("succeeds").expect("a slice");
    assert_eq!(machine.heap.bytes(slice), Ok("\u{e9}".as_bytes()));
    assert_eq!(machine.cost, 52 + 2 * 2);
    assert_eq!(
        machine.ask(
            "string::internal_sub_string",
            &[text],
            &[3u64.into(), 1u64.into()]
        ),
        abort(1)
    );
    // What `std::string` never asks: an index inside a character, one beyond the end, bytes that are not a string.
    for (bytes, end) in [(text, 2u64), (text, 99), (&[0xff][..], 1)] {
        let answer = machine.ask(
            "string::internal_sub_string",
            &[bytes],
            &[0u64.into(), end.into()],
        );
        assert!(matches!(
            answer,
            Err(NativeError::Status(VmStatus::InvariantViolation(_)))
        ));
    }
}

#[test]
fn addresses_convert_big_endian_and_refuse_other_lengths() {
    let mut machine = Machine::new();
    let address = Address::from_static("0x0102");
    assert_eq!(
        machine.ask("address::from_bytes", &[address.as_bytes()], &[]),
        Ok(Some(address.into()))
    );
    for length in [0, 31, 33] {
        assert_eq!(
            machine.ask("address::from_bytes", &[&vec![1; length]], &[]),
            abort(0)
        );
    }
    let number = U256::from(0x0102);
    assert_eq!(
        machine.value("address::to_u256", &[], &[address.into()]),
        number.into()
    );
    assert_eq!(
        machine.value("address::from_u256", &[], &[number.into()]),
        address.into()
    );
    assert_eq!(machine.cost, 52);
}

#[test]
fn bcs_writes_what_the_sdk_writes() {
    let mut machine = Machine::new();
    let bytes = machine.bytes(b"abc");
    let bytes = machine.reference(bytes);
    let type_ = machine.types.vector(Type::U8).expect("a small type");
    let encoded = machine.value("bcs::to_bytes", &[type_], &[bytes]);
    assert_eq!(
        machine.heap.bytes(encoded).map(<[u8]>::to_vec),
        Ok(bcs::to_bytes("abc").expect("encodes"))
    );
    assert_eq!(machine.cost, 2 * 4);
    let number = machine.reference(0x0102u64.into());
    let encoded = machine.value("bcs::to_bytes", &[Type::U64], &[number]);
    assert_eq!(
        machine.heap.bytes(encoded),
        Ok(&[2, 1, 0, 0, 0, 0, 0, 0][..])
    );
}

#[test]
fn type_names_of_primitives_have_no_package() {
    let mut machine = Machine::new();
    let type_ = machine.types.vector(Type::U256).expect("a small type");
    for name in [
        "type_name::with_defining_ids",
        "type_name::with_original_ids",
    ] {
        let value = machine.value(name, &[type_], &[]);
        let string = machine.heap.field(value, 0).expect("TypeName has a name");
        let bytes = machine.heap.field(string, 0).expect("String has bytes");
        assert_eq!(machine.heap.bytes(bytes), Ok(&b"vector<u256>"[..]));
        assert_eq!(machine.cost, 52 + 2 * 12);
    }
    for name in ["type_name::defining_id", "type_name::original_id"] {
        for type_ in [Type::BOOL, Type::ADDRESS, type_] {
            assert_eq!(machine.call(name, &[type_], &[]), abort(0));
        }
    }
    let flag = machine.reference(true.into());
    assert_eq!(
        machine.value("types::is_one_time_witness", &[Type::BOOL], &[flag]),
        false.into()
    );
}

#[test]
fn vectors_called_by_a_transaction_behave_like_the_instructions() {
    let mut machine = Machine::new();
    let vector = machine.value("vector::empty", &[Type::U64], &[]);
    let reference = machine.reference(vector);
    for number in [7u64, 8, 9] {
        machine
            .call(
                "vector::push_back",
                &[Type::U64],
                &[reference, number.into()],
            )
            .expect("pushes");
    }
    machine
        .call(
            "vector::swap",
            &[Type::U64],
            &[reference, 0u64.into(), 2u64.into()],
        )
        .expect("swaps");
    assert_eq!(
        machine.value("vector::length", &[Type::U64], &[reference]),
        3u64.into()
    );
    let element = machine.value("vector::borrow", &[Type::U64], &[reference, 0u64.into()]);
    assert_eq!(
        element
            .as_reference()
            .and_then(|element| machine.heap.peek(element)),
        Ok(9u64.into())
    );
    assert_eq!(
        machine.value("vector::pop_back", &[Type::U64], &[reference]),
        7u64.into()
    );
    let status = |error| Err(NativeError::Status(VmStatus::VectorOperation(error)));
    let out_of_bounds = status(VectorError::IndexOutOfBounds);
    assert_eq!(
        machine.call(
            "vector::borrow_mut",
            &[Type::U64],
            &[reference, 2u64.into()]
        ),
        out_of_bounds
    );
    assert_eq!(
        machine.call(
            "vector::swap",
            &[Type::U64],
            &[reference, 0u64.into(), 2u64.into()]
        ),
        status(VectorError::IndexOutOfBounds)
    );
    let full = machine
        .heap
        .vector(VectorKind::U64, &[1u64.into()])
        .expect("fits");
    assert_eq!(
        machine.call("vector::destroy_empty", &[Type::U64], &[full]),
        status(VectorError::LengthMismatch)
    );
    let empty = machine.value("vector::empty", &[Type::U64], &[]);
    assert_eq!(
        machine.call("vector::destroy_empty", &[Type::U64], &[empty]),
        Ok(None)
    );
    let empty = machine.value("vector::empty", &[Type::BOOL], &[]);
    let empty = machine.reference(empty);
    assert_eq!(
        machine.call("vector::pop_back", &[Type::BOOL], &[empty]),
        status(VectorError::PopEmpty)
    );
}

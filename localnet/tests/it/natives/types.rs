//! Types at run time.

use sui_sdk_types::Address;

use super::world::{PACKAGE, Transaction, World, assert_abort};

fn name(tx: &mut Transaction<'_>, function: &str, type_: &str) -> String {
    let bytes = tx
        .value_with(function, &[type_], &[])
        .expect("every type has a name");
    String::from_utf8(tx.execution.heap().bytes(bytes).expect("bytes").to_vec()).expect("ASCII")
}

#[test]
fn names_are_spelled_in_full() {
    let package = &PACKAGE.to_string()[2..];
    let framework = &Address::TWO.to_string()[2..];
    let cases = [
        ("u8", "u8".to_owned()),
        (
            "vector<vector<address>>",
            "vector<vector<address>>".to_owned(),
        ),
        (
            "objects::things::Thing",
            format!("{package}::things::Thing"),
        ),
        (
            "objects::things::Pair<objects::fields::Key, vector<u256>>",
            format!("{package}::things::Pair<{package}::fields::Key,vector<u256>>"),
        ),
        (
            "0x2::coin::Coin<0x2::sui::SUI>",
            format!("{framework}::coin::Coin<{framework}::sui::SUI>"),
        ),
    ];
    World::default().run(|tx| {
        for (type_, expected) in &cases {
            assert_eq!(name(tx, "witness::name", type_), *expected);
            // Nothing was upgraded, so both names are the same.
            assert_eq!(name(tx, "witness::original_name", type_), *expected);
        }
        for function in ["witness::defining_id", "witness::original_id"] {
            let id = tx.value_with(function, &["objects::things::Thing"], &[])?;
            assert_eq!(id, PACKAGE.into());
        }
        Ok(())
    });
}

#[test]
fn primitives_have_no_package() {
    for function in ["defining_id", "original_id"] {
        let error = World::default()
            .fail(|tx| tx.value_with(&format!("witness::{function}"), &["vector<u8>"], &[]));
        assert_abort(
            &error,
            0,
            Address::from_static("0x1"),
            "type_name",
            function,
        );
    }
}

#[test]
fn a_one_time_witness_is_recognised_by_its_form() {
    World::default().run(|tx| {
        let witness = tx.execution.heap_mut().pack(&[true.into()])?;
        let reference = tx.reference(witness);
        assert_eq!(tx.value("witness::is_witness", &[reference])?, true.into());
        assert_eq!(tx.value("witness::is_other_witness", &[])?, false.into());
        // The initialiser asserts it as well.
        let witness = tx.execution.heap_mut().pack(&[true.into()])?;
        let context = tx.context();
        tx.call("witness::init", &[witness, context])
    });
}

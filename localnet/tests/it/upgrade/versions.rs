//! Two versions of one package: what is written, which code runs, and what objects and types are.

use sui_sdk_types::{
    Address, Argument, ExecutionError, ExecutionStatus, IdOperation, ObjectIn, ObjectOut, TypeTag,
};

use super::{Attempt, Fixture, of_type, package_of};
use crate::chain::{Builder, succeeded};

#[test]
fn the_new_version_has_an_id_of_its_own_and_keeps_where_types_come_from() {
    let fixture = Fixture::new();
    let (second, executed) = fixture.upgrade(Attempt::new(fixture.first, Fixture::second()));
    // Nothing before the command takes an id.
    assert_eq!(second, Address::derive_id(executed.digest, 0));
    let package = fixture.package(second);
    assert_eq!((package.id, package.version), (second, 2));
    let origins: Vec<_> = package
        .type_origin_table
        .iter()
        .map(|origin| (origin.struct_name.as_str(), origin.package))
        .collect();
    let (first, second_id) = (fixture.first, second);
    assert_eq!(
        origins,
        [
            ("Counter", first),
            ("Counted", first),
            ("BASE", first),
            ("Note", second_id),
            ("NoteKey", second_id),
            ("Kind", first),
        ]
    );
    assert_eq!(
        package.linkage_table.keys().copied().collect::<Vec<_>>(),
        [Address::from_static("0x1"), Address::TWO]
    );
    // The modules carry the id of the first version.
    let bytes = &package.modules.values().next().expect("a module");
    let names = |id: Address| bytes.windows(32).any(|window| window == id.as_bytes());
    assert!(names(first) && !names(second));
    assert_eq!(fixture.package(first).version, 1);

    let effects = executed.effects_v2().expect("V2");
    let changed = effects
        .changed_objects
        .iter()
        .find(|changed| changed.object_id == second)
        .expect("written");
    assert_eq!(changed.input_state, ObjectIn::NotExist);
    assert_eq!(changed.id_operation, IdOperation::Created);
    assert!(matches!(
        changed.output_state,
        ObjectOut::PackageWrite { version: 2, .. }
    ));
    let cap = of_type(&executed, "UpgradeCap");
    let mut expected = fixture.cap.as_bytes().to_vec();
    expected.extend_from_slice(second.as_bytes());
    expected.extend_from_slice(&2u64.to_le_bytes());
    expected.push(0);
    assert_eq!(cap.as_struct().expect("an object").contents(), expected);
    assert_eq!(
        fixture.chain.ledger.package_versions(&second),
        [(1, first), (2, second)]
    );
    assert_eq!(fixture.chain.ledger.package_versions(&first).len(), 2);
    assert!(
        fixture
            .chain
            .ledger
            .package_versions(&fixture.cap)
            .is_empty()
    );
}

#[test]
fn each_version_runs_its_own_code_on_the_same_objects() {
    let fixture = Fixture::new();
    let (second, _) = fixture.upgrade(Attempt::new(fixture.first, Fixture::second()));
    assert_eq!(fixture.version(fixture.first, "base"), 1);
    assert_eq!(fixture.version(second, "base"), 2);
    let made = fixture.run(|b| {
        let counter = b.call((fixture.first, "base", "new"), vec![], vec![]);
        // Both in one transaction, on an object that is not written yet.
        b.call((fixture.first, "base", "count"), vec![], vec![counter]);
        b.call((second, "base", "count"), vec![], vec![counter]);
        let me = b.pure(&fixture.chain.account.address);
        b.transfer(vec![counter], me);
    });
    succeeded(&made);
    let counter = of_type(&made, "Counter");
    let data = counter.as_struct().expect("an object");
    assert_eq!(*data.object_type().address(), fixture.first);
    assert_eq!(data.contents()[32..40], 3u64.to_le_bytes());
    let events = &made.events.as_ref().expect("two are emitted").0;
    let stamps: Vec<_> = events
        .iter()
        .map(|event| (event.package_id, *event.type_.address(), &*event.contents))
        .collect();
    assert_eq!(
        stamps,
        [
            (fixture.first, fixture.first, &1u64.to_le_bytes()[..]),
            (second, fixture.first, &2u64.to_le_bytes()[..]),
        ]
    );

    // An object of the first version, from the store, in the hands of the second.
    let noted = fixture.run(|b| {
        let counter = b.object(&counter);
        let text = b.pure(&b"hello".to_vec());
        let note = b.call((second, "base", "note"), vec![], vec![text]);
        b.call((second, "base", "attach"), vec![], vec![counter, note]);
        b.call((second, "base", "count"), vec![], vec![counter]);
    });
    succeeded(&noted);
    let fields = fixture
        .chain
        .ledger
        .dynamic_fields(&counter.object_id(), None, 10);
    let field = fields[0].as_struct().expect("a field");
    assert_eq!(
        field.object_type().to_string(),
        format!(
            "{}::dynamic_field::Field<{second}::base::NoteKey, {second}::base::Note>",
            Address::TWO
        )
    );
    let counter = of_type(&noted, "Counter");
    let back = fixture.run(|b| {
        let counter = b.object(&counter);
        let note = b.call((second, "base", "detach"), vec![], vec![counter]);
        b.call((fixture.first, "base", "count"), vec![], vec![counter]);
        let me = b.pure(&fixture.chain.account.address);
        b.transfer(vec![note], me);
    });
    succeeded(&back);
    let note = of_type(&back, "Note");
    let note_type = note.as_struct().expect("an object").object_type();
    assert_eq!(*note_type.address(), second);
    let value = of_type(&back, "Counter");
    assert_eq!(
        value.as_struct().expect("an object").contents()[32..40],
        6u64.to_le_bytes()
    );
}

#[test]
fn an_abort_is_located_in_the_version_that_ran() {
    let fixture = Fixture::new();
    let (second, _) = fixture.upgrade(Attempt::new(fixture.first, Fixture::second()));
    for package in [fixture.first, second] {
        let executed = fixture.run(|b| {
            b.call((package, "base", "refuse"), vec![], vec![]);
        });
        let ExecutionStatus::Failure {
            error: ExecutionError::MoveAbort { location, .. },
            command: Some(0),
        } = executed.effects.status()
        else {
            panic!("{:?}", executed.effects.status())
        };
        assert_eq!(location.package, package);
        assert_eq!(
            location.function_name.as_ref().map(|name| name.as_str()),
            Some("refuse")
        );
    }
}

#[test]
fn a_type_is_named_by_the_version_that_introduced_it() {
    let fixture = Fixture::new();
    let (first, (second, _)) = (
        fixture.first,
        fixture.upgrade(Attempt::new(fixture.first, Fixture::second())),
    );
    let bare = |id: Address| id.to_string().trim_start_matches("0x").to_owned();
    let names = |package: Address, tag: &str| -> Vec<String> {
        let values = fixture
            .inspect((package, "base", "names"), &[tag])
            .expect("it runs");
        let text = |bytes: Vec<u8>| bcs::from_bytes(&bytes).expect("a string");
        values.into_iter().map(text).collect()
    };
    let counter = [
        format!("{}::base::Counter", bare(first)),
        format!("{}::base::Counter", bare(first)),
    ];
    let note = [
        format!("{}::base::Note", bare(second)),
        format!("{}::base::Note", bare(first)),
    ];
    for package in [first, second] {
        assert_eq!(names(package, &format!("{first}::base::Counter")), counter);
        // A later version may be named as well: it declares the type, if it did not introduce it.
        assert_eq!(names(package, &format!("{second}::base::Counter")), counter);
        assert_eq!(names(package, &format!("{second}::base::Note")), note);
    }
    let unknown = fixture.inspect(
        (second, "base", "names"),
        &[&format!("{first}::base::Note")],
    );
    assert!(matches!(
        *unknown.expect_err("the first version has no such type"),
        ExecutionStatus::Failure {
            error: ExecutionError::TypeArgumentError { .. },
            ..
        }
    ));
    let unknown = fixture.inspect((first, "base", "note"), &[]);
    assert!(matches!(
        *unknown.expect_err("the first version has no such function"),
        ExecutionStatus::Failure {
            error: ExecutionError::FunctionNotFound,
            ..
        }
    ));
}

#[test]
fn an_upgrade_of_an_upgrade() {
    let fixture = Fixture::new();
    let (second, _) = fixture.upgrade(Attempt::new(fixture.first, Fixture::second()));
    let (third, _) = fixture.upgrade(Attempt::new(second, Fixture::second()));
    assert_eq!(fixture.package(third).version, 3);
    // What the second version introduced stays its own.
    let origins = fixture.package(third).type_origin_table;
    assert_eq!(origins, fixture.package(second).type_origin_table);
    let made = fixture.run(|b| {
        let text = b.pure(&b"hello".to_vec());
        let note = b.call((third, "base", "note"), vec![], vec![text]);
        let counter = b.call((fixture.first, "base", "new"), vec![], vec![]);
        b.call((second, "base", "attach"), vec![], vec![counter, note]);
        let me = b.pure(&fixture.chain.account.address);
        b.transfer(vec![counter], me);
    });
    succeeded(&made);
    assert_eq!(
        fixture.chain.ledger.package_versions(&third),
        [(1, fixture.first), (2, second), (3, third)]
    );
}

#[test]
fn publishing_and_upgrading_in_one_transaction_share_the_ids() {
    let fixture = Fixture::new();
    let executed = fixture.run(|b| {
        let amount = b.pure(&1u64);
        let coin = b.split(Argument::Gas, vec![amount]);
        super::authorize(
            &fixture.chain,
            b,
            fixture.cap,
            Attempt::new(fixture.first, Fixture::second()),
        );
        let me = b.pure(&fixture.chain.account.address);
        b.transfer(vec![coin], me);
    });
    succeeded(&executed);
    assert_eq!(
        package_of(&executed),
        Address::derive_id(executed.digest, 1)
    );
}

#[test]
fn a_simulated_upgrade_leaves_no_version_behind() {
    let fixture = Fixture::new();
    let mut b = Builder::default();
    super::authorize(
        &fixture.chain,
        &mut b,
        fixture.cap,
        Attempt::new(fixture.first, Fixture::second()),
    );
    let transaction = fixture.chain.transaction(b.finish());
    let simulation = fixture
        .chain
        .ledger
        .simulate(&transaction, &Default::default())
        .expect("accepted");
    succeeded(&simulation.executed);
    let simulated = package_of(&simulation.executed);
    assert!(fixture.chain.ledger.object(&simulated).is_none());
    let note: TypeTag = format!("{simulated}::base::Note").parse().expect("a type");
    assert!(fixture.chain.ledger.vm().resolve_type(&note).is_err());
    let executed = fixture.chain.execute(&transaction).expect("accepted");
    succeeded(&executed);
    assert_eq!(package_of(&executed), simulated);
    assert_eq!(executed.effects, simulation.executed.effects);
}

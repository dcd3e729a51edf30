//! Publishing: what a package becomes, and what is refused, whatever the bytes are.

use sui_sdk_types::{
    Address, Command, ExecutionError, ExecutionStatus, IdOperation, ObjectData, ObjectOut, Publish,
};

use crate::assembler::*;
use crate::chain::{Builder, Chain, compile, succeeded};

#[test]
fn a_package_with_an_initializer() {
    let chain = Chain::new();
    let (package, executed) = chain.publish("ptb");
    let compiled = compile("ptb");
    let object = chain.ledger.object(&package).expect("published");
    let ObjectData::Package(data) = object.data() else {
        panic!("no package")
    };
    assert_eq!((data.id, data.version), (package, 1));
    assert_eq!(data.modules.len(), compiled.modules.len());
    assert_eq!(
        data.linkage_table.keys().copied().collect::<Vec<_>>(),
        compiled.dependencies
    );
    assert!(
        data.type_origin_table
            .iter()
            .all(|origin| origin.package == package)
    );
    // The package has the first id of the transaction, the initializer's object the second, the capability the third.
    assert_eq!(package, Address::derive_id(executed.digest, 0));
    let cap = chain
        .ledger
        .object(&Address::derive_id(executed.digest, 1))
        .expect("made by init");
    assert_eq!(
        cap.as_struct()
            .expect("an object")
            .object_type()
            .name()
            .as_str(),
        "Cap"
    );
    let upgrade = chain
        .ledger
        .object(&Address::derive_id(executed.digest, 2))
        .expect("made by the command");
    let upgrade = upgrade.as_struct().expect("an object");
    assert_eq!(
        upgrade.object_type().to_string(),
        format!("{}::package::UpgradeCap", Address::TWO)
    );
    let mut expected = Address::derive_id(executed.digest, 2).as_bytes().to_vec();
    expected.extend_from_slice(package.as_bytes());
    expected.extend_from_slice(&1u64.to_le_bytes());
    expected.push(0);
    assert_eq!(upgrade.contents(), expected);
    let events = &executed.events.as_ref().expect("init emits").0;
    assert_eq!(events.len(), 1);
    assert_eq!(
        (events[0].package_id, events[0].module.as_str()),
        (package, "witness")
    );
    assert_eq!(events[0].contents, chain.account.address.as_bytes());
    let effects = executed.effects_v2().expect("V2");
    let changed = effects
        .changed_objects
        .iter()
        .find(|changed| changed.object_id == package)
        .expect("written");
    assert_eq!(changed.id_operation, IdOperation::Created);
    assert!(matches!(
        changed.output_state,
        ObjectOut::PackageWrite { version: 1, .. }
    ));
}

fn publish(chain: &Chain, modules: Vec<Vec<u8>>, dependencies: Vec<Address>) -> ExecutionStatus {
    let mut b = Builder::default();
    let cap = b.command(Command::Publish(Publish {
        modules,
        dependencies,
    }));
    let me = b.pure(&chain.account.address);
    b.transfer(vec![cap], me);
    chain.run(b.finish()).effects.status().clone()
}

#[test]
fn what_a_package_must_be() {
    let chain = Chain::new();
    let compiled = compile("ptb");
    let fails = |error| ExecutionStatus::Failure {
        error,
        command: Some(0),
    };
    let modules = || compiled.modules.clone();
    assert_eq!(
        publish(&chain, modules(), vec![Address::from_static("0x1")]),
        fails(ExecutionError::PublishUpgradeMissingDependency)
    );
    let framework_module = crate::chain::framework()[0].modules[0].clone();
    assert_eq!(
        publish(
            &chain,
            vec![framework_module],
            compiled.dependencies.clone()
        ),
        fails(ExecutionError::PublishErrorNonZeroAddress)
    );
    let twice = modules().into_iter().chain(modules()).collect();
    assert_eq!(
        publish(&chain, twice, compiled.dependencies.clone()),
        fails(ExecutionError::VmVerificationOrDeserializationError)
    );
    assert_eq!(
        publish(&chain, vec![vec![]], vec![]),
        fails(ExecutionError::VmVerificationOrDeserializationError)
    );
    assert_eq!(
        publish(&chain, modules(), compiled.dependencies.clone()),
        ExecutionStatus::Success
    );
}

#[test]
fn truncated_and_corrupted_modules_are_refused_and_the_ledger_goes_on() {
    let chain = Chain::new();
    chain.fund(chain.account.address, &[1_000_000_000_000]);
    let compiled = compile("ptb");
    let shortest = compiled
        .modules
        .iter()
        .min_by_key(|module| module.len())
        .expect("modules")
        .clone();
    for length in 0..shortest.len() {
        let module = shortest[..length].to_vec();
        let status = publish(&chain, vec![module], compiled.dependencies.clone());
        let error = ExecutionError::VmVerificationOrDeserializationError;
        assert_eq!(
            status,
            ExecutionStatus::Failure {
                error,
                command: Some(0)
            },
            "{length}"
        );
    }
    for position in 0..shortest.len() {
        for flip in [0x01u8, 0x80, 0xff] {
            let mut module = shortest.clone();
            module[position] ^= flip;
            // It may still be a valid module; all that matters is that it is answered.
            publish(&chain, vec![module], compiled.dependencies.clone());
        }
    }
    let (_, executed) = chain.publish("ptb");
    succeeded(&executed);
}

#[test]
fn t37_forged_values_are_refused_at_publication() {
    let chain = Chain::new();
    let framework = vec![Address::from_static("0x1"), Address::TWO];
    let fails = |error| ExecutionStatus::Failure {
        error,
        command: Some(0),
    };
    assert_eq!(
        publish(&chain, vec![Assembly::forger().bytes()], framework.clone()),
        fails(ExecutionError::VmVerificationOrDeserializationError)
    );
    // A coin is not for another module to share.
    let mut sharer = Assembly::at(Address::ZERO, "m");
    let (coin, sui, transfer) = (
        sharer.module(Address::TWO, "coin"),
        sharer.module(Address::TWO, "sui"),
        sharer.module(Address::TWO, "transfer"),
    );
    let coin = sharer.datatype_handle(coin, "Coin", KEY | STORE, &[(0, true)]);
    let sui = sharer.datatype_handle(sui, "SUI", DROP, &[]);
    let coin = datatype(coin, &[datatype(sui, &[])]);
    let types = Types::takes([parameter(0)]).generic(&[KEY]);
    let share = sharer.function_handle(transfer, "share_object", &types);
    let share = sharer.instantiation(0x04, share, std::slice::from_ref(&coin));
    let code = [on(MOVE_LOC, 0), on(CALL_GENERIC, share), op(RET)];
    sharer.function("f", &Types::takes([coin]), &code);
    assert_eq!(
        publish(&chain, vec![sharer.bytes()], framework),
        fails(ExecutionError::SuiMoveVerificationError)
    );
}

/// The module with this name, with one identifier exchanged for another of the same length.
fn patched(module: &str, from: &str, to: &str) -> Vec<u8> {
    use valet_localnet::vm::CompiledModule;
    assert_eq!(from.len(), to.len());
    let is_it = |bytes: &&Vec<u8>| {
        let parsed = CompiledModule::parse(bytes).expect("the compiler's output parses");
        parsed.name().expect("a name").as_str() == module
    };
    let compiled = compile("hostile");
    let mut bytes = compiled
        .modules
        .iter()
        .find(is_it)
        .expect("a module")
        .clone();
    let length = u8::try_from(from.len()).expect("short");
    let identifier: Vec<u8> = std::iter::once(length).chain(from.bytes()).collect();
    let position = bytes
        .windows(identifier.len())
        .position(|window| window == identifier)
        .expect("the identifier is there");
    bytes[position + 1..position + 1 + to.len()].copy_from_slice(to.as_bytes());
    CompiledModule::parse(&bytes).expect("it is still a module");
    bytes
}

#[test]
fn t37_modules_that_no_compiler_makes_are_refused_by_what_they_break() {
    let chain = Chain::new();
    let compiled = compile("hostile");
    let dependencies = || compiled.dependencies.clone();
    for (module, from, to, why) in [
        ("counter", "COUNTEX", "COUNTER", "makes its own witness"),
        ("gauge", "GAUGX", "GAUGE", "a witness that can be copied"),
        (
            "meter",
            "METEX",
            "METER",
            "an initializer without its witness",
        ),
        ("called", "inix", "init", "an initializer that is called"),
        ("open", "inix", "init", "an initializer for everybody"),
        ("many", "inix", "init", "an initializer that takes a number"),
        (
            "thing",
            "id",
            "ix",
            "an object that does not begin with its id",
        ),
    ] {
        let status = publish(&chain, vec![patched(module, from, to)], dependencies());
        let refused = ExecutionStatus::Failure {
            error: ExecutionError::SuiMoveVerificationError,
            command: Some(0),
        };
        assert_eq!(status, refused, "{why}");
    }
    // As the compiler made them, they are all fine.
    assert_eq!(
        publish(&chain, compiled.modules.clone(), dependencies()),
        ExecutionStatus::Success
    );
}

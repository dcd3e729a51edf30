//! Modules written byte by byte: what no compiler emits, and what an old one did.

use sui_sdk_types::{Address, Identifier};
use valet_localnet::vm::{
    CompiledModule, GasMeter, LinkError, NativeTable, PackageSource, Type, Vm, VmError, VmStatus,
};

use super::support::{bcs, call_in, execution_on, package_source};

const FIRST: Address = Address::from_static("0xaaa1");
const SECOND: Address = Address::from_static("0xaaa2");

/// A module of one function without type parameters, or with what else a test puts into its tables.
struct Assembly {
    version: [u8; 4],
    tables: Vec<(u8, Vec<u8>)>,
}

/// Signature 0 is empty, 1 is `u64`, 2 is `bool`.
const SIGNATURES: &[u8] = &[0, 1, 0x03, 1, 0x01];

impl Assembly {
    /// Module `name` of `address` whose only function `main: (u64): u64` has this code.
    fn new(address: Address, name: &str, code: &[u8], instructions: u8) -> Self {
        let mut identifiers = vec![u8::try_from(name.len()).expect("short")];
        identifiers.extend(name.bytes());
        identifiers.extend([4]);
        identifiers.extend(b"main");
        let mut function = vec![0, 1, 0, 0, 0, instructions];
        function.extend(code);
        Self {
            version: [6, 0, 0, 0],
            tables: vec![
                (0x01, vec![0, 0]),
                (0x03, vec![0, 1, 1, 1, 0]),
                (0x05, SIGNATURES.to_vec()),
                (0x07, identifiers),
                (0x08, address.inner().to_vec()),
                (0x0c, function),
            ],
        }
    }

    fn table(mut self, kind: u8, bytes: &[u8]) -> Self {
        match self.tables.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, content)) => content.extend(bytes),
            None => self.tables.push((kind, bytes.to_vec())),
        }
        self
    }

    /// Names function `main: (parameters): returns` of module `name` at `address` as function handle 1.
    fn import(self, address: Address, name: &str, parameters: u8, returns: u8) -> Self {
        let mut identifier = vec![u8::try_from(name.len()).expect("short")];
        identifier.extend(name.bytes());
        self.table(0x08, address.inner())
            .table(0x07, &identifier)
            .table(0x01, &[1, 2])
            .table(0x03, &[1, 1, parameters, returns, 0])
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0xa1, 0x1c, 0xeb, 0x0b];
        bytes.extend(self.version);
        bytes.push(u8::try_from(self.tables.len()).expect("few"));
        let mut offset = 0u32;
        for (kind, content) in &self.tables {
            bytes.push(*kind);
            uleb(&mut bytes, offset);
            let length = u32::try_from(content.len()).expect("short");
            uleb(&mut bytes, length);
            offset += length;
        }
        bytes.extend(self.tables.iter().flat_map(|(_, content)| content));
        bytes.push(0);
        bytes
    }
}

fn uleb(bytes: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push((value & 0x7f) as u8);
}

fn source(
    id: Address,
    name: &'static str,
    assembly: &Assembly,
    dependencies: &[Address],
) -> PackageSource {
    package_source(
        id,
        [(Identifier::from_static(name), assembly.bytes())].into(),
        dependencies,
    )
}

fn machine() -> Vm {
    Vm::new(NativeTable::framework())
}

/// Loads module `m` at [`FIRST`] and calls its `main`.
fn run(assembly: &Assembly, argument: u64) -> Result<Vec<Vec<u8>>, VmError> {
    let vm = machine();
    vm.load_package(source(FIRST, "m", assembly, &[]))?;
    let mut execution = execution_on(&vm, GasMeter::new(1_000_000));
    call_in(
        &mut execution,
        (FIRST, "m", "main"),
        &[],
        &[&bcs(&argument)],
    )
}

const RET: u8 = 0x02;
const CALL: u8 = 0x11;
const MOVE_LOCAL_0: [u8; 2] = [0x0b, 0];

fn identity() -> Assembly {
    Assembly::new(FIRST, "m", &[0x0b, 0, RET], 2)
}

fn refused(assembly: &Assembly) -> VmStatus {
    machine()
        .load_package(source(FIRST, "m", assembly, &[]))
        .expect_err("refused")
}

#[test]
fn version_6_has_no_jump_tables_and_runs() {
    assert_eq!(run(&identity(), 5), Ok(vec![bcs(&5u64)]));
    let mut as_seven = identity();
    as_seven.version = [7, 0, 0, 5];
    assert!(
        CompiledModule::parse(&as_seven.bytes()).is_err(),
        "version 7 has jump tables after the code"
    );
    let as_seven = as_seven.table(0x0c, &[0]);
    assert_eq!(run(&as_seven, 6), Ok(vec![bcs(&6u64)]));
}

#[test]
fn instructions_no_compiler_emits_any_more() {
    // LdTrue; BrTrue over an abort; Nop; (true and false) or true; BrTrue over another abort; the argument.
    let code = [
        0x08, 0x03, 4, 0x0a, 0, 0x27, 0x28, 0x08, 0x09, 0x1f, 0x08, 0x1e, 0x03, 13, 0x0a, 0, 0x27,
        0x0b, 0, RET,
    ];
    assert_eq!(
        run(&Assembly::new(FIRST, "m", &code, 15), 9),
        Ok(vec![bcs(&9u64)])
    );
}

#[test]
fn operands_of_the_wrong_kind_are_an_invariant_violation() {
    // u64 + bool; a pop from nothing; a local moved twice; a field of a number; a result too few.
    for (code, count) in [
        (&[0x0b, 0, 0x08, 0x16, RET][..], 4),
        (&[0x01, RET], 2),
        (&[0x0b, 0, 0x01, 0x0b, 0, RET], 4),
        (&[0x0b, 0, 0x14, RET], 3),
        (&[RET], 1),
    ] {
        let error = run(&Assembly::new(FIRST, "m", code, count), 1).expect_err("stops");
        assert!(
            matches!(error.status, VmStatus::InvariantViolation(_)),
            "{error}"
        );
    }
}

#[test]
fn structure_is_checked_when_the_module_is_parsed() {
    let cases: &[(&[u8], u8, &str)] = &[
        (&[0x05, 7], 1, "branch out of the function"),
        (&[0x0b, 9, RET], 2, "local out of range"),
        (&[0x07, 0, RET], 2, "no constant"),
        (&[CALL, 9, RET], 2, "no such function handle"),
        (&[0x12, 0, RET], 2, "no struct"),
        (&[0x28], 1, "runs past its end"),
        (
            &[0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, RET],
            2,
            "no element type",
        ),
        (&[0x2c, 0, RET], 2, "global storage"),
        (&[0x4e, 0, RET], 2, "an enum instruction in version 6"),
        (&[0xfe, RET], 2, "no such instruction"),
    ];
    for (code, count, what) in cases {
        let parsed = CompiledModule::parse(&Assembly::new(FIRST, "m", code, *count).bytes());
        let error = parsed.expect_err(what);
        assert!(
            matches!(
                error,
                VmStatus::MalformedBytecode { .. } | VmStatus::RejectedBytecode(_)
            ),
            "{what}: {error}"
        );
    }
}

#[test]
fn tables_have_no_duplicates_no_gaps_and_no_metadata() {
    let mut twice = identity();
    twice.tables.push((0x08, FIRST.inner().to_vec()));
    assert!(CompiledModule::parse(&twice.bytes()).is_err());
    assert!(CompiledModule::parse(&identity().table(0x10, &[0, 0]).bytes()).is_err());
    assert!(CompiledModule::parse(&identity().table(0x15, &[0]).bytes()).is_err());
    assert!(
        CompiledModule::parse(&identity().table(0x0d, &[]).bytes()).is_err(),
        "an empty table"
    );
}

#[test]
fn datatypes_must_be_sound() {
    let handle = |abilities: u8| [0, 1, abilities, 0];
    let with_struct = |abilities: u8, fields: &[u8]| {
        let mut definition = vec![0, 2];
        definition.extend(fields);
        identity()
            .table(0x02, &handle(abilities))
            .table(0x0a, &definition)
    };
    assert!(
        machine()
            .load_package(source(FIRST, "m", &with_struct(7, &[1, 1, 0x03]), &[]))
            .is_ok()
    );
    assert_eq!(
        refused(&with_struct(7, &[0])),
        VmStatus::RejectedBytecode("struct without fields")
    );
    assert_eq!(
        refused(&with_struct(7, &[1, 1, 0x08, 0])),
        VmStatus::RejectedBytecode("recursive datatype")
    );
    assert_eq!(
        refused(&with_struct(7, &[1, 1, 0x0a, 0x08, 0])),
        VmStatus::RejectedBytecode("recursive datatype"),
        "nor through a vector"
    );
    assert_eq!(
        refused(&with_struct(7, &[1, 1, 0x0c])),
        VmStatus::RejectedBytecode("field lacks an ability of its datatype"),
        "a signer is only dropped"
    );
    assert!(
        matches!(
            refused(&with_struct(7, &[1, 1, 0x06, 0x03])),
            VmStatus::RejectedBytecode(_)
        ),
        "a reference"
    );
    assert!(
        matches!(
            refused(&with_struct(7, &[1, 1, 0x09, 0])),
            VmStatus::RejectedBytecode(_)
        ),
        "no parameter 0"
    );
}

#[test]
fn calls_are_linked_by_name_signature_and_visibility() {
    let callee = Assembly::new(FIRST, "m", &[0x0b, 0, RET], 2);
    let caller = |parameters, returns| {
        let code = [&MOVE_LOCAL_0[..], &[CALL, 1, RET]].concat();
        Assembly::new(SECOND, "user", &code, 3).import(FIRST, "m", parameters, returns)
    };
    let load = |callee: &Assembly, caller: &Assembly, linked: &[Address]| {
        let vm = machine();
        vm.load_package(source(FIRST, "m", callee, &[]))
            .expect("the callee is sound");
        vm.load_package(source(SECOND, "user", caller, linked))
            .map(|_| vm)
    };
    let vm = load(&callee, &caller(1, 1), &[FIRST]).expect("linked");
    let mut execution = execution_on(&vm, GasMeter::new(1_000));
    assert_eq!(
        call_in(
            &mut execution,
            (SECOND, "user", "main"),
            &[],
            &[&bcs(&3u64)]
        ),
        Ok(vec![bcs(&3u64)])
    );

    let status = |callee: &Assembly, caller: &Assembly, linked: &[Address]| {
        load(callee, caller, linked).err()
    };
    assert_eq!(
        status(&callee, &caller(1, 1), &[]),
        Some(LinkError::NotLinked(FIRST).into())
    );
    assert_eq!(
        status(&callee, &caller(1, 2), &[FIRST]),
        Some(
            LinkError::FunctionNotFound {
                package: FIRST,
                module: "m".into(),
                function: "main".into()
            }
            .into()
        ),
        "a function of that name returns something else"
    );
    let mut private = Assembly::new(FIRST, "m", &[0x0b, 0, RET], 2);
    let mut befriended = Assembly::new(FIRST, "m", &[0x0b, 0, RET], 2);
    for (assembly, visibility) in [(&mut private, 0), (&mut befriended, 3)] {
        let (_, functions) = assembly
            .tables
            .iter_mut()
            .find(|(kind, _)| *kind == 0x0c)
            .expect("present");
        functions[1] = visibility;
    }
    let invisible = Some(VmStatus::RejectedBytecode(
        "call of a function that is not visible",
    ));
    assert_eq!(status(&private, &caller(1, 1), &[FIRST]), invisible);
    assert_eq!(status(&befriended, &caller(1, 1), &[FIRST]), invisible);
    let befriended = befriended
        .table(0x08, SECOND.inner())
        .table(0x07, b"\x04user")
        .table(0x0f, &[1, 2]);
    assert_eq!(status(&befriended, &caller(1, 1), &[FIRST]), None);
}

#[test]
fn packages_are_what_they_are_stored_as() {
    let vm = machine();
    let good = source(FIRST, "m", &identity(), &[]);
    let mut misnamed = good.clone();
    misnamed.modules = [(Identifier::from_static("other"), identity().bytes())].into();
    assert_eq!(
        vm.load_package(misnamed).err(),
        Some(VmStatus::RejectedBytecode(
            "module stored under another name"
        ))
    );
    let elsewhere = source(SECOND, "m", &identity(), &[]);
    assert_eq!(
        vm.load_package(elsewhere).err(),
        Some(VmStatus::RejectedBytecode("module of another package"))
    );
    let missing = source(FIRST, "m", &identity(), &[SECOND]);
    assert_eq!(
        vm.load_package(missing).err(),
        Some(LinkError::PackageNotFound(SECOND).into())
    );
    assert!(vm.package(FIRST).is_none(), "a failed load leaves nothing");
    vm.load_package(good).expect("loads");
    let other = source(
        FIRST,
        "m",
        &Assembly::new(FIRST, "m", &[0x0a, 0, RET], 2),
        &[],
    );
    assert_eq!(
        vm.load_package(other).err(),
        Some(LinkError::PackageConflict(FIRST).into())
    );
    let unknown = vm.resolve_function(FIRST, "m", "nothing").err();
    assert!(matches!(unknown, Some(VmStatus::Linker(_))));
    let error = run(&identity(), 1).map(|_| ());
    assert_eq!(error, Ok(()));
    let mut execution = execution_on(&vm, GasMeter::new(1_000));
    let main = vm.resolve_function(FIRST, "m", "main").expect("exists");
    let arity = execution
        .call(&main, &[Type::U8], &[1u64.into()])
        .expect_err("takes no type argument");
    assert_eq!(
        arity.status,
        VmStatus::TypeArity {
            expected: 0,
            actual: 1
        }
    );
}

#[test]
fn an_upgraded_package_runs_in_its_own_linkage() {
    let vm = machine();
    vm.load_package(source(FIRST, "m", &identity(), &[]))
        .expect("version 1");
    let upgraded = Address::from_static("0xaaa9");
    // Version 2 adds one to its argument.
    let second = Assembly::new(
        FIRST,
        "m",
        &[0x0b, 0, 0x06, 1, 0, 0, 0, 0, 0, 0, 0, 0x16, RET],
        4,
    );
    let mut second = source(FIRST, "m", &second, &[]);
    second.storage_id = upgraded;
    second.version = 2;
    vm.load_package(second).expect("version 2");
    let code = [&MOVE_LOCAL_0[..], &[CALL, 1, RET]].concat();
    let caller = Assembly::new(SECOND, "user", &code, 3).import(FIRST, "m", 1, 1);
    let mut caller = source(SECOND, "user", &caller, &[]);
    caller.linkage = [(FIRST, (upgraded, 2))].into();
    vm.load_package(caller).expect("linked to version 2");
    let mut execution = execution_on(&vm, GasMeter::new(1_000));
    let mut call = |package, module| {
        call_in(
            &mut execution,
            (package, module, "main"),
            &[],
            &[&bcs(&3u64)],
        )
    };
    assert_eq!(call(SECOND, "user"), Ok(vec![bcs(&4u64)]));
    assert_eq!(call(FIRST, "m"), Ok(vec![bcs(&3u64)]));
    assert_eq!(call(upgraded, "m"), Ok(vec![bcs(&4u64)]));
}

//! Bytes nobody's compiler wrote.

use std::panic::{AssertUnwindSafe, catch_unwind};

use sui_sdk_types::{Address, Identifier};
use valet_localnet::vm::{CompiledModule, GasMeter, NativeTable, Vm, VmStatus, verify};

use super::support::{OPCODES, execution_on, framework_packages, opcodes_modules, package_source};

/// A small generator, so that the mutations are the same in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).expect("below a usize")
    }
}

#[test]
fn a_module_cut_short_is_refused() {
    for (name, bytes) in opcodes_modules() {
        for length in 0..bytes.len() {
            let parsed = CompiledModule::parse(&bytes[..length]);
            assert!(parsed.is_err(), "{name} cut to {length} bytes was accepted");
        }
    }
}

#[test]
fn a_length_prefix_alone_allocates_nothing() {
    // One table, the identifiers, said to be four gigabytes long.
    let mut bytes = vec![0xa1, 0x1c, 0xeb, 0x0b, 7, 0, 0, 5, 1, 0x07, 0];
    bytes.extend([0xff, 0xff, 0xff, 0xff, 0x0f]);
    assert!(matches!(
        CompiledModule::parse(&bytes),
        Err(VmStatus::MalformedBytecode { .. })
    ));
}

#[test]
fn headers_of_other_versions_and_flavors_are_refused() {
    let (_, bytes) = opcodes_modules().pop_first().expect("a module");
    for header in [
        [5, 0, 0, 0],
        [7, 0, 0, 0],
        [7, 0, 0, 6],
        [8, 0, 0, 5],
        [6, 0, 0, 5],
        [0, 0, 0, 0],
    ] {
        let mut bytes = bytes.clone();
        bytes[4..8].copy_from_slice(&header);
        assert!(CompiledModule::parse(&bytes).is_err(), "{header:?}");
    }
    let mut unpublishable = bytes;
    unpublishable[..4].copy_from_slice(&[0xde, 0xad, 0xc0, 0xde]);
    assert!(CompiledModule::parse(&unpublishable).is_err());
}

#[test]
fn t37_mutated_modules_never_panic() {
    let framework = framework_packages();
    let mut random = Random(0x5eed);
    let mut loaded = 0;
    for (name, bytes) in opcodes_modules() {
        for round in 0..rounds() {
            let mut mutated = bytes.clone();
            let position = random.below(mutated.len());
            mutated[position] ^= u8::try_from(1 + random.below(255)).expect("a byte");
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                run_everything(&framework, &name, &mutated)
            }));
            assert!(
                outcome.is_ok(),
                "{name}, round {round}: byte {position} changed to {}",
                mutated[position]
            );
            loaded += usize::from(outcome.unwrap_or(false));
        }
    }
    assert!(
        loaded > 50,
        "only {loaded} mutations loaded, so the interpreter was hardly reached"
    );
}

/// How many mutants to make of each module; a long run asks for more.
fn rounds() -> usize {
    let asked = std::env::var("VALET_MUTANTS").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(400)
}

/// Loads the module alone, and if that succeeds calls every function of it that takes only numbers. What the verifier accepts
/// must not surprise the machine.
fn run_everything(
    framework: &[valet_localnet::vm::PackageSource],
    name: &Identifier,
    bytes: &[u8],
) -> bool {
    let Ok(module) = CompiledModule::parse(bytes) else {
        return false;
    };
    let verified = verify(&[&module]);
    let vm = Vm::new(NativeTable::framework());
    // The standard library is all the test package uses.
    for package in framework
        .iter()
        .filter(|package| package.storage_id == Address::from_static("0x1"))
    {
        vm.load_package(package.clone())
            .expect("the framework loads");
    }
    let modules = [(name.clone(), bytes.to_vec())].into();
    let Ok(package) = vm.load_package(package_source(
        OPCODES,
        modules,
        &[Address::from_static("0x1")],
    )) else {
        return false;
    };
    let _ = (
        package,
        module.datatype_names(),
        module.dependencies(),
        module.table_sizes(),
    );
    for function in FUNCTIONS {
        let Ok(function) = vm.resolve_function(OPCODES, name, function) else {
            continue;
        };
        let mut execution = execution_on(&vm, GasMeter::new(300_000));
        let values: Result<Vec<_>, _> = function
            .parameters()
            .iter()
            .map(|ty| execution.deserialize(*ty, &[1u8; 32][..width(*ty)]))
            .collect();
        if let Ok(values) = values
            && function.type_parameters().is_empty()
        {
            let outcome = execution.call(&function, &[], &values);
            if let (Ok(_), Err(error)) = (&verified, outcome) {
                let surprise = matches!(error.status, VmStatus::InvariantViolation(_));
                assert!(!surprise, "a verified module: {error}");
            }
        }
    }
    true
}

fn width(ty: valet_localnet::vm::Type) -> usize {
    use valet_localnet::vm::Type;
    [
        (Type::U8, 1),
        (Type::U16, 2),
        (Type::U32, 4),
        (Type::U64, 8),
        (Type::U128, 16),
        (Type::U256, 32),
    ]
    .into_iter()
    .find_map(|(known, width)| (known == ty).then_some(width))
    .unwrap_or(1)
}

const FUNCTIONS: &[&str] = &[
    "u8_ops",
    "u16_ops",
    "u32_ops",
    "u64_ops",
    "u128_ops",
    "u256_ops",
    "compare",
    "cast_down",
    "cast_up",
    "wide",
    "shapes",
    "areas",
    "maybe",
    "copies",
    "through_references",
    "constants",
    "same",
    "sum_unpacked",
    "abort_with",
    "clever",
    "element",
    "swap",
    "pop_empty",
    "destroy_full",
    "forever",
    "recurse",
    "allocate",
    "count",
];

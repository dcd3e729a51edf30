//! A machine with the framework and the package `tests/move/opcodes`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use sui_sdk_types::{Address, Digest, Identifier, Object};
use valet_localnet::vm::{
    CompiledModule, Execution, GasMeter, NativeTable, ObjectRuntime, ObjectStore, PackageSource,
    TxContext, Type, Value, Vm, VmError,
};
use valet_toolchain::{Framework, Toolchain};

pub(super) const OPCODES: Address = Address::from_static("0x0c0de");

static TOOLCHAIN: LazyLock<Toolchain> =
    LazyLock::new(|| Toolchain::locate().expect("the Move tools are installed"));
static FRAMEWORK: LazyLock<Framework> =
    LazyLock::new(|| TOOLCHAIN.framework().expect("the framework compiles"));
static OPCODES_MODULES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/move/opcodes");
    TOOLCHAIN
        .build(&path, &[])
        .expect("the test package compiles")
        .modules
});
static VM: LazyLock<Vm> = LazyLock::new(|| {
    let vm = Vm::new(NativeTable::framework());
    for source in framework_packages() {
        vm.load_package(source).expect("the framework loads");
    }
    vm.load_package(opcodes_package())
        .expect("the test package loads");
    vm
});

/// The machine all tests share.
pub(super) fn vm() -> &'static Vm {
    &VM
}

pub(super) fn framework_packages() -> Vec<PackageSource> {
    let package = |package: &valet_toolchain::FrameworkPackage| {
        let modules = package
            .modules
            .iter()
            .map(|module| {
                (
                    Identifier::new(&module.name).expect("a name"),
                    module.bytes.clone(),
                )
            })
            .collect();
        package_source(package.id, modules, &package.dependencies)
    };
    FRAMEWORK.packages.iter().map(package).collect()
}

/// The test package, published at [`OPCODES`].
pub(super) fn opcodes_package() -> PackageSource {
    package_source(
        OPCODES,
        opcodes_modules(),
        &[Address::from_static("0x1"), Address::TWO],
    )
}

/// The modules of the test package with [`OPCODES`] as their address.
pub(super) fn opcodes_modules() -> BTreeMap<Identifier, Vec<u8>> {
    let publish = |bytes: &Vec<u8>| {
        let module = CompiledModule::parse(bytes).expect("the compiler's output parses");
        let name = module.name().expect("a name").clone();
        (
            name,
            module
                .with_self_address(bytes, OPCODES)
                .expect("its own bytes"),
        )
    };
    OPCODES_MODULES.iter().map(publish).collect()
}

pub(super) fn package_source(
    id: Address,
    modules: BTreeMap<Identifier, Vec<u8>>,
    dependencies: &[Address],
) -> PackageSource {
    PackageSource {
        storage_id: id,
        original_id: id,
        version: 1,
        modules,
        linkage: dependencies.iter().map(|id| (*id, (*id, 1))).collect(),
        type_origins: BTreeMap::new(),
    }
}

/// A ledger without objects.
#[derive(Debug)]
pub(super) struct NoObjects;

impl ObjectStore for NoObjects {
    fn child(&self, _: Address, _: Address) -> Option<Arc<Object>> {
        None
    }

    fn receive(&self, _: Address, _: Address, _: u64) -> Option<Arc<Object>> {
        None
    }
}

pub(super) fn execution_on(vm: &Vm, meter: GasMeter) -> Execution<'_> {
    let context = TxContext {
        sender: Address::from_static("0xa11ce"),
        digest: Digest::ZERO,
        epoch: 3,
        epoch_timestamp_ms: 1_000,
        reference_gas_price: 1_000,
        gas_price: 1_000,
        gas_budget: 1_000_000,
        sponsor: None,
    };
    Execution::new(vm, ObjectRuntime::new(&NoObjects, context), meter)
}

pub(super) fn execution() -> Execution<'static> {
    execution_on(vm(), GasMeter::new(5_000_000_000))
}

/// Calls `package::module::function` with BCS arguments; returns the BCS of the results.
pub(super) fn call(
    target: (Address, &str, &str),
    type_arguments: &[Type],
    arguments: &[&[u8]],
) -> Result<Vec<Vec<u8>>, VmError> {
    let mut execution = execution();
    call_in(&mut execution, target, type_arguments, arguments)
}

pub(super) fn call_in(
    execution: &mut Execution<'_>,
    (package, module, function): (Address, &str, &str),
    type_arguments: &[Type],
    arguments: &[&[u8]],
) -> Result<Vec<Vec<u8>>, VmError> {
    let vm = execution.vm();
    let function = vm.resolve_function(package, module, function)?;
    let types = |types: &[Type]| -> Result<Vec<Type>, VmError> {
        types
            .iter()
            .map(|ty| Ok(vm.types().substitute(*ty, type_arguments)?))
            .collect()
    };
    let parameters = types(function.parameters())?;
    assert_eq!(parameters.len(), arguments.len(), "number of arguments");
    let mut values: Vec<Value> = Vec::new();
    for (ty, bytes) in parameters.into_iter().zip(arguments) {
        values.push(execution.deserialize(ty, bytes)?);
    }
    let results = execution.call(&function, type_arguments, &values)?;
    let returns = types(function.returns())?;
    returns
        .into_iter()
        .zip(results)
        .map(|(ty, value)| Ok(execution.serialize(ty, value)?))
        .collect()
}

/// The BCS of anything.
pub(super) fn bcs<T: serde::Serialize + ?Sized>(value: &T) -> Vec<u8> {
    bcs::to_bytes(value).expect("serialisable")
}

//! Bytecode: parsed, verified, loaded as a package of its own, and every function of it that takes only numbers called.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use sui_sdk_types::{Address, Digest, Identifier, Object};
use valet_localnet::ledger::GenesisPackage;
use valet_localnet::vm::{
    CompiledModule, Execution, GasMeter, NativeTable, ObjectRuntime, ObjectStore, PackageSource,
    TxContext, Type, Value, Vm, verify,
};

use crate::chain;

/// Internal units that one function may use: enough to be stopped in every kind of loop, and soon.
const GAS: u64 = 30_000;
/// A machine keeps what it has loaded, so after this many packages another one goes on.
const PACKAGES: u64 = 2_000;
/// Functions of a module that are called.
const FUNCTIONS: usize = 64;

thread_local! {
    static MACHINE: RefCell<Machine> = RefCell::new(Machine::new());
}

struct Machine {
    framework: Vec<PackageSource>,
    vm: Vm,
    loaded: u64,
}

/// One input.
pub fn run(data: &[u8]) {
    let Ok(module) = CompiledModule::parse(data) else {
        return;
    };
    let name = module.name().expect("a parsed module has a name").clone();
    let address = module
        .self_address()
        .expect("a parsed module has an address");
    module.datatype_names().expect("every datatype has a name");
    let functions = module.function_names().expect("every function has a name");
    let _ = (
        module.dependencies(),
        module.table_sizes(),
        module.constant(0),
    );
    let moved = module
        .with_self_address(data, Address::TWO)
        .expect("its own bytes");
    assert_eq!(moved.len(), data.len());
    // What publishing refuses is loaded and called all the same: the machine must not rely on it.
    let _ = verify(&[&module]);
    MACHINE.with_borrow_mut(|machine| machine.load_and_call(&name, address, data, &functions));
}

impl Machine {
    fn new() -> Self {
        let framework: Vec<_> = chain::framework().iter().map(genesis_source).collect();
        let vm = machine(&framework);
        Self {
            framework,
            vm,
            loaded: 0,
        }
    }

    fn load_and_call(
        &mut self,
        name: &Identifier,
        address: Address,
        data: &[u8],
        functions: &[&Identifier],
    ) {
        if self.loaded >= PACKAGES {
            self.vm = machine(&self.framework);
            self.loaded = 0;
        }
        self.loaded += 1;
        let mut storage_id = [0xee; 32];
        storage_id[..8].copy_from_slice(&self.loaded.to_le_bytes());
        let storage_id = Address::new(storage_id);
        let source = PackageSource {
            storage_id,
            original_id: address,
            version: 1,
            modules: BTreeMap::from([(name.clone(), data.to_vec())]),
            linkage: self
                .framework
                .iter()
                .map(|known| (known.original_id, (known.storage_id, 1)))
                .collect(),
            type_origins: BTreeMap::new(),
        };
        if self.vm.load_package(source).is_err() {
            return;
        }
        for function in functions.iter().take(FUNCTIONS) {
            call(&self.vm, storage_id, name, function);
        }
    }
}

fn machine(framework: &[PackageSource]) -> Vm {
    let vm = Vm::new(NativeTable::framework());
    for package in framework {
        vm.load_package(package.clone())
            .expect("the framework loads");
    }
    vm
}

fn call(vm: &Vm, package: Address, module: &Identifier, function: &Identifier) {
    let Ok(function) = vm.resolve_function(package, module, function) else {
        return;
    };
    let context = TxContext {
        sender: Address::TWO,
        digest: Digest::ZERO,
        epoch: 3,
        epoch_timestamp_ms: 1_000,
        reference_gas_price: 1_000,
        gas_price: 1_000,
        gas_budget: 1_000_000,
        sponsor: None,
    };
    let runtime = ObjectRuntime::new(&NoObjects, context);
    let mut execution = Execution::new(vm, runtime, GasMeter::new(GAS));
    let arguments = function.parameters().iter();
    let arguments: Result<Vec<Value>, _> = arguments
        .map(|ty| execution.deserialize(*ty, &[1; 32][..width(*ty)]))
        .collect();
    let types = vec![Type::U64; function.type_parameters().len()];
    if let Ok(arguments) = arguments {
        let results = execution.call(&function, &types, &arguments);
        for (ty, value) in function.returns().iter().zip(results.unwrap_or_default()) {
            let _ = execution.serialize(*ty, value);
        }
    }
}

/// How many bytes a value of a type has that this target makes values of; one for others, which is right for `vector<u8>` too.
fn width(ty: Type) -> usize {
    let widths = [
        (Type::U16, 2),
        (Type::U32, 4),
        (Type::U64, 8),
        (Type::U128, 16),
        (Type::U256, 32),
        (Type::ADDRESS, 32),
    ];
    widths
        .into_iter()
        .find_map(|(known, width)| (known == ty).then_some(width))
        .unwrap_or(1)
}

fn genesis_source(package: &GenesisPackage) -> PackageSource {
    let name = |bytes: &Vec<u8>| {
        let module = CompiledModule::parse(bytes).expect("the framework parses");
        module.name().expect("it has a name").clone()
    };
    PackageSource {
        storage_id: package.id,
        original_id: package.id,
        version: 1,
        modules: package
            .modules
            .iter()
            .map(|bytes| (name(bytes), bytes.clone()))
            .collect(),
        linkage: package
            .dependencies
            .iter()
            .map(|id| (*id, (*id, 1)))
            .collect(),
        type_origins: BTreeMap::new(),
    }
}

/// A ledger without objects.
struct NoObjects;

impl std::fmt::Debug for NoObjects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NoObjects")
    }
}

impl ObjectStore for NoObjects {
    fn child(&self, _: Address, _: Address) -> Option<Arc<Object>> {
        None
    }

    fn receive(&self, _: Address, _: Address, _: u64) -> Option<Arc<Object>> {
        None
    }
}

//! What exists from the beginning: packages, system objects and the faucet's coins.
//!
//! System objects come from the framework's own `create` functions, run without gas by the system's address, so that
//! they are what the framework expects. There is no `0x3`, hence no `SuiSystemState` (`0x5`), no staking, and no bridge.

use sui_sdk_types::{Address, Digest, MovePackage, Owner, StructTag, hash::Hasher};

use crate::vm::{
    CompiledModule, Execution, GasMeter, NativeTable, ObjectRuntime, RuntimeConfig, TxContext,
    Value, Vm, VmError,
};

use super::object_store::ObjectStore;
use super::packages::{self, PackageError};
use super::ptb::Children;
use super::reader::{Objects, Reads};
use super::rejection::LedgerError;
use super::writes::{NewData, NewObject, Writes};
use super::{GenesisPackage, LedgerConfig};

/// The modules of `0x2` whose private `create` makes a system object, if the framework has them.
const SYSTEM_OBJECTS: [&str; 8] = [
    "clock",
    "authenticator_state",
    "random",
    "deny_list",
    "accumulator",
    "coin_registry",
    "display_registry",
    "address_alias",
];

/// The virtual machine with the packages loaded, and everything to write.
pub(crate) fn build(
    config: &LedgerConfig,
    given: &[GenesisPackage],
    faucet: Address,
    timestamp_ms: u64,
) -> Result<(Vm, Writes), LedgerError> {
    let vm = Vm::new(NativeTable::framework());
    let mut loaded: Vec<MovePackage> = Vec::new();
    for package in given {
        let package = load_package(&vm, package, &loaded)?;
        loaded.push(package);
    }
    let mut writes = create_objects(&vm, config, faucet, timestamp_ms).map_err(|error| {
        LedgerError::Framework {
            reason: error.to_string(),
        }
    })?;
    for package in loaded {
        writes.created.insert(package.id);
        let object = NewObject {
            data: NewData::Package(Box::new(package.clone())),
            owner: Owner::Immutable,
        };
        writes.written.insert(package.id, object);
    }
    Ok((vm, writes))
}

fn load_package(
    vm: &Vm,
    given: &GenesisPackage,
    loaded: &[MovePackage],
) -> Result<MovePackage, LedgerError> {
    let failed = |error: PackageError| LedgerError::Framework {
        reason: format!("package {}: {error:?}", given.id),
    };
    let modules = given
        .modules
        .iter()
        .map(|bytes| CompiledModule::parse(bytes).map(|module| (module, bytes.clone())))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|status| failed(status.into()))?;
    let dependencies: Vec<&MovePackage> = loaded
        .iter()
        .filter(|package| given.dependencies.contains(&package.id))
        .collect();
    let package = packages::build(given.id, &modules, &dependencies).map_err(failed)?;
    let source = packages::source(&package).map_err(|status| failed(status.into()))?;
    vm.load_package(source)
        .map_err(|status| failed(status.into()))?;
    Ok(package)
}

/// Run the framework's functions that make system objects, and give the faucet its coins.
fn create_objects(
    vm: &Vm,
    config: &LedgerConfig,
    faucet: Address,
    timestamp_ms: u64,
) -> Result<Writes, VmError> {
    let store = ObjectStore::default();
    let reads = Reads::default();
    let children = Children(Objects::new(&store, &reads));
    let context = TxContext {
        sender: Address::ZERO,
        digest: seed(config, timestamp_ms),
        epoch: 0,
        epoch_timestamp_ms: timestamp_ms,
        reference_gas_price: config.reference_gas_price,
        gas_price: 1,
        gas_budget: 0,
        sponsor: None,
    };
    let runtime = ObjectRuntime::new(&children, context).with_config(RuntimeConfig::system());
    let mut execution = Execution::new(vm, runtime, GasMeter::unmetered());
    let tx_context = execution.transaction_context()?;
    let tx_context = execution.new_cell(tx_context)?;
    let tx_context = execution.borrow(tx_context);
    for module in SYSTEM_OBJECTS {
        if let Ok(create) = vm.resolve_function(Address::TWO, module, "create") {
            execution.call(&create, &[], &[tx_context])?;
        }
    }
    if let Ok(mint) = vm.resolve_function(Address::TWO, "sui", "new") {
        for value in execution.call(&mint, &[], &[tx_context])? {
            // The coins below are the supply; its balance as a value is not needed.
            execution.heap_mut().destroy(value)?;
        }
    }
    let coin = vm.types().resolve(&StructTag::gas_coin().into())?;
    for amount in &config.faucet_coins {
        let (heap, runtime, _) = execution.parts_mut();
        let id = runtime.fresh_id()?;
        let id = heap.pack(&[Value::Address(id)])?;
        let id = heap.pack(&[id])?;
        let balance = heap.pack(&[Value::U64(*amount)])?;
        let value = heap.pack(&[id, balance])?;
        runtime.transfer(heap, Owner::Address(faucet), coin, value)?;
    }
    let (heap, runtime, _) = execution.into_parts();
    let results = runtime.finish(&heap, vm.types())?;
    let mut writes = Writes {
        created: results.created,
        ..Writes::default()
    };
    for (id, object) in results.written {
        writes.created.insert(id);
        let data = NewData::Struct {
            type_: object.type_tag,
            has_public_transfer: object.has_public_transfer,
            contents: object.contents,
        };
        writes.written.insert(
            id,
            NewObject {
                data,
                owner: object.owner,
            },
        );
    }
    Ok(writes)
}

/// What the ids of genesis derive from: ledgers begun at different times are different chains.
fn seed(config: &LedgerConfig, timestamp_ms: u64) -> Digest {
    let mut hasher = Hasher::new();
    hasher.update("valet genesis");
    hasher.update(timestamp_ms.to_le_bytes());
    hasher.update(config.faucet_seed);
    hasher.finalize()
}

//! From a heap of modules to a machine with packages.

use std::collections::{BTreeMap, BTreeSet};

use sui_sdk_types::{Address, Identifier};
use valet_localnet::vm::{CompiledModule, NativeTable, PackageSource, Vm, verify};

/// A machine, and the modules in it for looking things up.
pub(crate) struct Program {
    pub(crate) vm: Vm,
    modules: BTreeMap<(Address, Identifier), CompiledModule>,
}

impl Program {
    /// The text of a constant, by its index in a module's table.
    pub(crate) fn text(&self, address: Address, module: &Identifier, index: u16) -> Option<String> {
        let module = self.modules.get(&(address, module.clone()))?;
        let (_, bytes) = module.constant(index)?;
        let text: Vec<u8> = bcs::from_bytes(bytes).ok()?;
        String::from_utf8(text).ok()
    }
}

/// Loads all modules of an address as one package: a unit test is compiled before anything has an address of its own, so the
/// packages that share one are one here.
pub(crate) fn program(encoded: &[String]) -> Result<Program, String> {
    let mut sources: BTreeMap<Address, PackageSource> = BTreeMap::new();
    let mut needs: BTreeMap<Address, BTreeSet<Address>> = BTreeMap::new();
    let mut modules = BTreeMap::new();
    for text in encoded {
        let bytes = hex::decode(text).map_err(|error| format!("not hexadecimal: {error}"))?;
        let module = CompiledModule::parse(&bytes).map_err(|error| error.to_string())?;
        let identity = || {
            Ok::<_, valet_localnet::vm::VmStatus>((module.self_address()?, module.name()?.clone()))
        };
        let (address, name) = identity().map_err(|error| error.to_string())?;
        needs
            .entry(address)
            .or_default()
            .extend(module.dependencies());
        let package = sources.entry(address).or_insert_with(|| PackageSource {
            storage_id: address,
            original_id: address,
            version: 1,
            modules: BTreeMap::new(),
            linkage: BTreeMap::new(),
            type_origins: BTreeMap::new(),
        });
        if package.modules.insert(name.clone(), bytes).is_some() {
            return Err(format!("two modules {address}::{name}"));
        }
        // The compiler has verified it, so whatever this finds is wrong here.
        if let Err(error) = verify(&[&module]) {
            return Err(format!(
                "the bytecode verifier refuses a sound module: {error}"
            ));
        }
        modules.insert((address, name), module);
    }
    let vm = Vm::new(NativeTable::framework_for_unit_tests());
    for address in in_order(&needs)? {
        let Some(mut source) = sources.remove(&address) else {
            continue;
        };
        let reachable = reachable(&needs, address);
        source.linkage = reachable.into_iter().map(|id| (id, (id, 1))).collect();
        vm.load_package(source)
            .map_err(|error| format!("the modules at {address} do not load: {error}"))?;
    }
    Ok(Program { vm, modules })
}

/// Everything that modules at `address` can reach at other addresses.
fn reachable(needs: &BTreeMap<Address, BTreeSet<Address>>, address: Address) -> BTreeSet<Address> {
    let mut found = BTreeSet::new();
    let mut pending = vec![address];
    while let Some(next) = pending.pop() {
        for need in needs.get(&next).into_iter().flatten() {
            if *need != address && found.insert(*need) {
                pending.push(*need);
            }
        }
    }
    found
}

/// The addresses, each after those it needs.
fn in_order(needs: &BTreeMap<Address, BTreeSet<Address>>) -> Result<Vec<Address>, String> {
    let mut left: BTreeSet<Address> = needs.keys().copied().collect();
    let mut order = Vec::new();
    while !left.is_empty() {
        let ready: Vec<Address> = left
            .iter()
            .copied()
            .filter(|address| {
                let mut others = needs.get(address).into_iter().flatten();
                others.all(|need| need == address || !left.contains(need))
            })
            .collect();
        if ready.is_empty() {
            let names: Vec<String> = left.iter().map(Address::to_string).collect();
            return Err(format!(
                "the modules at these addresses need each other, so none can be loaded first: {}",
                names.join(", ")
            ));
        }
        for address in ready {
            left.remove(&address);
            order.push(address);
        }
    }
    Ok(order)
}

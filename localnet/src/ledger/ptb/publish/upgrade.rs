//! The Upgrade command: a new version of a package, if its ticket and its policy allow it.

use sui_sdk_types::{Address, ExecutionError, MovePackage, PackageUpgradeError, Upgrade};

use crate::vm::{CompiledModule, Heap, UpgradePolicy, Value, VmStatus};

use super::super::super::packages;
use super::super::execute::{CommandError, Run};
use super::{Parsed, dependencies, input, names, parse, verify, with_address, write};

/// `0x2::package::UpgradeTicket`.
struct Ticket {
    cap: Address,
    package: Address,
    policy: u8,
    digest: Vec<u8>,
}

impl Ticket {
    fn take(heap: &mut Heap, value: Value) -> Result<Self, VmStatus> {
        let id = |value| heap.field(value, 0)?.as_address();
        let ticket = Self {
            cap: id(heap.field(value, 0)?)?,
            package: id(heap.field(value, 1)?)?,
            policy: heap.field(value, 2)?.as_u8()?,
            digest: heap.bytes(heap.field(value, 3)?)?.to_vec(),
        };
        heap.destroy(value)?;
        Ok(ticket)
    }
}

/// Make the next version of a package and return the `UpgradeReceipt`.
///
/// The version gets an id of its own, while its modules keep the address of the first one. Initializers do not run.
pub(in super::super) fn upgrade(
    run: &mut Run<'_, '_>,
    upgrade: &Upgrade,
    ticket: Value,
) -> Result<Vec<Value>, CommandError> {
    let ticket = Ticket::take(run.vm.heap_mut(), ticket)?;
    if ticket.package != upgrade.package {
        return Err(refused(PackageUpgradeError::PackageIdDoesNotMatch {
            package_id: upgrade.package,
            ticket_id: ticket.package,
        }));
    }
    let modules = parse(run, &upgrade.modules)?;
    let digest = packages::digest(&upgrade.modules, &upgrade.dependencies);
    if ticket.digest != digest.as_bytes() {
        return Err(refused(PackageUpgradeError::DigestDoesNotMatch { digest }));
    }
    let current = current(run, upgrade.package)?;
    let original_id = packages::original_id(current)?;
    let modules = with_address(modules, original_id)?;
    let id = run.vm.runtime_mut().fresh_package_id()?;
    let names = names(&modules)?;
    let dependencies = dependencies(run, &upgrade.dependencies)?;
    let package = packages::build_upgrade(id, current, &modules, &dependencies)?;
    verify(&modules)?;
    check_policy(ticket.policy, current, &modules)?;
    let initialized = initialized(current, &modules)?;
    write(run, &package, &names)?;
    if initialized {
        return Err(ExecutionError::FeatureNotYetSupported.into());
    }
    receipt(run.vm.heap_mut(), ticket.cap, id)
        .map(|receipt| vec![receipt])
        .map_err(CommandError::from)
}

/// The version to upgrade. Loading the inputs refuses what is no package; this is what the protocol would say.
fn current<'a>(run: &Run<'_, 'a>, id: Address) -> Result<&'a MovePackage, CommandError> {
    let object = input(run, &id)
        .ok_or_else(|| refused(PackageUpgradeError::UnableToFetchPackage { package_id: id }))?;
    packages::of_object(object)
        .ok_or_else(|| refused(PackageUpgradeError::NotAPackage { object_id: id }))
}

/// Check every module of the current version against the one that replaces it.
///
/// A network has also linked the modules by then, so that it reports a name that means nothing rather than the policy.
fn check_policy(policy: u8, current: &MovePackage, modules: &[Parsed]) -> Result<(), CommandError> {
    let incompatible = || refused(PackageUpgradeError::IncompatibleUpgrade);
    let policy = UpgradePolicy::from_code(policy)
        .ok_or_else(|| refused(PackageUpgradeError::UnknownUpgradePolicy { policy }))?;
    if policy == UpgradePolicy::DependencyOnly && current.modules.len() != modules.len() {
        return Err(incompatible());
    }
    for bytes in current.modules.values() {
        let old = CompiledModule::parse(bytes)?;
        let name = old.name()?;
        let new = modules
            .iter()
            .map(|(new, _)| new)
            .find(|new| new.name().ok() == Some(name));
        match new {
            Some(new) if policy.allows(&old, new)? => {}
            _ => return Err(incompatible()),
        }
    }
    Ok(())
}

/// Whether a module that the current version lacks has an initializer, which this protocol does not run.
fn initialized(current: &MovePackage, modules: &[Parsed]) -> Result<bool, VmStatus> {
    for (module, _) in modules {
        let is_new = !current.modules.contains_key(module.name()?);
        let mut functions = module.function_names()?.into_iter();
        if is_new && functions.any(|name| name.as_str() == "init") {
            return Ok(true);
        }
    }
    Ok(false)
}

/// `0x2::package::UpgradeReceipt`.
fn receipt(heap: &mut Heap, cap: Address, package: Address) -> Result<Value, VmStatus> {
    let cap = heap.pack(&[Value::Address(cap)])?;
    let package = heap.pack(&[Value::Address(package)])?;
    heap.pack(&[cap, package])
}

fn refused(kind: PackageUpgradeError) -> CommandError {
    ExecutionError::PackageUpgradeError { kind }.into()
}

//! The Publish command: check the modules, make the package, run its initializers. The Upgrade command shares the first two.

mod checks;
mod upgrade;

use sui_sdk_types::{Address, ExecutionError, Identifier, MovePackage, Object, Owner, Publish};

use crate::vm::{self, CompiledModule, Type, Value, VerificationError, VmError, VmStatus};

use super::super::gas;
use super::super::packages::{self, PackageError};
use super::super::writes::{NewData, NewObject};
use super::execute::{CommandError, Run};

pub(super) use self::upgrade::upgrade;

impl From<PackageError> for CommandError {
    fn from(error: PackageError) -> Self {
        match error {
            PackageError::Module(status) => status.into(),
            PackageError::DuplicateModule => {
                ExecutionError::VmVerificationOrDeserializationError.into()
            }
            PackageError::MissingDependency => {
                ExecutionError::PublishUpgradeMissingDependency.into()
            }
            PackageError::DowngradedDependency => {
                ExecutionError::PublishUpgradeDependencyDowngrade.into()
            }
            PackageError::ConflictingDependencies => ExecutionError::InvalidLinkage.into(),
        }
    }
}

/// A parsed module and the bytes it was parsed from.
type Parsed = (CompiledModule, Vec<u8>);

/// Publish a package and return its `UpgradeCap`.
pub(super) fn publish(
    run: &mut Run<'_, '_>,
    publish: &Publish,
) -> Result<Vec<Value>, CommandError> {
    let modules = parse(run, &publish.modules)?;
    let id = run.vm.runtime_mut().fresh_package_id()?;
    let modules = with_address(modules, id)?;
    let names = names(&modules)?;
    let dependencies = dependencies(run, &publish.dependencies)?;
    let package = packages::build(id, &modules, &dependencies)?;
    verify(&modules)?;
    write(run, &package, &names)?;
    for name in &names {
        initialize(run, id, name)?;
    }
    upgrade_cap(run, id).map(|cap| vec![cap])
}

/// Parse the modules of a command, which pays for their bytes.
fn parse(run: &mut Run<'_, '_>, modules: &[Vec<u8>]) -> Result<Vec<Parsed>, CommandError> {
    let bytes: usize = modules.iter().map(Vec::len).sum();
    let cost = run.environment.protocol.package_publish_cost_per_byte;
    run.vm
        .meter_mut()
        .charge_units((bytes as u64).saturating_mul(cost))?;
    let parsed = modules
        .iter()
        .map(|bytes| CompiledModule::parse(bytes).map(|module| (module, bytes.clone())))
        .collect::<Result<Vec<_>, _>>()
        .map_err(rejected)?;
    for (module, _) in &parsed {
        checks::table_sizes(module).map_err(rejected)?;
    }
    Ok(parsed)
}

/// Give modules, whose own address must be zero, the address of their package.
fn with_address(modules: Vec<Parsed>, address: Address) -> Result<Vec<Parsed>, CommandError> {
    modules
        .into_iter()
        .map(|(module, bytes)| {
            if module.self_address()? != Address::ZERO {
                return Err(ExecutionError::PublishErrorNonZeroAddress.into());
            }
            let bytes = module.with_self_address(&bytes, address)?;
            let module = CompiledModule::parse(&bytes).map_err(rejected)?;
            Ok((module, bytes))
        })
        .collect()
}

fn names(modules: &[Parsed]) -> Result<Vec<Identifier>, VmStatus> {
    modules
        .iter()
        .map(|(module, _)| module.name().cloned())
        .collect()
}

/// Check what the modules of a package do, by the rules of the language and by Sui's.
fn verify(modules: &[Parsed]) -> Result<(), CommandError> {
    let modules: Vec<_> = modules.iter().map(|(module, _)| module).collect();
    let refused = |reason, error: &VerificationError| {
        tracing::info!(%error, "a package is refused");
        CommandError::from(reason)
    };
    let verified = vm::verify(&modules)
        .map_err(|error| refused(ExecutionError::VmVerificationOrDeserializationError, &error))?;
    verified
        .sui_rules()
        .map_err(|error| refused(ExecutionError::SuiMoveVerificationError, &error))
}

/// Load a verified package and write it. Its modules are checked in the order of `names`.
fn write(
    run: &mut Run<'_, '_>,
    package: &MovePackage,
    names: &[Identifier],
) -> Result<(), CommandError> {
    let object_size = gas::package_size(package);
    let max_object_size = run.environment.protocol.max_package_bytes;
    if object_size > max_object_size {
        return Err(ExecutionError::PackageTooBig {
            object_size,
            max_object_size,
        }
        .into());
    }
    let source = packages::source(package)?;
    let loaded = run.environment.vm.load_package(source).map_err(rejected)?;
    for name in names {
        checks::module(run.environment.vm, &loaded, name, package)?;
    }
    let new = NewObject {
        data: NewData::Package(Box::new(package.clone())),
        owner: Owner::Immutable,
    };
    run.writes.written.insert(package.id, new);
    run.writes.created.insert(package.id);
    Ok(())
}

/// Bytecode that does not load is the sender's fault, whatever the virtual machine calls it.
fn rejected(status: VmStatus) -> CommandError {
    match status {
        VmStatus::OutOfGas => status.into(),
        _ => ExecutionError::VmVerificationOrDeserializationError.into(),
    }
}

/// The packages a new one depends on; that they exist was checked when inputs were loaded.
fn dependencies<'a>(
    run: &Run<'_, 'a>,
    ids: &[Address],
) -> Result<Vec<&'a MovePackage>, CommandError> {
    ids.iter()
        .map(|id| {
            input(run, id)
                .and_then(packages::of_object)
                .ok_or_else(|| ExecutionError::PublishUpgradeMissingDependency.into())
        })
        .collect()
}

/// A package the transaction names, as it was loaded with the inputs.
fn input<'a>(run: &Run<'_, 'a>, id: &Address) -> Option<&'a Object> {
    let packages = &run.environment.inputs.packages;
    packages
        .iter()
        .find(|package| package.object_id() == *id)
        .map(|object| &**object)
}

/// Run the `init` function of a module, if it has one.
fn initialize(
    run: &mut Run<'_, '_>,
    package: Address,
    module: &Identifier,
) -> Result<(), CommandError> {
    let Ok(function) = run
        .environment
        .vm
        .resolve_function(package, module.as_str(), "init")
    else {
        return Ok(());
    };
    let context = run.vm.transaction_context()?;
    let context = run.vm.new_cell(context)?;
    let context = run.vm.borrow(context);
    let mut arguments = Vec::new();
    if function.parameters().len() == 2 {
        // The one-time witness: a struct that would be empty has one `bool` in bytecode.
        arguments.push(run.vm.heap_mut().pack(&[Value::Bool(true)])?);
    }
    arguments.push(context);
    run.vm.call(&function, &[], &arguments)?;
    run.collect_events(package, module);
    Ok(())
}

/// Make the capability to upgrade the package, under the compatible policy.
fn upgrade_cap(run: &mut Run<'_, '_>, package: Address) -> Result<Value, CommandError> {
    const FIRST_VERSION: u64 = 1;
    const COMPATIBLE: u8 = 0;
    let id = run.vm.runtime_mut().fresh_id()?;
    let uid = run.new_uid(id)?;
    let heap = run.vm.heap_mut();
    let package = heap.pack(&[Value::Address(package)])?;
    Ok(heap.pack(&[
        uid,
        package,
        Value::U64(FIRST_VERSION),
        Value::U8(COMPATIBLE),
    ])?)
}

/// Types that publishing compares with, by name.
fn is_type(vm: &crate::vm::Vm, ty: Type, module: &str, name: &str) -> Result<bool, VmError> {
    Ok(matches!(
        super::verify::datatype(vm, ty)?,
        Some((Address::TWO, actual_module, actual_name, [])) if actual_module == module && actual_name == name
    ))
}

//! The Publish command: check the modules, make the package, run its initializers.

mod checks;

use sui_sdk_types::{Address, ExecutionError, Identifier, Owner, Publish};

use crate::vm::{CompiledModule, Type, Value, VmError, VmStatus};

use super::super::gas;
use super::super::packages::{self, PackageError};
use super::super::writes::{NewData, NewObject};
use super::execute::{CommandError, Run};

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
        }
    }
}

/// Publish a package and return its `UpgradeCap`.
pub(super) fn publish(
    run: &mut Run<'_, '_>,
    publish: &Publish,
) -> Result<Vec<Value>, CommandError> {
    let protocol = run.environment.protocol;
    let bytes: usize = publish.modules.iter().map(Vec::len).sum();
    run.vm
        .meter_mut()
        .charge_units((bytes as u64).saturating_mul(protocol.package_publish_cost_per_byte))?;
    let modules = publish
        .modules
        .iter()
        .map(|bytes| CompiledModule::parse(bytes).map(|module| (module, bytes)))
        .collect::<Result<Vec<_>, _>>()
        .map_err(rejected)?;
    for (module, _) in &modules {
        checks::table_sizes(module).map_err(rejected)?;
    }
    let id = run.vm.runtime_mut().fresh_package_id()?;
    let mut renamed = Vec::with_capacity(modules.len());
    let mut names = Vec::with_capacity(modules.len());
    for (module, bytes) in modules {
        if module.self_address()? != Address::ZERO {
            return Err(ExecutionError::PublishErrorNonZeroAddress.into());
        }
        let bytes = module.with_self_address(bytes, id)?;
        let module = CompiledModule::parse(&bytes).map_err(rejected)?;
        names.push(module.name()?.clone());
        renamed.push((module, bytes));
    }
    let dependencies = dependencies(run, publish)?;
    let package = packages::build(id, renamed, &dependencies)?;
    let new = NewObject {
        data: NewData::Package(Box::new(package.clone())),
        owner: Owner::Immutable,
    };
    let object_size = gas::package_size(&package);
    if object_size > protocol.max_package_bytes {
        return Err(ExecutionError::PackageTooBig {
            object_size,
            max_object_size: protocol.max_package_bytes,
        }
        .into());
    }
    let source = packages::source(&package)?;
    run.environment.vm.load_package(source).map_err(rejected)?;
    run.writes.written.insert(id, new);
    run.writes.created.insert(id);
    for name in &names {
        checks::module(run.environment.vm, id, name, &package)?;
    }
    for name in &names {
        initialize(run, id, name)?;
    }
    upgrade_cap(run, id).map(|cap| vec![cap])
}

/// Bytecode that does not load is the sender's fault, whatever the virtual machine calls it.
fn rejected(status: VmStatus) -> CommandError {
    match status {
        VmStatus::OutOfGas => status.into(),
        _ => ExecutionError::VmVerificationOrDeserializationError.into(),
    }
}

/// The packages the new one depends on; that they exist was checked when inputs were loaded.
fn dependencies<'a>(
    run: &Run<'_, 'a>,
    publish: &Publish,
) -> Result<Vec<&'a sui_sdk_types::MovePackage>, CommandError> {
    publish
        .dependencies
        .iter()
        .map(|id| {
            let object = run
                .environment
                .inputs
                .packages
                .iter()
                .find(|package| package.object_id() == *id);
            object
                .and_then(|object| packages::of_object(object))
                .ok_or_else(|| ExecutionError::PublishUpgradeMissingDependency.into())
        })
        .collect()
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
    let context = run.tx_context()?;
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

//! Rules of modules that are not about what functions do: sizes of tables, objects, initializers and one-time witnesses.

use sui_sdk_types::{Address, ExecutionError, Identifier, MovePackage};

use crate::vm::{
    AbilitySet, CompiledModule, DatatypeBody, Function, Package, TableSizes, Type, TypeKind,
    Visibility, Vm, VmStatus,
};

use super::super::execute::CommandError;
use super::is_type;

/// The most elements a table of a published module may have.
const LIMITS: TableSizes = TableSizes {
    module_handles: 100,
    datatype_handles: 300,
    function_handles: 1_500,
    function_instantiations: 750,
    signatures: 1_000,
    constants: 4_000,
    identifiers: 10_000,
    addresses: 100,
    structs: 200,
    struct_instantiations: 100,
    functions: 1_000,
    fields: 500,
    field_instantiations: 250,
    friends: 100,
    // The format itself bounds the tables of enums.
    enums: usize::MAX,
    enum_instantiations: usize::MAX,
    variants: usize::MAX,
    variant_instantiations: usize::MAX,
};

/// Check that no table is too large.
pub(super) fn table_sizes(module: &CompiledModule) -> Result<(), VmStatus> {
    let sizes = module.table_sizes();
    let pairs = [
        (sizes.module_handles, LIMITS.module_handles),
        (sizes.datatype_handles, LIMITS.datatype_handles),
        (sizes.function_handles, LIMITS.function_handles),
        (
            sizes.function_instantiations,
            LIMITS.function_instantiations,
        ),
        (sizes.signatures, LIMITS.signatures),
        (sizes.constants, LIMITS.constants),
        (sizes.identifiers, LIMITS.identifiers),
        (sizes.addresses, LIMITS.addresses),
        (sizes.structs, LIMITS.structs),
        (sizes.struct_instantiations, LIMITS.struct_instantiations),
        (sizes.functions, LIMITS.functions),
        (sizes.fields, LIMITS.fields),
        (sizes.field_instantiations, LIMITS.field_instantiations),
        (sizes.friends, LIMITS.friends),
    ];
    if pairs.iter().any(|(size, limit)| size > limit) {
        return Err(VmStatus::RejectedBytecode(
            "a table of the module is too large",
        ));
    }
    Ok(())
}

/// Check the structs and the initializer of a module of a package that is loaded.
pub(super) fn module(
    vm: &Vm,
    package: &Package,
    module: &Identifier,
    object: &MovePackage,
) -> Result<(), CommandError> {
    let refused = || CommandError::from(ExecutionError::SuiMoveVerificationError);
    for origin in object
        .type_origin_table
        .iter()
        .filter(|origin| origin.module_name == *module)
    {
        let id = vm
            .types()
            .find_datatype(origin.package, module, &origin.struct_name)?;
        let datatype = vm.types().datatype_info(id)?;
        let body = datatype.body().ok_or(VmStatus::InvariantViolation(
            "a loaded datatype has no body",
        ))?;
        if datatype.abilities.has_key() && !begins_with_uid(vm, body)? {
            return Err(refused());
        }
    }
    let bytes = object
        .modules
        .get(module)
        .ok_or(VmStatus::InvariantViolation("a module without bytes"))?;
    if !CompiledModule::parse(bytes)?.keeps_witness_rules()? {
        return Err(refused());
    }
    match vm.resolve_function(package.storage_id(), module.as_str(), "init") {
        Ok(function) if !is_initializer(vm, package, &function)? => Err(refused()),
        _ => Ok(()),
    }
}

/// Whether a struct begins with `id: UID`, as every object must.
fn begins_with_uid(vm: &Vm, body: &DatatypeBody) -> Result<bool, CommandError> {
    match body {
        DatatypeBody::Struct(fields) => match fields.first() {
            Some(field) => {
                Ok(field.name.as_str() == "id" && is_type(vm, field.ty, "object", "UID")?)
            }
            None => Ok(false),
        },
        DatatypeBody::Enum(_) => Ok(false),
    }
}

/// Whether a function has the signature of an initializer: private, no type parameters, no results, the context last and
/// at most a one-time witness before it.
fn is_initializer(vm: &Vm, package: &Package, function: &Function) -> Result<bool, CommandError> {
    let plain = function.visibility() == Visibility::Private
        && !function.is_entry()
        && !function.is_native()
        && function.type_parameters().is_empty()
        && function.returns().is_empty();
    let (witness, context) = match function.parameters() {
        [context] => (None, *context),
        [witness, context] => (Some(*witness), *context),
        _ => return Ok(false),
    };
    let context = match vm.types().kind(context)? {
        TypeKind::Reference(inner) | TypeKind::MutReference(inner) => {
            is_type(vm, *inner, "tx_context", "TxContext")?
        }
        _ => false,
    };
    let witness = match witness {
        Some(witness) => {
            is_one_time_witness(vm, function.module(), package.original_id(), witness)?
        }
        None => true,
    };
    Ok(plain && context && witness)
}

/// Whether a type is the module's one-time witness: named like the module in capitals, `drop` only, nothing inside.
fn is_one_time_witness(
    vm: &Vm,
    module: &Identifier,
    original_id: Address,
    ty: Type,
) -> Result<bool, CommandError> {
    let TypeKind::Datatype(id, arguments) = vm.types().kind(ty)? else {
        return Ok(false);
    };
    let datatype = vm.types().datatype_info(*id)?;
    let empty = matches!(
        datatype.body(),
        Some(DatatypeBody::Struct(fields)) if matches!(&**fields, [field] if field.ty == Type::BOOL)
    );
    Ok(arguments.is_empty()
        && datatype.original_id == original_id
        && datatype.module == *module
        && datatype.name.as_str() == module.as_str().to_ascii_uppercase()
        && datatype.abilities == AbilitySet::DROP
        && empty)
}

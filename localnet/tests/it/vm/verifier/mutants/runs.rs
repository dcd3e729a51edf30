//! Running every function that can be called with made-up values.

use sui_sdk_types::{Address, Identifier};
use valet_localnet::vm::{
    CompiledModule, Execution, Function, GasMeter, NativeTable, PackageSource, Type, TypeKind,
    Value, Vm, VmError, VmStatus,
};

use super::super::super::support::execution_on;

const GAS: u64 = 60_000;
/// The longest encoding that is tried for an argument.
const LONGEST: usize = 160;

/// What became of a mutant.
#[derive(Debug)]
pub(super) enum Outcome {
    Refused,
    Unlinked,
    /// So many calls ended as calls may.
    Ran(usize),
    Broken(VmError),
}

/// A machine with a package.
pub(super) struct Runner {
    vm: Vm,
    package: Address,
    names: Vec<(Identifier, Vec<Identifier>)>,
}

impl Runner {
    pub(super) fn new(before: &[PackageSource], package: &PackageSource) -> Option<Self> {
        let vm = Vm::new(NativeTable::framework());
        for package in before {
            vm.load_package(package.clone()).expect("it loads");
        }
        vm.load_package(package.clone()).ok()?;
        let names = package
            .modules
            .iter()
            .map(|(name, bytes)| {
                let module = CompiledModule::parse(bytes).expect("it is loaded");
                let functions = module.function_names().expect("it is loaded");
                (name.clone(), functions.into_iter().cloned().collect())
            })
            .collect();
        Some(Self {
            vm,
            package: package.storage_id,
            names,
        })
    }

    /// Calls the changed function, and the others of its module. What ends in an invariant violation as the compiler made it,
    /// for instance a native that is given an id nobody made, may do so here.
    pub(super) fn compare(&self, baseline: &Self, module: &Identifier, changed: usize) -> Outcome {
        let functions = self.names.iter().find(|(name, _)| name == module);
        let (_, functions) = functions.expect("it has the module");
        let mut calls = 0;
        for (number, function) in functions.iter().enumerate() {
            if number != changed && number % 4 != changed % 4 {
                continue;
            }
            for byte in [0, 1] {
                let result = self.call(module, function, byte);
                let Some(result) = result else { continue };
                calls += 1;
                if let Err(error) = result
                    && self.is_invariant(&error)
                    && !matches!(
                        baseline.call(module, function, byte),
                        Some(Err(error)) if baseline.is_invariant(&error)
                    )
                {
                    return Outcome::Broken(error);
                }
            }
        }
        Outcome::Ran(calls)
    }

    /// Whether bytecode did what no verified bytecode can. What a native makes of arguments that its own module should not
    /// have given it is another matter.
    fn is_invariant(&self, error: &VmError) -> bool {
        let native = error.location.as_ref().is_some_and(|at| {
            let module = at.module.as_str();
            let function = at.function_name.as_str();
            let found = self.vm.resolve_function(at.package, module, function);
            found.is_ok_and(|function| function.is_native())
        });
        matches!(error.status, VmStatus::InvariantViolation(_)) && !native
    }

    /// Calls a function with values of this byte and `u64` for its type arguments; `None` if there are no such values.
    fn call(
        &self,
        module: &Identifier,
        function: &Identifier,
        byte: u8,
    ) -> Option<Result<(), VmError>> {
        let function = self
            .vm
            .resolve_function(self.package, module.as_str(), function.as_str())
            .ok()?;
        if function.is_native() {
            return None;
        }
        let type_arguments = vec![Type::U64; function.type_parameters().len()];
        let mut execution = execution_on(&self.vm, GasMeter::new(GAS));
        let arguments = arguments(&mut execution, &function, &type_arguments, byte)?;
        let outcome = execution.call(&function, &type_arguments, &arguments);
        Some(outcome.map(|_| ()))
    }
}

fn arguments(
    execution: &mut Execution<'_>,
    function: &Function,
    type_arguments: &[Type],
    byte: u8,
) -> Option<Vec<Value>> {
    let types = execution.vm().types();
    let mut values = Vec::new();
    for parameter in function.parameters() {
        let ty = types.substitute(*parameter, type_arguments).ok()?;
        let referent = match types.kind(ty).ok()? {
            TypeKind::Reference(inner) | TypeKind::MutReference(inner) => Some(*inner),
            _ => None,
        };
        let value = value(execution, referent.unwrap_or(ty), byte)?;
        values.push(if referent.is_some() {
            let cell = execution.new_cell(value).ok()?;
            execution.borrow(cell)
        } else {
            value
        });
    }
    Some(values)
}

/// The value whose encoding is as many of this byte as it takes.
fn value(execution: &mut Execution<'_>, ty: Type, byte: u8) -> Option<Value> {
    (1..=LONGEST).find_map(|length| execution.deserialize(ty, &vec![byte; length]).ok())
}

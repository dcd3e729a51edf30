//! Runs the commands of a typed and verified transaction.

mod commands;
mod finish;
mod places;

use std::collections::BTreeSet;
use std::sync::Arc;

use sui_sdk_types::{Address, Argument as SdkArgument, Object, Owner, ProgrammableTransaction};

use crate::vm::{self, GasMeter, InputAccess, ObjectRuntime, RuntimeConfig, TxContext, Vm};

use super::super::deny_list::Recipients;
use super::super::effects::Failure;
use super::super::gas;
use super::super::inputs::{LoadedInput, LoadedInputs, Payer};
use super::super::outcome::CommandOutput;
use super::super::protocol::ProtocolConfig;
use super::super::reader::Objects;
use super::super::system;
use super::super::writes::Writes;
use super::program::{Place, Program};
use super::{errors, typing, verify};

use self::places::Places;

pub(super) use self::commands::CommandError;

/// What a transaction runs in.
#[derive(Debug)]
pub(crate) struct Environment<'a> {
    pub(crate) vm: &'a Vm,
    pub(crate) store: Objects<'a>,
    pub(crate) protocol: &'a ProtocolConfig,
    pub(crate) context: TxContext,
    pub(crate) inputs: &'a LoadedInputs,
    /// Internal gas units the transaction may use.
    pub(crate) gas: u64,
    /// Whether to report what every command returned and changed.
    pub(crate) trace: bool,
}

/// What came of running a transaction.
#[derive(Debug)]
pub(crate) struct Execution {
    pub(crate) result: Result<Writes, Failure>,
    /// Internal gas units used.
    pub(crate) gas_used: u64,
    /// Whether it was looked up who may receive regulated coins.
    pub(crate) deny_list_read: bool,
    pub(crate) outputs: Vec<CommandOutput>,
}

/// Run a transaction. Nothing outside of the result changes, except that the virtual machine may have loaded a package.
pub(crate) fn execute(
    environment: &Environment<'_>,
    programmable: &ProgrammableTransaction,
) -> Execution {
    let mut meter = GasMeter::new(environment.gas);
    let early = |failure: Failure, meter: &GasMeter| Execution {
        result: Err(failure),
        gas_used: meter.used(),
        deny_list_read: false,
        outputs: Vec::new(),
    };
    if let Err(status) = charge_inputs(environment, programmable, &mut meter) {
        return early(errors::status(status), &meter);
    }
    let program = typing::transaction(environment.vm, programmable, &environment.inputs.inputs)
        .and_then(|mut program| verify::verify(environment.vm, &mut program).map(|()| program));
    let program = match program {
        Ok(program) => program,
        Err(failure) => return early(failure, &meter),
    };
    let store = Children(environment.store);
    let config = RuntimeConfig {
        accumulators: environment.protocol.address_balances,
        ..RuntimeConfig::default()
    };
    let mut runtime = ObjectRuntime::new(&store, environment.context.clone()).with_config(config);
    let used = used_objects(environment, &program, &mut runtime);
    let mut run = Run {
        environment,
        vm: vm::Execution::new(environment.vm, runtime, meter),
        places: Places::default(),
        writes: Writes::default(),
        outputs: Vec::new(),
    };
    let result = run.run(&program, &used);
    let (writes, outputs) = (
        std::mem::take(&mut run.writes),
        std::mem::take(&mut run.outputs),
    );
    let (heap, runtime, mut meter) = run.vm.into_parts();
    let mut deny_list_read = false;
    let result = result.and_then(|()| {
        let mut writes = finish::gather(environment, heap, runtime, writes)?;
        finish::check_shared(environment, &writes, &used)?;
        let recipients = Recipients::of(&writes);
        deny_list_read = !recipients.is_empty();
        check_recipients(environment, &recipients, &mut meter)?;
        finish::complete(environment, &mut writes, &used)?;
        Ok(writes)
    });
    Execution {
        result,
        gas_used: meter.used(),
        deny_list_read,
        outputs,
    }
}

/// Check that all may have the coins they get, and charge for it first.
fn check_recipients(
    environment: &Environment<'_>,
    recipients: &Recipients,
    meter: &mut GasMeter,
) -> Result<(), Failure> {
    let per_byte = environment.protocol.object_read_cost_per_byte;
    meter
        .charge_units(recipients.bytes_read().saturating_mul(per_byte))
        .map_err(errors::status)?;
    recipients
        .check(environment.store, environment.context.epoch)
        .map_err(Failure::new)
}

/// Charge for reading the inputs and for typing the commands.
fn charge_inputs(
    environment: &Environment<'_>,
    programmable: &ProgrammableTransaction,
    meter: &mut GasMeter,
) -> Result<(), vm::VmStatus> {
    let inputs = environment.inputs;
    let packages = inputs
        .packages
        .iter()
        .filter(|package| !system::is_system_package(&package.object_id()));
    let bytes: u64 = inputs
        .objects()
        .map(|(object, _)| object)
        .chain(packages)
        .map(|object| gas::object_size(object))
        .sum();
    meter.charge_units(bytes.saturating_mul(environment.protocol.object_read_cost_per_byte))?;
    let pure: usize = inputs
        .inputs
        .iter()
        .map(|input| match input {
            LoadedInput::Pure(bytes) => 1 + bytes.len(),
            _ => 1,
        })
        .sum();
    let arguments: usize = programmable
        .commands
        .iter()
        .map(|command| super::super::checks::arguments(command).count().max(1))
        .sum();
    meter.charge_units((pure + arguments) as u64)
}

/// The objects the program uses, which alone are loaded, and declared to the object runtime.
fn used_objects(
    environment: &Environment<'_>,
    program: &Program<'_>,
    runtime: &mut ObjectRuntime<'_>,
) -> BTreeSet<Address> {
    let places: BTreeSet<Place> = program
        .commands
        .iter()
        .flat_map(|command| command.kind.arguments())
        .map(|argument| argument.place)
        .collect();
    let mut used = BTreeSet::new();
    for (index, input) in environment.inputs.inputs.iter().enumerate() {
        if let LoadedInput::Object { object, access } = input
            && places.contains(&Place::Input(index))
        {
            let access = if access.is_mutable() {
                InputAccess::Mutable
            } else {
                InputAccess::ReadOnly
            };
            runtime.add_input(object.object_id(), *object.owner(), access);
            used.insert(object.object_id());
        }
    }
    if let Payer::Coins { coins, .. } = &environment.inputs.payer
        && let Some(coin) = coins.first()
        && places.contains(&Place::Gas)
    {
        runtime.add_input(coin.object_id(), *coin.owner(), InputAccess::Mutable);
        used.insert(coin.object_id());
    }
    used
}

/// The objects a transaction reaches from its inputs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Children<'a>(pub(crate) Objects<'a>);

impl vm::ObjectStore for Children<'_> {
    fn child(&self, parent: Address, child: Address) -> Option<Arc<Object>> {
        self.0.child(&parent, &child).cloned()
    }

    fn receive(&self, parent: Address, id: Address, version: u64) -> Option<Arc<Object>> {
        let object = self.0.get(&id)?;
        let receivable = object.version() == version && *object.owner() == Owner::Address(parent);
        receivable.then(|| Arc::clone(object))
    }
}

/// A transaction while it runs.
#[derive(Debug)]
pub(super) struct Run<'e, 'a> {
    pub(super) environment: &'e Environment<'a>,
    pub(super) vm: vm::Execution<'e>,
    places: Places,
    /// Packages and events; the objects are in the object runtime until the end.
    pub(super) writes: Writes,
    outputs: Vec<CommandOutput>,
}

impl Run<'_, '_> {
    fn run(&mut self, program: &Program<'_>, used: &BTreeSet<Address>) -> Result<(), Failure> {
        self.load_objects(program, used).map_err(errors::status)?;
        for (index, command) in program.commands.iter().enumerate() {
            self.command(program, index, command)
                .map_err(|error| errors::command(index, error))?;
        }
        self.keep_objects(program, used).map_err(errors::status)
    }
}

/// The argument as the sender wrote it, for simulations.
fn written(place: Place, program: &Program<'_>) -> Option<SdkArgument> {
    let index = errors::index;
    Some(match place {
        Place::Gas => SdkArgument::Gas,
        Place::Input(input) => SdkArgument::Input(index(input)),
        Place::Bytes(bytes) => SdkArgument::Input(index(program.bytes.get(bytes)?.input)),
        Place::Result(command, result) => SdkArgument::NestedResult(index(command), index(result)),
        Place::Context => return None,
    })
}

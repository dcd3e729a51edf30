//! The commands.

use sui_sdk_types::{Address, Event, ExecutionError, Identifier, Owner};

use crate::vm::{Reference, Type, Value, VmError, VmStatus};

use super::super::super::outcome::{CommandOutput, OutputValue};
use super::super::errors;
use super::super::program::{Argument, Command, CommandKind, Place, Program, Usage};
use super::super::publish;
use super::{Run, written};

/// The field of `0x2::coin::Coin` that holds its balance, and of `0x2::balance::Balance` that holds its value.
const COIN_BALANCE: u32 = 1;
const BALANCE_VALUE: u32 = 0;

/// Why a command failed.
#[derive(Debug)]
pub(in super::super) struct CommandError(pub(in super::super) Box<ExecutionError>);

impl From<ExecutionError> for CommandError {
    fn from(error: ExecutionError) -> Self {
        Self(Box::new(error))
    }
}

impl From<VmError> for CommandError {
    fn from(error: VmError) -> Self {
        errors::vm_error(error).into()
    }
}

impl From<VmStatus> for CommandError {
    fn from(status: VmStatus) -> Self {
        VmError::from(status).into()
    }
}

impl Run<'_, '_> {
    /// Run one command and put its results into their places.
    pub(super) fn command(
        &mut self,
        program: &Program<'_>,
        index: usize,
        command: &Command<'_>,
    ) -> Result<(), ExecutionError> {
        let results = self
            .run_command(program, command)
            .map_err(|error| *error.0)?;
        let outputs = self
            .environment
            .trace
            .then(|| self.output(program, command, &results))
            .transpose();
        self.store_results(index, command, results)
            .map_err(|error| *error.0)?;
        self.outputs.extend(outputs.map_err(|error| *error.0)?);
        Ok(())
    }

    fn run_command(
        &mut self,
        program: &Program<'_>,
        command: &Command<'_>,
    ) -> Result<Vec<Value>, CommandError> {
        let arguments = command.kind.arguments().count() as u64;
        self.vm.meter_mut().charge(1, 0, arguments, 0)?;
        match &command.kind {
            CommandKind::MoveCall {
                function,
                type_arguments,
                arguments,
            } => {
                let values = self.values(program, arguments)?;
                let results = self.vm.call(function, type_arguments, &values)?;
                self.collect_events(function.package(), function.module());
                Ok(results)
            }
            CommandKind::TransferObjects { objects, recipient } => {
                let values = self.values(program, objects)?;
                let recipient = self.value(program, recipient)?.as_address()?;
                for (argument, value) in objects.iter().zip(values) {
                    let (heap, runtime, _) = self.vm.parts_mut();
                    runtime.transfer(heap, Owner::Address(recipient), argument.ty, value)?;
                }
                Ok(Vec::new())
            }
            CommandKind::SplitCoins { coin, amounts } => self.split(program, coin, amounts),
            CommandKind::MergeCoins { target, coins } => self.merge(program, target, coins),
            CommandKind::MakeMoveVector { element, elements } => {
                let values = self.values(program, elements)?;
                Ok(vec![self.vm.vector(*element, &values)?])
            }
            CommandKind::Publish(package) => publish::publish(self, package),
            CommandKind::Upgrade { upgrade, ticket } => {
                let ticket = self.value(program, ticket)?;
                publish::upgrade(self, upgrade, ticket)
            }
        }
    }

    fn split(
        &mut self,
        program: &Program<'_>,
        coin: &Argument,
        amounts: &[Argument],
    ) -> Result<Vec<Value>, CommandError> {
        let coin = self.value(program, coin)?.as_reference()?;
        let amounts = self
            .values(program, amounts)?
            .into_iter()
            .map(Value::as_u64)
            .collect::<Result<Vec<_>, _>>()?;
        let total = amounts
            .iter()
            .try_fold(0u64, |sum, amount| sum.checked_add(*amount))
            .ok_or(ExecutionError::CoinBalanceOverflow)?;
        let balance = self.coin_balance(coin)?;
        let value = self.vm.heap_mut().peek(balance)?.as_u64()?;
        let left = value
            .checked_sub(total)
            .ok_or(ExecutionError::InsufficientCoinBalance)?;
        self.vm.heap_mut().write(balance, Value::U64(left))?;
        amounts
            .into_iter()
            .map(|amount| Ok(self.new_coin(amount)?))
            .collect()
    }

    fn new_coin(&mut self, amount: u64) -> Result<Value, VmStatus> {
        let id = self.vm.runtime_mut().fresh_id()?;
        let uid = self.new_uid(id)?;
        let heap = self.vm.heap_mut();
        let balance = heap.pack(&[Value::U64(amount)])?;
        heap.pack(&[uid, balance])
    }

    /// A `UID` with this id.
    pub(in super::super) fn new_uid(&mut self, id: Address) -> Result<Value, VmStatus> {
        let heap = self.vm.heap_mut();
        let id = heap.pack(&[Value::Address(id)])?;
        heap.pack(&[id])
    }

    fn merge(
        &mut self,
        program: &Program<'_>,
        target: &Argument,
        coins: &[Argument],
    ) -> Result<Vec<Value>, CommandError> {
        let target = self.value(program, target)?.as_reference()?;
        let coins = self.values(program, coins)?;
        let balance = self.coin_balance(target)?;
        let mut sum = self.vm.heap_mut().peek(balance)?.as_u64()?;
        for coin in coins {
            let heap = self.vm.heap_mut();
            let value = heap
                .field(
                    heap.field(coin, COIN_BALANCE as usize)?,
                    BALANCE_VALUE as usize,
                )?
                .as_u64()?;
            let id = heap
                .field(heap.field(heap.field(coin, 0)?, 0)?, 0)?
                .as_address()?;
            sum = sum
                .checked_add(value)
                .ok_or(ExecutionError::CoinBalanceOverflow)?;
            heap.destroy(coin)?;
            self.vm.runtime_mut().delete_id(id)?;
        }
        self.vm.heap_mut().write(balance, Value::U64(sum))?;
        Ok(Vec::new())
    }

    /// A reference to the number a coin holds.
    fn coin_balance(&mut self, coin: Reference) -> Result<Reference, VmStatus> {
        let heap = self.vm.heap_mut();
        let balance = heap.borrow_field(coin, COIN_BALANCE)?;
        heap.borrow_field(balance, BALANCE_VALUE)
    }

    /// Stamp what was emitted with the module the sender called.
    pub(in super::super) fn collect_events(&mut self, package: Address, module: &Identifier) {
        let sender = self.environment.context.sender;
        for event in self.vm.runtime_mut().take_events() {
            self.writes.events.push(Event {
                package_id: package,
                module: module.clone(),
                sender,
                type_: event.type_tag,
                contents: event.contents,
            });
        }
    }

    fn store_results(
        &mut self,
        index: usize,
        command: &Command<'_>,
        results: Vec<Value>,
    ) -> Result<(), CommandError> {
        if results.len() != command.results.len() {
            return Err(VmStatus::InvariantViolation(
                "a command returned another number of results",
            )
            .into());
        }
        for (position, (value, (ty, unused))) in results
            .into_iter()
            .zip(command.results.iter().zip(&command.unused))
            .enumerate()
        {
            if *unused && self.environment.vm.types().abilities(*ty)?.has_drop() {
                self.vm.heap_mut().destroy(value)?;
            } else {
                self.places
                    .put(&mut self.vm, Place::Result(index, position), value)?;
            }
        }
        Ok(())
    }

    /// What a command returned and changed.
    fn output(
        &mut self,
        program: &Program<'_>,
        command: &Command<'_>,
        results: &[Value],
    ) -> Result<CommandOutput, CommandError> {
        let mut output = CommandOutput::default();
        for (ty, value) in command.results.iter().zip(results) {
            output.return_values.push(self.output_value(*ty, *value)?);
        }
        for argument in command
            .kind
            .arguments()
            .filter(|argument| argument.usage == Usage::BorrowMut)
        {
            if let Some(name) = written(argument.place, program)
                && let Some(value) = self.places.peek(&self.vm, argument.place)?
            {
                let value = self.output_value(argument.ty, value)?;
                output.mutated_by_ref.push((name, value));
            }
        }
        Ok(output)
    }

    fn output_value(&self, ty: Type, value: Value) -> Result<OutputValue, VmStatus> {
        Ok(OutputValue {
            type_: self.environment.vm.types().tag(ty)?.clone(),
            bytes: self.vm.serialize(ty, value)?,
        })
    }
}

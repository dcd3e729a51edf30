//! The values of a running transaction and where they are.

use std::collections::{BTreeMap, BTreeSet};

use sui_sdk_types::{Address, Object};

use crate::vm::{Cell, Execution, Type, Value, VmStatus};

use super::super::super::inputs::{LoadedInput, Payer};
use super::super::program::{Argument, InputKind, Place, Program, Usage};
use super::Run;

/// A cell for every place that has held a value.
#[derive(Debug, Default)]
pub(super) struct Places {
    cells: BTreeMap<Place, Cell>,
}

const NO_VALUE: VmStatus =
    VmStatus::InvariantViolation("an argument without a value passed verification");

impl Places {
    /// Put a value into a place.
    pub(super) fn put(
        &mut self,
        vm: &mut Execution<'_>,
        place: Place,
        value: Value,
    ) -> Result<(), VmStatus> {
        self.cells.insert(place, vm.new_cell(value)?);
        Ok(())
    }

    /// What is in a place, still owned by it; none if it was moved out.
    pub(super) fn peek(&self, vm: &Execution<'_>, place: Place) -> Result<Option<Value>, VmStatus> {
        self.cells
            .get(&place)
            .map_or(Ok(None), |cell| vm.peek(*cell))
    }

    /// The value an argument stands for.
    fn argument(&self, vm: &mut Execution<'_>, argument: &Argument) -> Result<Value, VmStatus> {
        let cell = *self.cells.get(&argument.place).ok_or(NO_VALUE)?;
        match argument.usage {
            Usage::Move => vm.take(cell)?.ok_or(NO_VALUE),
            Usage::Copy => vm.copy(cell)?.ok_or(NO_VALUE),
            Usage::Borrow | Usage::BorrowMut => {
                vm.peek(cell)?.ok_or(NO_VALUE)?;
                Ok(vm.borrow(cell))
            }
        }
    }
}

impl Run<'_, '_> {
    /// Load the objects the program uses and the values that need no command.
    pub(super) fn load_objects(
        &mut self,
        program: &Program<'_>,
        used: &BTreeSet<Address>,
    ) -> Result<(), VmStatus> {
        let inputs = self.environment.inputs;
        for (index, input) in inputs.inputs.iter().enumerate() {
            match (input, program.inputs.get(index)) {
                (LoadedInput::Object { object, .. }, Some(InputKind::Object { ty, .. }))
                    if used.contains(&object.object_id()) =>
                {
                    let value = self.vm.deserialize(*ty, contents(object)?)?;
                    self.places.put(&mut self.vm, Place::Input(index), value)?;
                }
                (
                    LoadedInput::Withdrawal { owner, amount, .. },
                    Some(InputKind::Withdrawal { ty, .. }),
                ) => {
                    let mut bytes = owner.as_bytes().to_vec();
                    bytes.extend_from_slice(&amount.to_le_bytes());
                    bytes.resize(64, 0);
                    let value = self.vm.deserialize(*ty, &bytes)?;
                    self.places.put(&mut self.vm, Place::Input(index), value)?;
                }
                _ => {}
            }
        }
        if let Payer::Coins { coins, total } = &inputs.payer
            && let Some(coin) = coins.first()
            && used.contains(&coin.object_id())
        {
            let mut bytes = contents(coin)?.to_vec();
            // The budget is set aside until the end, so that nothing can spend it.
            let visible = total.saturating_sub(self.environment.context.gas_budget);
            bytes
                .get_mut(32..40)
                .ok_or(VmStatus::InvariantViolation("the gas coin is no coin"))?
                .copy_from_slice(&visible.to_le_bytes());
            let ty = self.gas_coin_type()?;
            let value = self.vm.deserialize(ty, &bytes)?;
            self.places.put(&mut self.vm, Place::Gas, value)?;
        }
        let context = self.vm.transaction_context()?;
        self.places.put(&mut self.vm, Place::Context, context)
    }

    /// Give what is left of the mutable inputs back to their owners.
    pub(super) fn keep_objects(
        &mut self,
        program: &Program<'_>,
        used: &BTreeSet<Address>,
    ) -> Result<(), VmStatus> {
        let mut left: Vec<(Place, Type)> = Vec::new();
        for (index, input) in self.environment.inputs.inputs.iter().enumerate() {
            if let (LoadedInput::Object { object, access }, Some(InputKind::Object { ty, .. })) =
                (input, program.inputs.get(index))
                && access.is_mutable()
                && used.contains(&object.object_id())
            {
                left.push((Place::Input(index), *ty));
            }
        }
        if self.places.cells.contains_key(&Place::Gas) {
            left.push((Place::Gas, self.gas_coin_type()?));
        }
        for (place, ty) in left {
            if let Some(value) = self.places.peek(&self.vm, place)? {
                let (heap, runtime, _) = self.vm.parts_mut();
                runtime.keep(heap, ty, value)?;
            }
        }
        Ok(())
    }

    /// The values of a command's arguments, evaluated in order.
    pub(super) fn values<'p>(
        &mut self,
        program: &Program<'_>,
        arguments: impl IntoIterator<Item = &'p Argument>,
    ) -> Result<Vec<Value>, VmStatus> {
        arguments
            .into_iter()
            .map(|argument| self.value(program, argument))
            .collect()
    }

    /// The value of one argument.
    pub(super) fn value(
        &mut self,
        program: &Program<'_>,
        argument: &Argument,
    ) -> Result<Value, VmStatus> {
        if let Place::Bytes(index) = argument.place
            && !self.places.cells.contains_key(&argument.place)
        {
            let used = program.bytes.get(index).ok_or(NO_VALUE)?;
            let value = match self.environment.inputs.inputs.get(used.input) {
                Some(LoadedInput::Pure(bytes)) => self.vm.deserialize(used.ty, bytes)?,
                Some(LoadedInput::Receiving(reference)) => {
                    let mut bytes = reference.object_id().as_bytes().to_vec();
                    bytes.extend_from_slice(&reference.version().to_le_bytes());
                    self.vm.deserialize(used.ty, &bytes)?
                }
                _ => return Err(NO_VALUE),
            };
            self.places.put(&mut self.vm, argument.place, value)?;
        }
        self.vm.meter_mut().charge(1, 1, 1, 8)?;
        self.places.argument(&mut self.vm, argument)
    }

    fn gas_coin_type(&self) -> Result<Type, VmStatus> {
        self.environment
            .vm
            .types()
            .resolve_struct(&sui_sdk_types::StructTag::gas_coin())
    }
}

fn contents(object: &Object) -> Result<&[u8], VmStatus> {
    let data = object
        .as_struct()
        .ok_or(VmStatus::InvariantViolation("a package as an object input"))?;
    Ok(data.contents())
}

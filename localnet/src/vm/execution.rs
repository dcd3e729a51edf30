//! One transaction's use of the machine.

use sui_sdk_types::Address;

use super::interpreter::Interpreter;
use super::{
    Function, GasMeter, Handle, Heap, ObjectRuntime, Type, Value, Vm, VmError, VmStatus, bcs,
};

/// Runs the calls of one transaction. It owns every value of the transaction; they die with it.
#[derive(Debug)]
pub struct Execution<'a> {
    vm: &'a Vm,
    heap: Heap,
    runtime: ObjectRuntime<'a>,
    meter: GasMeter,
    interpreter: Interpreter<'a>,
}

/// A place for one value outside any function: a transaction input or a command's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell(Handle);

impl<'a> Execution<'a> {
    /// An execution in which nothing has happened yet, over a runtime that knows the transaction's inputs.
    #[must_use]
    pub fn new(vm: &'a Vm, runtime: ObjectRuntime<'a>, meter: GasMeter) -> Self {
        Self {
            vm,
            heap: vm.heaps.take(),
            runtime,
            meter,
            interpreter: Interpreter::default(),
        }
    }

    /// Calls a function of any visibility; who may call what is for the caller to decide. Arguments are moved in, results
    /// are owned by the caller.
    ///
    /// # Errors
    /// Whatever stops the code, with its location. Values that were live in it are gone; cells are as the code left them.
    pub fn call(
        &mut self,
        function: &Function,
        type_arguments: &[Type],
        arguments: &[Value],
    ) -> Result<Vec<Value>, VmError> {
        let instance = self.vm.entry_instance(function, type_arguments)?;
        self.interpreter.call(
            self.vm,
            &mut self.heap,
            &mut self.runtime,
            &mut self.meter,
            instance,
            arguments,
        )
    }

    /// The value of type `ty` that `bytes` are.
    ///
    /// # Errors
    /// [`VmStatus::InvalidValue`] if they are not exactly one, [`VmStatus::ValueDepthExceeded`].
    pub fn deserialize(&mut self, ty: Type, bytes: &[u8]) -> Result<Value, VmStatus> {
        bcs::deserialize(&self.vm.types, &mut self.heap, ty, bytes)
    }

    /// The canonical bytes of a value; for a reference, of its referent.
    ///
    /// # Errors
    /// An invariant violation if `value` is not of type `ty`.
    pub fn serialize(&self, ty: Type, value: Value) -> Result<Vec<u8>, VmStatus> {
        bcs::serialize(&self.vm.types, &self.heap, ty, value)
    }

    /// Makes a vector of these elements.
    ///
    /// # Errors
    /// An invariant violation if an element is not of the element type.
    pub fn vector(&mut self, element: Type, elements: &[Value]) -> Result<Value, VmStatus> {
        let kind = self.vm.types.vector_kind(element)?;
        self.heap.vector(kind, elements)
    }

    /// The transaction's context as Move sees it, `0x2::tx_context::TxContext`. Natives know all of it but the digest.
    ///
    /// # Errors
    /// [`VmStatus::MemoryLimitExceeded`] when no handle is left.
    pub fn transaction_context(&mut self) -> Result<Value, VmStatus> {
        let digest = self.runtime.context().digest;
        let digest = self.heap.vector_u8(digest.as_bytes().to_vec())?;
        let zero = Value::U64(0);
        let nobody = Value::Address(Address::ZERO);
        self.heap.pack(&[nobody, digest, zero, zero, zero])
    }

    /// Puts a value into a new cell.
    ///
    /// # Errors
    /// [`VmStatus::MemoryLimitExceeded`] when no handle is left.
    pub fn new_cell(&mut self, value: Value) -> Result<Cell, VmStatus> {
        self.heap.new_cell(value).map(Cell)
    }

    /// A reference to what a cell holds. An empty cell gives one that nothing can be read through.
    #[must_use]
    pub fn borrow(&self, cell: Cell) -> Value {
        Heap::cell_reference(cell.0).into()
    }

    /// What a cell holds, still owned by it; `None` if it is empty.
    ///
    /// # Errors
    /// An invariant violation if the cell is of another execution; so for the other cell methods.
    pub fn peek(&self, cell: Cell) -> Result<Option<Value>, VmStatus> {
        let value = self.heap.peek(Heap::cell_reference(cell.0))?;
        Ok(Some(value).filter(|value| !value.is_empty()))
    }

    /// An independent copy of what a cell holds; `None` if it is empty.
    ///
    /// # Errors
    /// See [`Execution::peek`].
    pub fn copy(&mut self, cell: Cell) -> Result<Option<Value>, VmStatus> {
        self.peek(cell)?
            .map(|value| self.heap.copy(value))
            .transpose()
    }

    /// Moves the value out of a cell; `None` if it is empty.
    ///
    /// # Errors
    /// See [`Execution::peek`].
    pub fn take(&mut self, cell: Cell) -> Result<Option<Value>, VmStatus> {
        let value = self.heap.swap(Heap::cell_reference(cell.0), Value::Empty)?;
        Ok(Some(value).filter(|value| !value.is_empty()))
    }

    /// Moves a value into a cell, destroying what it held.
    ///
    /// # Errors
    /// See [`Execution::peek`].
    pub fn put(&mut self, cell: Cell, value: Value) -> Result<(), VmStatus> {
        self.heap.write(Heap::cell_reference(cell.0), value)
    }

    /// The machine this runs on.
    #[must_use]
    pub fn vm(&self) -> &'a Vm {
        self.vm
    }

    /// The transaction's values.
    #[must_use]
    pub fn heap(&self) -> &Heap {
        &self.heap
    }

    /// The transaction's values, to build and take apart.
    pub fn heap_mut(&mut self) -> &mut Heap {
        &mut self.heap
    }

    /// What the transaction did to objects so far.
    #[must_use]
    pub fn runtime(&self) -> &ObjectRuntime<'a> {
        &self.runtime
    }

    /// What the transaction did to objects so far, to add to.
    pub fn runtime_mut(&mut self) -> &mut ObjectRuntime<'a> {
        &mut self.runtime
    }

    /// Values and object runtime together, for operations that need both.
    pub fn parts_mut(&mut self) -> (&mut Heap, &mut ObjectRuntime<'a>, &mut GasMeter) {
        (&mut self.heap, &mut self.runtime, &mut self.meter)
    }

    /// The gas meter.
    #[must_use]
    pub fn meter(&self) -> &GasMeter {
        &self.meter
    }

    /// The gas meter, to charge what happens outside Move code.
    pub fn meter_mut(&mut self) -> &mut GasMeter {
        &mut self.meter
    }

    /// Ends the execution: what is left of the values, the object runtime and the meter.
    #[must_use]
    pub fn into_parts(self) -> (Heap, ObjectRuntime<'a>, GasMeter) {
        (self.heap, self.runtime, self.meter)
    }
}

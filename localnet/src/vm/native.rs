//! The calling convention of native functions.

use super::{GasMeter, Heap, ObjectRuntime, Type, Types, Value, VmError, VmStatus};
use std::collections::HashMap;
use std::fmt;
use sui_sdk_types::{Address, Identifier};

/// A native function: type arguments, arguments in declaration order, and at most one result.
///
/// Arguments are moved in: a native that does not put an owned container elsewhere destroys it.
pub type NativeFunction = fn(&mut NativeContext<'_, '_>, &[Type], &[Value]) -> NativeResult;

/// What a native returns: the returned value if its signature has one.
pub type NativeResult = Result<Option<Value>, NativeError>;

/// Why a native stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NativeError {
    /// An abort, located at the native's declaration.
    Abort(u64),
    /// Anything else.
    Status(VmStatus),
}

impl From<VmStatus> for NativeError {
    fn from(status: VmStatus) -> Self {
        Self::Status(status)
    }
}

impl From<NativeError> for VmStatus {
    fn from(error: NativeError) -> Self {
        match error {
            NativeError::Abort(code) => Self::Aborted(code),
            NativeError::Status(status) => status,
        }
    }
}

impl From<NativeError> for VmError {
    fn from(error: NativeError) -> Self {
        VmStatus::from(error).into()
    }
}

/// What a native may use.
#[derive(Debug)]
pub struct NativeContext<'c, 'a> {
    /// The values of the transaction.
    pub heap: &'c mut Heap,
    /// Ids, transfers, children and events of the transaction.
    pub runtime: &'c mut ObjectRuntime<'a>,
    /// The types of the virtual machine.
    pub types: &'a Types,
    meter: &'c GasMeter,
    cost: u64,
}

impl<'c, 'a> NativeContext<'c, 'a> {
    pub(super) fn new(
        heap: &'c mut Heap,
        runtime: &'c mut ObjectRuntime<'a>,
        types: &'a Types,
        meter: &'c GasMeter,
    ) -> Self {
        Self {
            heap,
            runtime,
            types,
            meter,
            cost: 0,
        }
    }

    /// Charges internal units for this call. The meter is settled when the native returns; asking first lets a native stop
    /// before it does work nobody can pay for.
    ///
    /// # Errors
    /// [`VmStatus::OutOfGas`].
    pub fn charge(&mut self, units: u64) -> Result<(), VmStatus> {
        self.cost = self.cost.saturating_add(units);
        self.meter.check_units(self.cost)
    }

    /// What has been charged for this call.
    pub(super) fn cost(&self) -> u64 {
        self.cost
    }

    /// The referent of a reference argument, still owned by its place.
    ///
    /// # Errors
    /// An invariant violation if `value` is no reference or its referent is gone.
    pub fn referent(&self, value: Value) -> Result<Value, VmStatus> {
        self.heap.peek(value.as_reference()?)
    }

    /// The canonical bytes of a value; for a reference, of its referent.
    ///
    /// # Errors
    /// An invariant violation if `value` is not of type `ty`.
    pub fn serialize(&self, ty: Type, value: Value) -> Result<Vec<u8>, VmStatus> {
        super::bcs::serialize(self.types, self.heap, ty, value)
    }

    /// The value of type `ty` that `bytes` are.
    ///
    /// # Errors
    /// [`VmStatus::InvalidValue`] if they are not exactly one.
    pub fn deserialize(&mut self, ty: Type, bytes: &[u8]) -> Result<Value, VmStatus> {
        super::bcs::deserialize(self.types, self.heap, ty, bytes)
    }
}

/// The native functions a virtual machine provides, by address, module and name.
#[derive(Clone, Default)]
pub struct NativeTable {
    functions: HashMap<(Address, Identifier, Identifier), NativeFunction>,
}

impl NativeTable {
    /// A table of these functions.
    #[must_use]
    pub fn new(
        functions: impl IntoIterator<Item = (Address, &'static str, &'static str, NativeFunction)>,
    ) -> Self {
        let name = Identifier::from_static;
        Self {
            functions: functions
                .into_iter()
                .map(|(address, module, function, native)| {
                    ((address, name(module), name(function)), native)
                })
                .collect(),
        }
    }

    /// The native of this name.
    #[must_use]
    pub fn get(
        &self,
        address: Address,
        module: &Identifier,
        function: &Identifier,
    ) -> Option<NativeFunction> {
        self.functions
            .get(&(address, module.clone(), function.clone()))
            .copied()
    }
}

impl fmt::Debug for NativeTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NativeTable")
            .field("functions", &self.functions.len())
            .finish()
    }
}

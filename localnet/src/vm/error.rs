//! Statuses and errors of the virtual machine.

use sui_sdk_types::{Address, Identifier};

/// Why execution, loading or decoding stopped.
///
/// This is the status alone; [`VmError`] adds where it happened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VmStatus {
    /// Move code aborted with this code.
    #[error("move code aborted with code {0}")]
    Aborted(u64),
    /// Overflow, underflow, division by zero, a cast out of range or a shift by at least the bit width.
    #[error("arithmetic error")]
    ArithmeticError,
    /// A vector operation that its vector does not allow.
    #[error("vector operation error: {0}")]
    VectorOperation(VectorError),
    /// The gas meter ran out.
    #[error("out of gas")]
    OutOfGas,
    /// More than 1,024 nested calls.
    #[error("call stack overflow: more than 1,024 nested calls")]
    CallStackOverflow,
    /// More operands than one execution may hold.
    #[error("execution stack overflow: too many operands")]
    ExecutionStackOverflow,
    /// A limit on memory, events, objects or another per-transaction resource; the text names it.
    #[error("memory limit exceeded: {0}")]
    MemoryLimitExceeded(&'static str),
    /// A value nested deeper than 128 levels.
    #[error("value nested deeper than 128 levels")]
    ValueDepthExceeded,
    /// A type with too many nodes or too deep.
    #[error("type too large: {0}")]
    TypeLimitExceeded(&'static str),
    /// Bytes that are not one value of the requested type.
    #[error("bytes are not a value of the expected type: {0}")]
    InvalidValue(&'static str),
    /// Bytecode that does not follow the binary format.
    #[error("malformed bytecode: {message} (at byte {offset})")]
    MalformedBytecode {
        /// What is wrong.
        message: &'static str,
        /// Byte offset in the module at which it was noticed.
        offset: usize,
    },
    /// A well-formed module that breaks a rule of the language.
    #[error("bytecode rejected: {0}")]
    RejectedBytecode(&'static str),
    /// A package, module, function or type that bytecode or a caller names does not exist.
    #[error("linker error: {0}")]
    Linker(Box<LinkError>),
    /// The number of type arguments differs from the number of type parameters.
    #[error("expected {expected} type arguments, got {actual}")]
    TypeArity {
        /// Number of type parameters.
        expected: usize,
        /// Number of type arguments given.
        actual: usize,
    },
    /// A type argument lacks an ability that its parameter asks for.
    #[error("type argument {argument} lacks an ability its parameter requires")]
    ConstraintNotSatisfied {
        /// Index of the offending type argument.
        argument: usize,
    },
    /// A native function that this ledger does not provide.
    #[error("native function not supported by this ledger: {0}")]
    UnsupportedNative(Box<str>),
    /// Objects that would own each other; the id is one of them.
    #[error("object {0} would own itself")]
    CircularOwnership(Address),
    /// Something verified bytecode cannot cause.
    #[error("invariant violation: {0}")]
    InvariantViolation(&'static str),
}

/// The sub-status of a failed vector operation, numbered as in the Move VM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[repr(u8)]
pub enum VectorError {
    /// Borrow or swap out of range.
    #[error("index out of bounds")]
    IndexOutOfBounds = 1,
    /// Pop from an empty vector.
    #[error("pop from an empty vector")]
    PopEmpty = 2,
    /// Unpack into another number of elements.
    #[error("unpacked into another number of elements")]
    LengthMismatch = 3,
    /// Push onto a vector that is as long as one may be.
    #[error("push onto a vector of 262,144 elements")]
    LengthLimit = 4,
}

/// What could not be found while linking.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// No package with this id is loaded.
    #[error("package {0} is not loaded")]
    PackageNotFound(Address),
    /// The calling package's linkage does not name this dependency.
    #[error("package {0} is not in the linkage table")]
    NotLinked(Address),
    /// The package has no such module.
    #[error("module {package}::{module} not found")]
    ModuleNotFound {
        /// Storage id of the package.
        package: Address,
        /// Name looked for.
        module: Box<str>,
    },
    /// The module has no such function, or one of another signature.
    #[error("function {package}::{module}::{function} not found or of another signature")]
    FunctionNotFound {
        /// Storage id of the package.
        package: Address,
        /// Module looked in.
        module: Box<str>,
        /// Name looked for.
        function: Box<str>,
    },
    /// The module has no such type, or one of another shape.
    #[error("type {package}::{module}::{name} not found or of another shape")]
    TypeNotFound {
        /// Id of the package, as the caller named it.
        package: Address,
        /// Module looked in.
        module: Box<str>,
        /// Name looked for.
        name: Box<str>,
    },
    /// Another package of the same id but other content is already loaded.
    #[error("another package with id {0} is already loaded")]
    PackageConflict(Address),
}

impl From<LinkError> for VmStatus {
    fn from(error: LinkError) -> Self {
        Self::Linker(Box::new(error))
    }
}

/// How the ledger reports a status to the sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusClass {
    /// A Move abort.
    Abort,
    /// Insufficient gas.
    OutOfGas,
    /// An error of the program at run time (arithmetic, vectors, limits).
    Execution,
    /// Bytecode or bytes that were rejected before they ran.
    Rejected,
    /// An error of the virtual machine itself.
    Invariant,
}

impl VmStatus {
    /// The class the ledger maps to an execution error.
    #[must_use]
    pub fn class(&self) -> StatusClass {
        match self {
            Self::Aborted(_) => StatusClass::Abort,
            Self::OutOfGas => StatusClass::OutOfGas,
            Self::ArithmeticError
            | Self::VectorOperation(_)
            | Self::CallStackOverflow
            | Self::ExecutionStackOverflow
            | Self::MemoryLimitExceeded(_)
            | Self::CircularOwnership(_)
            | Self::ValueDepthExceeded => StatusClass::Execution,
            Self::TypeLimitExceeded(_)
            | Self::InvalidValue(_)
            | Self::MalformedBytecode { .. }
            | Self::RejectedBytecode(_)
            | Self::Linker(_)
            | Self::TypeArity { .. }
            | Self::ConstraintNotSatisfied { .. } => StatusClass::Rejected,
            Self::UnsupportedNative(_) | Self::InvariantViolation(_) => StatusClass::Invariant,
        }
    }
}

/// The instruction at which a status arose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// Storage id of the running version of the package.
    pub package: Address,
    /// Module name.
    pub module: Identifier,
    /// Index of the function definition in its module.
    pub function: u16,
    /// Index of the instruction in the function; 0 for a native.
    pub instruction: u16,
    /// Name of the function.
    pub function_name: Identifier,
}

/// A status and, where code was running, its location.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{status}{}", display_location(.location.as_deref()))]
pub struct VmError {
    /// What went wrong.
    pub status: VmStatus,
    /// Where, if code was running.
    pub location: Option<Box<Location>>,
}

fn display_location(location: Option<&Location>) -> String {
    location.map_or_else(String::new, |at| {
        format!(
            " in {}::{}::{} (instruction {})",
            at.package, at.module, at.function_name, at.instruction
        )
    })
}

impl VmError {
    /// The abort code, if this is a Move abort.
    #[must_use]
    pub fn abort_code(&self) -> Option<u64> {
        match self.status {
            VmStatus::Aborted(code) => Some(code),
            _ => None,
        }
    }
}

impl From<VmStatus> for VmError {
    fn from(status: VmStatus) -> Self {
        Self {
            status,
            location: None,
        }
    }
}

impl From<LinkError> for VmError {
    fn from(error: LinkError) -> Self {
        VmStatus::from(error).into()
    }
}

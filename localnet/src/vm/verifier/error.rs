//! Why a module is not accepted.

use sui_sdk_types::Identifier;

/// A module that breaks a rule, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("module {module}{}: {rule} ({})", place(.function.as_ref(), *.instruction), .rule.status())]
pub struct VerificationError {
    /// Name of the module.
    pub module: Identifier,
    /// Name of the function whose code breaks the rule, if it is a rule about code.
    pub function: Option<Identifier>,
    /// Index of the instruction in the function.
    pub instruction: Option<u16>,
    /// The rule.
    pub rule: Rule,
}

fn place(function: Option<&Identifier>, instruction: Option<u16>) -> String {
    let function = function.map_or_else(String::new, |name| format!(", function {name}"));
    let instruction = instruction.map_or_else(String::new, |at| format!(", instruction {at}"));
    function + &instruction
}

/// A rule is broken, perhaps at an instruction; which module and function it is in, the caller knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Broken {
    pub(super) rule: Rule,
    pub(super) instruction: Option<usize>,
}

impl From<Rule> for Broken {
    fn from(rule: Rule) -> Self {
        Self {
            rule,
            instruction: None,
        }
    }
}

impl Broken {
    /// The same at an instruction, unless it already knows of one.
    pub(super) fn at(self, instruction: usize) -> Self {
        Self {
            instruction: self.instruction.or(Some(instruction)),
            ..self
        }
    }
}

macro_rules! rules {
    ($($name:ident, $status:literal, $text:literal;)*) => {
        /// A rule of the bytecode verifier.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
        #[non_exhaustive]
        pub enum Rule {
            $(
                #[doc = $text]
                #[error($text)]
                $name,
            )*
        }

        impl Rule {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The name of the status that a network's verifier gives, or would.
            #[must_use]
            pub const fn status(self) -> &'static str {
                match self {
                    $(Self::$name => $status,)*
                }
            }
        }
    };
}

rules! {
    // The module's tables.
    OutOfBounds, "INDEX_OUT_OF_BOUNDS", "an index names nothing";
    TooComplex, "CONSTRAINT_NOT_SATISFIED", "verifying it takes more steps than a package may need";
    Duplicate, "DUPLICATE_ELEMENT", "a table has the same element twice";
    MissingDefinition, "UNIMPLEMENTED_HANDLE", "the module names a type or function as its own and does not define it";
    TooManyTypeParameters, "TOO_MANY_TYPE_PARAMETERS", "there are more than 32 type parameters";
    TooManyParameters, "TOO_MANY_PARAMETERS", "a function has more than 128 parameters";
    TypeTooLarge, "TOO_MANY_TYPE_NODES", "a type has too many parts";
    TooManyDatatypes, "MAX_STRUCT_DEFINITIONS_REACHED", "the module defines more than 200 structs and enums";
    TooManyFields, "MAX_FIELD_DEFINITIONS_REACHED", "a struct, or all variants of an enum together, have more than 32 fields";
    FriendOfItself, "INVALID_FRIEND_DECL_WITH_SELF", "the module is its own friend";
    FriendElsewhere, "INVALID_FRIEND_DECL_WITH_MODULES_OUTSIDE_ACCOUNT_ADDRESS", "a friend is a module of another package";
    CyclicModules, "CYCLIC_MODULE_DEPENDENCY", "modules of the package depend on each other in a circle";
    // Types.
    NestedReference, "INVALID_SIGNATURE_TOKEN", "a reference is inside another type";
    TypeParameterOutOfRange, "INDEX_OUT_OF_BOUNDS", "a type parameter is used where there is none of that number";
    TypeArguments, "NUMBER_OF_TYPE_ARGUMENTS_MISMATCH", "the number of type arguments is wrong";
    Constraint, "CONSTRAINT_NOT_SATISFIED", "a type argument lacks an ability its parameter asks for";
    PhantomPosition, "INVALID_PHANTOM_TYPE_PARAM_POSITION", "a phantom type parameter is used as the type of something that exists";
    FieldAbility, "FIELD_MISSING_TYPE_ABILITY", "a field lacks an ability of its datatype";
    InstantiationLoop, "LOOP_IN_INSTANTIATION_GRAPH", "generic functions call each other with ever larger types";
    // Instructions.
    GenericMismatch, "GENERIC_MEMBER_OPCODE_MISMATCH", "a generic instruction names something without type parameters, or the reverse";
    VectorLiteral, "CONSTRAINT_NOT_SATISFIED", "a vector is made of or taken apart into more than 65,535 elements";
    EmptyCode, "EMPTY_CODE_UNIT", "a function has no instructions";
    FallThrough, "INVALID_FALL_THROUGH", "the code can run past its end";
    UnusedJumpTable, "INVALID_ENUM_SWITCH", "a jump table is not used";
    TooManyBlocks, "TOO_MANY_BASIC_BLOCKS", "a function has more than 1,024 basic blocks";
    TooManyBackEdges, "TOO_MANY_BACK_EDGES", "a function jumps back too often";
    IrreducibleLoop, "INVALID_LOOP_SPLIT", "a loop is entered other than at its head";
    LoopTooDeep, "LOOP_MAX_DEPTH_REACHED", "loops are nested more than 5 deep";
    // The stack.
    StackUnderflow, "NEGATIVE_STACK_SIZE_WITHIN_BLOCK", "an operand is taken from an empty stack";
    StackNotEmpty, "POSITIVE_STACK_SIZE_AT_BLOCK_END", "operands are left on the stack at a jump";
    StackOverflow, "VALUE_STACK_OVERFLOW", "more than 1,024 operands are on the stack";
    TooManyPushes, "VALUE_STACK_PUSH_OVERFLOW", "a basic block pushes more than 10,000 operands";
    // Types of operands.
    PopWithoutDrop, "POP_WITHOUT_DROP_ABILITY", "a value that cannot be dropped is dropped";
    BranchType, "BR_TYPE_MISMATCH_ERROR", "a branch on something that is no bool";
    StoreType, "STLOC_TYPE_MISMATCH_ERROR", "a local is given a value of another type";
    AbortType, "ABORT_TYPE_MISMATCH_ERROR", "an abort code that is no u64";
    ReturnType, "RET_TYPE_MISMATCH_ERROR", "a value of another type is returned";
    FreezeType, "FREEZEREF_TYPE_MISMATCH_ERROR", "something that is no mutable reference is frozen";
    BorrowFieldType, "BORROWFIELD_TYPE_MISMATCH_ERROR", "a field is borrowed from something that does not have it, or mutably from an immutable reference";
    BorrowLocalReference, "BORROWLOC_REFERENCE_ERROR", "a reference to a reference is made";
    CopyWithoutAbility, "COPYLOC_WITHOUT_COPY_ABILITY", "a value that cannot be copied is copied";
    CallType, "CALL_TYPE_MISMATCH_ERROR", "an argument of another type is given";
    PackType, "PACK_TYPE_MISMATCH_ERROR", "a field is given a value of another type";
    UnpackType, "UNPACK_TYPE_MISMATCH_ERROR", "a value of another type is taken apart";
    ReadType, "READREF_TYPE_MISMATCH_ERROR", "something that is no reference is read through";
    ReadWithoutCopy, "READREF_WITHOUT_COPY_ABILITY", "a value that cannot be copied is read through a reference";
    WriteReference, "WRITEREF_NO_MUTABLE_REFERENCE_ERROR", "something that is no mutable reference is written through";
    WriteWithoutDrop, "WRITEREF_WITHOUT_DROP_ABILITY", "a value that cannot be dropped is overwritten";
    WriteType, "WRITEREF_TYPE_MISMATCH_ERROR", "a value of another type is written";
    IntegerType, "INTEGER_OP_TYPE_MISMATCH_ERROR", "an operation on integers gets other types, or different ones";
    BooleanType, "BOOLEAN_OP_TYPE_MISMATCH_ERROR", "an operation on bool gets other types";
    EqualityType, "EQUALITY_OP_TYPE_MISMATCH_ERROR", "values of different types, or that cannot be dropped, are compared";
    VectorType, "TYPE_MISMATCH", "a vector instruction gets operands of other types";
    SwitchType, "ENUM_SWITCH_BAD_OPERAND", "a switch on something that is no immutable reference to its enum";
    // Locals.
    StoreOverValue, "STLOC_UNSAFE_TO_DESTROY_ERROR", "a local that may hold a value that cannot be dropped is overwritten";
    MoveUnavailable, "MOVELOC_UNAVAILABLE_ERROR", "a local is moved that may hold nothing";
    CopyUnavailable, "COPYLOC_UNAVAILABLE_ERROR", "a local is copied that may hold nothing";
    BorrowUnavailable, "BORROWLOC_UNAVAILABLE_ERROR", "a local is borrowed that may hold nothing";
    ReturnWithValue, "UNSAFE_RET_UNUSED_VALUES_WITHOUT_DROP", "the function returns while a local may hold a value that cannot be dropped";
    // References.
    CopyBorrowed, "COPYLOC_EXISTS_BORROW_ERROR", "a local is copied while it is borrowed mutably";
    MoveBorrowed, "MOVELOC_EXISTS_BORROW_ERROR", "a local is moved while it is borrowed";
    StoreBorrowed, "STLOC_UNSAFE_TO_DESTROY_ERROR", "a local is overwritten while it is borrowed";
    BorrowBorrowed, "BORROWLOC_EXISTS_BORROW_ERROR", "a local is borrowed while it is borrowed mutably";
    FreezeBorrowed, "FREEZEREF_EXISTS_MUTABLE_BORROW_ERROR", "a reference is frozen while something in it is borrowed mutably";
    ReadBorrowed, "READREF_EXISTS_MUTABLE_BORROW_ERROR", "a reference is read while something in it is borrowed mutably";
    WriteBorrowed, "WRITEREF_EXISTS_BORROW_ERROR", "a reference is written while something in it is borrowed";
    FieldBorrowed, "FIELD_EXISTS_MUTABLE_BORROW_ERROR", "a field is borrowed while it, or all of its datatype, is borrowed mutably";
    VectorBorrowed, "VEC_UPDATE_EXISTS_MUTABLE_BORROW_ERROR", "a vector is changed while something in it is borrowed";
    ElementBorrowed, "VEC_BORROW_ELEMENT_EXISTS_MUTABLE_BORROW_ERROR", "an element is borrowed while another is borrowed mutably";
    CallBorrowed, "CALL_BORROWED_MUTABLE_REFERENCE_ERROR", "a mutable reference is given to a function while something in it is borrowed";
    ReturnLocal, "UNSAFE_RET_LOCAL_OR_RESOURCE_STILL_BORROWED", "a reference to a local is returned";
    ReturnBorrowed, "RET_BORROWED_MUTABLE_REFERENCE_ERROR", "a mutable reference is returned while something in it is borrowed";
    // Sui's own rules.
    PrivateGeneric, "PRIVATE_GENERICS", "a function that is for the module of its type argument is called with a type of another";
    IdLeak, "INVALID_OBJECT_CREATION", "an object is made of an id that is not fresh";
}

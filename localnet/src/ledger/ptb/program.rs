//! A programmable transaction with every argument resolved to a place and a type.

use sui_sdk_types::{Publish, TypeTag, Upgrade};

use crate::vm::{Function, Type};

/// A place that holds a value while the transaction runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Place {
    /// The gas coin.
    Gas,
    /// An object or withdrawal input, by its index.
    Input(usize),
    /// A pure or receiving input used at one type, by its index among [`Program::bytes`].
    Bytes(usize),
    /// A result of a command.
    Result(usize, usize),
    /// The transaction context.
    Context,
}

/// How an argument uses its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Usage {
    /// Take the value; the place is empty afterwards.
    Move,
    /// Copy the value.
    Copy,
    /// Borrow it.
    Borrow,
    /// Borrow it mutably.
    BorrowMut,
}

/// An argument of a command.
#[derive(Clone, Copy, Debug)]
pub(super) struct Argument {
    /// Its position among the arguments the sender wrote; the one errors name.
    pub(super) index: usize,
    pub(super) place: Place,
    pub(super) usage: Usage,
    /// The type of the value in the place.
    pub(super) ty: Type,
}

/// A use of a pure or receiving input at one type; every type has a value of its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct BytesUse {
    pub(super) input: usize,
    pub(super) ty: Type,
    /// Where it is used first.
    pub(super) command: usize,
    pub(super) argument: usize,
}

/// A command with its arguments.
#[derive(Clone, Debug)]
pub(super) struct Command<'t> {
    pub(super) kind: CommandKind<'t>,
    /// The types of its results.
    pub(super) results: Vec<Type>,
    /// For each result, whether no later command names it.
    pub(super) unused: Vec<bool>,
}

/// What a command does.
#[derive(Clone, Debug)]
pub(super) enum CommandKind<'t> {
    MoveCall {
        function: Function,
        type_arguments: Vec<Type>,
        arguments: Vec<Argument>,
    },
    TransferObjects {
        objects: Vec<Argument>,
        recipient: Argument,
    },
    SplitCoins {
        coin: Argument,
        amounts: Vec<Argument>,
    },
    MergeCoins {
        target: Argument,
        coins: Vec<Argument>,
    },
    MakeMoveVector {
        element: Type,
        elements: Vec<Argument>,
    },
    Publish(&'t Publish),
    Upgrade {
        upgrade: &'t Upgrade,
        ticket: Argument,
    },
}

impl CommandKind<'_> {
    /// Every argument, in the order they are evaluated.
    pub(super) fn arguments(&self) -> impl DoubleEndedIterator<Item = &Argument> {
        let (first, middle, last): (Option<&Argument>, &[Argument], Option<&Argument>) = match self
        {
            Self::MoveCall { arguments, .. } => (None, arguments, None),
            Self::TransferObjects { objects, recipient } => (None, objects, Some(recipient)),
            Self::SplitCoins { coin, amounts } => (Some(coin), amounts, None),
            Self::MergeCoins { target, coins } => (Some(target), coins, None),
            Self::MakeMoveVector { elements, .. } => (None, elements, None),
            Self::Upgrade { ticket, .. } => (Some(ticket), &[], None),
            Self::Publish(_) => (None, &[], None),
        };
        first.into_iter().chain(middle).chain(last)
    }

    /// As [`CommandKind::arguments`], to change them.
    pub(super) fn arguments_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut Argument> {
        let (first, middle, last): (
            Option<&mut Argument>,
            &mut [Argument],
            Option<&mut Argument>,
        ) = match self {
            Self::MoveCall { arguments, .. } => (None, arguments, None),
            Self::TransferObjects { objects, recipient } => (None, objects, Some(recipient)),
            Self::SplitCoins { coin, amounts } => (Some(coin), amounts, None),
            Self::MergeCoins { target, coins } => (Some(target), coins, None),
            Self::MakeMoveVector { elements, .. } => (None, elements, None),
            Self::Upgrade { ticket, .. } => (Some(ticket), &mut [], None),
            Self::Publish(_) => (None, &mut [], None),
        };
        first.into_iter().chain(middle).chain(last)
    }
}

/// What an input is, as typing and verification see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum InputKind {
    /// Bytes that are a value of any type that allows it.
    Pure(Vec<u8>),
    /// A ticket to receive an object.
    Receiving,
    /// An object of this type, and what may be done with it.
    Object {
        ty: Type,
        access: super::super::inputs::Access,
        shared: bool,
    },
    /// A withdrawal of this type.
    Withdrawal { ty: Type, coin_type: TypeTag },
}

/// A typed transaction.
#[derive(Clone, Debug)]
pub(super) struct Program<'t> {
    pub(super) inputs: Vec<InputKind>,
    pub(super) bytes: Vec<BytesUse>,
    pub(super) commands: Vec<Command<'t>>,
}

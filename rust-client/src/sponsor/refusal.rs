//! Why a sponsor does not pay.

use serde::{Deserialize, Serialize};
use sui_sdk_types::{Address, Digest};

/// What in a transaction a sponsor does not allow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "violation", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Violation {
    /// The coin that pays for gas is an argument: it is the sponsor's.
    #[error("command {command} uses the gas coin, which is the sponsor's")]
    GasCoin {
        /// The command's index.
        command: usize,
    },
    /// An input takes money out of an address balance.
    #[error("input {input} withdraws from an address balance")]
    Withdrawal {
        /// The input's index.
        input: usize,
    },
    /// A function is not on the list.
    #[error("command {command} calls {function}, which is not on the list")]
    Call {
        /// The command's index.
        command: usize,
        /// Package, module and function, with the type arguments.
        function: String,
    },
    /// A kind of command is not on the list.
    #[error("command {command} is a {kind} command, which is not on the list")]
    Command {
        /// The command's index.
        command: usize,
        /// The kind, such as `publish`.
        kind: String,
    },
    /// An argument is not one of the objects that the list names.
    #[error("argument {argument} of command {command} is not an object on the list")]
    Object {
        /// The command's index.
        command: usize,
        /// The argument's index.
        argument: usize,
    },
    /// An input is of a kind that the sponsor does not know.
    #[error("input {input} is of an unknown kind")]
    Input {
        /// The input's index.
        input: usize,
    },
    /// The transaction is too large.
    #[error("the transaction has {found} {what}, more than {max}")]
    TooLarge {
        /// What is counted.
        what: String,
        /// How many there are.
        found: usize,
        /// How many there may be.
        max: usize,
    },
    /// There is nothing in it.
    #[error("the transaction has no command")]
    Empty,
}

/// Why a sponsor does not pay for a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
#[non_exhaustive]
pub enum SponsorRefusal {
    /// Something in the transaction is not allowed.
    #[error("{violation}")]
    NotAllowed {
        /// What.
        #[serde(flatten)]
        violation: Violation,
    },
    /// The sender is the sponsor, whose one signature would stand for both.
    #[error("the sender is the sponsor itself")]
    SenderIsSponsor,
    /// The request is for another network.
    #[error("the request is for chain {requested}, the sponsor is on {served}")]
    WrongChain {
        /// What was asked for.
        requested: Digest,
        /// The sponsor's chain.
        served: Digest,
    },
    /// The last epoch that the sender accepts is over.
    #[error("the request ends with epoch {max_epoch}, and it is epoch {epoch}")]
    Expired {
        /// The last epoch that the sender accepts.
        max_epoch: u64,
        /// The current one.
        epoch: u64,
    },
    /// The network's gas price is higher than the sender or the sponsor accepts.
    #[error("the gas price is {price} MIST, the cap {cap}")]
    PriceTooHigh {
        /// The network's price.
        price: u64,
        /// The lower of the two caps.
        cap: u64,
    },
    /// The transaction needs a higher budget than the sender or the sponsor accepts.
    #[error("the transaction needs a budget of {needed} MIST, the cap is {cap}")]
    BudgetTooHigh {
        /// What it needs.
        needed: u64,
        /// The lower of the two caps.
        cap: u64,
    },
    /// A dry run of the transaction failed: it would burn gas for nothing.
    #[error("a dry run of the transaction failed: {reason}")]
    WouldFail {
        /// What it failed with.
        reason: String,
    },
    /// The request has no valid proof that it is the sender's.
    #[error("the request does not prove that it is {sender}'s")]
    ProofRequired {
        /// The sender that it names.
        sender: Address,
    },
    /// A limit of the sponsor's is used up.
    #[error("the sponsor's limit of {max} {unit} {limit} is used up ({used} used)")]
    LimitReached {
        /// Which: `per sender`, `per day`, or `per day without proof`.
        limit: String,
        /// `MIST` or `transactions`.
        unit: String,
        /// How much was used or is reserved.
        used: u64,
        /// How much there is.
        max: u64,
    },
    /// Every coin of the sponsor's pays for another transaction, or the sponsor has too little money.
    #[error("the sponsor has no gas to give now ({reason})")]
    OutOfGas {
        /// Why.
        reason: String,
    },
}

impl SponsorRefusal {
    /// What to do.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::NotAllowed { .. } => "send it without that, or pay for it yourself",
            Self::SenderIsSponsor => "the sponsor pays for its own transactions without this",
            Self::WrongChain { .. } => "ask a sponsor on the right network",
            Self::Expired { .. } => "make a new request with the current epoch",
            Self::PriceTooHigh { .. } => "wait for a lower price, or raise the cap",
            Self::BudgetTooHigh { .. } => "make the transaction smaller, or raise the cap",
            Self::WouldFail { .. } => "correct the transaction",
            Self::ProofRequired { .. } => "sign the request with the sender's key",
            Self::LimitReached { .. } => "wait until it is renewed, or pay for it yourself",
            Self::OutOfGas { .. } => "try again in a moment, or pay for it yourself",
        }
    }
}

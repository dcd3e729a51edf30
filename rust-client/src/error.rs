//! What can go wrong, and what to do about it.

mod abort;
mod constants;
mod refusal;

use std::time::Duration;

use sui_sdk_types::{Address, Digest, ExecutionError, StructTag, TypeTag};

use crate::{
    SealError, SessionState, SponsorError, VaultError, grant::Excess, network::Pending,
    ptb::PtbError, receipt::Receipt,
};

pub use abort::{CleverCode, MoveAbort};
pub use refusal::Refusal;

/// Everything that can go wrong in this crate.
///
/// Each message says what happened and what to do. Variants differ in what they mean for the ledger: the ones that hold a
/// [`Failure`] were executed and cost gas; [`Error::Unconfirmed`] may have been executed; all others changed nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address of the node is not a URL.
    #[error(
        "`{url}` is not the URL of a node ({reason}); write it as http://host:port or https://host, or name a network: localnet, devnet, testnet or mainnet"
    )]
    InvalidUrl {
        /// What was given.
        url: String,
        /// Why it cannot be used.
        reason: String,
    },
    /// A faucet gave nothing.
    #[error(
        "the faucet at {url} gave nothing ({reason}); check its address, or use another source of SUI"
    )]
    Faucet {
        /// The faucet's address.
        url: String,
        /// What it said, or why it said nothing.
        reason: String,
    },
    /// Nobody answers at the node's address. Nothing was sent.
    #[error(
        "no node answers at {url} ({reason}); check the address and the connection, or start a local ledger with `valet localnet`"
    )]
    Unreachable {
        /// The node's address.
        url: String,
        /// What the connection attempt said.
        reason: String,
    },
    /// Something answers at the address, but it is not a Sui full node.
    #[error(
        "{url} answers, but not as a Sui full node ({reason}); give the gRPC address of a full node"
    )]
    NotSui {
        /// The node's address.
        url: String,
        /// What is wrong with its answer.
        reason: String,
    },
    /// The node belongs to another network than the deployment.
    #[error(
        "the node is on chain {found}, the deployment on chain {expected}; connect to a node of the deployment's network"
    )]
    WrongNetwork {
        /// The deployment's chain.
        expected: Digest,
        /// The node's chain.
        found: Digest,
    },
    /// An object is not what the deployment or the caller says it is.
    #[error(
        "object {object} is {found}, not {expected}; check the deployment's package and object ids"
    )]
    WrongObject {
        /// The object.
        object: Address,
        /// What it should be.
        expected: String,
        /// What the ledger has.
        found: String,
    },
    /// A read did not finish in time.
    #[error(
        "{what} did not answer within {after:?}; try again, or raise the time-out in `NetworkOptions`"
    )]
    Timeout {
        /// The call.
        what: &'static str,
        /// The time-out.
        after: Duration,
    },
    /// A read failed.
    #[error("{what} failed with {code:?}: {message}")]
    Rpc {
        /// The call.
        what: &'static str,
        /// The gRPC code.
        code: tonic::Code,
        /// What the node says.
        message: String,
    },
    /// The node's answer lacks a field or cannot be decoded.
    #[error("the node's answer to {what} is malformed ({reason}); use another node")]
    Malformed {
        /// The call.
        what: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// The node answered for another transaction than the one that was sent.
    #[error("the node answered for transaction {found} instead of {sent}; do not trust this node")]
    ForeignAnswer {
        /// What was sent.
        sent: Digest,
        /// What the answer is about.
        found: Digest,
    },
    /// A transaction was sent and its outcome is not known.
    #[error(
        "transaction {} was sent, but its outcome is unknown ({}); give it to `Valet::resolve`, which sends the same bytes again", .0.digest(), .0.reason()
    )]
    Unconfirmed(Box<Pending>),
    /// The network refused the transaction before executing it. Nothing changed and no gas was paid.
    #[error("the network refused the transaction ({message}); {}", rejection.remedy())]
    Rejected {
        /// Why, as far as the answer tells.
        rejection: Rejection,
        /// What the node says.
        message: String,
    },
    /// The payer cannot cover the transaction's budget. Nothing changed and no gas was paid.
    #[error(
        "{payer} cannot pay for gas: {needed} MIST are needed ({message}); send SUI to that address, or lower the gas budget"
    )]
    InsufficientGas {
        /// Who pays.
        payer: Address,
        /// The budget of the transaction, with what it spends besides.
        needed: u64,
        /// What was found.
        message: String,
    },
    /// The payer holds too little of a coin to spend. Nothing was sent.
    #[error(
        "{payer} holds {held} of {coin_type} where {needed} are needed; send more to that address, or spend less"
    )]
    InsufficientFunds {
        /// Who pays.
        payer: Address,
        /// The coin's type.
        coin_type: Box<TypeTag>,
        /// What is to be spent, in the coin's smallest unit.
        needed: u64,
        /// The most that one place holds: coin objects, or the address balance.
        held: u64,
    },
    /// The signer does not hold the capability that the operation needs. Nothing was sent.
    #[error("{signer} holds no {capability}; let its holder sign")]
    NoCapability {
        /// Who would sign.
        signer: Address,
        /// The capability's type.
        capability: Box<StructTag>,
    },
    /// The network's gas price exceeds the cap that was set. Nothing was sent.
    #[error(
        "the network's gas price is {price} MIST, above the cap of {cap}; wait, or raise the cap in `GasLimits`"
    )]
    GasPriceTooHigh {
        /// The network's reference gas price.
        price: u64,
        /// The cap.
        cap: u64,
    },
    /// Valet or the dApp's configuration refused the action. The transaction was executed, changed nothing, and cost gas.
    #[error("refused: {refusal}; {}", refusal.remedy())]
    Refused {
        /// The reason, typed.
        refusal: Refusal,
        /// The abort, and the transaction's receipt.
        failure: Box<Failure>,
    },
    /// The chain would refuse the action, so it was not sent: it cost nothing.
    #[error("refused before it was sent: {refusal}; {}", refusal.remedy())]
    Foreseen {
        /// The reason that the chain would give.
        refusal: Refusal,
        /// What the session can still do.
        state: Box<SessionState>,
    },
    /// A function of the dApp aborted. The transaction was executed, changed nothing, and cost gas.
    #[error("{0}")]
    Aborted(Box<Failure>),
    /// The transaction failed otherwise. It was executed, changed nothing, and cost gas.
    #[error("{0}")]
    Failed(Box<Failure>),
    /// An earlier action of the lane has an unknown outcome. This one was not sent, so that the order stays what it is.
    #[error(
        "transaction {digest} of the lane has an unknown outcome, and this action has to come after it; nothing was sent, play it again once the network answers"
    )]
    LaneBlocked {
        /// The transaction that the lane waits for.
        digest: Digest,
    },
    /// As many actions wait in the lane as may. Nothing was sent.
    #[error(
        "{waiting} actions wait in this lane already, and nothing was sent; await some of their outcomes, join more of them into one transaction, or play less often"
    )]
    LaneFull {
        /// How many may wait.
        waiting: usize,
    },
    /// The lane's worker is gone, because the runtime shuts down. Whether the action was sent is unknown.
    #[error(
        "the lane was cut off by the end of the runtime; keep it running until every action has its outcome"
    )]
    LaneClosed,
    /// Proposed terms go beyond what was set as their maximum. Nothing was sent.
    #[error(
        "the proposed terms ask for more than the game allows itself: {}; do not sign them, and ask for narrower ones",
        list(excess)
    )]
    TooWide {
        /// In what.
        excess: Vec<Excess>,
    },
    /// Too many actions in a row were executed and failed. Nothing was sent.
    #[error(
        "stopped after {failures} failed actions in a row, which cost {gas} MIST of gas; the last said: {last}; correct what fails, then call `Session::go_on`"
    )]
    Stopped {
        /// How many.
        failures: u32,
        /// What they cost, in MIST.
        gas: u64,
        /// What the last one said.
        last: String,
    },
    /// The transaction cannot be built.
    #[error("the transaction cannot be built: {0}")]
    Ptb(#[from] PtbError),
    /// The owner declined, or the signer failed. Nothing was sent.
    #[error("the transaction was not signed: {reason}")]
    Signing {
        /// Why.
        reason: String,
    },
    /// Sealed bytes do not open, or cannot be sealed.
    #[error("the sealed key does not open: {0}")]
    Sealed(#[from] SealError),
    /// A key file, a vault or its journal cannot be used. Nothing on the disk was changed.
    #[error("{0}")]
    Vault(#[source] Box<VaultError>),
    /// The operating system gives no randomness.
    #[error("the operating system gives no randomness ({reason}); a key cannot be generated")]
    Entropy {
        /// Why.
        reason: String,
    },
    /// The owner has no storage in this dApp yet.
    #[error(
        "{owner} has no storage in this dApp; onboard the player first with `Account::onboard`"
    )]
    NotOnboarded {
        /// The owner.
        owner: Address,
        /// Where the storage would be.
        storage: Address,
    },
    /// The owner has a storage in this dApp already.
    #[error(
        "{owner} has storage {storage} in this dApp already; start a session with `Account::activate`"
    )]
    AlreadyOnboarded {
        /// The owner.
        owner: Address,
        /// The storage.
        storage: Address,
    },
    /// The key is not the one the owner's active session names.
    #[error(
        "{key} is not the session key of storage {storage}; let the owner activate it with `Account::activate`"
    )]
    NotTheSession {
        /// The key's address.
        key: Address,
        /// The storage.
        storage: Address,
    },
    /// Nobody else pays for the transaction. Nothing was sent.
    #[error(transparent)]
    Sponsor(#[from] SponsorError),
    /// The signer is not the owner of the account.
    #[error("{signer} does not own this account, {owner} does; let the owner sign")]
    NotTheOwner {
        /// Who would sign.
        signer: Address,
        /// Who owns the account.
        owner: Address,
    },
}

impl From<VaultError> for Error {
    fn from(error: VaultError) -> Self {
        Self::Vault(Box::new(error))
    }
}

impl Error {
    /// What is wrong with a key file or a vault.
    #[must_use]
    pub fn vault(&self) -> Option<&VaultError> {
        match self {
            Self::Vault(error) => Some(error),
            _ => None,
        }
    }

    /// What is wrong with sealed bytes, in a file or not.
    #[must_use]
    pub fn sealed(&self) -> Option<&SealError> {
        match self {
            Self::Sealed(reason) => Some(reason),
            Self::Vault(error) => match &**error {
                VaultError::Sealed { reason, .. } => Some(reason),
                _ => None,
            },
            _ => None,
        }
    }

    /// The typed reason, when valet refused.
    #[must_use]
    pub fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Refused { refusal, .. } | Self::Foreseen { refusal, .. } => Some(*refusal),
            _ => None,
        }
    }

    /// What the session can still do, when this is about an action of a session's that the chain refused or would refuse: its
    /// remaining calls, allowances, debt, float and time.
    #[must_use]
    pub fn state(&self) -> Option<&SessionState> {
        match self {
            Self::Foreseen { state, .. } => Some(state),
            _ => self.failure()?.state.as_deref(),
        }
    }

    /// The same error, with the state of the session that it is about.
    pub(crate) fn in_state(mut self, state: impl FnOnce() -> SessionState) -> Self {
        if let Self::Refused { failure, .. } | Self::Aborted(failure) | Self::Failed(failure) =
            &mut self
        {
            failure.state = Some(Box::new(state()));
        }
        self
    }

    /// The same error, of a transaction that begins with a settlement.
    pub(crate) fn behind_a_settlement(mut self) -> Self {
        if let Self::Refused { failure, .. } | Self::Aborted(failure) | Self::Failed(failure) =
            &mut self
        {
            failure.prefix = 1;
        }
        self
    }

    /// What was executed and failed: the abort, the gas it cost, its effects.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Refused { failure, .. } | Self::Aborted(failure) | Self::Failed(failure) => {
                Some(failure)
            }
            _ => None,
        }
    }
}

/// Why a network refuses a transaction without executing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rejection {
    /// A signature is missing, wrong, or by another key than the sender's.
    Signature,
    /// The transaction is not valid in this epoch.
    Expired,
    /// The gas price is below the network's.
    GasPrice,
    /// An input object does not exist, or not at that version.
    Object,
    /// Another reason; the message tells.
    Other,
}

impl Rejection {
    /// What to do.
    #[must_use]
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Signature => "sign with the key of the sender's address",
            Self::Expired => "build and sign it again",
            Self::GasPrice => "build it again with the current gas price",
            Self::Object => "check the object ids, and build it again with current versions",
            Self::Other => "correct the transaction and build it again",
        }
    }
}

/// A transaction that was executed and failed: nothing changed but the gas that was paid.
#[derive(Clone, Debug)]
pub struct Failure {
    pub(crate) error: ExecutionError,
    pub(crate) command: Option<u64>,
    pub(crate) abort: Option<MoveAbort>,
    pub(crate) receipt: Receipt,
    /// How many commands were put in front of the caller's own.
    pub(crate) prefix: u64,
    /// The session that sent it, afterwards.
    pub(crate) state: Option<Box<SessionState>>,
}

impl Failure {
    /// Which of the caller's own commands failed, when it was one of them.
    pub(crate) fn action_command(&self) -> Option<u64> {
        self.command?.checked_sub(self.prefix)
    }

    /// The network's own error.
    #[must_use]
    pub fn execution_error(&self) -> &ExecutionError {
        &self.error
    }

    /// Which command of the transaction failed.
    #[must_use]
    pub fn command(&self) -> Option<u64> {
        self.command
    }

    /// The Move abort, when that is what failed.
    #[must_use]
    pub fn abort(&self) -> Option<&MoveAbort> {
        self.abort.as_ref()
    }

    /// The receipt of the failed transaction, with the gas it cost.
    #[must_use]
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "transaction {} failed", self.receipt.digest())?;
        match &self.abort {
            Some(abort) => write!(f, ": {abort}")?,
            None => {
                if let Some(command) = self.command {
                    write!(f, " in command {command}")?;
                }
                write!(f, ": {}", describe(&self.error))?;
            }
        }
        write!(f, "; nothing changed but the gas")
    }
}

fn list(excess: &[Excess]) -> String {
    let parts: Vec<String> = excess.iter().map(ToString::to_string).collect();
    parts.join(", ")
}

fn describe(error: &ExecutionError) -> String {
    match error {
        ExecutionError::InsufficientGas => {
            "the gas budget was used up; raise the budget in `GasLimits`".to_owned()
        }
        ExecutionError::InsufficientFundsForWithdraw => {
            "the address balance is too low; send SUI to it".to_owned()
        }
        ExecutionError::FunctionNotFound => {
            "the package has no such function; check the call's module and function".to_owned()
        }
        ExecutionError::ArityMismatch | ExecutionError::TypeArityMismatch => {
            "the call has the wrong number of arguments".to_owned()
        }
        ExecutionError::CommandArgumentError { argument, kind } => {
            format!("argument {argument} does not fit the function ({kind:?})")
        }
        ExecutionError::ExecutionCanceledDueToConsensusObjectCongestion { .. } => {
            "the objects it touches are congested; try again".to_owned()
        }
        other => format!("{other:?}"),
    }
}

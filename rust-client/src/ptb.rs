//! Transactions as pure functions: nothing here reads a network, a clock or randomness.
//!
//! [`Account`](crate::Account) and [`Session`](crate::Session) are built on these; use them directly to compose
//! transactions of your own. [`PtbBuilder`] makes one command by command, [`prepend`] puts one in front of another, and
//! the rest are valet's own operations.

mod builder;
mod credit;
mod grant;
mod lifecycle;
mod prepend;
mod purse;
mod sweep;

use sui_sdk_types::{
    Address, Argument, GasPayment, ProgrammableTransaction, Transaction, TransactionExpiration,
    TransactionKind, TypeTag,
};

use crate::{Call, Deployment, SharedObject, call::StorageInput, grant::Terms};

pub use builder::{ObjectInput, PtbBuilder};
pub(crate) use builder::{identifier, sui};
pub use credit::{
    extend_free_credit, grant_free_credit, recharge, refund_credit, revoke_free_credit,
    settle_with_coin, settle_with_purse,
};
use grant::append_grant;
pub use lifecycle::{NextKey, deactivate, renew, revoke_all};
pub use prepend::prepend;
pub use purse::{CoinSource, deposit, withdraw, withdraw_all};
pub use sweep::{Holding, sweep, sweep_coins};

/// The protocol's limits on a transaction.
const MAX_COMMANDS: usize = 1_024;
const MAX_INPUTS: usize = 2_048;
const MAX_PURE_BYTES: usize = 16 * 1_024;
const MAX_ARGUMENTS: usize = 512;
const MAX_TRANSACTION_BYTES: usize = 128 * 1_024;

/// Why a transaction cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PtbError {
    /// One object is named with two versions, or as two kinds of input.
    #[error(
        "object {id} is named twice with different versions or kinds; name it once, at its current version"
    )]
    ObjectConflict {
        /// The object.
        id: Address,
    },
    /// A value is larger than an input may be.
    #[error("a value of {size} bytes does not fit an input of 16 KiB; pass it in parts")]
    PureTooLarge {
        /// Its size.
        size: usize,
    },
    /// BCS cannot express a value.
    #[error("a value cannot be written in BCS: {reason}")]
    Unserializable {
        /// Why.
        reason: String,
    },
    /// A name is not a Move identifier.
    #[error("`{name}` is not a Move identifier; check the call's module and function")]
    InvalidIdentifier {
        /// The name.
        name: String,
    },
    /// There are more inputs than a transaction may have.
    #[error("a transaction has at most 2,048 inputs; split it")]
    TooManyInputs,
    /// There are more commands than a transaction may have.
    #[error("a transaction has at most 1,024 commands; split it")]
    TooManyCommands,
    /// A call has more arguments than it may have.
    #[error("a call has at most 512 arguments")]
    TooManyArguments,
    /// The transaction is larger than it may be.
    #[error("the transaction has {size} bytes, more than 128 KiB; split it")]
    TooLarge {
        /// Its size.
        size: usize,
    },
    /// A command names an input that is not there.
    #[error("a command names input {index}, which the transaction does not have")]
    UnknownInput {
        /// The input's index.
        index: u16,
    },
    /// Coins were to be spent, and none were given.
    #[error("no coins were given to spend from; name at least one")]
    NoCoins,
    /// An input or command is of a kind this crate does not know.
    #[error("the transaction has an input or command of an unknown kind; update this crate")]
    Unsupported,
}

/// Where money that a transaction spends comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FundSource {
    /// The coin that pays for gas. The transaction must be paid from coins then.
    GasCoin,
    /// The sender's address balance.
    AddressBalance,
}

/// Where an onboarded session finds its float.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FloatKind {
    /// In the session's address balance, from which any number of transactions can pay at once.
    AddressBalance,
    /// In a coin object of the session's, which pays for one transaction at a time.
    Coin,
}

/// Money for a session's gas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Float {
    /// How much, in MIST.
    pub mist: u64,
    /// Where it comes from.
    pub source: FundSource,
    /// Where it goes.
    pub kind: FloatKind,
}

/// Everything a new player needs, in one transaction: creates the storage, activates the session, makes the dApp's calls
/// (such as its `join`), shares the storage, and funds the session.
///
/// # Errors
/// When a call cannot be built or the whole passes the protocol's limits.
pub fn onboard(
    deployment: &Deployment,
    session: Address,
    terms: &Terms,
    calls: &[Call],
    float: Option<Float>,
) -> Result<ProgrammableTransaction, PtbError> {
    let mut ptb = PtbBuilder::new();
    let dapp = ptb.object(deployment.dapp.immutable())?;
    let dapp_storage = ptb.object(deployment.dapp_storage.mutable())?;
    let storage = valet_call(
        &mut ptb,
        deployment,
        ("user_storage", "create"),
        vec![dapp, dapp_storage],
    )?;
    append_activate(&mut ptb, deployment, storage, session, terms)?;
    for call in calls {
        call.append_to(&mut ptb, deployment, StorageInput::Created(storage))?;
    }
    valet_call(
        &mut ptb,
        deployment,
        ("user_storage", "share"),
        vec![storage],
    )?;
    if let Some(float) = float {
        append_float(&mut ptb, session, float)?;
    }
    Ok(ptb.finish())
}

/// Activates a session on an existing storage, replacing any other, and funds it.
///
/// # Errors
/// When the whole passes the protocol's limits.
pub fn activate(
    deployment: &Deployment,
    storage: SharedObject,
    session: Address,
    terms: &Terms,
    float: Option<Float>,
) -> Result<ProgrammableTransaction, PtbError> {
    let mut ptb = PtbBuilder::new();
    let storage = ptb.object(storage.mutable())?;
    append_activate(&mut ptb, deployment, storage, session, terms)?;
    if let Some(float) = float {
        append_float(&mut ptb, session, float)?;
    }
    Ok(ptb.finish())
}

/// Settles what a storage owes from the dApp's credit. Anyone may send it.
///
/// # Errors
/// None at present.
pub fn settle(
    deployment: &Deployment,
    storage: SharedObject,
) -> Result<ProgrammableTransaction, PtbError> {
    let mut ptb = PtbBuilder::new();
    let dapp_storage = ptb.object(deployment.dapp_storage.mutable())?;
    let storage = ptb.object(storage.mutable())?;
    let clock = ptb.object(SharedObject::CLOCK.immutable())?;
    valet_call(
        &mut ptb,
        deployment,
        ("settlement", "settle_writes"),
        vec![dapp_storage, storage, clock],
    )?;
    Ok(ptb.finish())
}

/// Puts a settlement in front of a transaction.
///
/// # Errors
/// When the transaction names the storages with other versions, or the whole passes the protocol's limits.
pub fn prepend_settlement(
    deployment: &Deployment,
    storage: SharedObject,
    ptb: ProgrammableTransaction,
) -> Result<ProgrammableTransaction, PtbError> {
    prepend(settle(deployment, storage)?, ptb)
}

/// Sends money to a session for its gas.
///
/// # Errors
/// None at present.
pub fn fund(session: Address, float: Float) -> Result<ProgrammableTransaction, PtbError> {
    let mut ptb = PtbBuilder::new();
    append_float(&mut ptb, session, float)?;
    Ok(ptb.finish())
}

/// Makes calls of the dApp, in order, on one account's storage.
///
/// # Errors
/// When a call cannot be built or the whole passes the protocol's limits.
pub fn calls(
    deployment: &Deployment,
    storage: SharedObject,
    calls: &[Call],
) -> Result<ProgrammableTransaction, PtbError> {
    let mut ptb = PtbBuilder::new();
    for call in calls {
        call.append_to(&mut ptb, deployment, StorageInput::Shared(storage))?;
    }
    Ok(ptb.finish())
}

/// A finished transaction as what gets signed, checked against the protocol's limits.
///
/// # Errors
/// [`PtbError::TooLarge`] when it has more bytes than the protocol allows.
pub fn transaction(
    ptb: ProgrammableTransaction,
    sender: Address,
    gas_payment: GasPayment,
    expiration: TransactionExpiration,
) -> Result<Transaction, PtbError> {
    let transaction = Transaction {
        kind: TransactionKind::ProgrammableTransaction(ptb),
        sender,
        gas_payment,
        expiration,
    };
    let size = bcs::serialized_size(&transaction).map_err(|error| PtbError::Unserializable {
        reason: error.to_string(),
    })?;
    if size > MAX_TRANSACTION_BYTES {
        return Err(PtbError::TooLarge { size });
    }
    Ok(transaction)
}

fn append_activate(
    ptb: &mut PtbBuilder,
    deployment: &Deployment,
    storage: Argument,
    session: Address,
    terms: &Terms,
) -> Result<(), PtbError> {
    let hub = ptb.object(deployment.hub.immutable())?;
    let wallet = ptb.pure(&session)?;
    let duration = ptb.pure(&terms.duration_ms())?;
    let grant = append_grant(ptb, deployment, terms.grant())?;
    let clock = ptb.object(SharedObject::CLOCK.immutable())?;
    let (function, arguments) = match grant {
        None => (
            "activate_session",
            vec![hub, storage, wallet, duration, clock],
        ),
        Some(grant) => (
            "activate",
            vec![hub, storage, wallet, duration, grant, clock],
        ),
    };
    valet_call(ptb, deployment, ("session", function), arguments).map(drop)
}

fn append_float(ptb: &mut PtbBuilder, session: Address, float: Float) -> Result<(), PtbError> {
    let coin = take_coin(ptb, float.mist, float.source)?;
    match float.kind {
        FloatKind::Coin => ptb.transfer(vec![coin], session),
        FloatKind::AddressBalance => send_funds(ptb, coin, session),
    }
}

/// Adds a coin of SUI to an address balance.
fn send_funds(ptb: &mut PtbBuilder, coin: Argument, recipient: Address) -> Result<(), PtbError> {
    send_funds_of(ptb, coin, &sui(), recipient)
}

/// Sends a coin of a type into the recipient's address balance.
fn send_funds_of(
    ptb: &mut PtbBuilder,
    coin: Argument,
    coin_type: &TypeTag,
    recipient: Address,
) -> Result<(), PtbError> {
    let recipient = ptb.pure(&recipient)?;
    let (types, arguments) = (vec![coin_type.clone()], vec![coin, recipient]);
    ptb.move_call(Address::TWO, "coin", "send_funds", types, arguments)
        .map(drop)
}

/// A coin of `mist`.
fn take_coin(ptb: &mut PtbBuilder, mist: u64, source: FundSource) -> Result<Argument, PtbError> {
    match source {
        FundSource::GasCoin => ptb.split_coin(Argument::Gas, mist),
        FundSource::AddressBalance => withdraw_coin(ptb, mist, &sui()),
    }
}

/// A coin out of the sender's address balance.
fn withdraw_coin(
    ptb: &mut PtbBuilder,
    amount: u64,
    coin_type: &TypeTag,
) -> Result<Argument, PtbError> {
    let withdrawal = ptb.withdrawal(amount, coin_type.clone())?;
    let types = vec![coin_type.clone()];
    ptb.move_call(
        Address::TWO,
        "coin",
        "redeem_funds",
        types,
        vec![withdrawal],
    )
}

/// A call of valet's own, on the dApp's type.
fn valet_call(
    ptb: &mut PtbBuilder,
    deployment: &Deployment,
    (module, function): (&'static str, &'static str),
    arguments: Vec<Argument>,
) -> Result<Argument, PtbError> {
    ptb.move_call(
        deployment.valet_package,
        module,
        function,
        vec![deployment.marker()],
        arguments,
    )
}

/// A call of valet's own, on the dApp's type and a coin's.
fn valet_call_with(
    ptb: &mut PtbBuilder,
    deployment: &Deployment,
    (module, function): (&'static str, &'static str),
    coin_type: &TypeTag,
    arguments: Vec<Argument>,
) -> Result<Argument, PtbError> {
    ptb.move_call(
        deployment.valet_package,
        module,
        function,
        vec![deployment.marker(), coin_type.clone()],
        arguments,
    )
}

#[cfg(test)]
mod tests;

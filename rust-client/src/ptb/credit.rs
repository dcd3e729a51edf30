//! Money for a dApp's writes: its credit, its free credit, and users who pay themselves.

use sui_sdk_types::{Address, Argument, Command, MergeCoins, ProgrammableTransaction};

use super::{FundSource, ObjectInput, PtbBuilder, PtbError, take_coin, valet_call};
use crate::{Deployment, SharedObject};

/// Adds `mist` to the dApp's credit. Anyone may send it.
///
/// # Errors
/// None at present.
pub fn recharge(
    deployment: &Deployment,
    mist: u64,
    source: FundSource,
) -> Result<ProgrammableTransaction, PtbError> {
    let mut ptb = PtbBuilder::new();
    let dapp_storage = ptb.object(deployment.dapp_storage.mutable())?;
    let coin = take_coin(&mut ptb, mist, source)?;
    valet_call(
        &mut ptb,
        deployment,
        ("dapp_storage", "recharge"),
        vec![dapp_storage, coin],
    )?;
    Ok(ptb.finish())
}

/// Refunds `mist` of the dApp's credit to `recipient`. `admin_cap` is the dApp's `DappAdminCap<D>`, owned by the sender.
///
/// # Errors
/// None at present.
pub fn refund_credit(
    deployment: &Deployment,
    admin_cap: ObjectInput,
    mist: u64,
    recipient: Address,
) -> Result<ProgrammableTransaction, PtbError> {
    let mut ptb = PtbBuilder::new();
    let arguments = vec![
        ptb.object(admin_cap)?,
        ptb.object(deployment.dapp_storage.mutable())?,
        ptb.pure(&mist)?,
    ];
    let coin = valet_call(&mut ptb, deployment, ("dapp", "refund_credit"), arguments)?;
    ptb.transfer(vec![coin], recipient)?;
    Ok(ptb.finish())
}

/// Gives the dApp `mist` of free credit until `expires_at_ms`. `hub_cap` is the framework's `HubAdminCap`, owned by the sender.
///
/// # Errors
/// None at present.
pub fn grant_free_credit(
    deployment: &Deployment,
    hub_cap: ObjectInput,
    mist: u64,
    expires_at_ms: u64,
) -> Result<ProgrammableTransaction, PtbError> {
    let mut ptb = PtbBuilder::new();
    let arguments = vec![
        ptb.object(deployment.dapp_storage.mutable())?,
        ptb.object(hub_cap)?,
        ptb.pure(&mist)?,
        ptb.pure(&expires_at_ms)?,
        ptb.object(SharedObject::CLOCK.immutable())?,
    ];
    let function = ("governance", "grant_free_credit");
    valet_call(&mut ptb, deployment, function, arguments)?;
    Ok(ptb.finish())
}

/// Lets the dApp's free credit last until `expires_at_ms`. `hub_cap` is the framework's `HubAdminCap`, owned by the sender.
///
/// # Errors
/// None at present.
pub fn extend_free_credit(
    deployment: &Deployment,
    hub_cap: ObjectInput,
    expires_at_ms: u64,
) -> Result<ProgrammableTransaction, PtbError> {
    let mut ptb = PtbBuilder::new();
    let arguments = vec![
        ptb.object(deployment.dapp_storage.mutable())?,
        ptb.object(hub_cap)?,
        ptb.pure(&expires_at_ms)?,
        ptb.object(SharedObject::CLOCK.immutable())?,
    ];
    let function = ("governance", "extend_free_credit");
    valet_call(&mut ptb, deployment, function, arguments)?;
    Ok(ptb.finish())
}

/// Takes the dApp's free credit back. `hub_cap` is the framework's `HubAdminCap`, owned by the sender.
///
/// # Errors
/// None at present.
pub fn revoke_free_credit(
    deployment: &Deployment,
    hub_cap: ObjectInput,
) -> Result<ProgrammableTransaction, PtbError> {
    let mut ptb = PtbBuilder::new();
    let arguments = vec![
        ptb.object(deployment.dapp_storage.mutable())?,
        ptb.object(hub_cap)?,
    ];
    let function = ("governance", "revoke_free_credit");
    valet_call(&mut ptb, deployment, function, arguments)?;
    Ok(ptb.finish())
}

/// Settles what a storage owes from the dApp's credit, and what that leaves from at most `mist` of the sender's. What is not
/// needed goes back to where it came from; `sender` is who signs. Anyone may send it.
///
/// # Errors
/// None at present.
pub fn settle_with_coin(
    deployment: &Deployment,
    storage: SharedObject,
    mist: u64,
    source: FundSource,
    sender: Address,
) -> Result<ProgrammableTransaction, PtbError> {
    let mut ptb = PtbBuilder::new();
    let dapp_storage = ptb.object(deployment.dapp_storage.mutable())?;
    let storage = ptb.object(storage.mutable())?;
    let coin = take_coin(&mut ptb, mist, source)?;
    let clock = ptb.object(SharedObject::CLOCK.immutable())?;
    let change = valet_call(
        &mut ptb,
        deployment,
        ("settlement", "settle_writes_with_coin"),
        vec![dapp_storage, storage, coin, clock],
    )?;
    match source {
        FundSource::GasCoin => {
            ptb.command(Command::MergeCoins(MergeCoins {
                coin: Argument::Gas,
                coins_to_merge: vec![change],
            }))?;
        }
        FundSource::AddressBalance => super::send_funds(&mut ptb, change, sender)?,
    }
    Ok(ptb.finish())
}

/// Settles what a storage owes from the dApp's credit, and what that leaves from the storage's purse. The owner alone may send
/// it.
///
/// # Errors
/// None at present.
pub fn settle_with_purse(
    deployment: &Deployment,
    storage: SharedObject,
) -> Result<ProgrammableTransaction, PtbError> {
    let mut ptb = PtbBuilder::new();
    let arguments = vec![
        ptb.object(deployment.dapp_storage.mutable())?,
        ptb.object(storage.mutable())?,
        ptb.object(SharedObject::CLOCK.immutable())?,
    ];
    let function = ("settlement", "settle_writes_with_purse");
    valet_call(&mut ptb, deployment, function, arguments)?;
    Ok(ptb.finish())
}

//! Renewing and ending sessions.

use sui_sdk_types::{Address, Argument, ProgrammableTransaction};

use super::{Float, PtbBuilder, PtbError, append_float, valet_call};
use crate::{AccountCard, Deployment, SharedObject};

/// Where a renewed session's float goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NextKey {
    /// The key stays, and its money with it.
    Same,
    /// A fresh key gets this float.
    Float(Float),
    /// A fresh key gets the coin that pays for gas, whole. The transaction must be paid from coins then.
    GasCoin,
}

/// Lets a session live for `duration_ms` from now, under the key `wallet`, which may be the one it has. Signed by the key that
/// the session has now, within the envelope that its owner granted.
///
/// # Errors
/// None at present.
pub fn renew(
    deployment: &Deployment,
    storage: SharedObject,
    wallet: Address,
    duration_ms: u64,
    next: NextKey,
) -> Result<ProgrammableTransaction, PtbError> {
    let mut ptb = PtbBuilder::new();
    let arguments = vec![
        ptb.object(deployment.hub.immutable())?,
        ptb.object(storage.mutable())?,
        ptb.pure(&wallet)?,
        ptb.pure(&duration_ms)?,
        ptb.object(SharedObject::CLOCK.immutable())?,
    ];
    valet_call(&mut ptb, deployment, ("session", "renew"), arguments)?;
    match next {
        NextKey::Same => {}
        NextKey::Float(float) => append_float(&mut ptb, wallet, float)?,
        NextKey::GasCoin => ptb.transfer(vec![Argument::Gas], wallet)?,
    }
    Ok(ptb.finish())
}

/// Ends the session of a storage: by its owner at any time, by the session itself, by anyone once it has expired.
///
/// # Errors
/// None at present.
pub fn deactivate(
    deployment: &Deployment,
    storage: SharedObject,
) -> Result<ProgrammableTransaction, PtbError> {
    let mut ptb = PtbBuilder::new();
    let storage = ptb.object(storage.mutable())?;
    let clock = ptb.object(SharedObject::CLOCK.immutable())?;
    valet_call(
        &mut ptb,
        deployment,
        ("session", "deactivate_session"),
        vec![storage, clock],
    )?;
    Ok(ptb.finish())
}

/// Ends the sessions of many accounts of one owner, whatever their dApps: one transaction, one signature. An account whose
/// session ended meanwhile is left as it is.
///
/// # Errors
/// [`PtbError::TooManyCommands`] with more than 1,024 accounts; [`PtbError::TooLarge`] before that when they do not fit into
/// 128 KiB, once the transaction is assembled.
pub fn revoke_all(
    valet_package: Address,
    accounts: &[(AccountCard, SharedObject)],
) -> Result<ProgrammableTransaction, PtbError> {
    let mut ptb = PtbBuilder::new();
    for (card, storage) in accounts {
        let arguments = vec![
            ptb.object(storage.mutable())?,
            ptb.object(SharedObject::CLOCK.immutable())?,
        ];
        ptb.move_call(
            valet_package,
            "session",
            "revoke_if_active",
            vec![card.dapp_type.clone().into()],
            arguments,
        )?;
    }
    Ok(ptb.finish())
}

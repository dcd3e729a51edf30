//! Valet's events, decoded.

mod dapp;
mod hub;
mod purse;

use serde::{Deserialize, Serialize};
use sui_sdk_types::{Address, Event};

use crate::{Bucket, Deployment, EndReason, Grant, grant::MoveGrant};

pub use dapp::{DappEvent, FeeIncrease, Fees, Metadata};
pub use hub::HubEvent;
pub use purse::{PurseDeposited, PurseDrawn, PurseWithdrawn};

/// An event of the valet package about the deployment: one account of its dApp, the dApp itself, or the framework's hub.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValetEvent {
    /// The owner's storage was created.
    StorageCreated {
        /// The storage.
        storage: Address,
        /// Its owner.
        owner: Address,
    },
    /// A record was created, changed, removed or only announced.
    RecordWritten(RecordWritten),
    /// A session was activated.
    SessionActivated(SessionActivated),
    /// A live session was replaced by another.
    SessionReplaced(SessionReplaced),
    /// A session renewed itself.
    SessionRenewed(SessionRenewed),
    /// A session ended.
    SessionDeactivated(SessionDeactivated),
    /// A session with a call budget or a rate limit was authorized.
    CallCounted(CallCounted),
    /// Coins came into the account's purse.
    PurseDeposited(PurseDeposited),
    /// The owner took coins out of the purse.
    PurseWithdrawn(PurseWithdrawn),
    /// The dApp drew coins from the purse.
    PurseDrawn(PurseDrawn),
    /// A settlement took place.
    WritesSettled(WritesSettled),
    /// Something about the dApp.
    Dapp(DappEvent),
    /// Something about the framework.
    Hub(HubEvent),
}

/// A write to a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordWritten {
    /// The storage.
    pub storage: Address,
    /// Its owner.
    pub owner: Address,
    /// The key, followed by the value unless the record was removed, in BCS: their types are in the event's type.
    pub key_and_value: Vec<u8>,
    /// What was done.
    pub change: RecordChange,
    /// Whether a session wrote.
    pub by_session: bool,
    /// What the write added to the debt, in MIST.
    pub charge: u64,
}

/// What a write did to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RecordChange {
    /// It was created or changed.
    Set,
    /// It was removed.
    Removed,
    /// It was announced only; what is stored under the key, if anything, stays.
    Emitted,
}

/// A session began.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct SessionActivated {
    /// The storage.
    pub storage: Address,
    /// Its owner.
    pub owner: Address,
    /// The address of the session key.
    pub wallet: Address,
    /// Which session of the account this is, from 1.
    pub generation: u64,
    /// When it began, by the chain's clock.
    pub activated_at_ms: u64,
    /// The first millisecond at which it is refused.
    pub expires_at_ms: u64,
    /// What it may do.
    pub grant: Grant,
}

/// A live session made way for another.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct SessionReplaced {
    /// The storage.
    pub storage: Address,
    /// Its owner.
    pub owner: Address,
    /// The address of the old session key.
    pub wallet: Address,
    /// Which session of the account it was.
    pub generation: u64,
    /// The address of the new session key.
    pub replaced_by: Address,
}

/// A session renewed itself. Its grant, its budgets and what it used are as before.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct SessionRenewed {
    /// The storage.
    pub storage: Address,
    /// Its owner.
    pub owner: Address,
    /// Which session of the account it is: the same as before.
    pub generation: u64,
    /// The address of the key that renewed it; dead, unless it is the new one as well.
    pub previous_wallet: Address,
    /// The address of the session key from now on.
    pub wallet: Address,
    /// When it was renewed, by the chain's clock.
    pub renewed_at_ms: u64,
    /// The first millisecond at which it is refused now.
    pub expires_at_ms: u64,
    /// Renewals left.
    pub remaining_renewals: u64,
}

/// A session's authorization, counted.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CallCounted {
    /// The storage.
    pub storage: Address,
    /// Its owner.
    pub owner: Address,
    /// Which session of the account it is.
    pub generation: u64,
    /// The action that was authorized.
    pub action: u8,
    /// Authorizations left, if there is a call budget.
    pub remaining_calls: Option<u64>,
    /// What the rate limit holds now, if there is one.
    pub bucket: Option<Bucket>,
}

/// A session ended.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct SessionDeactivated {
    /// The storage.
    pub storage: Address,
    /// Its owner.
    pub owner: Address,
    /// The address of the session key.
    pub wallet: Address,
    /// Which session of the account it was.
    pub generation: u64,
    /// Why it ended.
    pub reason: EndReason,
    /// Who ended it.
    pub actor: Address,
}

/// A settlement.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct WritesSettled {
    /// The storage.
    pub storage: Address,
    /// Its owner.
    pub owner: Address,
    /// Who settled.
    pub actor: Address,
    /// How much was paid.
    pub outcome: SettlementOutcome,
    /// What was owed before, in MIST.
    pub due: u64,
    /// What the dApp's free credit paid, in MIST.
    pub free_credit_paid: u64,
    /// What the dApp's credit paid, in MIST.
    pub credit_paid: u64,
    /// What the sender's coin paid, in MIST.
    pub coin_paid: u64,
    /// What the account's purse paid, in MIST.
    pub purse_paid: u64,
    /// What is still owed, in MIST.
    pub unsettled_charge: u64,
    /// Writes no longer owed for.
    pub settled_writes: u64,
    /// Writes still owed for.
    pub unsettled_writes: u64,
}

/// How much of a debt a settlement paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
pub enum SettlementOutcome {
    /// All of it.
    Full,
    /// Some of it: there was not enough to pay with.
    Partial,
    /// None of it: nothing was owed, or the dApp has no credit.
    Skipped,
}

/// The Move event `valet::session::SessionActivated`, field for field.
#[derive(Deserialize)]
struct MoveSessionActivated {
    storage: Address,
    owner: Address,
    wallet: Address,
    generation: u64,
    activated_at_ms: u64,
    expires_at_ms: u64,
    grant: MoveGrant,
}

impl ValetEvent {
    /// Decodes an event; `None` when it is not one of valet's about the deployment. A look-alike of another package, or one
    /// about another dApp or another hub, is not.
    #[must_use]
    pub fn decode(deployment: &Deployment, event: &Event) -> Option<Self> {
        let tag = &event.type_;
        if *tag.address() != deployment.valet_types {
            return None;
        }
        let (module, name) = (tag.module().as_str(), tag.name().as_str());
        let bytes = event.contents.as_slice();
        match tag.type_params().split_first() {
            None => HubEvent::decode(module, name, bytes)
                .filter(|event| event.hub() == deployment.hub.id)
                .map(Self::Hub),
            Some((dapp, others)) if *dapp == deployment.marker() => {
                Self::of_account(module, name, bytes)
                    .or_else(|| purse::decode(module, name, others, bytes))
                    .or_else(|| DappEvent::decode(module, name, bytes).map(Self::Dapp))
            }
            Some(_) => None,
        }
    }

    fn of_account(module: &str, name: &str, bytes: &[u8]) -> Option<Self> {
        match (module, name) {
            ("user_storage", "StorageCreated") => {
                let (storage, owner) = bcs::from_bytes(bytes).ok()?;
                Some(Self::StorageCreated { storage, owner })
            }
            ("user_storage", "RecordSet") => record(bytes, RecordChange::Set),
            ("user_storage", "RecordRemoved") => record(bytes, RecordChange::Removed),
            ("user_storage", "RecordEmitted") => record(bytes, RecordChange::Emitted),
            ("session", "SessionActivated") => {
                let event: MoveSessionActivated = bcs::from_bytes(bytes).ok()?;
                Some(Self::SessionActivated(SessionActivated {
                    storage: event.storage,
                    owner: event.owner,
                    wallet: event.wallet,
                    generation: event.generation,
                    activated_at_ms: event.activated_at_ms,
                    expires_at_ms: event.expires_at_ms,
                    grant: event.grant.into(),
                }))
            }
            ("session", "SessionReplaced") => {
                bcs::from_bytes(bytes).ok().map(Self::SessionReplaced)
            }
            ("session", "SessionRenewed") => bcs::from_bytes(bytes).ok().map(Self::SessionRenewed),
            ("session", "SessionDeactivated") => {
                bcs::from_bytes(bytes).ok().map(Self::SessionDeactivated)
            }
            ("session", "CallCounted") => bcs::from_bytes(bytes).ok().map(Self::CallCounted),
            ("settlement", "WritesSettled") => bcs::from_bytes(bytes).ok().map(Self::WritesSettled),
            _ => None,
        }
    }
}

/// The events about records have fixed fields around a key and a value of the dApp's types, so the ends are decoded without
/// knowing the middle.
fn record(bytes: &[u8], change: RecordChange) -> Option<ValetEvent> {
    let (storage, rest) = bytes.split_first_chunk::<32>()?;
    let (owner, rest) = rest.split_first_chunk::<32>()?;
    let (rest, charge) = rest.split_last_chunk::<8>()?;
    let (by_session, key_and_value) = rest.split_last()?;
    Some(ValetEvent::RecordWritten(RecordWritten {
        storage: Address::new(*storage),
        owner: Address::new(*owner),
        key_and_value: key_and_value.to_vec(),
        change,
        by_session: *by_session == 1,
        charge: u64::from_le_bytes(*charge),
    }))
}

#[cfg(test)]
mod tests;

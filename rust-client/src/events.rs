//! Valet's events, decoded.

use serde::Deserialize;
use sui_sdk_types::{Address, Event};

use crate::{Deployment, EndReason, Grant, storage::MoveGrant};

/// An event of the valet package about one account of the deployment's dApp.
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
    /// A record was created, changed or removed.
    RecordWritten(RecordWritten),
    /// A session was activated.
    SessionActivated(SessionActivated),
    /// A live session was replaced by another.
    SessionReplaced(SessionReplaced),
    /// A session ended.
    SessionDeactivated(SessionDeactivated),
    /// A settlement took place.
    WritesSettled(WritesSettled),
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
    /// Whether the record was removed.
    pub is_removal: bool,
    /// Whether a session wrote.
    pub by_session: bool,
    /// What the write added to the debt, in MIST.
    pub charge: u64,
}

/// A session began.
#[derive(Clone, Debug, PartialEq, Eq)]
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
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
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

/// A session ended.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
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
    /// Decodes an event; `None` when it is not one of valet's about the deployment's dApp. A look-alike of another package,
    /// or of another dApp, is not.
    #[must_use]
    pub fn decode(deployment: &Deployment, event: &Event) -> Option<Self> {
        let tag = &event.type_;
        if *tag.address() != deployment.valet_types
            || tag.type_params().first() != Some(&deployment.marker())
        {
            return None;
        }
        let bytes = event.contents.as_slice();
        match (tag.module().as_str(), tag.name().as_str()) {
            ("user_storage", "StorageCreated") => {
                let (storage, owner) = bcs::from_bytes(bytes).ok()?;
                Some(Self::StorageCreated { storage, owner })
            }
            ("user_storage", "RecordSet") => record(bytes, false).map(Self::RecordWritten),
            ("user_storage", "RecordRemoved") => record(bytes, true).map(Self::RecordWritten),
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
            ("session", "SessionDeactivated") => {
                bcs::from_bytes(bytes).ok().map(Self::SessionDeactivated)
            }
            ("settlement", "WritesSettled") => bcs::from_bytes(bytes).ok().map(Self::WritesSettled),
            _ => None,
        }
    }
}

/// `RecordSet<D, K, V>` and `RecordRemoved<D, K, V>` have fixed fields around a key and a value of the dApp's types, so the
/// ends are decoded without knowing the middle.
fn record(bytes: &[u8], is_removal: bool) -> Option<RecordWritten> {
    let (storage, rest) = bytes.split_first_chunk::<32>()?;
    let (owner, rest) = rest.split_first_chunk::<32>()?;
    let (rest, charge) = rest.split_last_chunk::<8>()?;
    let (by_session, key_and_value) = rest.split_last()?;
    Some(RecordWritten {
        storage: Address::new(*storage),
        owner: Address::new(*owner),
        key_and_value: key_and_value.to_vec(),
        is_removal,
        by_session: *by_session == 1,
        charge: u64::from_le_bytes(*charge),
    })
}

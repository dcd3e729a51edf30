//! Events about a dApp.

use std::collections::BTreeSet;

use serde::Deserialize;
use sui_sdk_types::Address;

use super::RecordChange;
use crate::{FreeCredit, grant::actions_of};

/// What a write costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
pub struct Fees {
    /// For each write, in MIST.
    pub per_write: u64,
    /// For each byte that it writes, in MIST.
    pub per_byte: u64,
}

/// A price that was announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
pub struct FeeIncrease {
    /// The price.
    pub fees: Fees,
    /// The first millisecond, by the chain's clock, at which it can be applied.
    pub effective_at_ms: u64,
}

/// What a dApp says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Metadata {
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Where to read more.
    pub website: String,
    /// Its packages; the first defines its type.
    pub packages: Vec<Address>,
}

/// Something happened to the deployment's dApp.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DappEvent {
    /// It was registered.
    Registered {
        /// The `Dapp`.
        dapp: Address,
        /// The version of the valet package that it is on.
        version: u64,
        /// The `DappStorage`.
        dapp_storage: Address,
        /// The administrator's capability.
        admin_cap: Address,
        /// What it says about itself.
        metadata: Metadata,
        /// The actions that sessions may take.
        session_actions: BTreeSet<u8>,
        /// What its writes cost.
        fees: Fees,
        /// How many writes an account may owe for.
        max_unsettled_writes: u64,
    },
    /// It says something else about itself.
    MetadataChanged {
        /// What it says now.
        metadata: Metadata,
    },
    /// Sessions may take other actions.
    SessionActionsChanged {
        /// What they could take before.
        previous: BTreeSet<u8>,
        /// What they can take now.
        session_actions: BTreeSet<u8>,
    },
    /// The ceiling on an account's unsettled writes changed.
    MaxUnsettledWritesChanged {
        /// The ceiling before.
        previous: u64,
        /// The ceiling now.
        max_unsettled_writes: u64,
    },
    /// Its administrator paused it or let it go on.
    PauseChanged {
        /// Whether it is paused.
        is_paused: bool,
    },
    /// The framework suspended it or let it go on.
    SuspensionChanged {
        /// Whether it is suspended.
        is_suspended: bool,
        /// The credit that ends the suspension, in MIST, if any does.
        min_credit: Option<u64>,
    },
    /// Its price changed.
    FeesChanged {
        /// The price before.
        previous: Fees,
        /// The price now.
        fees: Fees,
    },
    /// An increase of its price was announced.
    FeesAnnounced {
        /// The increase.
        increase: FeeIncrease,
    },
    /// An increase of its price was withdrawn.
    FeesWithdrawn {
        /// The increase.
        increase: FeeIncrease,
    },
    /// It moved to another version of the valet package.
    Migrated {
        /// The version before.
        previous: u64,
        /// The version now.
        version: u64,
    },
    /// Its credit was recharged.
    CreditRecharged {
        /// Who paid.
        actor: Address,
        /// How much, in MIST.
        amount: u64,
        /// Its credit now, in MIST.
        credit: u64,
    },
    /// A part of its credit was refunded to its administrator.
    CreditRefunded {
        /// Who asked for it.
        actor: Address,
        /// How much, in MIST.
        amount: u64,
        /// Its credit now, in MIST.
        credit: u64,
    },
    /// Its free credit was granted, extended or revoked.
    FreeCreditChanged {
        /// The free credit before.
        previous: Option<FreeCredit>,
        /// The free credit now.
        free_credit: Option<FreeCredit>,
    },
    /// What it had settled went to the treasury.
    SettledCollected {
        /// The treasury.
        treasury: Address,
        /// How much, in MIST.
        amount: u64,
    },
    /// A global record was created, changed, removed or only announced.
    GlobalRecordWritten {
        /// The key, followed by the value unless the record was removed, in BCS: their types are in the event's type.
        key_and_value: Vec<u8>,
        /// What was done.
        change: RecordChange,
        /// Who did it.
        actor: Address,
        /// What free credit paid for it, in MIST.
        free_credit_paid: u64,
        /// What credit paid for it, in MIST.
        credit_paid: u64,
    },
}

/// The Move event `valet::dapp::DappRegistered`, field for field.
#[derive(Deserialize)]
struct MoveRegistered {
    dapp: Address,
    version: u64,
    dapp_storage: Address,
    admin_cap: Address,
    metadata: Metadata,
    session_actions: [u8; 32],
    fees: Fees,
    max_unsettled_writes: u64,
}

/// Every event of a dApp begins with the id of one of its objects, which says nothing that the type does not.
type Id = Address;

impl DappEvent {
    pub(super) fn decode(module: &str, name: &str, bytes: &[u8]) -> Option<Self> {
        match module {
            "dapp" => Self::of_dapp(name, bytes),
            "dapp_storage" => Self::of_storage(name, bytes),
            "governance" => Self::of_governance(name, bytes),
            _ => None,
        }
    }

    fn of_dapp(name: &str, bytes: &[u8]) -> Option<Self> {
        match name {
            "DappRegistered" => {
                let event: MoveRegistered = bcs::from_bytes(bytes).ok()?;
                Some(Self::Registered {
                    dapp: event.dapp,
                    version: event.version,
                    dapp_storage: event.dapp_storage,
                    admin_cap: event.admin_cap,
                    metadata: event.metadata,
                    session_actions: actions_of(event.session_actions),
                    fees: event.fees,
                    max_unsettled_writes: event.max_unsettled_writes,
                })
            }
            "MetadataChanged" => {
                let (_, metadata): (Id, _) = bcs::from_bytes(bytes).ok()?;
                Some(Self::MetadataChanged { metadata })
            }
            "SessionActionsChanged" => {
                let (_, previous, now): (Id, _, _) = bcs::from_bytes(bytes).ok()?;
                Some(Self::SessionActionsChanged {
                    previous: actions_of(previous),
                    session_actions: actions_of(now),
                })
            }
            "MaxUnsettledWritesChanged" => {
                let (_, previous, max_unsettled_writes): (Id, _, _) =
                    bcs::from_bytes(bytes).ok()?;
                Some(Self::MaxUnsettledWritesChanged {
                    previous,
                    max_unsettled_writes,
                })
            }
            "PauseChanged" => {
                let (_, is_paused): (Id, _) = bcs::from_bytes(bytes).ok()?;
                Some(Self::PauseChanged { is_paused })
            }
            "DappMigrated" => {
                let (_, previous, version): (Id, _, _) = bcs::from_bytes(bytes).ok()?;
                Some(Self::Migrated { previous, version })
            }
            _ => None,
        }
    }

    fn of_storage(name: &str, bytes: &[u8]) -> Option<Self> {
        match name {
            "CreditRecharged" => {
                let (_, actor, amount, credit): (Id, _, _, _) = bcs::from_bytes(bytes).ok()?;
                Some(Self::CreditRecharged {
                    actor,
                    amount,
                    credit,
                })
            }
            "CreditRefunded" => {
                let (_, actor, amount, credit): (Id, _, _, _) = bcs::from_bytes(bytes).ok()?;
                Some(Self::CreditRefunded {
                    actor,
                    amount,
                    credit,
                })
            }
            "SettledCollected" => {
                let (_, treasury, amount): (Id, _, _) = bcs::from_bytes(bytes).ok()?;
                Some(Self::SettledCollected { treasury, amount })
            }
            "GlobalRecordSet" => global_record(bytes, RecordChange::Set),
            "GlobalRecordRemoved" => global_record(bytes, RecordChange::Removed),
            "GlobalRecordEmitted" => global_record(bytes, RecordChange::Emitted),
            _ => None,
        }
    }

    fn of_governance(name: &str, bytes: &[u8]) -> Option<Self> {
        match name {
            "FeesChanged" => {
                let (_, previous, fees): (Id, _, _) = bcs::from_bytes(bytes).ok()?;
                Some(Self::FeesChanged { previous, fees })
            }
            "FeesAnnounced" => {
                let (_, increase): (Id, _) = bcs::from_bytes(bytes).ok()?;
                Some(Self::FeesAnnounced { increase })
            }
            "FeesWithdrawn" => {
                let (_, increase): (Id, _) = bcs::from_bytes(bytes).ok()?;
                Some(Self::FeesWithdrawn { increase })
            }
            "SuspensionChanged" => {
                let (_, is_suspended, min_credit): (Id, _, _) = bcs::from_bytes(bytes).ok()?;
                Some(Self::SuspensionChanged {
                    is_suspended,
                    min_credit,
                })
            }
            "FreeCreditChanged" => {
                let (_, previous, free_credit): (Id, _, _) = bcs::from_bytes(bytes).ok()?;
                Some(Self::FreeCreditChanged {
                    previous,
                    free_credit,
                })
            }
            _ => None,
        }
    }
}

/// The ends of the event are fixed; a key and a value of the dApp's types are between them.
fn global_record(bytes: &[u8], change: RecordChange) -> Option<DappEvent> {
    let (_storage, rest) = bytes.split_first_chunk::<32>()?;
    let (rest, credit_paid) = rest.split_last_chunk::<8>()?;
    let (rest, free_credit_paid) = rest.split_last_chunk::<8>()?;
    let (key_and_value, actor) = rest.split_last_chunk::<32>()?;
    Some(DappEvent::GlobalRecordWritten {
        key_and_value: key_and_value.to_vec(),
        change,
        actor: Address::new(*actor),
        free_credit_paid: u64::from_le_bytes(*free_credit_paid),
        credit_paid: u64::from_le_bytes(*credit_paid),
    })
}

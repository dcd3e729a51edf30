//! Events about the framework.

use sui_sdk_types::Address;

use super::{FeeIncrease, Fees};

/// Something happened to the framework's hub.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HubEvent {
    /// The hub was created, when valet was published.
    Created {
        /// The hub.
        hub: Address,
        /// Its version.
        version: u64,
        /// The administrator's capability.
        admin_cap: Address,
        /// The treasury's capability.
        treasury_cap: Address,
        /// What dApps pay unless they have rates of their own.
        default_fees: Fees,
        /// Where settled fees go.
        treasury: Address,
    },
    /// The hub moved to another version of the package.
    Migrated {
        /// The hub.
        hub: Address,
        /// The version before.
        previous: u64,
        /// The version now.
        version: u64,
    },
    /// The administration was offered.
    AdministrationOffered {
        /// The hub.
        hub: Address,
        /// Who offers it.
        from: Address,
        /// Who may take it.
        to: Address,
    },
    /// The administration was taken.
    AdministrationTaken {
        /// The hub.
        hub: Address,
        /// The administrator's capability.
        admin_cap: Address,
        /// Who has it now.
        admin: Address,
    },
    /// The treasury was offered.
    TreasuryOffered {
        /// The hub.
        hub: Address,
        /// Who offers it.
        from: Address,
        /// Who may take it.
        to: Address,
    },
    /// The treasury was taken.
    TreasuryTaken {
        /// The hub.
        hub: Address,
        /// The treasury's capability.
        treasury_cap: Address,
        /// Where settled fees went before.
        previous: Address,
        /// Where they go now.
        treasury: Address,
    },
    /// The default price changed, for dApps registered from now on.
    DefaultFeesChanged {
        /// The hub.
        hub: Address,
        /// The price before.
        previous: Fees,
        /// The price now.
        fees: Fees,
    },
    /// An increase of the default price was announced.
    DefaultFeesAnnounced {
        /// The hub.
        hub: Address,
        /// The increase.
        increase: FeeIncrease,
    },
    /// An increase of the default price was withdrawn.
    DefaultFeesWithdrawn {
        /// The hub.
        hub: Address,
        /// The increase.
        increase: FeeIncrease,
    },
}

impl HubEvent {
    /// The hub that it is about.
    #[must_use]
    pub fn hub(&self) -> Address {
        match self {
            Self::Created { hub, .. }
            | Self::Migrated { hub, .. }
            | Self::AdministrationOffered { hub, .. }
            | Self::AdministrationTaken { hub, .. }
            | Self::TreasuryOffered { hub, .. }
            | Self::TreasuryTaken { hub, .. }
            | Self::DefaultFeesChanged { hub, .. }
            | Self::DefaultFeesAnnounced { hub, .. }
            | Self::DefaultFeesWithdrawn { hub, .. } => *hub,
        }
    }

    pub(super) fn decode(module: &str, name: &str, bytes: &[u8]) -> Option<Self> {
        match (module, name) {
            ("dapp_hub", "HubCreated") => {
                let (hub, version, admin_cap, treasury_cap, default_fees, treasury) =
                    bcs::from_bytes(bytes).ok()?;
                Some(Self::Created {
                    hub,
                    version,
                    admin_cap,
                    treasury_cap,
                    default_fees,
                    treasury,
                })
            }
            ("dapp_hub", "HubMigrated") => {
                let (hub, previous, version) = bcs::from_bytes(bytes).ok()?;
                Some(Self::Migrated {
                    hub,
                    previous,
                    version,
                })
            }
            ("dapp_hub", "AdministrationOffered") => {
                let (hub, from, to) = bcs::from_bytes(bytes).ok()?;
                Some(Self::AdministrationOffered { hub, from, to })
            }
            ("dapp_hub", "AdministrationTaken") => {
                let (hub, admin_cap, admin) = bcs::from_bytes(bytes).ok()?;
                Some(Self::AdministrationTaken {
                    hub,
                    admin_cap,
                    admin,
                })
            }
            ("dapp_hub", "TreasuryOffered") => {
                let (hub, from, to) = bcs::from_bytes(bytes).ok()?;
                Some(Self::TreasuryOffered { hub, from, to })
            }
            ("dapp_hub", "TreasuryTaken") => {
                let (hub, treasury_cap, previous, treasury) = bcs::from_bytes(bytes).ok()?;
                Some(Self::TreasuryTaken {
                    hub,
                    treasury_cap,
                    previous,
                    treasury,
                })
            }
            ("governance", "DefaultFeesChanged") => {
                let (hub, previous, fees) = bcs::from_bytes(bytes).ok()?;
                Some(Self::DefaultFeesChanged {
                    hub,
                    previous,
                    fees,
                })
            }
            ("governance", "DefaultFeesAnnounced") => {
                let (hub, increase) = bcs::from_bytes(bytes).ok()?;
                Some(Self::DefaultFeesAnnounced { hub, increase })
            }
            ("governance", "DefaultFeesWithdrawn") => {
                let (hub, increase) = bcs::from_bytes(bytes).ok()?;
                Some(Self::DefaultFeesWithdrawn { hub, increase })
            }
            _ => None,
        }
    }
}

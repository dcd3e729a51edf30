//! What an index is of.

use serde::{Deserialize, Serialize};
use sui_sdk_types::{Digest, StructTag, TypeTag};
use valet_client::Deployment;

use crate::IndexError;

/// What an index is of: one or more dApps of one valet on one network, from a checkpoint on. It is kept in the store, which
/// is refused to whoever opens it with another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    deployments: Vec<Deployment>,
    first_checkpoint: u64,
}

impl Scope {
    /// These dApps, from the network's first checkpoint on.
    ///
    /// # Errors
    /// [`IndexError::MixedDeployments`] when there are none, or they are of several networks or valets, or a dApp is there
    /// twice.
    pub fn new(deployments: impl IntoIterator<Item = Deployment>) -> Result<Self, IndexError> {
        let deployments: Vec<_> = deployments.into_iter().collect();
        let mixed = |reason: &str| {
            Err(IndexError::MixedDeployments {
                reason: reason.to_owned(),
            })
        };
        let Some(first) = deployments.first() else {
            return mixed("there is none");
        };
        for (index, other) in deployments.iter().enumerate() {
            if other.chain_id != first.chain_id {
                return mixed("they are on different networks");
            }
            if other.valet_types != first.valet_types {
                return mixed("they are of different valet packages");
            }
            let mut before = deployments.iter().take(index);
            if before.any(|before| before.dapp_type == other.dapp_type) {
                return mixed("a dApp is there twice");
            }
        }
        Ok(Self {
            deployments,
            first_checkpoint: 0,
        })
    }

    /// Begins at a checkpoint, which must not be later than the one that registered the dApps: no part of their history may
    /// be missing.
    #[must_use]
    pub fn starting_at(mut self, checkpoint: u64) -> Self {
        self.first_checkpoint = checkpoint;
        self
    }

    /// The dApps.
    #[must_use]
    pub fn deployments(&self) -> &[Deployment] {
        &self.deployments
    }

    /// The first checkpoint that is looked at.
    #[must_use]
    pub fn first_checkpoint(&self) -> u64 {
        self.first_checkpoint
    }

    /// The network.
    #[must_use]
    pub fn chain_id(&self) -> Digest {
        // There is at least one: `new` sees to it, and a store is only read after a check.
        self.deployments
            .first()
            .map_or(Digest::ZERO, |first| first.chain_id)
    }

    /// The dApp that an event is about, judged by nothing but the event's type: the package that defines it, which no
    /// upgrade changes, and its first parameter.
    pub(crate) fn dapp_of(&self, tag: &StructTag) -> Option<&Deployment> {
        let marker = match tag.type_params().first() {
            Some(TypeTag::Struct(marker)) => marker.as_ref(),
            _ => return None,
        };
        self.deployments.iter().find(|deployment| {
            deployment.valet_types == *tag.address() && deployment.dapp_type == *marker
        })
    }

    pub(crate) fn deployment(&self, dapp: &StructTag) -> Option<&Deployment> {
        let mut all = self.deployments.iter();
        all.find(|deployment| deployment.dapp_type == *dapp)
    }

    /// Refuses what another scope has filled.
    pub(crate) fn expect(&self, stored: &Self) -> Result<(), IndexError> {
        let other = |reason: String| Err(IndexError::OtherScope { reason });
        if stored.chain_id() != self.chain_id() {
            return Err(IndexError::ForeignDatabase {
                expected: self.chain_id(),
                found: stored.chain_id(),
            });
        }
        if stored.first_checkpoint != self.first_checkpoint {
            let (ours, theirs) = (self.first_checkpoint, stored.first_checkpoint);
            return other(format!("from checkpoint {theirs} on, not {ours}"));
        }
        if stored.deployments.len() != self.deployments.len() {
            let (ours, theirs) = (self.deployments.len(), stored.deployments.len());
            return other(format!("for {theirs} dApps, not {ours}"));
        }
        for ours in &self.deployments {
            let Some(theirs) = stored.deployment(&ours.dapp_type) else {
                return other(format!("without {}", ours.dapp_type));
            };
            // Which version of the packages is called may change; where the objects and types are may not.
            let same = theirs.valet_types == ours.valet_types
                && theirs.dapp == ours.dapp
                && theirs.dapp_storage == ours.dapp_storage;
            if !same {
                return other(format!("for another {}", ours.dapp_type));
            }
        }
        Ok(())
    }
}

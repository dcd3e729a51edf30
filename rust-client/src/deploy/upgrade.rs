//! Upgrading a published package.

use serde::Deserialize;
use sui_sdk_types::{Address, Digest, Identifier, StructTag};

use super::{Deployer, Published};
use crate::{
    Error,
    ptb::{ObjectInput, PtbBuilder},
    valet,
};

/// `0x2::package::UpgradeCap`.
#[derive(Deserialize)]
struct UpgradeCap {
    _id: Address,
    /// The newest version of the package.
    package: Address,
    _version: u64,
    /// What an upgrade may change.
    policy: u8,
}

impl Deployer<'_> {
    /// Upgrades the package that the owner's capability `cap` is for: authorizes the upgrade under the capability's policy,
    /// makes the new version and commits it, in one transaction.
    ///
    /// `digest` is the compiler's, over `modules` as compiled and the ids of `dependencies`. What is published has an id of
    /// its own, under which it is called; the version before stays callable, and types it introduced keep its id. A package
    /// that gates its objects by version is migrated by calling the new version afterwards.
    ///
    /// ```no_run
    /// # async fn run(
    /// #     network: &valet_client::Network, owner: &valet_client::KeyOwner, cap: sui_sdk_types::Address,
    /// #     modules: Vec<Vec<u8>>, dependencies: Vec<sui_sdk_types::Address>, digest: sui_sdk_types::Digest,
    /// # ) -> Result<(), valet_client::Error> {
    /// use valet_client::deploy::Deployer;
    ///
    /// let next = Deployer::new(network, owner)
    ///     .upgrade(cap, modules, dependencies, digest)
    ///     .await?;
    /// println!("call it as {}", next.package());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::WrongObject`] when `cap` is no upgrade capability; [`Error::Aborted`] or [`Error::Failed`] when the network
    /// refuses the upgrade: the modules are not compatible, or the digest is another's.
    pub async fn upgrade(
        &self,
        cap: Address,
        modules: Vec<Vec<u8>>,
        dependencies: Vec<Address>,
        digest: Digest,
    ) -> Result<Published, Error> {
        let object = valet::expect_type(self.network, cap, &cap_type()).await?;
        let held: UpgradeCap =
            bcs::from_bytes(&object.contents).map_err(|error| Error::Malformed {
                what: "GetObject",
                reason: format!("no upgrade capability: {error}"),
            })?;
        let cap = ObjectInput::Owned {
            id: object.id,
            version: object.version,
            digest: object.digest,
        };
        let receipt = self
            .run(|_| {
                let mut ptb = PtbBuilder::new();
                let cap = ptb.object(cap)?;
                let policy = ptb.pure(&held.policy)?;
                let digest = ptb.pure(&digest.as_bytes().to_vec())?;
                let ticket = ptb.move_call(
                    Address::TWO,
                    "package",
                    "authorize_upgrade",
                    Vec::new(),
                    vec![cap, policy, digest],
                )?;
                let receipt = ptb.upgrade(modules, dependencies, held.package, ticket)?;
                ptb.move_call(
                    Address::TWO,
                    "package",
                    "commit_upgrade",
                    Vec::new(),
                    vec![cap, receipt],
                )?;
                Ok(ptb.finish())
            })
            .await?;
        let upgraded = self.published(receipt).await?;
        tracing::info!(package = %upgraded.package, previous = %held.package, "upgraded");
        Ok(upgraded)
    }
}

impl Published {
    /// The id of the capability to upgrade the package, which the publication gave to its owner.
    ///
    /// # Errors
    /// [`Error::WrongObject`] when the publication created none: an upgrade uses the one there is.
    pub fn upgrade_cap(&self) -> Result<Address, Error> {
        self.object(&cap_type()).map(|cap| cap.id)
    }
}

fn cap_type() -> StructTag {
    StructTag::new(
        Address::TWO,
        Identifier::from_static("package"),
        Identifier::from_static("UpgradeCap"),
        Vec::new(),
    )
}

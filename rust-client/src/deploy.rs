//! Publishing valet and a dApp, and registering the dApp: what its developer does once for each network. Upgrading them
//! later.

mod upgrade;

use std::time::Duration;

use futures::future::try_join_all;
use sui_sdk_types::{Address, Identifier, ProgrammableTransaction, StructTag};

use crate::{
    Deployment, Error, GasLimits, Network, Owner, Receipt, SharedObject,
    network::LedgerObject,
    ptb::{FundSource, ObjectInput, PtbBuilder, PtbError},
    valet,
};

/// Publishes packages and registers dApps, each signed by one owner.
///
/// ```no_run
/// # async fn run(
/// #     valet_modules: Vec<Vec<u8>>, game_modules: Vec<Vec<u8>>,
/// # ) -> Result<valet_client::Deployment, Box<dyn std::error::Error>> {
/// use sui_sdk_types::Address;
/// use valet_client::{KeyOwner, Network, deploy::Deployer};
///
/// let owner = KeyOwner::generate()?;
/// let network = Network::connect("http://127.0.0.1:9000").await?;
/// let deployer = Deployer::new(&network, &owner);
/// let framework = [Address::from_static("0x1"), Address::TWO];
/// let valet = deployer.publish(valet_modules, framework.to_vec()).await?;
/// // ... compile the game against `valet.package()`, then:
/// let dependencies = [framework.as_slice(), &[valet.package()]].concat();
/// let game = deployer.publish(game_modules, dependencies).await?;
/// // public fun setup(hub: &mut DappHub, publisher: &Publisher, ctx: &mut TxContext): DappAdminCap<Arena>
/// let marker = game.tag("arena", "Arena")?;
/// let deployment = deployer.register(&valet, &game, "arena", "setup", marker).await?;
/// # Ok(deployment) }
/// ```
#[derive(Clone)]
#[must_use]
pub struct Deployer<'a> {
    network: &'a Network,
    owner: &'a dyn Owner,
    limits: GasLimits,
}

/// A package that was published, or a call that was made, with the objects that it created.
#[derive(Clone, Debug)]
pub struct Published {
    package: Address,
    created: Vec<LedgerObject>,
    receipt: Receipt,
}

/// The valet that a dApp is registered with.
#[derive(Clone, Copy)]
struct UsedValet {
    package: Address,
    types: Address,
    hub: SharedObject,
}

impl<'a> Deployer<'a> {
    /// One SUI: a package of a hundred kilobytes.
    const BUDGET: u64 = 1_000_000_000;
    /// How often created objects are asked for: a node may serve them a little after it has executed the transaction.
    const READ_ATTEMPTS: u32 = 10;
    const READ_PAUSE: Duration = Duration::from_millis(100);

    /// Deploys on this network; `owner` pays, and gets the capabilities.
    pub fn new(network: &'a Network, owner: &'a dyn Owner) -> Self {
        Self {
            network,
            owner,
            limits: GasLimits::with_budget(Self::BUDGET),
        }
    }

    /// Limits what each transaction may cost.
    pub fn with_limits(mut self, limits: GasLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Publishes a package: its compiled modules and the ids of the packages they depend on. The owner gets the upgrade
    /// capability.
    ///
    /// # Errors
    /// [`Error::InsufficientGas`], or [`Error::Failed`] when the network refuses the modules.
    pub async fn publish(
        &self,
        modules: Vec<Vec<u8>>,
        dependencies: Vec<Address>,
    ) -> Result<Published, Error> {
        let owner = self.owner.address();
        let receipt = self
            .run(|_| {
                let mut ptb = PtbBuilder::new();
                let cap = ptb.publish(modules, dependencies)?;
                ptb.transfer(vec![cap], owner)?;
                Ok(ptb.finish())
            })
            .await?;
        let published = self.published(receipt).await?;
        tracing::info!(package = %published.package, "published");
        Ok(published)
    }

    /// Registers a dApp by calling its own
    /// `module::function(hub: &mut DappHub, publisher: &Publisher, ctx: &mut TxContext): DappAdminCap<D>`, which must share
    /// the `Dapp` and the `DappStorage`. The owner gets the capability. `marker` is the dApp's type, `D`.
    ///
    /// # Errors
    /// [`Error::WrongObject`] when a package has no hub or no publisher, or the call did not share the dApp's objects;
    /// [`Error::Aborted`] when it refuses.
    pub async fn register(
        &self,
        valet: &Published,
        dapp: &Published,
        module: &str,
        function: &str,
        marker: StructTag,
    ) -> Result<Deployment, Error> {
        let used = UsedValet {
            package: valet.package,
            types: valet.package,
            hub: valet.shared(&valet.tag("dapp_hub", "DappHub")?)?,
        };
        self.register_with(used, dapp, module, function, marker)
            .await
    }

    /// Registers a dApp with the valet that another deployment on this network uses: one valet serves any number of dApps, and
    /// their owners end all their sessions with one signature. Otherwise as [`register`](Self::register).
    ///
    /// # Errors
    /// [`Error::WrongNetwork`] when the other deployment is on another chain; otherwise as [`register`](Self::register).
    pub async fn register_beside(
        &self,
        other: &Deployment,
        dapp: &Published,
        module: &str,
        function: &str,
        marker: StructTag,
    ) -> Result<Deployment, Error> {
        if other.chain_id != self.network.chain_id() {
            return Err(Error::WrongNetwork {
                expected: other.chain_id,
                found: self.network.chain_id(),
            });
        }
        let used = UsedValet {
            package: other.valet_package,
            types: other.valet_types,
            hub: other.hub,
        };
        self.register_with(used, dapp, module, function, marker)
            .await
    }

    async fn register_with(
        &self,
        valet: UsedValet,
        dapp: &Published,
        module: &str,
        function: &str,
        marker: StructTag,
    ) -> Result<Deployment, Error> {
        let publisher = dapp.object(&StructTag::new(
            Address::TWO,
            Identifier::from_static("package"),
            Identifier::from_static("Publisher"),
            Vec::new(),
        ))?;
        // The publication may have been followed by other uses of the publisher.
        let publisher = valet::expect_type(
            self.network,
            publisher.id,
            &object_type(publisher, dapp.package)?,
        )
        .await?;
        let owner = self.owner.address();
        let receipt = self
            .run(|_| {
                let mut ptb = PtbBuilder::new();
                let arguments = vec![
                    ptb.object(valet.hub.mutable())?,
                    ptb.object(ObjectInput::Owned {
                        id: publisher.id,
                        version: publisher.version,
                        digest: publisher.digest,
                    })?,
                ];
                let cap = ptb.move_call(dapp.package, module, function, Vec::new(), arguments)?;
                ptb.transfer(vec![cap], owner)?;
                Ok(ptb.finish())
            })
            .await?;
        let registered = Published {
            package: valet.types,
            created: self.read_created(&receipt, valet.types).await?,
            receipt,
        };
        let of_dapp = |module: &'static str, name: &'static str| {
            registered.shared(&StructTag::new(
                valet.types,
                Identifier::from_static(module),
                Identifier::from_static(name),
                vec![marker.clone().into()],
            ))
        };
        Ok(Deployment {
            chain_id: self.network.chain_id(),
            valet_package: valet.package,
            valet_types: valet.types,
            hub: valet.hub,
            dapp_package: dapp.package,
            dapp: of_dapp("dapp", "Dapp")?,
            dapp_storage: of_dapp("dapp_storage", "DappStorage")?,
            dapp_type: marker,
        })
    }

    async fn run(
        &self,
        build: impl FnOnce(FundSource) -> Result<ProgrammableTransaction, PtbError> + Send,
    ) -> Result<Receipt, Error> {
        let executed = valet::run(self.network, self.owner, self.limits, 0, build).await?;
        valet::outcome(executed).map_err(|failure| match failure.abort() {
            Some(_) => Error::Aborted(failure),
            None => Error::Failed(failure),
        })
    }

    /// What a transaction that made a package left behind.
    async fn published(&self, receipt: Receipt) -> Result<Published, Error> {
        let package = receipt.published().ok_or_else(|| Error::Malformed {
            what: "ExecuteTransaction",
            reason: "a publication succeeded without a package".to_owned(),
        })?;
        Ok(Published {
            package,
            created: self.read_created(&receipt, package).await?,
            receipt,
        })
    }

    async fn read_created(
        &self,
        receipt: &Receipt,
        package: Address,
    ) -> Result<Vec<LedgerObject>, Error> {
        let reads = receipt
            .created()
            .filter(|id| *id != package)
            .map(|id| self.read_soon(id));
        try_join_all(reads).await
    }

    async fn read_soon(&self, id: Address) -> Result<LedgerObject, Error> {
        for _ in 1..Self::READ_ATTEMPTS {
            if let Some(object) = self.network.object(id).await? {
                return Ok(object);
            }
            tokio::time::sleep(Self::READ_PAUSE).await;
        }
        let object = self.network.object(id).await?;
        object.ok_or_else(|| {
            valet::wrong(
                id,
                "the object that was created".to_owned(),
                "missing".to_owned(),
            )
        })
    }
}

impl Published {
    /// The package's id.
    #[must_use]
    pub fn package(&self) -> Address {
        self.package
    }

    /// The receipt of the publication.
    #[must_use]
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// The objects that the publication created.
    #[must_use]
    pub fn created(&self) -> &[LedgerObject] {
        &self.created
    }

    /// A type of this package, without type arguments.
    ///
    /// # Errors
    /// [`Error::Ptb`] when a name is not a Move identifier.
    pub fn tag(&self, module: &str, name: &str) -> Result<StructTag, Error> {
        Ok(StructTag::new(
            self.package,
            crate::ptb::identifier(module)?,
            crate::ptb::identifier(name)?,
            Vec::new(),
        ))
    }

    /// The object of this type that the publication created.
    ///
    /// # Errors
    /// [`Error::WrongObject`] when there is none.
    pub fn object(&self, tag: &StructTag) -> Result<&LedgerObject, Error> {
        self.created
            .iter()
            .find(|object| object.object_type.as_ref() == Some(tag))
            .ok_or_else(|| {
                valet::wrong(
                    self.package,
                    format!("a package whose publication creates a {tag}"),
                    "one that does not".to_owned(),
                )
            })
    }

    /// The shared object of this type that the publication created.
    ///
    /// # Errors
    /// [`Error::WrongObject`] when there is none, or when it is not shared.
    pub fn shared(&self, tag: &StructTag) -> Result<SharedObject, Error> {
        let object = self.object(tag)?;
        object
            .as_shared()
            .ok_or_else(|| valet::wrong(object.id, "shared".to_owned(), "not shared".to_owned()))
    }
}

impl std::fmt::Debug for Deployer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Deployer")
            .field("network", self.network)
            .field("owner", &self.owner.address())
            .finish_non_exhaustive()
    }
}

fn object_type(object: &LedgerObject, package: Address) -> Result<StructTag, Error> {
    object
        .object_type
        .clone()
        .ok_or_else(|| valet::wrong(package, "an object".to_owned(), "a package".to_owned()))
}

//! A deployment on a network.

mod credit;

use std::{collections::HashMap, sync::Arc};

use sui_sdk_types::{
    Address, Digest, ExecutionError, ExecutionStatus, ProgrammableTransaction, SignedTransaction,
    StructTag, Transaction, UserSignature,
};
use tokio::sync::Mutex;

use crate::{
    Account, Call, Deployment, Error, Failure, GasLimits, MoveAbort, Network, Owner, Pending,
    Receipt, Refusal, SharedObject, Sponsor, ValetEvent,
    gas::{self, Payment},
    network::{Executed, LedgerObject, decode},
    ptb::{FundSource, PtbError},
    sponsor::run_sponsored,
    storage::MoveDapp,
};

/// A dApp on a network: where accounts come from. Cheap to clone.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/arena.rs"));
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let localnet = valet_localnet::Localnet::builder().without_faucet().start().await?;
/// # let url = localnet.rpc_url();
/// # let owner = valet_client::KeyOwner::generate()?;
/// # localnet.ledger().fund(valet_client::Owner::address(&owner), &[100_000_000_000])?;
/// # let network = valet_client::Network::connect(&url).await?;
/// # let (_, deployment) = deploy(&network, &owner).await;
/// use valet_client::{Owner, Valet};
///
/// let valet = Valet::connect(&url, deployment).await?;
/// // Whoever wants to, pays for the dApp's writes: one SUI here.
/// valet.recharge(&owner, 1_000_000_000).await?;
/// // An account's address follows from its owner's, whether it exists yet or not.
/// let account = valet.account(owner.address());
/// assert_eq!(account.storage_id(), valet.deployment().storage_id(owner.address()));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Valet {
    network: Network,
    deployment: Arc<Deployment>,
    owner_limits: GasLimits,
    unsettled_ceiling: u64,
    packages: Arc<Mutex<HashMap<Address, Arc<Modules>>>>,
}

/// The compiled modules of a package, by name.
type Modules = HashMap<String, Vec<u8>>;

impl Valet {
    /// The budget of an owner's transaction: onboarding stores some kilobytes.
    const OWNER_BUDGET: u64 = 100_000_000;

    /// Connects to a full node and checks that the deployment is there.
    ///
    /// # Errors
    /// As [`Network::connect`] and [`Valet::new`].
    pub async fn connect(url: &str, deployment: Deployment) -> Result<Self, Error> {
        Self::new(Network::connect(url).await?, deployment).await
    }

    /// Uses a connection, and checks that the deployment is there.
    ///
    /// # Errors
    /// [`Error::WrongNetwork`] when the node is on another chain; [`Error::WrongObject`] when the hub, the dApp or its
    /// storage is not what the deployment says; otherwise what [`Network::object`] gives.
    pub async fn new(network: Network, deployment: Deployment) -> Result<Self, Error> {
        if network.chain_id() != deployment.chain_id {
            return Err(Error::WrongNetwork {
                expected: deployment.chain_id,
                found: network.chain_id(),
            });
        }
        let hub = deployment.valet_type("dapp_hub", "DappHub", Vec::new());
        let dapp = deployment.valet_type("dapp", "Dapp", vec![deployment.marker()]);
        let storage = deployment.dapp_storage_type();
        let (_, dapp, _) = futures::try_join!(
            expect_shared(&network, deployment.hub, &hub),
            expect_shared(&network, deployment.dapp, &dapp),
            expect_shared(&network, deployment.dapp_storage, &storage),
        )?;
        let dapp: MoveDapp = decode(&dapp)?;
        Ok(Self {
            network,
            deployment: Arc::new(deployment),
            owner_limits: GasLimits::with_budget(Self::OWNER_BUDGET),
            unsettled_ceiling: dapp.max_unsettled_writes,
            packages: Arc::default(),
        })
    }

    /// Limits what an owner's transaction may cost.
    #[must_use]
    pub fn with_owner_limits(mut self, limits: GasLimits) -> Self {
        self.owner_limits = limits;
        self
    }

    /// The connection.
    #[must_use]
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The deployment.
    #[must_use]
    pub fn deployment(&self) -> &Deployment {
        &self.deployment
    }

    /// An owner's account in this dApp, whether it exists yet or not. Reads nothing.
    #[must_use]
    pub fn account(&self, owner: Address) -> Account {
        Account::new(self.clone(), owner)
    }

    /// A call of the dApp's package, with no arguments yet.
    pub fn call(&self, module: impl Into<String>, function: impl Into<String>) -> Call {
        Call::new(self.deployment.dapp_package, module, function)
    }

    /// How many writes an account may owe for, as the dApp said when this connected.
    #[must_use]
    pub fn unsettled_ceiling(&self) -> u64 {
        self.unsettled_ceiling
    }

    /// Learns what became of a transaction whose outcome is unknown: sends the same bytes again, which never doubles it.
    ///
    /// # Errors
    /// [`Error::Unconfirmed`] when it still cannot be learned, otherwise as the transaction itself.
    pub async fn resolve(&self, pending: &Pending) -> Result<Receipt, Error> {
        self.resubmit(pending.signed_transaction()).await
    }

    /// Sends bytes again that may have been executed before.
    pub(crate) async fn resubmit(&self, signed: &SignedTransaction) -> Result<Receipt, Error> {
        let executed = self
            .network
            .resubmit(&signed.transaction, &signed.signatures)
            .await?;
        self.receipt(executed).await
    }

    /// What became of a transaction, as far as the node knows: `None` when it has not seen it executed.
    pub(crate) async fn look_up(
        &self,
        digest: Digest,
    ) -> Result<Option<Result<Receipt, Error>>, Error> {
        match self.network.look_up(digest).await? {
            Some(executed) => Ok(Some(self.receipt(executed).await)),
            None => Ok(None),
        }
    }

    /// Executes a transaction of the caller's making, signed once by `owner`. `build` is told where the `spend` MIST that it
    /// spends besides gas come from; the functions of [`ptb`](crate::ptb) take that.
    ///
    /// # Errors
    /// [`Error::InsufficientGas`] when the owner holds less than `spend` and the gas budget; [`Error::Signing`] when the
    /// owner declines; otherwise as [`Session::play`](crate::Session::play).
    pub async fn execute(
        &self,
        owner: &dyn Owner,
        spend: u64,
        build: impl FnOnce(FundSource) -> Result<ProgrammableTransaction, PtbError> + Send,
    ) -> Result<Receipt, Error> {
        let executed = run(&self.network, owner, self.owner_limits, spend, build).await?;
        self.receipt(executed).await
    }

    /// Executes a transaction of the caller's making, signed by `owner` and paid by `sponsor`: the owner needs no SUI. What
    /// the sponsor answers is checked before the owner is asked to sign it.
    ///
    /// # Errors
    /// [`Error::Sponsor`] when the sponsor refuses, fails, or answers with something else than was asked for;
    /// [`Error::Signing`] when the owner declines; otherwise as [`Session::play`](crate::Session::play).
    pub async fn execute_sponsored(
        &self,
        owner: &dyn Owner,
        sponsor: &dyn Sponsor,
        ptb: ProgrammableTransaction,
    ) -> Result<Receipt, Error> {
        let executed = run_sponsored(&self.network, owner, sponsor, self.owner_limits, ptb).await?;
        self.receipt(executed).await
    }

    pub(crate) async fn submit(
        &self,
        transaction: &Transaction,
        signatures: &[UserSignature],
    ) -> Result<Receipt, Error> {
        self.receipt(self.network.submit(transaction, signatures).await?)
            .await
    }

    async fn receipt(&self, executed: Executed) -> Result<Receipt, Error> {
        let events = executed
            .events
            .iter()
            .filter_map(|event| ValetEvent::decode(&self.deployment, event))
            .collect();
        let digest = executed.effects.transaction_digest;
        match outcome(executed) {
            Ok(receipt) => {
                tracing::debug!(%digest, gas = receipt.gas().net(), "executed");
                Ok(receipt.with_valet_events(events))
            }
            Err(failure) => Err(self.explain(failure).await),
        }
    }

    /// Finds valet's own reason behind a failure, or the dApp's words for it.
    async fn explain(&self, mut failure: Box<Failure>) -> Error {
        let Some(abort) = &mut failure.abort else {
            return Error::Failed(failure);
        };
        let ours = [self.deployment.valet_package, self.deployment.valet_types];
        let refusal = abort
            .code()
            .filter(|_| ours.contains(&abort.package()))
            .and_then(|code| Refusal::from_code(abort.module(), code));
        if let Some(refusal) = refusal {
            return Error::Refused { refusal, failure };
        }
        // The words are a courtesy: without them the code and the line still tell.
        if let Ok(modules) = self.modules(abort.package()).await
            && let Some(module) = modules.get(abort.module())
        {
            abort.read_texts(module);
        }
        Error::Aborted(failure)
    }

    /// The modules of a package: read once, because they never change.
    async fn modules(&self, package: Address) -> Result<Arc<Modules>, Error> {
        let mut known = self.packages.lock().await;
        if let Some(modules) = known.get(&package) {
            return Ok(Arc::clone(modules));
        }
        let modules = self.network.modules(package).await?;
        let modules: Arc<Modules> = Arc::new(
            modules
                .into_iter()
                .map(|(name, bytes)| (name.to_string(), bytes))
                .collect(),
        );
        known.insert(package, Arc::clone(&modules));
        Ok(modules)
    }
}

/// Builds, signs and executes a transaction of an owner's that spends `spend` besides its gas.
pub(crate) async fn run(
    network: &Network,
    owner: &dyn Owner,
    limits: GasLimits,
    spend: u64,
    build: impl FnOnce(FundSource) -> Result<ProgrammableTransaction, PtbError> + Send,
) -> Result<Executed, Error> {
    let sender = owner.address();
    let payment = Payment::of_owner(network, sender, limits, spend).await?;
    let ptb = build(payment.source())?;
    // Asked afresh: a stale epoch would cost the owner a second signature.
    let gas = network.fresh_epoch_gas().await?;
    let transaction = gas::assemble(network, ptb, sender, payment, limits, gas)?;
    let signature = owner.sign_transaction(&transaction).await?;
    let executed = network.submit(&transaction, &[signature]).await?;
    tracing::info!(digest = %executed.effects.transaction_digest, owner = %sender, "executed for the owner");
    Ok(executed)
}

/// The receipt of a success, or the failure.
pub(crate) fn outcome(executed: Executed) -> Result<Receipt, Box<Failure>> {
    let status = executed.effects.status.clone();
    let receipt = Receipt::new(executed);
    match status {
        ExecutionStatus::Success => Ok(receipt),
        ExecutionStatus::Failure { error, command } => {
            let abort = match &error {
                ExecutionError::MoveAbort { location, code } => {
                    Some(MoveAbort::new(location, *code))
                }
                _ => None,
            };
            Err(Box::new(Failure {
                error,
                command,
                abort,
                receipt,
                prefix: 0,
                state: None,
            }))
        }
    }
}

/// Reads a shared object and checks that it is what it should be.
pub(crate) async fn expect_shared(
    network: &Network,
    expected: SharedObject,
    tag: &StructTag,
) -> Result<LedgerObject, Error> {
    let object = expect_type(network, expected.id, tag).await?;
    let found = object.expect_shared()?;
    if found == expected {
        return Ok(object);
    }
    Err(wrong(
        expected.id,
        format!("shared at version {}", expected.initial_version),
        format!("shared at version {}", found.initial_version),
    ))
}

pub(crate) async fn expect_type(
    network: &Network,
    id: Address,
    tag: &StructTag,
) -> Result<LedgerObject, Error> {
    let found = network.object(id).await?;
    let object = found.ok_or_else(|| wrong(id, format!("a {tag}"), "missing".to_owned()))?;
    object.expect_type(tag)?;
    Ok(object)
}

pub(crate) fn not_shared(id: Address) -> Error {
    wrong(id, "shared".to_owned(), "not shared".to_owned())
}

pub(crate) fn wrong(object: Address, expected: String, found: String) -> Error {
    Error::WrongObject {
        object,
        expected,
        found,
    }
}

//! An owner's account in a dApp.

mod cards;
mod purse;

use std::sync::Arc;

use serde::{Serialize, de::DeserializeOwned};
use sui_sdk_types::{Address, TypeTag};
use tokio::sync::{OnceCell, watch};

use crate::{
    Call, Error, Journal, Owner, Phase, Receipt, Session, SessionKey, SessionOptions, SessionState,
    SessionStatus, SharedObject, Sponsor, Status, Terms, Valet, ValetEvent,
    network::LedgerObject,
    ptb::{self, Float},
    session::Start,
    valet,
};

pub use cards::AccountCard;

/// What a new session gets: its terms, calls of the dApp made in the same transaction, and a float for gas.
#[derive(Clone, Debug)]
#[must_use]
pub struct Onboarding {
    terms: Terms,
    calls: Vec<Call>,
    float: u64,
    options: SessionOptions,
    feed: Option<watch::Sender<SessionState>>,
}

impl Onboarding {
    /// Half a SUI: hundreds of actions, and the most that a stolen key can burn.
    const FLOAT: u64 = 500_000_000;

    /// A session on these terms, with no calls and a float of half a SUI.
    pub fn new(terms: Terms) -> Self {
        Self {
            terms,
            calls: Vec::new(),
            float: Self::FLOAT,
            options: SessionOptions::new(),
            feed: None,
        }
    }

    /// Makes a call of the dApp in the same transaction, signed by the owner: its `join`, for example.
    pub fn with_call(mut self, call: Call) -> Self {
        self.calls.push(call);
        self
    }

    /// Sets how much SUI the session gets for its gas, in MIST. With 0 it gets none.
    pub fn with_float(mut self, mist: u64) -> Self {
        self.float = mist;
        self
    }

    /// Sets how the session plays.
    pub fn with_options(mut self, options: SessionOptions) -> Self {
        self.options = options;
        self
    }

    /// The state of the session that comes of this, live from now on: created, pending while its activation is in flight, and
    /// then as [`Session::watch`] tells.
    #[must_use]
    pub fn watch(&mut self) -> watch::Receiver<SessionState> {
        self.feed
            .get_or_insert_with(|| watch::Sender::new(SessionState::before(Phase::Created)))
            .subscribe()
    }

    /// Tells whoever watches what becomes of the activation.
    fn tell<T>(&self, outcome: Option<&Result<T, Error>>) {
        let phase = match outcome {
            None | Some(Err(Error::Unconfirmed(_))) => Phase::Pending,
            // The session tells from here on.
            Some(Ok(_)) => return,
            Some(Err(_)) => Phase::Created,
        };
        if let Some(feed) = &self.feed {
            feed.send_replace(SessionState::before(phase));
        }
    }

    /// Writes down what the session sends.
    pub(crate) fn journalled(mut self, journal: Arc<dyn Journal>) -> Self {
        self.options = self.options.with_journal(journal);
        self
    }

    fn float(&self, source: ptb::FundSource) -> Option<Float> {
        (self.float > 0).then(|| Float {
            mist: self.float,
            source,
            kind: self.options.gas_policy().float_kind(),
        })
    }
}

/// An owner's account in a dApp: one storage, at an address that follows from the owner's. Cheap to clone.
///
/// Every method that takes an [`Owner`] asks for one signature.
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
/// use std::time::Duration;
/// use valet_client::{Grant, Onboarding, Owner, SessionKey, SessionOptions, Terms, Valet};
///
/// let valet = Valet::connect(&url, deployment).await?;
/// let account = valet.account(owner.address());
/// let terms = Terms::lasting(Duration::from_secs(600), Grant::actions([0]));
/// let (session, receipt) = account
///     .onboard(&owner, SessionKey::generate()?, Onboarding::new(terms.clone()).with_float(50_000_000))
///     .await?;
/// assert!(receipt.is_success());
///
/// // The state of the account, in one read.
/// let status = account.status().await?;
/// assert_eq!(status.session.map(|session| session.wallet), Some(session.address()));
///
/// // Activating another session replaces this one.
/// let (_, _) = account
///     .activate(&owner, SessionKey::generate()?, Onboarding::new(terms).with_float(0))
///     .await?;
/// assert_eq!(account.status().await?.session_count, 2);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Account {
    valet: Valet,
    owner: Address,
    storage_id: Address,
    /// Where the storage was shared: learned once, never changes.
    storage: Arc<OnceCell<SharedObject>>,
}

impl Account {
    pub(crate) fn new(valet: Valet, owner: Address) -> Self {
        Self {
            storage_id: valet.deployment().storage_id(owner),
            valet,
            owner,
            storage: Arc::new(OnceCell::new()),
        }
    }

    /// The owner's address.
    #[must_use]
    pub fn owner(&self) -> Address {
        self.owner
    }

    /// The id of the account's storage, whether it exists yet or not.
    #[must_use]
    pub fn storage_id(&self) -> Address {
        self.storage_id
    }

    /// The dApp and its network.
    #[must_use]
    pub fn valet(&self) -> &Valet {
        &self.valet
    }

    /// Creates the account, activates a session for `key`, makes the dApp's calls and funds the session: one transaction,
    /// one signature of the owner's.
    ///
    /// # Errors
    /// [`Error::AlreadyOnboarded`] when the account exists; [`Error::InsufficientGas`] when the owner holds less than the
    /// float and the gas budget; [`Error::NotTheOwner`]; otherwise as any transaction. Whatever the error, the account
    /// does not exist halfway.
    pub async fn onboard(
        &self,
        owner: &dyn Owner,
        key: SessionKey,
        onboarding: Onboarding,
    ) -> Result<(Session, Receipt), Error> {
        self.check_owner(owner)?;
        if self
            .valet
            .network()
            .object(self.storage_id)
            .await?
            .is_some()
        {
            return Err(Error::AlreadyOnboarded {
                owner: self.owner,
                storage: self.storage_id,
            });
        }
        let deployment = self.valet.deployment();
        onboarding.tell::<Receipt>(None);
        let activated = self
            .valet
            .execute(owner, onboarding.float, |source| {
                ptb::onboard(
                    deployment,
                    key.address(),
                    &onboarding.terms,
                    &onboarding.calls,
                    onboarding.float(source),
                )
            })
            .await;
        onboarding.tell(Some(&activated));
        let receipt = activated?;
        let storage = receipt
            .shared(self.storage_id)
            .ok_or_else(|| self.not_created())?;
        // Set at most once, and always to the same value.
        let storage = *self.storage.get_or_init(async || storage).await;
        let session = self.started(storage, key, &onboarding, &receipt)?;
        Ok((session, receipt))
    }

    /// Activates a session for `key` on an existing account, makes the dApp's calls and funds the session. Any session that
    /// was active ends in that transaction.
    ///
    /// # Errors
    /// [`Error::NotOnboarded`], [`Error::NotTheOwner`], [`Error::InsufficientGas`], or the chain's refusal.
    pub async fn activate(
        &self,
        owner: &dyn Owner,
        key: SessionKey,
        onboarding: Onboarding,
    ) -> Result<(Session, Receipt), Error> {
        self.check_owner(owner)?;
        let storage = self.storage().await?;
        let deployment = self.valet.deployment();
        onboarding.tell::<Receipt>(None);
        let activated = self
            .valet
            .execute(owner, onboarding.float, |source| {
                let activate = ptb::activate(
                    deployment,
                    storage,
                    key.address(),
                    &onboarding.terms,
                    onboarding.float(source),
                )?;
                ptb::prepend(
                    activate,
                    ptb::calls(deployment, storage, &onboarding.calls)?,
                )
            })
            .await;
        onboarding.tell(Some(&activated));
        let receipt = activated?;
        let session = self.started(storage, key, &onboarding, &receipt)?;
        Ok((session, receipt))
    }

    /// Takes up a session that the owner activated earlier for this key.
    ///
    /// # Errors
    /// [`Error::NotOnboarded`]; [`Error::NotTheSession`] when the account's session names another key or there is none.
    /// Whether it has expired is for the chain's clock to say.
    pub async fn resume(&self, key: SessionKey, options: SessionOptions) -> Result<Session, Error> {
        let storage = self.storage().await?;
        let status = self.status().await?;
        match &status.session {
            Some(session) if session.wallet == key.address() => {
                let start = Start {
                    session: session.clone(),
                    unsettled_writes: status.unsettled_writes,
                    float: None,
                    feed: None,
                };
                let session = Session::new(self.clone(), storage, key, options, start);
                // Without it the session plays as well, and knows no runway.
                if let Err(error) = session.read_float().await {
                    tracing::debug!(%error, "the float could not be read");
                }
                Ok(session)
            }
            _ => Err(Error::NotTheSession {
                key: key.address(),
                storage: self.storage_id,
            }),
        }
    }

    /// Ends the session, at once and whatever the dApp's state.
    ///
    /// # Errors
    /// [`Refusal::NoSession`](crate::Refusal::NoSession) inside [`Error::Refused`] when there is none to end.
    pub async fn deactivate(&self, owner: &dyn Owner) -> Result<Receipt, Error> {
        let storage = self.storage().await?;
        let deployment = self.valet.deployment();
        self.valet
            .execute(owner, 0, |_| ptb::deactivate(deployment, storage))
            .await
    }

    /// Ends the session like [`deactivate`](Self::deactivate), paid by a sponsor: for an owner who has lost the device that
    /// holds the session's key and has no SUI.
    ///
    /// # Errors
    /// As [`deactivate`](Self::deactivate), and [`Error::Sponsor`] when the sponsor does not pay.
    pub async fn deactivate_sponsored(
        &self,
        owner: &dyn Owner,
        sponsor: &dyn Sponsor,
    ) -> Result<Receipt, Error> {
        let storage = self.storage().await?;
        let ptb = ptb::deactivate(self.valet.deployment(), storage)?;
        self.valet.execute_sponsored(owner, sponsor, ptb).await
    }

    /// Settles what the account owes, from the dApp's credit. Anyone may; `payer` pays the gas.
    ///
    /// # Errors
    /// As any transaction; never for lack of credit: see [`Receipt::settlement`] for how much was paid.
    pub async fn settle(&self, payer: &dyn Owner) -> Result<Receipt, Error> {
        let storage = self.storage().await?;
        let deployment = self.valet.deployment();
        self.valet
            .execute(payer, 0, |_| ptb::settle(deployment, storage))
            .await
    }

    /// Makes calls of the dApp signed by the owner: what no session may do.
    ///
    /// # Errors
    /// [`Error::NotOnboarded`], or as any transaction.
    pub async fn play_as_owner(&self, owner: &dyn Owner, calls: &[Call]) -> Result<Receipt, Error> {
        let storage = self.storage().await?;
        let deployment = self.valet.deployment();
        self.valet
            .execute(owner, 0, |_| ptb::calls(deployment, storage, calls))
            .await
    }

    /// Sends a session's key more SUI for its gas.
    ///
    /// # Errors
    /// [`Error::InsufficientGas`] when the payer holds too little, or as any transaction.
    pub async fn top_up(
        &self,
        payer: &dyn Owner,
        session: &Session,
        mist: u64,
    ) -> Result<Receipt, Error> {
        let kind = session.options().gas_policy().float_kind();
        let receipt = self
            .valet
            .execute(payer, mist, |source| {
                ptb::fund(session.address(), Float { mist, source, kind })
            })
            .await?;
        session.note_funded(mist);
        Ok(receipt)
    }

    /// Reads the account's state in one request.
    ///
    /// # Errors
    /// [`Error::NotOnboarded`] when there is no account; [`Error::WrongObject`] when something else is at its address.
    pub async fn status(&self) -> Result<Status, Error> {
        let object = match self.valet.network().object(self.storage_id).await? {
            None => {
                return Err(Error::NotOnboarded {
                    owner: self.owner,
                    storage: self.storage_id,
                });
            }
            Some(object) => object,
        };
        object.expect_type(&self.valet.deployment().storage_type())?;
        if let Some(shared) = object.as_shared() {
            self.storage.get_or_init(async || shared).await;
        }
        let status = self.own_status(&object)?;
        if status.storage != self.storage_id {
            return Err(valet::wrong(
                self.storage_id,
                format!("the storage {}", self.storage_id),
                format!("the storage {}", status.storage),
            ));
        }
        Ok(status)
    }

    /// Reads a record of the account's, given its key and the Move types of key and value; `None` when there is none.
    ///
    /// `key` and `V` mirror the Move structs field for field. A Move struct without fields has one `bool` in BCS.
    ///
    /// ```no_run
    /// # async fn run(account: valet_client::Account) -> Result<(), Box<dyn std::error::Error>> {
    /// use sui_sdk_types::TypeTag;
    ///
    /// let types = account.valet().deployment();
    /// let key: TypeTag = format!("{}::guestbook::EntryKey", types.dapp_package).parse()?;
    /// let value: TypeTag = format!("{}::guestbook::Entry", types.dapp_package).parse()?;
    /// let entry: Option<(String, u64)> = account.record(&key, &false, &value).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::WrongObject`] when the record is of another type; [`Error::Malformed`] when its contents do not fit `V`;
    /// otherwise as [`Network::object`](crate::Network::object).
    pub async fn record<K: Serialize + ?Sized, V: DeserializeOwned>(
        &self,
        key_type: &TypeTag,
        key: &K,
        value_type: &TypeTag,
    ) -> Result<Option<V>, Error> {
        let deployment = self.valet.deployment();
        let malformed = |error: bcs::Error| Error::Malformed {
            what: "GetObject",
            reason: error.to_string(),
        };
        let key = bcs::to_bytes(key).map_err(malformed)?;
        let id = deployment.record_id(self.storage_id, key_type, &key);
        let Some(object) = self.valet.network().object(id).await? else {
            return Ok(None);
        };
        object.expect_type(&deployment.record_type(key_type, value_type))?;
        // The field's id and its name, the key, stand before the value.
        let value = object
            .contents
            .get(Address::LENGTH + key.len()..)
            .unwrap_or_default();
        bcs::from_bytes(value).map(Some).map_err(malformed)
    }

    /// The account's storage as an input: from memory once it is known.
    pub(crate) async fn storage(&self) -> Result<SharedObject, Error> {
        if let Some(storage) = self.storage.get() {
            return Ok(*storage);
        }
        self.status().await?;
        self.storage
            .get()
            .copied()
            .ok_or_else(|| valet::not_shared(self.storage_id))
    }

    /// What an object says that is an account, if it is one of the owner's.
    fn own_status(&self, object: &LedgerObject) -> Result<Status, Error> {
        let status = Status::decode(&object.contents).map_err(|error| Error::Malformed {
            what: "GetObject",
            reason: error.to_string(),
        })?;
        if status.owner == self.owner {
            return Ok(status);
        }
        Err(valet::wrong(
            object.id,
            format!("the storage of {}", self.owner),
            format!("the storage of {}", status.owner),
        ))
    }

    fn check_owner(&self, owner: &dyn Owner) -> Result<(), Error> {
        if owner.address() == self.owner {
            return Ok(());
        }
        Err(Error::NotTheOwner {
            signer: owner.address(),
            owner: self.owner,
        })
    }

    fn started(
        &self,
        storage: SharedObject,
        key: SessionKey,
        onboarding: &Onboarding,
        receipt: &Receipt,
    ) -> Result<Session, Error> {
        let activated = receipt
            .valet_events()
            .iter()
            .find_map(|event| match event {
                ValetEvent::SessionActivated(activated) if activated.wallet == key.address() => {
                    Some(activated)
                }
                _ => None,
            })
            .ok_or_else(|| self.not_created())?;
        let start = Start {
            session: SessionStatus::activated(activated),
            unsettled_writes: 0,
            float: Some(0),
            feed: onboarding.feed.clone(),
        };
        let options = onboarding.options.clone();
        let session = Session::new(self.clone(), storage, key, options, start);
        session.learn(receipt);
        if onboarding.float > 0 {
            session.note_funded(onboarding.float);
        }
        session.announce();
        Ok(session)
    }

    /// The transaction succeeded without doing what it was made for: not the package that the deployment promises.
    fn not_created(&self) -> Error {
        valet::wrong(
            self.valet.deployment().valet_package,
            "the valet package".to_owned(),
            "a package whose calls succeed without its events".to_owned(),
        )
    }
}

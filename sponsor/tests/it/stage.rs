//! A ledger with the arena, a sponsor with money, and a player without.

use std::sync::{
    Arc,
    atomic::{AtomicU32, AtomicU64, Ordering},
};

use async_trait::async_trait;
use sui_crypto::ed25519::Ed25519PrivateKey;
use sui_sdk_types::{
    Address, PersonalMessage, ProgrammableTransaction, Transaction, UserSignature,
};
use valet_client::{
    Account, Call, Deployment, Error, KeyOwner, Network, Owner, SessionKey, SharedObject,
    Sponsor as _, SponsorError, SponsorRefusal, SponsorRequest, Terms, Valet, Violation, ptb,
};
use valet_localnet::{Clock, Localnet};
use valet_sponsor::{Book, GasSource, Limits, Policy, Quota, Rule, Service, SqliteBook};

use crate::arena;

/// The first millisecond of a day (UTC).
pub(crate) const NOW_MS: u64 = 19_700 * Limits::DAY_MS;
pub(crate) const SUI: u64 = 1_000_000_000;
/// The budget of a transaction: enough for onboarding, which stores some kilobytes.
pub(crate) const BUDGET: u64 = 100_000_000;

pub(crate) const PLENTY: Quota = Quota {
    mist: 50 * SUI,
    transactions: 1_000,
};

/// A key that counts what it signs. Clones are the same key.
#[derive(Clone)]
pub(crate) struct Key {
    owner: Arc<KeyOwner>,
    signatures: Arc<AtomicU64>,
    proves: bool,
}

impl Key {
    pub(crate) fn new() -> Self {
        Self::of(KeyOwner::generate().expect("randomness"))
    }

    fn of(owner: KeyOwner) -> Self {
        Self {
            owner: Arc::new(owner),
            signatures: Arc::default(),
            proves: true,
        }
    }

    /// A wallet that signs no messages.
    pub(crate) fn without_messages(mut self) -> Self {
        self.proves = false;
        self
    }

    /// How many transactions it has signed.
    pub(crate) fn signatures(&self) -> u64 {
        self.signatures.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl Owner for Key {
    fn address(&self) -> Address {
        self.owner.address()
    }

    async fn sign_transaction(&self, transaction: &Transaction) -> Result<UserSignature, Error> {
        self.signatures.fetch_add(1, Ordering::Relaxed);
        self.owner.sign_transaction(transaction).await
    }

    async fn sign_message(
        &self,
        message: &PersonalMessage<'_>,
    ) -> Result<Option<UserSignature>, Error> {
        if !self.proves {
            return Ok(None);
        }
        self.owner.sign_message(message).await
    }
}

pub(crate) struct Stage {
    pub(crate) localnet: Localnet,
    pub(crate) valet: Valet,
    pub(crate) developer: KeyOwner,
    /// The sponsor's key.
    pub(crate) payer: Key,
    /// An owner without a MIST.
    pub(crate) player: Key,
    nonce: AtomicU32,
}

impl Stage {
    pub(crate) async fn set() -> Self {
        let localnet = Localnet::builder()
            .with_clock(Clock::Manual(NOW_MS))
            .without_faucet()
            .start()
            .await
            .expect("a ledger");
        let developer = KeyOwner::generate().expect("randomness");
        let fund = [1_000 * SUI];
        let ledger = localnet.ledger();
        ledger.fund(developer.address(), &fund).expect("money");
        let network = Network::connect(&localnet.rpc_url())
            .await
            .expect("a connection");
        let (_, deployment) = arena::deploy(&network, &developer).await;
        let valet = Valet::new(network, deployment).await.expect("a deployment");
        let stage = Self {
            localnet,
            valet,
            developer,
            payer: Key::new(),
            player: Key::new(),
            nonce: AtomicU32::new(1),
        };
        stage.fill(stage.payer.address(), 100 * SUI).await;
        stage
    }

    /// Puts SUI into an address balance.
    pub(crate) async fn fill(&self, address: Address, mist: u64) {
        let filled = self.valet.execute(&self.developer, mist, |source| {
            let kind = ptb::FloatKind::AddressBalance;
            ptb::fund(address, ptb::Float { mist, source, kind })
        });
        filled.await.expect("filled");
    }

    pub(crate) async fn balance(&self, address: Address) -> u64 {
        let wealth = self.valet.network().wealth(address).await.expect("wealth");
        assert_eq!(wealth.coins, 0, "no coin objects in these tests");
        wealth.address_balance
    }

    pub(crate) fn deployment(&self) -> &Deployment {
        self.valet.deployment()
    }

    pub(crate) fn account(&self) -> Account {
        self.valet.account(self.player.address())
    }

    /// The game's moves and all that a new player needs, for the arena alone, and ending sessions.
    pub(crate) fn policy(&self) -> Policy {
        let deployment = self.deployment();
        let (valet, game) = (deployment.valet_package, deployment.dapp_package);
        let marker = vec![deployment.marker()];
        let own = |module, functions: &[&str]| {
            Rule::module(valet, module)
                .with_functions(functions.iter().copied())
                .with_type_arguments(marker.clone())
        };
        Policy::new([
            Rule::module(game, "arena").with_functions(["join", "step", "rest"]),
            own("user_storage", &["create", "share"]),
            own("session", &["activate_session", "deactivate_session"]),
        ])
    }

    pub(crate) fn limits() -> Limits {
        Limits::new(PLENTY, PLENTY).with_max_budget(BUDGET)
    }

    pub(crate) fn sponsor(&self) -> Service {
        self.sponsor_with(Self::limits())
    }

    pub(crate) fn sponsor_with(&self, limits: Limits) -> Service {
        let book = SqliteBook::in_memory().expect("a book");
        self.sponsor_of(GasSource::AddressBalance, self.policy(), limits, book)
    }

    pub(crate) fn sponsor_of(
        &self,
        gas: GasSource,
        policy: Policy,
        limits: Limits,
        book: impl Book + 'static,
    ) -> Service {
        let network = self.valet.network().clone();
        Service::new(network, self.payer.clone(), gas, policy, limits, book).expect("a sponsor")
    }

    /// Onboards the player with a session of an hour, paid by the sponsor: nobody but the sponsor holds a MIST. The key
    /// that is returned is the session's.
    pub(crate) async fn onboard(&self, sponsor: &Service) -> (Key, SessionKey) {
        let seed = zeroize::Zeroizing::new([7; 32]);
        let session = SessionKey::from_seed(&seed);
        let terms = Terms::lasting(
            std::time::Duration::from_secs(3_600),
            valet_client::Grant::all_session_actions(),
        );
        let join = self.valet.call("arena", "join").dapp().storage();
        let onboard = ptb::onboard(self.deployment(), session.address(), &terms, &[join], None);
        let onboard = onboard.expect("a transaction");
        let onboarded = self
            .valet
            .execute_sponsored(&self.player, sponsor, onboard)
            .await;
        onboarded.expect("onboarded");
        let key = Key::of(KeyOwner::new(Ed25519PrivateKey::new(*seed)));
        assert_eq!(key.address(), session.address());
        (key, session)
    }

    pub(crate) async fn storage(&self) -> SharedObject {
        let id = self.account().storage_id();
        let object = self.valet.network().object(id).await.expect("an answer");
        let object = object.expect("a storage");
        object.as_shared().expect("shared")
    }

    /// A step, as a transaction: to and fro, so that the hero stays on the map.
    pub(crate) async fn step(&self, turn: usize) -> ProgrammableTransaction {
        let direction = if turn.is_multiple_of(2) { 1_u8 } else { 3 };
        let step = self.valet.call("arena", "step").dapp().storage();
        self.calls(step.arg(&direction).clock()).await
    }

    /// A move that is legal at every turn: three steps, then a rest.
    pub(crate) async fn turn(&self, turn: usize) -> ProgrammableTransaction {
        if turn % 4 == 3 {
            let rest = self.valet.call("arena", "rest").dapp().storage();
            self.calls(rest.clock()).await
        } else {
            self.step(turn - turn / 4).await
        }
    }

    pub(crate) async fn calls(&self, call: Call) -> ProgrammableTransaction {
        let storage = self.storage().await;
        ptb::calls(self.deployment(), storage, &[call]).expect("a transaction")
    }

    /// A proven request of a key's.
    pub(crate) async fn request(&self, key: &Key, ptb: ProgrammableTransaction) -> SponsorRequest {
        let mut request = self.bare_request(key.address(), ptb).await;
        request.proof = key
            .owner
            .sign_message(&request.message())
            .await
            .expect("signed");
        request
    }

    /// A request that proves nothing.
    pub(crate) async fn bare_request(
        &self,
        sender: Address,
        ptb: ProgrammableTransaction,
    ) -> SponsorRequest {
        SponsorRequest {
            ptb,
            sender,
            chain_id: self.deployment().chain_id,
            max_epoch: self.localnet.ledger().epoch().epoch + 1,
            nonce: self.nonce.fetch_add(1, Ordering::Relaxed),
            max_price: 10_000,
            max_budget: BUDGET,
            proof: None,
        }
    }
}

pub(crate) fn refusal<T: std::fmt::Debug>(result: Result<T, SponsorError>) -> SponsorRefusal {
    match result.expect_err("refused") {
        SponsorError::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn violation<T: std::fmt::Debug>(result: Result<T, SponsorError>) -> Violation {
    match refusal(result) {
        SponsorRefusal::NotAllowed { violation } => violation,
        other => panic!("{other:?}"),
    }
}

/// Which limit a refusal is about.
pub(crate) fn limit<T: std::fmt::Debug>(result: Result<T, SponsorError>) -> (String, String) {
    match refusal(result) {
        SponsorRefusal::LimitReached { limit, unit, .. } => (limit, unit),
        other => panic!("{other:?}"),
    }
}

/// The sponsor's address, for those who do not import the trait.
pub(crate) fn address(service: &Service) -> Address {
    service.address()
}

//! A ledger with two dApps on it, and owners who play.

use std::{sync::Arc, time::Duration};

use sui_sdk_types::{Address, StructTag, TypeTag};
use valet_client::{
    Account, Call, Deployment, Grant, KeyOwner, Network, Onboarding, Owner, Session, SessionKey,
    Terms, Valet, deploy::Published,
};
use valet_index::{
    Change, Checkpoint, HistoryEntry, HistoryQuery, Index, MemoryStore, Scope, SessionQuery,
    SessionRecord, StorageQuery, StorageRecord, TransactionEvents,
};
use valet_localnet::{Clock, Localnet, ledger::Ledger};

use crate::arena;

pub(crate) const NOW_MS: u64 = 1_700_000_000_000;
pub(crate) const SUI: u64 = 1_000_000_000;
pub(crate) const MINUTE: Duration = Duration::from_secs(60);
/// The arena's action.
pub(crate) const STEP: u8 = 0;

pub(crate) struct Stage {
    pub(crate) localnet: Localnet,
    pub(crate) network: Network,
    pub(crate) arena: Valet,
    pub(crate) shop: Valet,
    pub(crate) developer: KeyOwner,
    /// The valet package as it was published.
    pub(crate) published: Published,
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
        let money = localnet.ledger().fund(developer.address(), &[500 * SUI]);
        money.expect("money");
        let network = Network::connect(&localnet.rpc_url())
            .await
            .expect("a connection");
        let (published, arena) = arena::deploy(&network, &developer).await;
        let place = ("rust-client/tests/shop", "shop", "Shop");
        let shop = arena::add_dapp(&network, &developer, &published, place).await;
        let valet = |deployment| Valet::new(network.clone(), deployment);
        Self {
            arena: valet(arena).await.expect("the arena"),
            shop: valet(shop).await.expect("the shop"),
            localnet,
            network,
            developer,
            published,
        }
    }

    pub(crate) fn deployments(&self) -> [Deployment; 2] {
        [
            self.arena.deployment().clone(),
            self.shop.deployment().clone(),
        ]
    }

    pub(crate) fn scope(&self) -> Scope {
        Scope::new(self.deployments()).expect("a scope")
    }

    pub(crate) fn index(&self) -> Index {
        Index::open(MemoryStore::new(), self.scope()).expect("an index")
    }

    pub(crate) fn owner(&self) -> KeyOwner {
        let owner = KeyOwner::generate().expect("randomness");
        let money = self.localnet.ledger().fund(owner.address(), &[100 * SUI]);
        money.expect("money");
        owner
    }

    pub(crate) fn wait(&self, duration: Duration) {
        let ms = u64::try_from(duration.as_millis()).expect("short");
        self.localnet.ledger().advance_clock_ms(ms).expect("later");
    }

    pub(crate) async fn now_ms(&self) -> u64 {
        self.network.now_ms().await.expect("the clock")
    }

    /// An account of the owner's with a session, joined if it is in the arena.
    pub(crate) async fn enter(
        &self,
        valet: &Valet,
        owner: &KeyOwner,
        terms: Terms,
    ) -> (Account, Session) {
        let account = valet.account(owner.address());
        let mut onboarding = Onboarding::new(terms).with_float(2 * SUI);
        if valet.deployment().dapp == self.arena.deployment().dapp {
            onboarding = onboarding.with_call(self.arena.call("arena", "join").dapp().storage());
        }
        let key = SessionKey::generate().expect("randomness");
        let (session, _) = account
            .onboard(owner, key, onboarding)
            .await
            .expect("onboarded");
        (account, session)
    }

    pub(crate) fn step(&self, turn: usize) -> Call {
        let direction = if turn.is_multiple_of(2) { 1_u8 } else { 3 };
        let step = self.arena.call("arena", "step").dapp().storage();
        step.arg(&direction).clock()
    }

    pub(crate) fn buy(&self, amount: u64) -> Call {
        self.shop
            .call("shop", "buy")
            .type_argument(sui())
            .dapp()
            .storage()
            .arg(&amount)
            .arg(&1_u64)
            .clock()
    }

    /// Equal to the chain, to the last counter.
    pub(crate) async fn assert_equal(&self, index: &Index) {
        assert_equal(index, &self.network).await;
    }
}

pub(crate) async fn assert_equal(index: &Index, network: &Network) {
    let verification = index.verify(network).await.expect("a comparison");
    let differences: Vec<_> = verification
        .differences
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(differences.is_empty(), "{differences:#?}");
    assert!(verification.storages > 0, "something was compared");
}

pub(crate) fn hour() -> Terms {
    Terms::lasting(Duration::from_secs(3_600), Grant::all_session_actions())
}

pub(crate) fn only(grant: Grant) -> Terms {
    Terms::lasting(Duration::from_secs(3_600), grant)
}

pub(crate) fn sui() -> TypeTag {
    TypeTag::from(StructTag::sui())
}

/// What kind of change each entry is, in a word.
pub(crate) fn kinds(entries: &[HistoryEntry]) -> Vec<&'static str> {
    let kind = |entry: &HistoryEntry| match &entry.change {
        Change::StorageCreated => "created",
        Change::Activated(_) => "activated",
        Change::Replaced(_) => "replaced",
        Change::Renewed(_) => "renewed",
        Change::Deactivated(_) => "deactivated",
        Change::Deposited(_) => "deposited",
        Change::Withdrawn(_) => "withdrawn",
        Change::Drawn(_) => "drawn",
        Change::Settled(_) => "settled",
        _ => "unknown",
    };
    entries.iter().map(kind).collect()
}

/// Everything that an index holds, read in small pages.
#[derive(Debug, PartialEq)]
pub(crate) struct Everything {
    pub(crate) storages: Vec<StorageRecord>,
    pub(crate) sessions: Vec<SessionRecord>,
    pub(crate) history: Vec<HistoryEntry>,
    pub(crate) purses: Vec<(Address, Vec<(String, u64)>)>,
}

pub(crate) fn everything(index: &Index) -> Everything {
    let mut all = Everything {
        storages: Vec::new(),
        sessions: Vec::new(),
        history: Vec::new(),
        purses: Vec::new(),
    };
    let mut query = StorageQuery::new().with_limit(3);
    loop {
        let page = index.storages(&query).expect("storages");
        let Some(last) = page.last() else { break };
        query = query.after(last.storage);
        all.storages.extend(page);
    }
    let mut query = SessionQuery::new().with_limit(3);
    loop {
        let page = index.sessions(&query).expect("sessions");
        let Some(last) = page.last() else { break };
        query = query.after(last.storage, last.generation);
        all.sessions.extend(page);
    }
    let mut query = HistoryQuery::new().with_limit(7);
    loop {
        let page = index.history(&query).expect("history");
        let Some(last) = page.last() else { break };
        query = query.after(last.number);
        all.history.extend(page);
    }
    for storage in &all.storages {
        let purse = index.purse(storage.storage).expect("a purse");
        all.purses.push((storage.storage, purse));
    }
    all
}

/// A ledger's checkpoints, as an index takes them.
pub(crate) fn checkpoints(ledger: &Ledger) -> Vec<Checkpoint> {
    let latest = ledger.latest_checkpoint().expect("a checkpoint");
    let convert = |number| {
        let checkpoint = ledger.checkpoint(number).expect("a checkpoint");
        let transactions = checkpoint.transactions.iter().map(|executed| {
            let events = executed.events.as_ref();
            TransactionEvents {
                transaction: executed.digest,
                events: events.map(|events| events.0.clone()).unwrap_or_default(),
            }
        });
        Checkpoint {
            sequence_number: number,
            digest: checkpoint.digest,
            previous_digest: checkpoint.summary.previous_digest,
            timestamp_ms: checkpoint.summary.timestamp_ms,
            transactions: transactions.collect(),
        }
    };
    (0..=latest.sequence_number()).map(convert).collect()
}

/// Serves a ledger that was filled before.
pub(crate) async fn serve(ledger: Arc<Ledger>) -> Localnet {
    let localnet = Localnet::builder().without_faucet().with_ledger(ledger);
    localnet.start().await.expect("a server")
}

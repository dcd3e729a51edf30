//! Tests against an embedded ledger, over gRPC, with the bytecode of valet and the arena game.

mod credit;
mod everywhere;
mod gas;
mod lanes;
mod limits;
mod live;
mod onboarding;
mod play;
mod purse;
mod refusals;
mod renewal;
mod upgrade;
mod vault;
mod views;

use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use sui_sdk_types::{Address, StructTag, Transaction, TypeTag, UserSignature};
use valet_client::{
    Account, Call, Error, Grant, KeyOwner, Network, Onboarding, Owner, Receipt, Session,
    SessionKey, SessionOptions, Terms, Valet,
    deploy::Published,
    ptb::{ObjectInput, PtbBuilder},
};
use valet_localnet::{Clock, Localnet};

use crate::arena;

const NOW_MS: u64 = 1_700_000_000_000;
const SUI: u64 = 1_000_000_000;
/// The arena's actions.
const STEP: u8 = 0;
const REST: u8 = 3;

/// A ledger with valet and the arena on it, and money in two pockets.
struct Stage {
    localnet: Localnet,
    valet: Valet,
    published: Published,
    developer: KeyOwner,
    player: Wallet,
}

/// An owner that counts what it is asked to sign.
struct Wallet {
    key: KeyOwner,
    signatures: AtomicU64,
}

impl Wallet {
    fn new() -> Self {
        Self {
            key: KeyOwner::generate().expect("randomness"),
            signatures: AtomicU64::new(0),
        }
    }

    fn signatures(&self) -> u64 {
        self.signatures.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl Owner for Wallet {
    fn address(&self) -> Address {
        self.key.address()
    }

    async fn sign_transaction(&self, transaction: &Transaction) -> Result<UserSignature, Error> {
        self.signatures.fetch_add(1, Ordering::Relaxed);
        self.key.sign_transaction(transaction).await
    }
}

impl Stage {
    async fn set() -> Self {
        let localnet = Localnet::builder()
            .with_clock(Clock::Manual(NOW_MS))
            .without_faucet()
            .start()
            .await
            .expect("a ledger");
        let developer = KeyOwner::generate().expect("randomness");
        let player = Wallet::new();
        for owner in [developer.address(), player.address()] {
            localnet.ledger().fund(owner, &[100 * SUI]).expect("money");
        }
        let network = Network::connect(&localnet.rpc_url())
            .await
            .expect("a connection");
        let (published, deployment) = arena::deploy(&network, &developer).await;
        let valet = Valet::new(network, deployment).await.expect("a deployment");
        Self {
            localnet,
            valet,
            published,
            developer,
            player,
        }
    }

    /// A second dApp, which takes coins.
    async fn open_shop(&self) -> Valet {
        let network = self.valet.network();
        let shop = ("rust-client/tests/shop", "shop", "Shop");
        let deployment = arena::add_dapp(network, &self.developer, &self.published, shop).await;
        Valet::new(network.clone(), deployment)
            .await
            .expect("a deployment")
    }

    /// The player's account and session in a second dApp.
    async fn enter(&self, shop: &Valet, terms: Terms) -> (Account, Session) {
        let account = shop.account(self.player.address());
        let key = SessionKey::generate().expect("randomness");
        let onboarding = Onboarding::new(terms).with_float(5 * SUI);
        let entered = account.onboard(&self.player, key, onboarding).await;
        let (session, _) = entered.expect("onboarded");
        (account, session)
    }

    fn account(&self) -> Account {
        self.valet.account(self.player.address())
    }

    async fn onboard(&self, onboarding: Onboarding) -> (Session, Receipt) {
        let key = SessionKey::generate().expect("randomness");
        self.account()
            .onboard(&self.player, key, onboarding)
            .await
            .expect("onboarded")
    }

    /// The usual session: one hour, joined, all session actions.
    async fn session(&self) -> Session {
        self.onboard(self.joining(hour())).await.0
    }

    fn joining(&self, terms: Terms) -> Onboarding {
        Onboarding::new(terms)
            .with_call(self.call("join").storage())
            .with_float(5 * SUI)
    }

    async fn activate(&self, terms: Terms) -> Session {
        let key = SessionKey::generate().expect("randomness");
        let activated = self
            .account()
            .activate(&self.player, key, Onboarding::new(terms))
            .await;
        activated.expect("activated").0
    }

    fn call(&self, function: &str) -> Call {
        self.valet.call("arena", function).dapp()
    }

    /// Pauses the arena, by its administrator.
    async fn pause(&self) {
        let deployment = self.valet.deployment();
        let owned = self
            .localnet
            .ledger()
            .owned_objects(&self.developer.address(), None, None, 50);
        // The developer may administer other dApps too.
        let marker = deployment.marker();
        let cap = owned
            .iter()
            .find(|object| {
                object.as_struct().is_some_and(|s| {
                    s.object_type().name().as_str() == "DappAdminCap"
                        && s.object_type().type_params() == [marker.clone()]
                })
            })
            .expect("the administrator's capability");
        let cap = ObjectInput::Owned {
            id: cap.object_id(),
            version: cap.version(),
            digest: cap.digest(),
        };
        let paused = self.valet.execute(&self.developer, 0, |_| {
            let mut ptb = PtbBuilder::new();
            let arguments = vec![ptb.object(deployment.dapp.mutable())?, ptb.object(cap)?];
            let marker = vec![deployment.marker()];
            ptb.move_call(deployment.valet_package, "dapp", "pause", marker, arguments)?;
            Ok(ptb.finish())
        });
        paused.await.expect("paused");
    }

    /// Alternates so that the hero stays on the map.
    fn step(&self, turn: usize) -> Call {
        let direction = if turn.is_multiple_of(2) { 1_u8 } else { 3 };
        self.call("step").storage().arg(&direction).clock()
    }

    fn rest(&self) -> Call {
        self.call("rest").storage().clock()
    }

    /// A move that is legal at every turn: three steps, then a rest.
    fn turn(&self, turn: usize) -> Call {
        if turn % 4 == 3 {
            self.rest()
        } else {
            self.step(turn - turn / 4)
        }
    }
}

/// The type of SUI.
fn sui() -> TypeTag {
    TypeTag::from(StructTag::sui())
}

fn hour() -> Terms {
    granted(Grant::all_session_actions())
}

fn granted(grant: Grant) -> Terms {
    Terms::lasting(std::time::Duration::from_secs(3_600), grant)
}

fn only(actions: &[u8]) -> Terms {
    granted(Grant::actions(actions.iter().copied()))
}

fn settling_at(writes: u64) -> SessionOptions {
    SessionOptions::new().with_settle_threshold(writes)
}

//! Where the demo plays: an embedded ledger of its own, or any Sui node.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use sui_sdk_types::Address;
use valet_client::{Deployment, KeyOwner, Network, Owner, faucet};
use valet_localnet::{Clock, Localnet};

use super::{replay, report::NetworkReport};
use crate::{Dapp, wallet};

/// What the embedded ledger's faucet gives to each of the two people: 50 SUI.
const POCKET_MONEY_MIST: u64 = 50_000_000_000;

/// A network, and the two people on it.
pub(super) struct Stage {
    pub(super) network: Network,
    /// Publishes the game and pays for its writes.
    pub(super) developer: KeyOwner,
    /// The player's own key, which the wallet holds.
    pub(super) player: KeyOwner,
    localnet: Option<LocalStage>,
}

struct LocalStage {
    localnet: Localnet,
    began: Instant,
    began_ms: u64,
}

impl Stage {
    /// Boots an embedded ledger on a free loopback port.
    pub(super) async fn boot() -> Result<Self> {
        let began_ms = u64::try_from(
            SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .context("this machine's clock is before 1970")?
                .as_millis(),
        )?;
        let localnet = Localnet::builder()
            .with_clock(Clock::Manual(began_ms))
            .start()
            .await?;
        let (developer, player) = (KeyOwner::generate()?, KeyOwner::generate()?);
        for person in [&developer, &player] {
            localnet
                .ledger()
                .fund(person.address(), &[POCKET_MONEY_MIST])?;
        }
        let network = Network::connect(&localnet.rpc_url()).await?;
        Ok(Self {
            network,
            developer,
            player,
            localnet: Some(LocalStage {
                localnet,
                began: Instant::now(),
                began_ms,
            }),
        })
    }

    /// Plays on a node that is there. The money comes from a key in `VALET_FUNDER_KEY`, which then is both people, or from
    /// a faucet.
    pub(super) async fn join(url: &str, faucet_url: Option<&str>) -> Result<Self> {
        let network = Network::connect(url).await?;
        let (developer, player) = match wallet::from_environment()? {
            Some(key) => (KeyOwner::new(key.clone()), KeyOwner::new(key)),
            None => {
                let faucet_url = faucet_url
                    .map(str::to_owned)
                    .or_else(|| faucet::beside(url))
                    .with_context(|| {
                        format!("who pays on {url}? Name a faucet with --faucet-url, or put a funded key into VALET_FUNDER_KEY")
                    })?;
                let people = (KeyOwner::generate()?, KeyOwner::generate()?);
                for person in [&people.0, &people.1] {
                    faucet::request(&faucet_url, person.address()).await?;
                }
                people
            }
        };
        Ok(Self {
            network,
            developer,
            player,
            localnet: None,
        })
    }

    /// Publishes valet and the game by real Publish transactions, and registers the game.
    pub(super) async fn deploy(&self) -> Result<Deployment> {
        Dapp::arena().deploy(&self.network, &self.developer).await
    }

    /// Lets the chain's clock follow the real one, as it does on a real network. The embedded ledger's clock stands still
    /// otherwise, so that it can be set to the millisecond.
    pub(super) fn tick(&self) -> Result<()> {
        if let Some(local) = &self.localnet {
            let elapsed = u64::try_from(local.began.elapsed().as_millis())?;
            local
                .localnet
                .ledger()
                .set_clock_ms(local.began_ms.saturating_add(elapsed))?;
        }
        Ok(())
    }

    /// Sets the chain's clock; `false` where nobody can.
    pub(super) fn set_clock_ms(&self, ms: u64) -> Result<bool> {
        match &self.localnet {
            Some(local) => {
                local.localnet.ledger().set_clock_ms(ms)?;
                Ok(true)
            }
            None => Ok(false),
        }
    }

    /// Executes what happened so far again, on a second embedded ledger and without a network, and returns how many of
    /// `player`'s transactions a second that made; none where there is no embedded ledger.
    pub(super) async fn replay(&self, player: Address) -> Result<Option<f64>> {
        let Some(local) = &self.localnet else {
            return Ok(None);
        };
        let twin = Localnet::builder()
            .with_clock(Clock::Manual(local.began_ms))
            .start()
            .await?;
        let rate = tokio::task::block_in_place(|| {
            replay::actions_per_second(local.localnet.ledger(), twin.ledger(), player)
        })?;
        twin.shutdown().await;
        Ok(Some(rate))
    }

    /// How many requests were counted so far: by the ledger as they arrived, or by the client as they left.
    pub(super) fn requests(&self) -> u64 {
        match &self.localnet {
            Some(local) => local.localnet.request_counts().total(),
            None => self.network.rpc_calls(),
        }
    }

    pub(super) fn requests_counted_by(&self) -> &'static str {
        match self.localnet {
            Some(_) => "the ledger",
            None => "the client",
        }
    }

    pub(super) fn boot_time(&self) -> Option<Duration> {
        self.localnet
            .as_ref()
            .map(|local| local.localnet.boot_time())
    }

    pub(super) fn report(&self) -> NetworkReport {
        NetworkReport {
            kind: match self.localnet {
                Some(_) => "localnet",
                None => "remote",
            },
            url: self.network.url().to_owned(),
            chain_id: self.network.chain_id().to_string(),
        }
    }

    pub(super) async fn shutdown(self) {
        if let Some(local) = self.localnet {
            local.localnet.shutdown().await;
        }
    }
}

//! Where players meet: a network with the game on it, and somebody who pays for newcomers.

use std::{fs, path::Path, time::Duration};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use valet_client::{
    Deployment, Grant, KeyOwner, Network, Onboarding, Owner, Session, SessionKey, Terms, Valet,
    faucet,
};
use valet_localnet::Localnet;

use crate::{
    Action, Dapp,
    wallet::{self, CountingWallet},
};

/// What the embedded ledger gives to everybody who sits down: 50 SUI.
const POCKET_MONEY_MIST: u64 = 50_000_000_000;
/// What the developer pays in for the game's writes.
const CREDIT_MIST: u64 = 20_000_000_000;
/// What a player's session gets for its gas: some thousand moves.
const FLOAT_MIST: u64 = 4_000_000_000;
/// How long a session lasts unless somebody says otherwise.
pub(crate) const SESSION: Duration = Duration::from_secs(3_600);
/// Everything that the game lets sessions do.
const GRANTED: [u8; 4] = [0, 1, 2, 3];

/// A network with the game on it.
#[derive(Debug)]
pub(crate) struct Table {
    valet: Valet,
    faucet_url: Option<String>,
    /// The ledger, where it is this process's own.
    localnet: Option<Localnet>,
}

/// What another process needs to sit down at the same table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Invitation {
    rpc_url: String,
    faucet_url: Option<String>,
    deployment: Deployment,
}

/// Somebody at the table: with one signature of their wallet's, the session that plays for them.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) session: Session,
    /// How often the wallet was asked.
    pub(crate) signatures: u64,
    /// What the session got for its gas, in MIST.
    pub(crate) float: u64,
    key: KeyOwner,
    terms: Terms,
}

/// What somebody who sits down asks their wallet for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish {
    /// How long the session lasts.
    pub(crate) lasting: Duration,
    /// How often it may play; without a limit when there is none.
    pub(crate) max_calls: Option<u64>,
    /// What it gets for its gas, in MIST, if the wallet has that much.
    pub(crate) float: u64,
}

impl Default for Wish {
    fn default() -> Self {
        Self {
            lasting: SESSION,
            max_calls: None,
            float: FLOAT_MIST,
        }
    }
}

impl Wish {
    fn terms(self) -> Terms {
        let grant = Grant::actions(GRANTED);
        Terms::lasting(
            self.lasting,
            match self.max_calls {
                Some(calls) => grant.with_max_calls(calls),
                None => grant,
            },
        )
    }
}

impl Table {
    /// Boots an embedded ledger whose clock follows this machine's, and publishes the game on it.
    pub(crate) async fn lay() -> Result<Self> {
        let localnet = Localnet::builder().start().await?;
        let developer = KeyOwner::generate()?;
        localnet
            .ledger()
            .fund(developer.address(), &[POCKET_MONEY_MIST])?;
        let network = Network::connect(&localnet.rpc_url()).await?;
        let valet = publish(network, &developer).await?;
        Ok(Self {
            valet,
            faucet_url: localnet.faucet_url(),
            localnet: Some(localnet),
        })
    }

    /// Sits down where an invitation leads.
    pub(crate) async fn accept(invitation: Invitation) -> Result<Self> {
        let valet = Valet::connect(&invitation.rpc_url, invitation.deployment).await?;
        Ok(Self {
            valet,
            faucet_url: invitation.faucet_url,
            localnet: None,
        })
    }

    /// Goes to a node, and publishes the game there.
    pub(crate) async fn at(rpc_url: &str, faucet_url: Option<&str>) -> Result<Self> {
        let network = Network::connect(rpc_url).await?;
        let faucet_url = faucet_url
            .map(str::to_owned)
            .or_else(|| faucet::beside(rpc_url));
        let developer = funded(faucet_url.as_deref()).await?;
        Ok(Self {
            valet: publish(network, &developer).await?,
            faucet_url,
            localnet: None,
        })
    }

    /// The game on its network.
    pub(crate) fn valet(&self) -> &Valet {
        &self.valet
    }

    /// What another process needs to sit down here.
    pub(crate) fn invitation(&self) -> Invitation {
        Invitation {
            rpc_url: self.valet.network().url().to_owned(),
            faucet_url: self.faucet_url.clone(),
            deployment: self.valet.deployment().clone(),
        }
    }

    /// A newcomer sits down: a wallet with money, one signature, a hero, a session.
    pub(crate) async fn sit_down(&self, wish: Wish) -> Result<Seat> {
        let key = match &self.localnet {
            Some(localnet) => {
                let key = KeyOwner::generate()?;
                let pocket_money = POCKET_MONEY_MIST.max(wish.float.saturating_mul(2));
                localnet.ledger().fund(key.address(), &[pocket_money])?;
                key
            }
            None => funded(self.faucet_url.as_deref()).await?,
        };
        let wallet = CountingWallet::new(&key);
        let held = self.valet.network().wealth(wallet.address()).await?;
        // A faucet may give less than the embedded ledger does.
        let float = wish
            .float
            .min(held.coins.saturating_add(held.address_balance) / 2);
        let account = self.valet.account(wallet.address());
        let terms = wish.terms();
        let onboarding = Onboarding::new(terms.clone())
            .with_call(Action::join(&self.valet))
            .with_float(float);
        let (session, _) = account
            .onboard(&wallet, SessionKey::generate()?, onboarding)
            .await
            .context("joining the game")?;
        Ok(Seat {
            session,
            signatures: wallet.signatures(),
            float,
            terms,
            key,
        })
    }

    /// Clears the table.
    pub(crate) async fn clear(self) {
        if let Some(localnet) = self.localnet {
            localnet.shutdown().await;
        }
    }
}

impl Seat {
    /// The wallet signs once more: a new session, under a new key, on the same terms. What the one before holds for its gas goes
    /// back to the wallet first.
    pub(crate) async fn begin_again(&mut self) -> Result<()> {
        // It may be over, broke or gone: the new one does not hang on it.
        if let Err(error) = self.session.sweep().await {
            tracing::debug!(%error, "the float of the session before stays behind");
        }
        let wallet = CountingWallet::new(&self.key);
        let account = self.session.account().clone();
        let held = account.valet().network().wealth(wallet.address()).await?;
        let float = self
            .float
            .min(held.coins.saturating_add(held.address_balance) / 2);
        let onboarding = Onboarding::new(self.terms.clone()).with_float(float);
        let (session, _) = account
            .activate(&wallet, SessionKey::generate()?, onboarding)
            .await
            .context("beginning a new session")?;
        self.session = session;
        self.float = float;
        self.signatures += wallet.signatures();
        Ok(())
    }
}

impl Invitation {
    /// Reads one that another process wrote.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| {
            format!(
                "reading the invitation {}; the first player writes it with --share",
                path.display()
            )
        })?;
        serde_json::from_str(&text)
            .with_context(|| format!("{} is no invitation to a game", path.display()))
    }

    /// Writes it for another process.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)?;
        fs::write(path, text).with_context(|| format!("writing {}", path.display()))
    }
}

async fn publish(network: Network, developer: &KeyOwner) -> Result<Valet> {
    let deployment = Dapp::arena().deploy(&network, developer).await?;
    let valet = Valet::new(network, deployment).await?;
    let held = valet.network().wealth(developer.address()).await?;
    let credit = CREDIT_MIST.min(held.coins.saturating_add(held.address_balance) / 4);
    valet
        .recharge(developer, credit)
        .await
        .context("recharging the game's credit")?;
    Ok(valet)
}

/// Somebody with money: whoever's key is in the environment, or a newcomer whom the faucet helps.
async fn funded(faucet_url: Option<&str>) -> Result<KeyOwner> {
    if let Some(key) = wallet::from_environment()? {
        return Ok(KeyOwner::new(key));
    }
    let faucet_url = faucet_url.context(
        "who pays here? Name a faucet with --faucet-url, or put a funded key into VALET_FUNDER_KEY",
    )?;
    let key = KeyOwner::generate()?;
    faucet::request(faucet_url, key.address()).await?;
    Ok(key)
}

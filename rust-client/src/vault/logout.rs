//! The end of a session: nothing of it stays behind.

use super::{OtherCoin, Phase, Recovered, Step, Vault, VaultState};
use crate::{
    Account, CoinLanes, Error, GasLimits, GasPolicy, Owner, SessionKey, SessionOptions, Valet,
    gas::{self, Payment},
    journal::Outcome,
    ptb,
    vault::Fate,
};

/// What a logout did. After a crash it tells of what was left to do.
#[derive(Debug)]
#[non_exhaustive]
pub struct LoggedOut {
    /// Who ended the session.
    pub revocation: Revocation,
    /// How much of the float went back to the owner, in MIST.
    pub swept: u64,
    /// How much stayed behind because moving it costs more, in MIST.
    pub left: u64,
    /// Other coins than SUI that were at the session's address.
    pub others: Vec<OtherCoin>,
    /// What became of the transactions that were in flight.
    pub actions: Vec<Recovered>,
}

/// Who ended a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Revocation {
    /// Its own key.
    BySession,
    /// Its owner.
    ByOwner,
    /// It was over already, or had never begun.
    AlreadyOver,
}

/// How far a logout is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LogoutStep {
    /// The session is about to be ended.
    Revoking,
    /// It is over.
    Revoked,
    /// What is left of its float is about to be sent to the owner.
    Sweeping,
    /// It was sent.
    Swept,
    /// The key is about to be wiped.
    Wiping,
    /// It is wiped.
    Wiped,
}

impl Vault {
    /// The most that ending a session may cost, in MIST.
    const REVOCATION_BUDGET: u64 = 20_000_000;
    /// What sweeping an address balance may cost, in computation units: twice what it does cost. What is not used stays behind.
    const SWEEP_UNITS: u64 = 2_000;
    /// What sweeping coins may cost, in MIST. What is not used goes to the owner too.
    const COIN_SWEEP_BUDGET: u64 = 20_000_000;
    /// How often what the network refuses is tried again with fresh numbers.
    const RETRIES: u32 = 3;
    /// Up to 256 coins go with each; more than this, and the node makes money up.
    const ROUNDS: u32 = 64;

    /// Ends the session, sends what is left of its float, and other coins at its address, to the account's owner, and wipes the key.
    ///
    /// The session ends itself if it can pay for that; else `owner` ends it, with one signature. Should anything fail, or the
    /// process be killed, call it again on the vault: it goes on where it was, and does nothing twice. Once it has begun,
    /// nothing can be played any more.
    ///
    /// # Errors
    /// [`Error::InsufficientGas`] when the session cannot pay and there is no `owner`;
    /// [`VaultError::OtherAccount`](crate::VaultError::OtherAccount) inside [`Error::Vault`]; otherwise as any transaction. The
    /// key stays until everything before is done.
    pub async fn logout(
        &self,
        valet: &Valet,
        owner: Option<&dyn Owner>,
    ) -> Result<LoggedOut, Error> {
        self.logout_with(valet, owner, |_| {}).await
    }

    /// [`logout`](Self::logout), telling how far it is.
    ///
    /// # Errors
    /// As [`logout`](Self::logout).
    pub async fn logout_with(
        &self,
        valet: &Valet,
        owner: Option<&dyn Owner>,
        mut progress: impl FnMut(LogoutStep) + Send,
    ) -> Result<LoggedOut, Error> {
        let _turn = self.turn.lock().await;
        let account = self.account(valet)?;
        let mut over = LoggedOut {
            revocation: Revocation::AlreadyOver,
            swept: 0,
            left: 0,
            others: Vec::new(),
            actions: Vec::new(),
        };
        if self.is_gone() {
            return Ok(over);
        }
        if matches!(self.state(), VaultState::Pending | VaultState::Renewing) {
            // What the owner signed, or which key has the session, must be known: money is on its way there.
            over.actions = self.recover(valet).await;
            if let Some(error) = take_unknown(&mut over.actions) {
                return Err(error);
            }
        }
        if self.step().is_none() {
            self.change(|contents| contents.record.phase = Phase::Ending(Step::Revoke))?;
        }
        self.journal.close();
        if self.step() == Some(Step::Revoke) {
            progress(LogoutStep::Revoking);
            over.revocation = self.revoke(&account, owner).await?;
            self.change(|contents| contents.record.phase = Phase::Ending(Step::Sweep))?;
            progress(LogoutStep::Revoked);
        }
        if self.step() == Some(Step::Sweep) {
            progress(LogoutStep::Sweeping);
            let (held, next) = self.keys();
            for key in [Some(held), next].into_iter().flatten() {
                // While there is SUI to pay for it.
                over.others.extend(self.sweep_others(&account, &key).await?);
                let (swept, left) = self.sweep(&account, &key).await?;
                over.swept += swept;
                over.left += left;
            }
            // Without money nothing is executed any more: what was not executed before never will be.
            over.actions.extend(self.recover(valet).await);
            if let Some(error) = take_unknown(&mut over.actions) {
                return Err(error);
            }
            self.change(|contents| contents.record.phase = Phase::Ending(Step::Wipe))?;
            progress(LogoutStep::Swept);
        }
        progress(LogoutStep::Wiping);
        self.erase()?;
        progress(LogoutStep::Wiped);
        tracing::info!(owner = %self.owner(), swept = over.swept, left = over.left, "logged out");
        Ok(over)
    }

    /// Ends the session, if it is still one of this vault's keys that has it.
    async fn revoke(
        &self,
        account: &Account,
        owner: Option<&dyn Owner>,
    ) -> Result<Revocation, Error> {
        let Some(key) = self.active_key(account).await? else {
            return Ok(Revocation::AlreadyOver);
        };
        let network = account.valet().network();
        let wealth = network.wealth(key.address()).await?;
        let (policy, held) = if wealth.address_balance >= wealth.coins {
            (GasPolicy::AddressBalance, wealth.address_balance)
        } else {
            (
                GasPolicy::Coins(CoinLanes::new().with_lanes(1)),
                wealth.coins,
            )
        };
        let refused = if held == 0 {
            Error::InsufficientGas {
                payer: key.address(),
                needed: Self::REVOCATION_BUDGET,
                message: "it holds nothing; let the owner end the session".to_owned(),
            }
        } else {
            let limits = GasLimits::with_budget(held.min(Self::REVOCATION_BUDGET));
            let options = SessionOptions::new()
                .with_gas_policy(policy)
                .with_limits(limits);
            let session = match account.resume(key, options).await {
                // It ended between the two looks: an earlier try of ours, or its owner.
                Err(Error::NotTheSession { .. }) => return Ok(Revocation::AlreadyOver),
                other => other?,
            };
            let answer = session.deactivate().await;
            match (Outcome::of(&answer), answer) {
                (_, Ok(_)) => return Ok(Revocation::BySession),
                // Certain: somebody else ended it meanwhile, or the session cannot.
                (Some(_), Err(error)) => error,
                (None, Err(error)) => return Err(error),
            }
        };
        if self.active_key(account).await?.is_none() {
            return Ok(Revocation::AlreadyOver);
        }
        let Some(owner) = owner else {
            return Err(refused);
        };
        tracing::info!(%refused, "the session cannot end itself, asking its owner");
        match account.deactivate(owner).await {
            Ok(_) => Ok(Revocation::ByOwner),
            Err(_) if matches!(self.active_key(account).await, Ok(None)) => {
                Ok(Revocation::AlreadyOver)
            }
            Err(error) => Err(error),
        }
    }

    /// The key that the account's session names, if it is one of this vault's.
    async fn active_key(&self, account: &Account) -> Result<Option<SessionKey>, Error> {
        let wallet = match account.status().await {
            Ok(status) => status.session.map(|session| session.wallet),
            Err(Error::NotOnboarded { .. }) => None,
            Err(error) => return Err(error),
        };
        let (held, next) = self.keys();
        Ok([Some(held), next]
            .into_iter()
            .flatten()
            .find(|key| Some(key.address()) == wallet))
    }

    /// Sends all the SUI of a key to the owner. How much went, and how much is not worth it.
    async fn sweep(&self, account: &Account, key: &SessionKey) -> Result<(u64, u64), Error> {
        let valet = account.valet();
        let network = valet.network();
        let address = key.address();
        let (mut swept, mut failures) = (0_u64, 0_u32);
        for _ in 0..Self::ROUNDS {
            let wealth = network.wealth(address).await?;
            let price = network.fresh_epoch_gas().await?.price;
            let coins = network.coins(address, &ptb::sui(), u64::MAX).await?;
            let in_coins = sum(coins.iter().map(|(_, balance)| *balance));
            // What was too little is doubled.
            let budget = price.saturating_mul(Self::SWEEP_UNITS << failures);
            let (payment, amount, moved, limits) = if in_coins > budget {
                let coins = coins.into_iter().map(|(coin, _)| coin).collect();
                let moved = in_coins.saturating_add(wealth.address_balance);
                (
                    Payment::Coins(coins),
                    wealth.address_balance,
                    moved,
                    GasLimits::with_budget(in_coins.min(Self::COIN_SWEEP_BUDGET)),
                )
            } else if wealth.address_balance > budget {
                let amount = wealth.address_balance - budget;
                (
                    Payment::AddressBalance,
                    amount,
                    amount,
                    GasLimits::with_budget(budget),
                )
            } else {
                return Ok((swept, in_coins.saturating_add(wealth.address_balance)));
            };
            let answer = self
                .send_sweep(valet, key, payment, amount, limits.with_max_price(price))
                .await;
            match (Outcome::of(&answer), answer) {
                (_, Ok(cost)) => {
                    // What coins paid for gas did not reach the owner.
                    let cost = if in_coins > budget { cost } else { 0 };
                    swept = swept.saturating_add(moved.saturating_sub(cost));
                    tracing::debug!(%address, swept, "swept");
                }
                // The numbers changed between reading and sending, or the budget was too small.
                (Some(_), Err(error)) if failures < Self::RETRIES => {
                    failures += 1;
                    tracing::debug!(%error, failures, "sweeping again with fresh numbers");
                }
                (_, Err(error)) => return Err(error),
            }
        }
        Err(Error::Malformed {
            what: "GetBalance",
            reason: format!("{swept} MIST were swept from {address}, and there is still more"),
        })
    }

    /// What it cost, in MIST.
    async fn send_sweep(
        &self,
        valet: &Valet,
        key: &SessionKey,
        payment: Payment,
        amount: u64,
        limits: GasLimits,
    ) -> Result<u64, Error> {
        let network = valet.network();
        let ptb = ptb::sweep(self.owner(), amount, payment.source())?;
        let gas = network.fresh_epoch_gas().await?;
        let transaction = gas::assemble(network, ptb, key.address(), payment, limits, gas)?;
        let signature = key.sign(&transaction)?;
        let receipt = valet.submit(&transaction, &[signature]).await?;
        Ok(u64::try_from(receipt.gas().net()).unwrap_or(0))
    }

    fn is_gone(&self) -> bool {
        self.lock().is_none()
    }
}

/// The first error of what is still unknown.
fn take_unknown(actions: &mut Vec<Recovered>) -> Option<Error> {
    let place = actions
        .iter()
        .position(|action| matches!(action.fate, Fate::Unknown(_)))?;
    match actions.swap_remove(place).fate {
        Fate::Unknown(error) => Some(error),
        _ => None,
    }
}

fn sum(amounts: impl Iterator<Item = u64>) -> u64 {
    amounts.fold(0, u64::saturating_add)
}

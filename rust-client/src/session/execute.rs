//! Executing a session's transactions: paying, signing, sending, and what is tried again.

use rand_core::{OsRng, RngCore as _};
use sui_sdk_types::{
    Argument, Command, ExecutionError, ProgrammableTransaction, SignedTransaction, Transaction,
    UserSignature,
};
use tokio::time::Duration;

use super::{
    Session,
    coins::{Doubt, Keeping, Lease, Turn},
};
use crate::{
    Call, CoinLanes, Error, GasLimits, GasPolicy, Receipt, Rejection, Sponsor, SponsorRequest,
    gas::{self, Payment},
    journal,
    network::EpochGas,
    ptb::{self, PtbBuilder},
};

/// How often an action is sent anew because its objects were congested.
const CONGESTION_ATTEMPTS: u32 = 4;
/// Doubled with each attempt, and drawn between half of it and one and a half of it.
const CONGESTION_PAUSE: Duration = Duration::from_millis(100);
/// How long money that was sent may take to be seen: a network credits address balances between transactions, and a node may
/// know of it a little later.
const FUNDING_GRACE: Duration = Duration::from_secs(5);
const FUNDING_PAUSE: Duration = Duration::from_millis(250);

impl Session {
    /// Executes a transaction of the session's, again while its objects are congested or its money is on the way.
    pub(super) async fn execute(&self, ptb: &ProgrammableTransaction) -> Result<Receipt, Error> {
        let limits = self.inner.options.limits;
        let mut attempt = 1;
        let mut pause = CONGESTION_PAUSE;
        loop {
            match self.execute_in_this_epoch(ptb, limits).await {
                Err(error) if is_congestion(&error) && attempt < CONGESTION_ATTEMPTS => {
                    tracing::warn!(attempt, "congested, trying again");
                    tokio::time::sleep(pause.mul_f64(jitter())).await;
                    attempt += 1;
                    pause *= 2;
                }
                Err(Error::InsufficientGas { .. }) if self.awaits_funds() => {
                    tracing::debug!("the float has not arrived yet, trying again");
                    tokio::time::sleep(FUNDING_PAUSE).await;
                    if let Some(pool) = &self.inner.coins {
                        pool.doubt_listing();
                    }
                }
                other => return other,
            }
        }
    }

    /// Executes, and once more with what a refusal corrects: the epoch, the gas price, the coins' versions.
    async fn execute_in_this_epoch(
        &self,
        ptb: &ProgrammableTransaction,
        limits: GasLimits,
    ) -> Result<Receipt, Error> {
        let network = self.inner.account.valet().network();
        let used = network.epoch_gas().await?;
        match self.pay_and_send(ptb, limits, used).await {
            Err(error @ Error::Rejected { .. }) => {
                let now = network.fresh_epoch_gas().await?;
                let coins_changed = self.inner.coins.is_some()
                    && matches!(
                        error,
                        Error::Rejected {
                            rejection: Rejection::Object,
                            ..
                        }
                    );
                if now == used && !coins_changed {
                    return Err(error);
                }
                tracing::debug!(epoch = now.epoch, price = now.price, "building it anew");
                self.pay_and_send(ptb, limits, now).await
            }
            other => other,
        }
    }

    async fn pay_and_send(
        &self,
        ptb: &ProgrammableTransaction,
        limits: GasLimits,
        gas: EpochGas,
    ) -> Result<Receipt, Error> {
        match &self.inner.options.gas {
            GasPolicy::AddressBalance => self.pay_with_balance(ptb, limits, gas).await,
            GasPolicy::Sponsor(sponsor) => {
                self.pay_with_sponsor(ptb, sponsor.as_ref(), limits, gas)
                    .await
            }
            GasPolicy::Coins(lanes) => {
                let lease = self.lease(*lanes, limits, gas).await?;
                self.pay_with_coins(ptb, lease, limits, gas, None).await
            }
        }
    }

    async fn pay_with_balance(
        &self,
        ptb: &ProgrammableTransaction,
        limits: GasLimits,
        gas: EpochGas,
    ) -> Result<Receipt, Error> {
        let transaction = self.assemble(ptb, Payment::AddressBalance, limits, gas)?;
        let signature = self.inner.key().sign(&transaction)?;
        self.send(&transaction, &[signature], None).await
    }

    /// Executes from the address balance, whatever the session pays its actions with.
    pub(super) async fn execute_from_balance(
        &self,
        ptb: &ProgrammableTransaction,
        limits: GasLimits,
    ) -> Result<Receipt, Error> {
        let gas = self
            .inner
            .account
            .valet()
            .network()
            .fresh_epoch_gas()
            .await?;
        self.pay_with_balance(ptb, limits, gas).await
    }

    /// Sends what these coins pay for. `made` is how much is in each coin that it makes for the session.
    pub(super) async fn pay_with_coins(
        &self,
        ptb: &ProgrammableTransaction,
        mut lease: Lease,
        limits: GasLimits,
        gas: EpochGas,
        made: Option<u64>,
    ) -> Result<Receipt, Error> {
        let payment = Payment::Coins(lease.references());
        let transaction = self.assemble(ptb, payment, limits, gas)?;
        let signature = self.inner.key().sign(&transaction)?;
        let outcome = self
            .send(&transaction, &[signature], Some(&mut lease))
            .await;
        match executed(&outcome) {
            Some(receipt) if made.is_none() && spends_gas_coin(ptb) => {
                lease.reread(receipt.effects());
            }
            Some(receipt) => {
                let made = made.filter(|_| receipt.is_success());
                lease.settle(
                    receipt.effects(),
                    made.map(|balance| (self.address(), balance)),
                );
            }
            None => match &outcome {
                // The coins are not what they were thought to be.
                Err(
                    Error::Rejected {
                        rejection: Rejection::Object | Rejection::Other,
                        ..
                    }
                    | Error::InsufficientGas { .. },
                ) => lease.discard(),
                Err(Error::Rejected { .. } | Error::Unreachable { .. } | Error::Signing { .. }) => {
                    lease.give_back()
                }
                // It never left, or its outcome is unknown: the coins know which.
                _ => drop(lease),
            },
        }
        outcome
    }

    /// Coins for one transaction: from memory in the steady state.
    async fn lease(
        &self,
        lanes: CoinLanes,
        limits: GasLimits,
        gas: EpochGas,
    ) -> Result<Lease, Error> {
        let Some(pool) = &self.inner.coins else {
            return Err(self.too_poor(limits, "it has no coins".to_owned()));
        };
        let mut has_listed = false;
        loop {
            let returned = pool.returned();
            match pool.turn(limits.budget()) {
                Turn::Pay(lease) => return Ok(lease),
                Turn::Wait => returned.await,
                Turn::Keep(keeping) => {
                    has_listed = true;
                    self.keep_coins(&keeping, lanes, limits, gas).await?;
                }
                Turn::Ask(doubts) => self.ask_for(&doubts).await?,
                // Somebody may have sent money since.
                Turn::Poor { .. } if !has_listed => pool.doubt_listing(),
                Turn::Poor { richest, set_aside } => {
                    let mut message = format!("its coins hold {richest} MIST");
                    if set_aside > 0 {
                        message.push_str(&format!(
                            ", and the coins of {set_aside} transactions wait until their outcome is known"
                        ));
                    }
                    return Err(self.too_poor(limits, message));
                }
            }
        }
    }

    /// Lists the session's coins, and splits them when they are few.
    async fn keep_coins(
        &self,
        keeping: &Keeping,
        lanes: CoinLanes,
        limits: GasLimits,
        gas: EpochGas,
    ) -> Result<(), Error> {
        let network = self.inner.account.valet().network();
        let coins = network.coins(self.address(), &ptb::sui(), u64::MAX).await?;
        let sum = coins
            .iter()
            .fold(0_u64, |sum, (_, balance)| sum.saturating_add(*balance));
        keeping.listed(coins);
        let Some((lease, more, part)) = keeping.split(lanes.lanes(), limits.budget()) else {
            return Ok(());
        };
        tracing::debug!(held = sum, more, part, "splitting the gas coins");
        let mut split = PtbBuilder::new();
        let mut parts = Vec::with_capacity(more);
        for _ in 0..more {
            parts.push(split.split_coin(Argument::Gas, part)?);
        }
        split.transfer(parts, self.address())?;
        let split = split.finish();
        // Not the action's label: that it was split says nothing about the action.
        let splitting = self.labelled("valet: split");
        match splitting
            .pay_with_coins(&split, lease, limits, gas, Some(part))
            .await
        {
            // Fewer lanes are slower, and no reason not to play.
            Err(error) if error.failure().is_some() => {
                tracing::warn!(%error, "the gas coins could not be split");
                Ok(())
            }
            other => other.map(drop),
        }
    }

    /// Asks what became of the transactions whose coins are set aside.
    async fn ask_for(&self, doubts: &[Doubt]) -> Result<(), Error> {
        let network = self.inner.account.valet().network();
        let Some(pool) = &self.inner.coins else {
            return Ok(());
        };
        for doubt in doubts {
            if let Some(executed) = network.look_up(doubt.digest).await? {
                pool.learn(doubt.digest, &executed.effects);
            } else if network.fresh_epoch_gas().await?.epoch > doubt.last_epoch {
                // It lapsed before it was executed.
                pool.forget(doubt.digest);
            }
        }
        Ok(())
    }

    pub(super) fn too_poor(&self, limits: GasLimits, message: String) -> Error {
        Error::InsufficientGas {
            payer: self.address(),
            needed: limits.budget(),
            message,
        }
    }

    fn assemble(
        &self,
        ptb: &ProgrammableTransaction,
        payment: Payment,
        limits: GasLimits,
        gas: EpochGas,
    ) -> Result<Transaction, Error> {
        let network = self.inner.account.valet().network();
        gas::assemble(network, ptb.clone(), self.address(), payment, limits, gas)
    }

    /// Asks the sponsor to pay, and signs what it answers once that is checked to be what was asked for.
    async fn pay_with_sponsor(
        &self,
        ptb: &ProgrammableTransaction,
        sponsor: &dyn Sponsor,
        limits: GasLimits,
        gas: EpochGas,
    ) -> Result<Receipt, Error> {
        let network = self.inner.account.valet().network();
        let mut request = SponsorRequest {
            ptb: ptb.clone(),
            sender: self.address(),
            chain_id: network.chain_id(),
            max_epoch: gas.epoch.saturating_add(1),
            nonce: network.next_nonce(),
            max_price: limits.max_price(),
            max_budget: limits.budget(),
            proof: None,
        };
        self.inner.key().prove(&mut request)?;
        let sponsored = sponsor.sponsor(&request).await?;
        sponsored.verify(&request, sponsor.address())?;
        let signature = self.inner.key().sign(&sponsored.transaction)?;
        let signatures = [signature, sponsored.signature];
        self.send(&sponsored.transaction, &signatures, None).await
    }

    /// The one place where a signed transaction of the session's leaves, and where its outcome comes in.
    async fn send(
        &self,
        transaction: &Transaction,
        signatures: &[UserSignature],
        coins: Option<&mut Lease>,
    ) -> Result<Receipt, Error> {
        let valet = self.inner.account.valet();
        if let Some(journal) = self.journal() {
            let label = self.label.as_deref().unwrap_or_default();
            journal.begin(label, transaction, signatures)?;
        }
        if let Some(coins) = coins {
            coins.sent(transaction);
        }
        let outcome = valet.submit(transaction, signatures).await;
        journal::note_answer(self.journal(), transaction.digest(), &outcome);
        self.observe(&outcome);
        outcome
    }

    /// Builds and signs an action, paid from the address balance, without sending it: to measure, and for those who send by other
    /// means. The session does not learn what becomes of it, and its journal does not know of it.
    ///
    /// # Errors
    /// [`Error::Ptb`] when the calls cannot be built; [`Error::GasPriceTooHigh`]; [`Error::Signing`].
    pub async fn sign(&self, calls: &[Call]) -> Result<SignedTransaction, Error> {
        let valet = self.inner.account.valet();
        let ptb = ptb::calls(valet.deployment(), self.inner.storage, calls)?;
        let gas = valet.network().epoch_gas().await?;
        let limits = self.inner.options.limits;
        let transaction = self.assemble(&ptb, Payment::AddressBalance, limits, gas)?;
        let signature = self.inner.key().sign(&transaction)?;
        Ok(SignedTransaction {
            transaction,
            signatures: vec![signature],
        })
    }

    /// Takes in what became of a transaction of the session's.
    pub(super) fn observe(&self, outcome: &Result<Receipt, Error>) {
        if let Some(receipt) = executed(outcome)
            && !self.inner.options.gas.is_sponsored()
        {
            self.inner.float.paid(receipt.gas());
        }
        match outcome {
            Ok(receipt) => self.learn(receipt),
            Err(error) => {
                if let Some(refusal) = error.refusal() {
                    self.inner.memory.refused(refusal);
                }
            }
        }
        self.publish();
    }

    fn awaits_funds(&self) -> bool {
        self.inner
            .float
            .last_funded()
            .is_some_and(|funded| funded.elapsed() < FUNDING_GRACE)
    }
}

/// Those who met on an object wait for different times, so that they do not meet there again.
fn jitter() -> f64 {
    0.5 + f64::from(OsRng.next_u32()) / f64::from(u32::MAX)
}

/// The receipt of what was executed, whether it succeeded or failed.
pub(super) fn executed(outcome: &Result<Receipt, Error>) -> Option<&Receipt> {
    match outcome {
        Ok(receipt) => Some(receipt),
        Err(error) => error.failure().map(|failure| failure.receipt()),
    }
}

pub(super) fn is_congestion(error: &Error) -> bool {
    matches!(
        error.failure().map(|failure| failure.execution_error()),
        Some(ExecutionError::ExecutionCanceledDueToConsensusObjectCongestion { .. })
    )
}

/// Whether a transaction does more with the coin that pays than paying.
fn spends_gas_coin(ptb: &ProgrammableTransaction) -> bool {
    ptb.commands.iter().any(|command| match command {
        Command::MoveCall(call) => call.arguments.contains(&Argument::Gas),
        Command::TransferObjects(transfer) => transfer.objects.contains(&Argument::Gas),
        Command::SplitCoins(split) => split.coin == Argument::Gas,
        Command::MergeCoins(merge) => {
            merge.coin == Argument::Gas || merge.coins_to_merge.contains(&Argument::Gas)
        }
        Command::MakeMoveVector(vector) => vector.elements.contains(&Argument::Gas),
        _ => false,
    })
}

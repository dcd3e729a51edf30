//! From a request to a signature.

use sui_sdk_types::{GasPayment, ObjectReference, Transaction, TransactionKind};
use valet_client::{Sponsor as _, SponsorRefusal, SponsorRequest, Sponsored};

use super::Service;
use crate::{
    Entry, Quota, Reserved, ServiceError,
    chain::{DryRun, EpochGas, net},
};

/// What a dry run says about a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Estimate {
    pub(super) now_ms: u64,
    pub(super) epoch: u64,
    pub(super) price: u64,
    /// What it would cost.
    pub(super) cost: u64,
    /// What it gets.
    pub(super) budget: u64,
}

impl Service {
    /// How often another coin is tried when the chosen one was taken meanwhile.
    const COIN_ATTEMPTS: usize = 8;

    /// Checks a request, counts it, and signs it.
    ///
    /// # Errors
    /// [`ServiceError::Refused`] with the reason; otherwise why it could not be decided. Only what was counted is ever
    /// given out.
    #[tracing::instrument(skip_all, fields(sender = %request.sender, request = %request.digest()))]
    pub async fn sign(&self, request: &SponsorRequest) -> Result<Sponsored, ServiceError> {
        let id = request.digest();
        if let Some(before) = self.book(move |book| book.find(id)).await? {
            return Ok(before);
        }
        self.check_terms(request).await?;
        let proven = self.check_proof(request)?;
        let mut reconciled = false;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let (estimate, coin) = self.examine(request).await?;
            let entry = self.entry(request, proven, estimate, coin).await?;
            let sponsored = entry.sponsored.clone();
            let limits = self.inner.limits;
            let reserved = self.book(move |book| book.reserve(&entry, &limits)).await?;
            match reserved {
                Reserved::Entered => {
                    let digest = sponsored.transaction.digest();
                    tracing::info!(%digest, budget = estimate.budget, "signed");
                    return Ok(sponsored);
                }
                Reserved::Before(before) => return Ok(*before),
                Reserved::CoinTaken if attempt < Self::COIN_ATTEMPTS => {}
                Reserved::CoinTaken => {
                    let reason = "every coin pays for another transaction".to_owned();
                    return Err(SponsorRefusal::OutOfGas { reason }.into());
                }
                // Perhaps transactions that count with their budget are done, and cost less.
                Reserved::Refused(_) if !reconciled && self.reconcile_now_and_then().await? => {
                    reconciled = true;
                }
                Reserved::Refused(refusal) => {
                    tracing::info!(%refusal, "refused");
                    return Err(refusal.into());
                }
            }
        }
    }

    /// Whether the request is the sender's own; without proof it needs a quota for such requests.
    fn check_proof(&self, request: &SponsorRequest) -> Result<bool, ServiceError> {
        let proven = request.is_proven();
        // A proof that does not hold is an error of the sender's, not a request without one.
        let unwelcome = self.inner.limits.unproven_per_day == Quota::NONE;
        if !proven && (request.proof.is_some() || unwelcome) {
            let sender = request.sender;
            return Err(SponsorRefusal::ProofRequired { sender }.into());
        }
        Ok(proven)
    }

    /// Compares a request with what is allowed, and runs it dry.
    pub(super) async fn examine(
        &self,
        request: &SponsorRequest,
    ) -> Result<(Estimate, Option<ObjectReference>), ServiceError> {
        self.check_terms(request).await?;
        let network = &self.inner.chain.network;
        let now_ms = async { Ok(network.now_ms().await?) };
        let (gas, now_ms) = futures::try_join!(self.inner.chain.epoch(), now_ms)?;
        if gas.epoch > request.max_epoch {
            return Err(SponsorRefusal::Expired {
                max_epoch: request.max_epoch,
                epoch: gas.epoch,
            }
            .into());
        }
        let limits = self.inner.limits;
        let cap = limits.max_price.min(request.max_price);
        if gas.price > cap {
            let price = gas.price;
            return Err(SponsorRefusal::PriceTooHigh { price, cap }.into());
        }
        let coin = self.pick_gas(limits.max_budget).await?;
        let (cost, needed) = self.dry_run(request, gas, coin.as_ref()).await?;
        let cap = limits.max_budget.min(request.max_budget);
        if needed > cap {
            return Err(SponsorRefusal::BudgetTooHigh { needed, cap }.into());
        }
        // A quarter more than the dry run, because the state may have moved on by the time it is executed.
        let budget = needed.saturating_add(needed / 4).min(cap);
        let estimate = Estimate {
            now_ms,
            epoch: gas.epoch,
            price: gas.price,
            cost,
            budget,
        };
        Ok((estimate, coin))
    }

    /// What needs no network, and the types of objects.
    async fn check_terms(&self, request: &SponsorRequest) -> Result<(), ServiceError> {
        // One signature would stand for both: the sponsor's own money and objects would be at the request's mercy.
        if request.sender == self.address() {
            return Err(SponsorRefusal::SenderIsSponsor.into());
        }
        let served = self.inner.chain.network.chain_id();
        if request.chain_id != served {
            let requested = request.chain_id;
            return Err(SponsorRefusal::WrongChain { requested, served }.into());
        }
        let not_allowed = |violation| SponsorRefusal::NotAllowed { violation };
        // Without types first: what is refused anyway costs no request.
        let policy = &self.inner.policy;
        let types = match policy.check(&request.ptb, &crate::ObjectTypes::new()) {
            Ok(()) => return Ok(()),
            Err(valet_client::Violation::Object { .. }) => self.types(request).await?,
            Err(violation) => return Err(not_allowed(violation).into()),
        };
        Ok(policy.check(&request.ptb, &types).map_err(not_allowed)?)
    }

    /// What the transaction would cost, and the least budget that it needs.
    async fn dry_run(
        &self,
        request: &SponsorRequest,
        gas: EpochGas,
        coin: Option<&ObjectReference>,
    ) -> Result<(u64, u64), ServiceError> {
        let budget = self.inner.limits.max_budget;
        let transaction = self.assemble(request, gas.epoch, gas.price, budget, coin);
        match self.inner.chain.dry_run(&transaction).await? {
            DryRun::Success(used) => {
                let needed = used.computation_cost.saturating_add(used.storage_cost);
                Ok((net(&used), needed))
            }
            DryRun::OverBudget => Err(SponsorRefusal::BudgetTooHigh {
                needed: budget.saturating_add(1),
                cap: budget,
            }
            .into()),
            DryRun::Failure(reason) => Err(SponsorRefusal::WouldFail { reason }.into()),
        }
    }

    async fn entry(
        &self,
        request: &SponsorRequest,
        proven: bool,
        estimate: Estimate,
        coin: Option<ObjectReference>,
    ) -> Result<Entry, ServiceError> {
        let Estimate {
            epoch,
            price,
            budget,
            ..
        } = estimate;
        let transaction = self.assemble(request, epoch, price, budget, coin.as_ref());
        let signature = self.inner.signer.sign_transaction(&transaction).await?;
        Ok(Entry {
            request: request.digest(),
            sender: request.sender,
            proven,
            at_ms: estimate.now_ms,
            max_epoch: epoch.saturating_add(1).min(request.max_epoch),
            coin: coin.map(|coin| *coin.object_id()),
            sponsored: Sponsored {
                transaction,
                signature,
            },
        })
    }

    fn assemble(
        &self,
        request: &SponsorRequest,
        epoch: u64,
        price: u64,
        budget: u64,
        coin: Option<&ObjectReference>,
    ) -> Transaction {
        Transaction {
            kind: TransactionKind::ProgrammableTransaction(request.ptb.clone()),
            sender: request.sender,
            gas_payment: GasPayment {
                objects: coin.cloned().into_iter().collect(),
                owner: self.address(),
                price,
                budget,
            },
            // With coins, too: a signature that is never used lapses, and the coin is free again.
            expiration: request.expiration(epoch),
        }
    }
}

//! Transactions of an owner's that a sponsor pays for.

use sui_sdk_types::ProgrammableTransaction;

use super::{Sponsor, SponsorError, SponsorRefusal, SponsorRequest, Sponsored};
use crate::{Error, GasLimits, Network, Owner, network::Executed};

/// Asks `sponsor` to pay, lets `owner` sign what it answers once that is checked, and executes it.
pub(crate) async fn run_sponsored(
    network: &Network,
    owner: &dyn Owner,
    sponsor: &dyn Sponsor,
    limits: GasLimits,
    ptb: ProgrammableTransaction,
) -> Result<Executed, Error> {
    // Asked afresh: a stale epoch would cost the owner a second signature.
    let gas = network.fresh_epoch_gas().await?;
    let request = SponsorRequest {
        ptb,
        sender: owner.address(),
        chain_id: network.chain_id(),
        max_epoch: gas.epoch.saturating_add(1),
        nonce: network.next_nonce(),
        max_price: limits.max_price(),
        max_budget: limits.budget(),
        proof: None,
    };
    let sponsored = ask(owner, sponsor, request).await?;
    let signature = owner.sign_transaction(&sponsored.transaction).await?;
    let executed = network
        .submit(&sponsored.transaction, &[signature, sponsored.signature])
        .await?;
    tracing::info!(
        digest = %executed.effects.transaction_digest,
        owner = %owner.address(),
        sponsor = %sponsor.address(),
        "executed for the owner, paid by a sponsor"
    );
    Ok(executed)
}

/// Asks without a proof first: a wallet would show the owner one more thing to sign.
async fn ask(
    owner: &dyn Owner,
    sponsor: &dyn Sponsor,
    mut request: SponsorRequest,
) -> Result<Sponsored, SponsorError> {
    let mut answer = sponsor.sponsor(&request).await;
    if matches!(answer, Err(SponsorError::Refused(ref refusal)) if wants_proof(refusal)) {
        request.proof = owner.sign_message(&request.message()).await.ok().flatten();
        if request.proof.is_some() {
            answer = sponsor.sponsor(&request).await;
        }
    }
    let sponsored = answer?;
    sponsored.verify(&request, sponsor.address())?;
    Ok(sponsored)
}

/// Whether a proof may change the sponsor's mind.
fn wants_proof(refusal: &SponsorRefusal) -> bool {
    matches!(
        refusal,
        SponsorRefusal::ProofRequired { .. } | SponsorRefusal::LimitReached { .. }
    )
}

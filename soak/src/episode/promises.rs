//! `max_loss`, taken at its word: what Move says that a session can cost at most, watched while it plays.

use std::collections::BTreeMap;

use serde::Deserialize;
use valet_client::{SharedObject, ptb::PtbBuilder};
use valet_localnet::ledger::{SimulateOptions, SimulationChecks};

use super::Stop;
use crate::{
    Error, chain::simulated, layout::Session, model::Model, script::Account, world::World,
};

/// What was promised of each account's session, the tightest that is known.
#[derive(Debug, Default)]
pub(super) struct Promises {
    promises: BTreeMap<Account, Promise>,
}

/// The most that one session may have spent and owed over all its life.
#[derive(Debug)]
struct Promise {
    generation: u64,
    /// By coin type.
    spent: BTreeMap<String, u128>,
    debt: Option<u128>,
}

/// `valet::session_status::MaxLoss`.
#[derive(Deserialize)]
struct MaxLoss {
    coins: Vec<(String, u64)>,
    debt: Option<u64>,
}

impl Promises {
    /// Asks for an account's greatest loss now.
    pub(super) fn ask(
        &mut self,
        world: &World,
        model: &Model,
        account: Account,
    ) -> Result<(), Stop> {
        let owned = model.accounts.get(&account);
        let session = owned.and_then(|owned| owned.state.session.as_ref());
        let (Some(session), Some(storage)) = (session, world.accounts.get(&account)) else {
            return Ok(());
        };
        let loss = max_loss(world, model, account, *storage)?;
        let coins = loss.coins.into_iter().map(|(coin_type, amount)| {
            let most = spent(session, &coin_type) + u128::from(amount);
            (coin_type, most)
        });
        let promise = Promise {
            generation: session.generation,
            spent: coins.collect(),
            debt: loss
                .debt
                .map(|debt| u128::from(session.debt) + u128::from(debt)),
        };
        self.promises.insert(account, promise);
        Ok(())
    }

    /// The account's session has kept within what was promised.
    pub(super) fn check(&self, model: &Model, account: Account) -> Result<(), Stop> {
        let owned = model.accounts.get(&account);
        let session = owned.and_then(|owned| owned.state.session.as_ref());
        let (Some(session), Some(promise)) = (session, self.promises.get(&account)) else {
            return Ok(());
        };
        if session.generation != promise.generation {
            return Ok(());
        }
        for coin in &session.grant.allowances {
            let spent = spent(session, &coin.coin_type);
            let most = promise.spent.get(&coin.coin_type).copied().unwrap_or(0);
            // An expired session promises nothing, and spends nothing either.
            if spent > most && !promise.spent.is_empty() {
                return Err(Stop::Violation(format!(
                    "a session spent {spent} of {}, where at most {most} was possible",
                    coin.coin_type
                )));
            }
        }
        if promise
            .debt
            .is_some_and(|most| u128::from(session.debt) > most)
        {
            return Err(Stop::Violation(format!(
                "a session owes {}, where at most {:?} was possible",
                session.debt, promise.debt
            )));
        }
        Ok(())
    }
}

/// What a session has spent of a coin so far.
fn spent(session: &Session, coin_type: &str) -> u128 {
    let coins = session.grant.allowances.iter().zip(&session.remainders);
    let mut coins = coins.filter(|(coin, _)| coin.coin_type == coin_type);
    coins.next().map_or(0, |(coin, left)| {
        u128::from(coin.allowance.total.saturating_sub(left.total))
    })
}

fn max_loss(
    world: &World,
    model: &Model,
    account: Account,
    storage: SharedObject,
) -> Result<MaxLoss, Stop> {
    let marker = world.dapp(account.dapp)?.deployment.marker();
    let mut ptb = PtbBuilder::new();
    let arguments = vec![ptb.object(storage.immutable())?, ptb.pure(&model.now_ms)?];
    ptb.move_call(
        world.valet,
        "session_status",
        "max_loss",
        vec![marker],
        arguments,
    )?;
    let actor = world.actor(account.owner)?;
    let transaction = simulated(actor, ptb.finish());
    let options = SimulateOptions::default().with_checks(SimulationChecks::Disabled);
    let simulation = world.chain.ledger.simulate(&transaction, &options)?;
    let value = simulation
        .commands
        .first()
        .and_then(|command| command.return_values.first());
    let value = value.ok_or_else(|| Error::setup("asking for the greatest loss", "no answer"))?;
    bcs::from_bytes(&value.bytes)
        .map_err(|error| Stop::Violation(format!("an unreadable greatest loss: {error}")))
}

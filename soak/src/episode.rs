//! One run on one fresh ledger: takes steps, and checks after each that the ledger, the model and the replica agree.

mod checks;
mod promises;

use sui_sdk_types::{ExecutionError, ExecutionStatus};
use valet_client::CleverCode;
use valet_localnet::ledger::{ExecutedTransaction, Rejection};

use self::promises::Promises;
use crate::{
    Error, Packages,
    chain::{Attempt, BEGIN_MS, status},
    model::Model,
    random::Random,
    refusal::Refusal,
    replica::Replica,
    report::Report,
    script::{Account, Call, Step},
    transaction,
    world::World,
};

/// Every so many steps, everything is compared and not only what was touched.
const FULL_CHECK_EVERY: u64 = 50;

/// A run on one ledger.
pub(crate) struct Episode {
    world: World,
    pub(crate) model: Model,
    replica: Replica,
    promises: Promises,
    pub(crate) report: Report,
}

/// Why a step ends the run.
pub(crate) enum Stop {
    /// Something happened that must not.
    Violation(String),
    /// The step could not be taken.
    Error(Error),
}

impl<E: Into<Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

impl Episode {
    pub(crate) fn new(packages: &Packages) -> Result<Self, Error> {
        let world = World::new(packages)?;
        Ok(Self {
            model: Model::new(&world, BEGIN_MS)?,
            world,
            replica: Replica::default(),
            promises: Promises::default(),
            report: Report::default(),
        })
    }

    /// What it took place in.
    pub(crate) fn into_world(self) -> World {
        self.world
    }

    /// Takes one step.
    pub(crate) fn take(&mut self, step: &Step) -> Result<(), Stop> {
        self.report.steps += 1;
        match step {
            Step::Wait { ms } => {
                self.model.now_ms = self.model.now_ms.saturating_add(*ms);
                self.world.chain.set_time(self.model.now_ms);
            }
            Step::Send { sender, calls } => self.send(*sender, calls)?,
        }
        if self.report.steps.is_multiple_of(FULL_CHECK_EVERY) {
            self.check_everything()?;
        }
        Ok(())
    }

    /// Compares everything there is.
    pub(crate) fn check_everything(&self) -> Result<(), Stop> {
        checks::everything(&self.world, &self.model, &self.replica)
    }

    /// Asks what a session can still cost at most, and watches it from now on.
    pub(crate) fn promise(&mut self, random: &mut Random) -> Result<(), Stop> {
        let accounts: Vec<_> = self.world.accounts.keys().copied().map(Some).collect();
        let Some(account) = random.pick(&accounts) else {
            return Ok(());
        };
        self.report.promises += 1;
        self.promises.ask(&self.world, &self.model, account)
    }

    fn send(&mut self, sender: u8, calls: &[Call]) -> Result<(), Stop> {
        if !self.model.knows(calls) {
            return Ok(());
        }
        let Some(built) = transaction::build(&self.world, sender, calls)? else {
            let what = "the model knows an account that was never created";
            return Err(Stop::Violation(what.to_owned()));
        };
        let before = [self.model.locked(0), self.model.locked(1)];
        let expected = self.model.send(sender, calls);
        let actor = self.world.actor(sender)?;
        let executed = match self.world.chain.execute(actor, built.ptb) {
            Ok(executed) => executed,
            Err(Attempt::Unsent(error)) => return Err(error.into()),
            Err(Attempt::Rejected(rejection)) => return self.rejected(expected, &rejection),
        };
        self.compare_outcomes(expected, &executed, &built.ends)?;
        let is_success = *status(&executed) == ExecutionStatus::Success;
        if is_success {
            self.world.learn(&executed)?;
        }
        let events = executed.events.as_ref().map_or(&[][..], |events| &events.0);
        self.replica
            .apply(self.world.valet, events)
            .map_err(|misfit| {
                Stop::Violation(format!("{} does not fit: {}", misfit.event, misfit.reason))
            })?;
        let minted = if is_success { minted(calls) } else { 0 };
        checks::conservation(&self.world, &self.model, &executed, before, minted)?;
        for account in touched(sender, calls) {
            checks::account(&self.world, &self.model, &self.replica, account)?;
            self.promises.check(&self.model, account)?;
        }
        checks::credits(&self.world, &self.model, &self.replica)
    }

    fn rejected(
        &mut self,
        expected: Result<(), (usize, Refusal)>,
        rejection: &Rejection,
    ) -> Result<(), Stop> {
        match (expected, rejection) {
            (Err((_, refusal)), Rejection::NotOwner { .. }) if refusal.is_rejection() => {
                self.count(refusal);
                Ok(())
            }
            (expected, _) => Err(Stop::Violation(format!(
                "the ledger does not take the transaction ({rejection}), where the rules say {}",
                describe(&expected)
            ))),
        }
    }

    /// The rules and the ledger agree whether, where and why a transaction fails.
    fn compare_outcomes(
        &mut self,
        expected: Result<(), (usize, Refusal)>,
        executed: &ExecutedTransaction,
        ends: &[u64],
    ) -> Result<(), Stop> {
        let (error, command) = match (status(executed), &expected) {
            (ExecutionStatus::Success, Ok(())) => {
                self.report.accepted += 1;
                return Ok(());
            }
            (ExecutionStatus::Success, Err(_)) => {
                return Err(Stop::Violation(format!(
                    "accepted, where the rules say {}",
                    describe(&expected)
                )));
            }
            (ExecutionStatus::Failure { error, command }, _) => (error, *command),
        };
        let at = ends
            .iter()
            .position(|end| command.is_some_and(|command| command < *end));
        match &expected {
            Err((index, refusal)) if at == Some(*index) && matches(*refusal, error) => {
                self.count(*refusal);
                Ok(())
            }
            _ => Err(Stop::Violation(format!(
                "call {at:?} fails with {}, where the rules say {}",
                explain(error),
                describe(&expected)
            ))),
        }
    }

    fn count(&mut self, refusal: Refusal) {
        self.report.refused += 1;
        *self.report.refusals.entry(refusal).or_default() += 1;
    }
}

/// The accounts that a transaction speaks of.
fn touched(sender: u8, calls: &[Call]) -> Vec<Account> {
    let mut accounts: Vec<_> = calls
        .iter()
        .filter_map(|call| match call {
            Call::Create { dapp } => Some(Account {
                dapp: *dapp,
                owner: sender,
            }),
            Call::On(account, _) => Some(*account),
            Call::At(..) => None,
        })
        .collect();
    accounts.sort_unstable();
    accounts.dedup();
    accounts
}

/// The pebbles that a transaction mints.
fn minted(calls: &[Call]) -> u64 {
    let amounts = calls.iter().map(|call| match call {
        Call::On(_, crate::script::Deed::Deposit { coin: 1, amount }) => *amount,
        _ => 0,
    });
    amounts.sum()
}

fn matches(refusal: Refusal, error: &ExecutionError) -> bool {
    match error {
        ExecutionError::MoveAbort { location, code } => {
            location.module.as_str() == refusal.module && clever(*code) == Some(refusal.code)
        }
        ExecutionError::CommandArgumentError { kind, .. } => {
            refusal == Refusal::WRONG_TYPE
                && *kind == sui_sdk_types::CommandArgumentError::TypeMismatch
        }
        _ => false,
    }
}

fn clever(code: u64) -> Option<u64> {
    match CleverCode::decode(code) {
        Some(clever) => clever.code.map(u64::from),
        None => Some(code),
    }
}

fn explain(error: &ExecutionError) -> String {
    match error {
        ExecutionError::MoveAbort { location, code } => {
            format!("{}, code {:?}", location.module, clever(*code))
        }
        error => format!("{error:?}"),
    }
}

fn describe(expected: &Result<(), (usize, Refusal)>) -> String {
    match expected {
        Ok(()) => "that it succeeds".to_owned(),
        Err((index, refusal)) => format!("that call {index} is refused with {refusal}"),
    }
}

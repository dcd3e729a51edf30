//! A world on which inputs are tried and taken back.

use sui_sdk_types::{Command, Transaction, TransactionKind};
use valet_localnet::ledger::SimulateOptions;

use crate::chain::invariants;
use crate::random::world::{World, signatures};

/// A world, and where it returns to after each input.
pub(crate) struct Trial {
    pub(crate) world: World,
    base: u64,
}

impl Trial {
    pub(crate) fn new() -> Self {
        let mut trial = Self {
            world: World::new(),
            base: 0,
        };
        trial.base = trial.latest();
        trial
    }

    fn latest(&self) -> u64 {
        let latest = self.world.chain.ledger.latest_checkpoint();
        latest.expect("there is always one").sequence_number()
    }

    pub(crate) fn is_at_base(&self) -> bool {
        self.latest() == self.base
    }

    /// Forgets everything that an input did.
    pub(crate) fn reset(&self) {
        if !self.is_at_base() {
            self.world
                .chain
                .ledger
                .revert_to(self.base)
                .expect("the base stays");
        }
    }

    /// Simulates a transaction; if it would be accepted, executes it too, and compares. Nothing of it stays.
    pub(crate) fn try_out(&self, transaction: &Transaction) {
        let chain = &self.world.chain;
        // Simulating a publication loads the whole framework again: too slow to be done each time.
        let simulated = (!publishes(transaction)).then(|| {
            chain
                .ledger
                .simulate(transaction, &SimulateOptions::default())
        });
        if let Some(Err(_)) = simulated {
            return;
        }
        match chain
            .ledger
            .execute(transaction, &signatures(&self.world, transaction))
        {
            Ok(executed) => {
                invariants::check(chain.ledger.vm(), &executed);
                if let Some(Ok(simulated)) = simulated {
                    assert_eq!(simulated.executed.effects, executed.effects, "as simulated");
                    assert_eq!(simulated.executed.events, executed.events, "as simulated");
                }
            }
            Err(_) => assert!(self.is_at_base(), "a refusal changes nothing"),
        }
        self.reset();
    }
}

/// Whether a transaction publishes or upgrades.
pub(crate) fn publishes(transaction: &Transaction) -> bool {
    let TransactionKind::ProgrammableTransaction(program) = &transaction.kind else {
        return false;
    };
    let publishes =
        |command: &Command| matches!(command, Command::Publish(_) | Command::Upgrade(_));
    program.commands.iter().any(publishes)
}

//! The machine alone: loops in Move, run without a transaction around them.

use std::sync::Arc;
use std::time::Duration;

use sui_sdk_types::{Address, Digest, Object};
use valet_localnet::ledger::Ledger;
use valet_localnet::vm::{
    Execution, Function, GasMeter, ObjectRuntime, ObjectStore, TxContext, Value,
};

use crate::processor;

/// The module of the package that holds the loops.
pub(crate) const MODULE: &str = "loops";
/// The loops whose instructions count: none of them calls a native.
pub(crate) const LOOPS: [&str; 4] = ["arithmetic", "vectors", "fields", "calls"];

/// A ledger without objects, which is all that the loops need.
#[derive(Debug)]
pub(crate) struct NoObjects;

impl ObjectStore for NoObjects {
    fn child(&self, _: Address, _: Address) -> Option<Arc<Object>> {
        None
    }

    fn receive(&self, _: Address, _: Address, _: u64) -> Option<Arc<Object>> {
        None
    }
}

/// One of the loops.
pub(crate) struct Loop<'a> {
    ledger: &'a Ledger,
    function: Function,
    takes_context: bool,
}

/// What running a loop took, in processor time.
pub(crate) struct Run {
    pub(crate) time: Duration,
    pub(crate) instructions: u64,
}

impl<'a> Loop<'a> {
    pub(crate) fn new(ledger: &'a Ledger, package: Address, name: &str) -> Self {
        let function = ledger.vm().resolve_function(package, MODULE, name);
        let function = function.expect("the package has this loop");
        let takes_context = function.parameters().len() > 1;
        Self {
            ledger,
            function,
            takes_context,
        }
    }

    /// Runs so many rounds, metered.
    pub(crate) fn run(&self, rounds: u64) -> Run {
        let context = TxContext {
            sender: Address::ZERO,
            digest: Digest::ZERO,
            epoch: 0,
            epoch_timestamp_ms: 0,
            reference_gas_price: 1_000,
            gas_price: 1_000,
            gas_budget: 50_000_000_000,
            sponsor: None,
        };
        let runtime = ObjectRuntime::new(&NoObjects, context);
        let mut execution = Execution::new(self.ledger.vm(), runtime, GasMeter::new(u64::MAX));
        let mut arguments = vec![Value::from(rounds)];
        if self.takes_context {
            let tag = "0x2::tx_context::TxContext".parse().expect("a type");
            let ty = self
                .ledger
                .vm()
                .resolve_type(&tag)
                .expect("a type of the framework");
            // Sender, a digest of 32 bytes, and four numbers, of which the natives know better.
            let bytes = [&[0; 32][..], &[32], &[0; 32], &[0; 24]].concat();
            let value = execution.deserialize(ty, &bytes).expect("a context");
            let cell = execution.new_cell(value).expect("a cell");
            arguments.push(execution.borrow(cell));
        }
        let begun = processor::thread();
        let results = execution.call(&self.function, &[], &arguments);
        let time = processor::thread().saturating_sub(begun);
        assert_eq!(results.expect("the loop ends").len(), 1);
        Run {
            time,
            instructions: execution.meter().instructions(),
        }
    }

    /// The slope between two sizes, each the best of several runs: nanoseconds and instructions a round.
    pub(crate) fn slope(&self, small: u64, large: u64, runs: usize) -> (f64, f64) {
        let best = |rounds| {
            let runs = (0..runs).map(|_| self.run(rounds));
            runs.min_by_key(|run| run.time).expect("at least one run")
        };
        let (few, many) = (best(small), best(large));
        let rounds = (large - small) as f64;
        let nanoseconds = many.time.as_nanos() as f64 - few.time.as_nanos() as f64;
        let instructions = (many.instructions - few.instructions) as f64;
        (nanoseconds / rounds, instructions / rounds)
    }
}

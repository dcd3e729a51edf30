//! What any history of transactions must add up to, worked out from the effects and the written objects alone.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sui_sdk_types::{
    AccumulatorOperation, AccumulatorValue, Address, Command, Digest, ExecutionStatus,
    GasCostSummary, Input, ObjectIn, ObjectOut, ObjectReference, Owner, ProgrammableTransaction,
    StructTag, TransactionEffectsV2, TransactionKind, TypeTag,
};
use valet_localnet::ledger::{Checkpoint, ExecutedTransaction, Ledger};

use crate::chain::{invariants, supply};

/// A bookkeeper who saw every checkpoint from the first, and never asks the ledger what it holds until the end.
#[derive(Debug, Default)]
pub(crate) struct Audit {
    next: u64,
    previous: Option<Digest>,
    transactions: u64,
    rolling: GasCostSummary,
    /// Objects at top level: version, digest, owner, last writer, SUI inside, deposit.
    live: HashMap<Address, Entry>,
    /// The highest version that each object ever had.
    versions: HashMap<Address, u64>,
    balances: BTreeMap<(Address, TypeTag), i128>,
    /// SUI in objects, in balances, in deposits; and what was paid and is gone.
    inside: i128,
    in_balances: i128,
    deposited: i128,
    burned: i128,
    supply: i128,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    version: u64,
    digest: Digest,
    owner: Owner,
    writer: Digest,
    inside: u64,
    deposit: u64,
}

impl Audit {
    /// Look at every checkpoint that was made since the last time.
    pub(crate) fn catch_up(&mut self, ledger: &Ledger) {
        while let Some(checkpoint) = ledger.checkpoint(self.next) {
            self.checkpoint(&checkpoint);
            for executed in &checkpoint.transactions {
                self.transaction(ledger, executed);
            }
            self.next += 1;
        }
    }

    fn checkpoint(&mut self, checkpoint: &Checkpoint) {
        let summary = &checkpoint.summary;
        assert_eq!(summary.digest(), checkpoint.digest);
        assert_eq!(summary.sequence_number, self.next);
        assert_eq!(summary.previous_digest, self.previous);
        assert_eq!(summary.content_digest, checkpoint.contents.digest());
        let said = checkpoint.contents.transactions().iter();
        let said: BTreeSet<_> = said
            .map(|info| (*info.transaction(), *info.effects()))
            .collect();
        let held = checkpoint.transactions.iter();
        let held: BTreeSet<_> = held
            .map(|executed| (executed.digest, executed.effects.digest()))
            .collect();
        assert_eq!(said, held, "a checkpoint names what it contains");
        self.transactions += checkpoint.transactions.len() as u64;
        assert_eq!(summary.network_total_transactions, self.transactions);
        for executed in &checkpoint.transactions {
            let gas = executed.effects.gas_summary();
            self.rolling.computation_cost += gas.computation_cost;
            self.rolling.storage_cost += gas.storage_cost;
            self.rolling.storage_rebate += gas.storage_rebate;
            self.rolling.non_refundable_storage_fee += gas.non_refundable_storage_fee;
        }
        assert_eq!(summary.epoch_rolling_gas_cost_summary, self.rolling);
        if summary.end_of_epoch_data.is_some() {
            self.rolling = GasCostSummary::default();
        }
        self.previous = Some(checkpoint.digest);
    }

    fn transaction(&mut self, ledger: &Ledger, executed: &ExecutedTransaction) {
        let effects = executed.effects_v2().expect("effects are V2");
        match &executed.transaction.kind {
            TransactionKind::ProgrammableTransaction(program) => {
                invariants::check(ledger.vm(), executed);
                self.versions_follow(executed, program, effects);
                self.dependencies_are_exact(executed, program, effects);
            }
            _ => assert_eq!(*effects.status(), ExecutionStatus::Success, "of the system"),
        }
        self.apply(ledger, executed, effects);
        let accounted = self.inside + self.in_balances + self.deposited + self.burned;
        if self.next == 0 {
            // The first transaction makes all SUI there is.
            self.supply = accounted;
        }
        assert_eq!(
            accounted, self.supply,
            "SUI appeared or vanished: {effects:#?}"
        );
    }

    /// The version of everything written is one above the highest among the inputs.
    fn versions_follow(
        &self,
        executed: &ExecutedTransaction,
        program: &ProgrammableTransaction,
        effects: &TransactionEffectsV2,
    ) {
        let named = references(executed, program).map(|reference| reference.version());
        let shared = program.inputs.iter().filter_map(|input| match input {
            Input::Shared(shared) => self
                .live
                .get(&shared.object_id())
                .map(|entry| entry.version),
            _ => None,
        });
        let highest = named.chain(shared).max().unwrap_or(0);
        assert_eq!(effects.lamport_version, highest + 1, "{effects:#?}");
    }

    /// A transaction depends on the last writer of all that it named or received, and on nothing else.
    fn dependencies_are_exact(
        &self,
        executed: &ExecutedTransaction,
        program: &ProgrammableTransaction,
        effects: &TransactionEffectsV2,
    ) {
        let received = |reference: &ObjectReference| {
            let id = *reference.object_id();
            effects
                .changed_objects
                .iter()
                .any(|changed| changed.object_id == id)
        };
        let used = program.inputs.iter().filter_map(|input| match input {
            Input::ImmutableOrOwned(reference) => Some(*reference.object_id()),
            Input::Shared(shared) => Some(shared.object_id()),
            Input::Receiving(reference) => received(reference).then(|| *reference.object_id()),
            _ => None,
        });
        let gas = executed.transaction.gas_payment.objects.iter();
        let mut ids: BTreeSet<Address> = used.chain(gas.map(|coin| *coin.object_id())).collect();
        program
            .commands
            .iter()
            .for_each(|command| packages(command, &mut ids));
        let writers: BTreeSet<Digest> = ids
            .iter()
            .filter_map(|id| Some(self.live.get(id)?.writer))
            .collect();
        let writers: Vec<Digest> = writers.into_iter().collect();
        assert_eq!(effects.dependencies, writers, "{effects:#?}");
    }

    fn apply(
        &mut self,
        ledger: &Ledger,
        executed: &ExecutedTransaction,
        effects: &TransactionEffectsV2,
    ) {
        let outputs: HashMap<_, _> = executed
            .output_objects
            .iter()
            .map(|object| (object.object_id(), object))
            .collect();
        for changed in &effects.changed_objects {
            let id = changed.object_id;
            let before = match changed.input_state {
                ObjectIn::Exist {
                    version,
                    digest,
                    owner,
                } => {
                    let entry = self
                        .live
                        .remove(&id)
                        .expect("what existed was written once");
                    assert_eq!(
                        (entry.version, entry.digest, entry.owner),
                        (version, digest, owner)
                    );
                    Some(entry)
                }
                _ => None,
            };
            if let Some(before) = before {
                self.inside -= i128::from(before.inside);
                self.deposited -= i128::from(before.deposit);
            }
            match &changed.output_state {
                ObjectOut::ObjectWrite { digest, owner } => {
                    let version = effects.lamport_version;
                    self.grows(id, version);
                    self.insert(
                        ledger,
                        outputs[&id],
                        (version, *digest, *owner),
                        executed.digest,
                    );
                }
                ObjectOut::PackageWrite { version, digest } => {
                    self.grows(id, *version);
                    let written = (*version, *digest, Owner::Immutable);
                    self.insert(ledger, outputs[&id], written, executed.digest);
                }
                ObjectOut::AccumulatorWrite(write) => {
                    let AccumulatorValue::Integer(amount) = *write.value() else {
                        continue;
                    };
                    let amount = match write.operation() {
                        AccumulatorOperation::Split => -i128::from(amount),
                        _ => i128::from(amount),
                    };
                    let key = (*write.address(), write.accumulator_type().clone());
                    if key.1 == balance_of(&StructTag::sui().into()) {
                        self.in_balances += amount;
                    }
                    let sum = self.balances.entry(key).or_default();
                    *sum += amount;
                    assert!(*sum >= 0, "a balance below nothing: {effects:#?}");
                }
                _ => {}
            }
        }
        let gas = &effects.gas_used;
        self.burned +=
            i128::from(gas.computation_cost) + i128::from(gas.non_refundable_storage_fee);
    }

    fn grows(&mut self, id: Address, version: u64) {
        let before = self.versions.insert(id, version);
        assert!(
            before.is_none_or(|before| before < version),
            "{id} at {version} after {before:?}"
        );
    }

    fn insert(
        &mut self,
        ledger: &Ledger,
        object: &sui_sdk_types::Object,
        (version, digest, owner): (u64, Digest, Owner),
        writer: Digest,
    ) {
        assert_eq!(
            (object.version(), object.digest(), *object.owner()),
            (version, digest, owner)
        );
        let inside = supply::held_by(ledger.vm(), object);
        let deposit = object.storage_rebate();
        self.inside += i128::from(inside);
        self.deposited += i128::from(deposit);
        let entry = Entry {
            version,
            digest,
            owner,
            writer,
            inside,
            deposit,
        };
        self.live.insert(object.object_id(), entry);
    }

    /// The ledger holds what its history says, and nothing that was deleted or wrapped.
    pub(crate) fn compare(&self, ledger: &Ledger) {
        for (id, version) in &self.versions {
            let object = ledger.object(id);
            match self.live.get(id) {
                Some(entry) => {
                    let object = object.expect("it exists");
                    assert_eq!(
                        (object.version(), object.digest()),
                        (entry.version, entry.digest)
                    );
                }
                None => assert!(object.is_none(), "{id} is gone since version {version}"),
            }
        }
        for ((owner, type_), amount) in &self.balances {
            let held = ledger.balances(owner).into_iter();
            let held: i128 = held
                .filter(|balance| balance_of(&balance.coin_type.clone().into()) == *type_)
                .map(|balance| i128::from(balance.address_balance))
                .sum();
            assert_eq!(held, *amount, "the balance of {owner}");
        }
    }
}

/// The type under which the effects write the address balance of a coin.
fn balance_of(coin: &TypeTag) -> TypeTag {
    format!("0x2::balance::Balance<{coin}>")
        .parse()
        .expect("a type")
}

/// Every reference that a transaction carries.
fn references<'t>(
    executed: &'t ExecutedTransaction,
    program: &'t ProgrammableTransaction,
) -> impl Iterator<Item = &'t ObjectReference> {
    let inputs = program.inputs.iter().filter_map(|input| match input {
        Input::ImmutableOrOwned(reference) | Input::Receiving(reference) => Some(reference),
        _ => None,
    });
    inputs.chain(&executed.transaction.gas_payment.objects)
}

/// The packages that a command names.
fn packages(command: &Command, into: &mut BTreeSet<Address>) {
    match command {
        Command::MoveCall(call) => {
            into.insert(call.package);
            call.type_arguments
                .iter()
                .for_each(|tag| of_type(tag, into));
        }
        Command::MakeMoveVector(vector) => vector.type_.iter().for_each(|tag| of_type(tag, into)),
        Command::Publish(publish) => into.extend(&publish.dependencies),
        Command::Upgrade(upgrade) => {
            into.extend(upgrade.dependencies.iter().chain([&upgrade.package]))
        }
        _ => {}
    }
}

fn of_type(tag: &TypeTag, into: &mut BTreeSet<Address>) {
    match tag {
        TypeTag::Vector(element) => of_type(element, into),
        TypeTag::Struct(tag) => {
            into.insert(*tag.address());
            tag.type_params().iter().for_each(|tag| of_type(tag, into));
        }
        _ => {}
    }
}

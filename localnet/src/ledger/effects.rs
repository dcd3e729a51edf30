//! From what an execution leaves behind to effects, events and changes of the store.

mod balances;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sui_sdk_types::{
    AccumulatorOperation, Address, BalanceChange, ChangedObject, Digest, ExecutionError,
    ExecutionStatus, GasCostSummary, IdOperation, Object, ObjectData, ObjectIn, ObjectOut, Owner,
    TransactionEffects, TransactionEffectsV2, TransactionEvents, TypeTag, UnchangedConsensusKind,
    UnchangedConsensusObject,
};

use super::accumulators::{self, BalanceEvent, Net};
use super::gas::{self, GasRules};
use super::inputs::{Access, LoadedInputs, Payer};
use super::object_store::StoreChanges;
use super::reader::Objects;
use super::rejection::Rejection;
use super::system::{self, DENY_LIST};
use super::writes::Writes;
use crate::canonical;

/// A failed execution: the error and the index of the command it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) error: Box<ExecutionError>,
    pub(crate) command: Option<usize>,
}

impl Failure {
    /// An error that no single command causes.
    pub(crate) fn new(error: ExecutionError) -> Self {
        Self {
            error: Box::new(error),
            command: None,
        }
    }
}

/// What a transaction did: the whole of it, computed without changing anything.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) effects: TransactionEffects,
    pub(crate) effects_digest: Digest,
    /// How many bytes the effects are.
    pub(crate) effects_size: u64,
    pub(crate) events: Option<TransactionEvents>,
    pub(crate) changes: StoreChanges,
    pub(crate) input_objects: Vec<Arc<Object>>,
    pub(crate) output_objects: Vec<Arc<Object>>,
    pub(crate) balance_changes: Vec<BalanceChange>,
    /// Whose address balances changed.
    pub(crate) balance_owners: Vec<Address>,
    /// The digests of the output objects, for the store to remember.
    pub(crate) digests: Vec<(Address, Digest)>,
}

/// What the outcome of one transaction is computed from.
#[derive(Debug)]
pub(crate) struct Assembly<'a> {
    pub(crate) store: Objects<'a>,
    pub(crate) inputs: &'a LoadedInputs,
    pub(crate) digest: Digest,
    pub(crate) epoch: u64,
    /// The prices; none for a system transaction, which costs nothing.
    pub(crate) gas: Option<GasRules<'a>>,
    /// Whether it was looked up who may receive regulated coins.
    pub(crate) deny_list_read: bool,
}

impl Assembly<'_> {
    /// Price an execution and turn it into effects.
    pub(crate) fn outcome(
        &self,
        result: Result<Writes, Failure>,
        internal_gas_used: u64,
    ) -> Result<Outcome, Rejection> {
        let Some(rules) = self.gas else {
            return match result {
                Ok(writes) => self.assemble(
                    ExecutionStatus::Success,
                    writes,
                    GasCostSummary::default(),
                    Rebates::Unchanged,
                ),
                Err(failure) => Err(Rejection::Internal {
                    reason: format!("system transaction: {:?}", failure.error),
                }),
            };
        };
        let aborted = result
            .as_ref()
            .is_err_and(|failure| matches!(*failure.error, ExecutionError::MoveAbort { .. }));
        let computation = rules.computation(internal_gas_used, aborted);
        let result = match result {
            Ok(_) if computation.out_of_gas => Err(Failure::new(ExecutionError::InsufficientGas)),
            other => other,
        };
        match result {
            Ok(mut writes) => {
                let gas = self.bill(&rules, &mut writes, computation.cost);
                if rules.covers(&gas) {
                    return self.success_or_too_large(&rules, writes, gas);
                }
                self.failure(
                    &rules,
                    Failure::new(ExecutionError::InsufficientGas),
                    computation.cost,
                )
            }
            Err(failure) => self.failure(&rules, failure, computation.cost),
        }
    }

    fn success_or_too_large(
        &self,
        rules: &GasRules<'_>,
        writes: Writes,
        gas: GasCostSummary,
    ) -> Result<Outcome, Rejection> {
        let computation = gas.computation_cost;
        let outcome = self.settle(ExecutionStatus::Success, writes, gas, Rebates::Deposits)?;
        let current_size = outcome.effects_size;
        let max_size = rules.protocol.max_effects_bytes;
        if current_size <= max_size {
            return Ok(outcome);
        }
        self.failure(
            rules,
            Failure::new(ExecutionError::EffectsTooLarge {
                current_size,
                max_size,
            }),
            computation,
        )
    }

    /// Drop everything but the gas payment and the new versions of mutable inputs.
    fn failure(
        &self,
        rules: &GasRules<'_>,
        failure: Failure,
        computation: u64,
    ) -> Result<Outcome, Rejection> {
        let status = ExecutionStatus::Failure {
            error: *failure.error,
            command: failure.command.map(|command| command as u64),
        };
        let mut writes = Writes::of_failure(self.inputs)?;
        let gas = self.bill(rules, &mut writes, computation);
        if rules.covers(&gas) {
            return self.settle(status, writes, gas, Rebates::Deposits);
        }
        // Not even the inputs' deposits can be paid again: they keep the deposit they have, and only what smashing
        // deleted is given back.
        let released = writes
            .removed
            .iter()
            .filter_map(|id| self.before(id))
            .map(|o| o.storage_rebate())
            .sum();
        let gas = rules.summary(rules.budget, 0, released);
        self.settle(status, writes, gas, Rebates::Unchanged)
    }

    /// Compute the bill for these writes.
    fn bill(&self, rules: &GasRules<'_>, writes: &mut Writes, computation: u64) -> GasCostSummary {
        let mut deposits = 0u64;
        for (id, object) in &writes.written {
            let deposit = gas::storage_cost(gas::new_object_size(&object.data), rules.protocol);
            writes.deposits.insert(*id, deposit);
            deposits = deposits.saturating_add(deposit);
        }
        let released = self
            .modified(writes)
            .map(|object| object.storage_rebate())
            .sum();
        rules.summary(computation, deposits, released)
    }

    /// Take the bill from whoever pays.
    fn settle(
        &self,
        status: ExecutionStatus,
        mut writes: Writes,
        gas: GasCostSummary,
        rebates: Rebates,
    ) -> Result<Outcome, Rejection> {
        let net = i128::from(gas.computation_cost) + i128::from(gas.storage_cost)
            - i128::from(gas.storage_rebate);
        match &self.inputs.payer {
            Payer::Coins { coins, .. } => {
                let coin = coins.first().map(|coin| coin.object_id());
                let paid = coin.and_then(|id| {
                    let balance = i128::from(writes.coin_balance(&id)?) - net;
                    Some((id, u64::try_from(balance).ok()?))
                });
                let (id, balance) = paid.ok_or_else(|| Rejection::Internal {
                    reason: "the gas coin cannot pay".to_owned(),
                })?;
                writes.set_coin_balance(&id, balance)?;
            }
            Payer::Balance { owner } if net != 0 => {
                let operation = if net > 0 {
                    AccumulatorOperation::Split
                } else {
                    AccumulatorOperation::Merge
                };
                writes.balance_events.push(BalanceEvent {
                    owner: *owner,
                    coin_type: system::sui(),
                    operation,
                    amount: u64::try_from(net.unsigned_abs()).unwrap_or(u64::MAX),
                });
            }
            Payer::Balance { .. } => {}
        }
        self.assemble(status, writes, gas, rebates)
    }

    fn assemble(
        &self,
        status: ExecutionStatus,
        mut writes: Writes,
        gas_used: GasCostSummary,
        rebates: Rebates,
    ) -> Result<Outcome, Rejection> {
        let lamport_version = self.inputs.lamport_version();
        let modified: Vec<&Arc<Object>> = self.modified(&writes).collect();
        let input_objects = self.input_objects(&modified);
        let outputs = self.outputs(&mut writes, lamport_version, rebates)?;
        let nets = accumulators::net(&writes.balance_events);
        let changed_objects = self.changed_objects(&writes, &outputs, &nets);
        let gas_object = match &self.inputs.payer {
            Payer::Coins { coins, .. } if self.gas.is_some() => {
                coins.first().map(|coin| coin.object_id())
            }
            _ => None,
        };
        let balance_changes = balances::changes(&modified, &outputs, &nets);
        let balances = self.balance_objects(&nets, lamport_version)?;
        let events = std::mem::take(&mut writes.events);
        let events = (!events.is_empty()).then(|| TransactionEvents(events));
        let effects = TransactionEffects::V2(Box::new(TransactionEffectsV2 {
            status,
            epoch: self.epoch,
            gas_used,
            transaction_digest: self.digest,
            gas_object_index: gas_object
                .and_then(|id| {
                    changed_objects
                        .iter()
                        .position(|changed| changed.object_id == id)
                })
                .and_then(|index| u32::try_from(index).ok()),
            events_digest: events.as_ref().map(canonical::events_digest),
            dependencies: self.dependencies(&writes),
            lamport_version,
            unchanged_consensus_objects: self.unchanged_consensus_objects(&changed_objects),
            changed_objects,
            auxiliary_data_digest: None,
        }));
        let digests = outputs.iter().map(|output| (output.id, output.digest));
        let digests = digests.collect();
        let output_objects: Vec<_> = outputs.into_iter().map(|output| output.object).collect();
        let mut changes = StoreChanges {
            written: output_objects.clone(),
            removed: writes
                .removed
                .iter()
                .filter(|id| self.before(id).is_some())
                .copied()
                .collect(),
        };
        changes.written.extend(balances.written);
        changes.removed.extend(balances.removed);
        let (effects_digest, effects_size) = canonical::effects_digest(&effects);
        Ok(Outcome {
            effects,
            effects_digest,
            effects_size: effects_size as u64,
            events,
            changes,
            input_objects,
            output_objects,
            balance_changes,
            balance_owners: nets.into_values().map(|(owner, ..)| owner).collect(),
            digests,
        })
    }

    /// An object as it was, also if it is a gas coin that only a simulation knows.
    fn before(&self, id: &Address) -> Option<&Arc<Object>> {
        self.inputs
            .objects()
            .find_map(|(object, _)| (object.object_id() == *id).then_some(object))
            .or_else(|| self.store.get(id))
    }

    /// The objects that existed and are changed or removed, as they were.
    fn modified<'s>(&'s self, writes: &Writes) -> impl Iterator<Item = &'s Arc<Object>> {
        let removed = writes.removed.iter();
        writes
            .written
            .keys()
            .chain(removed.filter(|id| !writes.written.contains_key(*id)))
            .filter_map(|id| self.before(id))
    }

    /// Turns what is written into objects, in the order of their ids.
    fn outputs(
        &self,
        writes: &mut Writes,
        version: u64,
        rebates: Rebates,
    ) -> Result<Vec<Output>, Rejection> {
        let written = std::mem::take(&mut writes.written);
        let mut outputs = Vec::with_capacity(written.len());
        for (id, new) in written {
            let before = self.before(&id);
            let owner = match (new.owner, before.map(|object| *object.owner())) {
                (Owner::Shared(_), Some(Owner::Shared(initial))) => Owner::Shared(initial),
                (Owner::Shared(_), _) => Owner::Shared(version),
                (
                    Owner::ConsensusAddress { owner, .. },
                    Some(Owner::ConsensusAddress { start_version, .. }),
                ) => Owner::ConsensusAddress {
                    start_version,
                    owner,
                },
                (Owner::ConsensusAddress { owner, .. }, _) => Owner::ConsensusAddress {
                    start_version: version,
                    owner,
                },
                (owner, _) => owner,
            };
            let data = sized(new.into_data(version))?;
            let rebate = match (rebates, writes.deposits.get(&id)) {
                (Rebates::Deposits, Some(deposit)) => *deposit,
                _ => before.map_or(0, |object| object.storage_rebate()),
            };
            let object = Object::new(data, owner, self.digest, rebate);
            outputs.push(Output {
                id,
                digest: canonical::object_digest(&object),
                object: Arc::new(object),
            });
        }
        Ok(outputs)
    }

    fn changed_objects(
        &self,
        writes: &Writes,
        outputs: &[Output],
        nets: &BTreeMap<Address, (Address, TypeTag, Net)>,
    ) -> Vec<ChangedObject> {
        let output = |id: &Address| {
            let index = outputs.binary_search_by_key(id, |output| output.id).ok()?;
            outputs.get(index)
        };
        let mut ids: Vec<Address> = outputs
            .iter()
            .map(|output| &output.id)
            .chain(&writes.removed)
            .chain(&writes.created)
            .chain(&writes.deleted)
            .chain(nets.keys())
            .copied()
            .collect();
        ids.sort_unstable();
        ids.dedup();
        ids.into_iter()
            .map(|object_id| {
                if let Some((owner, coin_type, net)) = nets.get(&object_id) {
                    return ChangedObject {
                        object_id,
                        input_state: ObjectIn::NotExist,
                        output_state: ObjectOut::AccumulatorWrite(accumulators::write(
                            *owner,
                            coin_type.clone(),
                            net,
                        )),
                        id_operation: IdOperation::None,
                    };
                }
                let input_state = self
                    .before(&object_id)
                    .map_or(ObjectIn::NotExist, |object| ObjectIn::Exist {
                        version: object.version(),
                        digest: self.store.digest(object),
                        owner: *object.owner(),
                    });
                let output_state = output(&object_id).map_or(ObjectOut::NotExist, |output| {
                    match output.object.data() {
                        ObjectData::Struct(_) => ObjectOut::ObjectWrite {
                            digest: output.digest,
                            owner: *output.object.owner(),
                        },
                        ObjectData::Package(package) => ObjectOut::PackageWrite {
                            version: package.version,
                            digest: output.digest,
                        },
                    }
                });
                let id_operation = if writes.created.contains(&object_id) {
                    IdOperation::Created
                } else if writes.deleted.contains(&object_id) {
                    IdOperation::Deleted
                } else {
                    IdOperation::None
                };
                ChangedObject {
                    object_id,
                    input_state,
                    output_state,
                    id_operation,
                }
            })
            .collect()
    }

    fn unchanged_consensus_objects(
        &self,
        changed: &[ChangedObject],
    ) -> Vec<UnchangedConsensusObject> {
        let read = self.inputs.objects();
        let read = read
            .filter(|(_, access)| *access == Access::SharedRead)
            .filter(|(object, _)| {
                !changed
                    .iter()
                    .any(|changed| changed.object_id == object.object_id())
            })
            .map(|(object, _)| UnchangedConsensusObject {
                object_id: object.object_id(),
                kind: UnchangedConsensusKind::ReadOnlyRoot {
                    version: object.version(),
                    digest: self.store.digest(object),
                },
            });
        // What a config said when the epoch began is named without a version, unless it is an input with one.
        let is_input = |id| {
            let mut inputs = self.inputs.objects();
            inputs.any(|(object, _)| object.object_id() == id)
        };
        let config =
            (self.deny_list_read && !is_input(DENY_LIST)).then_some(UnchangedConsensusObject {
                object_id: DENY_LIST,
                kind: UnchangedConsensusKind::PerEpochConfig,
            });
        read.chain(config).collect()
    }

    fn dependencies(&self, writes: &Writes) -> Vec<Digest> {
        let received = writes.received.iter().filter_map(|id| self.store.get(id));
        let dependencies: BTreeSet<Digest> = self
            .inputs
            .objects()
            .map(|(object, _)| object)
            .chain(&self.inputs.packages)
            .chain(received)
            .map(|object| object.previous_transaction())
            .filter(|digest| *digest != Digest::ZERO)
            .collect();
        dependencies.into_iter().collect()
    }

    fn input_objects(&self, modified: &[&Arc<Object>]) -> Vec<Arc<Object>> {
        let mut objects: BTreeMap<Address, Arc<Object>> = BTreeMap::new();
        let inputs = self
            .inputs
            .objects()
            .map(|(object, _)| object)
            .chain(&self.inputs.packages);
        for object in inputs.chain(modified.iter().copied()) {
            objects
                .entry(object.object_id())
                .or_insert_with(|| Arc::clone(object));
        }
        objects.into_values().collect()
    }
}

/// An object as the transaction leaves it.
#[derive(Debug)]
struct Output {
    id: Address,
    object: Arc<Object>,
    digest: Digest,
}

/// Which rebate written objects carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rebates {
    /// The deposit that was just paid for them.
    Deposits,
    /// The one they had; none for an object of the system.
    Unchanged,
}

/// Contents too short for an id cannot come out of a Move object; if they do, this ledger has a defect.
fn sized(data: Option<ObjectData>) -> Result<ObjectData, Rejection> {
    data.ok_or_else(|| Rejection::Internal {
        reason: "an object without an id".to_owned(),
    })
}

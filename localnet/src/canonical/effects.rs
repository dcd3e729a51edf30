//! Effects and events.

use sui_sdk_types::{
    AccumulatorOperation, AccumulatorValue, AccumulatorWrite, ChangedObject, Digest,
    ExecutionStatus, GasCostSummary, IdOperation, ObjectIn, ObjectOut, TransactionEffects,
    TransactionEffectsV2, TransactionEvents, UnchangedConsensusKind, UnchangedConsensusObject,
};

use super::bytes::{bytes, digest, length, option, other, u64};
use super::hash;
use super::objects::owner;
use super::tags::{struct_tag, type_tag};

/// What the bytes of effects and events are hashed behind.
const EFFECTS_SALT: &[u8] = b"TransactionEffects::";
const EVENTS_SALT: &[u8] = b"TransactionEvents::";

/// The digest of effects, and how many bytes they are.
pub(crate) fn effects_digest(effects: &TransactionEffects) -> (Digest, usize) {
    let mut out = Vec::with_capacity(2_048);
    out.extend_from_slice(EFFECTS_SALT);
    match effects {
        TransactionEffects::V2(effects) => {
            out.push(1);
            version_2(&mut out, effects);
        }
        old @ TransactionEffects::V1(_) => other(&mut out, old),
    }
    let size = out.len().saturating_sub(EFFECTS_SALT.len());
    (Digest::new(hash(&out)), size)
}

/// The digest of events.
pub(crate) fn events_digest(events: &TransactionEvents) -> Digest {
    let mut out = Vec::with_capacity(1_024);
    out.extend_from_slice(EVENTS_SALT);
    length(&mut out, events.0.len());
    for event in &events.0 {
        out.extend_from_slice(event.package_id.inner());
        bytes(&mut out, event.module.as_str().as_bytes());
        out.extend_from_slice(event.sender.inner());
        struct_tag(&mut out, &event.type_);
        bytes(&mut out, &event.contents);
    }
    Digest::new(hash(&out))
}

fn version_2(out: &mut Vec<u8>, effects: &TransactionEffectsV2) {
    match &effects.status {
        ExecutionStatus::Success => out.push(0),
        failure @ ExecutionStatus::Failure { .. } => other(out, failure),
    }
    u64(out, effects.epoch);
    gas(out, &effects.gas_used);
    digest(out, &effects.transaction_digest);
    option(out, effects.gas_object_index.as_ref(), |out, index| {
        out.extend_from_slice(&index.to_le_bytes());
    });
    option(out, effects.events_digest.as_ref(), digest);
    length(out, effects.dependencies.len());
    for dependency in &effects.dependencies {
        digest(out, dependency);
    }
    u64(out, effects.lamport_version);
    length(out, effects.changed_objects.len());
    for changed in &effects.changed_objects {
        changed_object(out, changed);
    }
    length(out, effects.unchanged_consensus_objects.len());
    for unchanged in &effects.unchanged_consensus_objects {
        unchanged_object(out, unchanged);
    }
    option(out, effects.auxiliary_data_digest.as_ref(), digest);
}

pub(super) fn gas(out: &mut Vec<u8>, gas: &GasCostSummary) {
    u64(out, gas.computation_cost);
    u64(out, gas.storage_cost);
    u64(out, gas.storage_rebate);
    u64(out, gas.non_refundable_storage_fee);
}

fn changed_object(out: &mut Vec<u8>, changed: &ChangedObject) {
    out.extend_from_slice(changed.object_id.inner());
    match &changed.input_state {
        ObjectIn::NotExist => out.push(0),
        ObjectIn::Exist {
            version,
            digest: before,
            owner: owned_by,
        } => {
            out.push(1);
            u64(out, *version);
            digest(out, before);
            owner(out, owned_by);
        }
        rare => other(out, rare),
    }
    match &changed.output_state {
        ObjectOut::NotExist => out.push(0),
        ObjectOut::ObjectWrite {
            digest: after,
            owner: owned_by,
        } => {
            out.push(1);
            digest(out, after);
            owner(out, owned_by);
        }
        ObjectOut::AccumulatorWrite(write) => {
            out.push(3);
            accumulator(out, write);
        }
        rare => other(out, rare),
    }
    match changed.id_operation {
        IdOperation::None => out.push(0),
        IdOperation::Created => out.push(1),
        IdOperation::Deleted => out.push(2),
        rare => other(out, &rare),
    }
}

fn accumulator(out: &mut Vec<u8>, write: &AccumulatorWrite) {
    out.extend_from_slice(write.address().inner());
    type_tag(out, write.accumulator_type());
    match write.operation() {
        AccumulatorOperation::Merge => out.push(0),
        AccumulatorOperation::Split => out.push(1),
        rare => other(out, &rare),
    }
    match write.value() {
        AccumulatorValue::Integer(amount) => {
            out.push(0);
            u64(out, *amount);
        }
        rare => other(out, rare),
    }
}

fn unchanged_object(out: &mut Vec<u8>, unchanged: &UnchangedConsensusObject) {
    out.extend_from_slice(unchanged.object_id.inner());
    match &unchanged.kind {
        UnchangedConsensusKind::ReadOnlyRoot {
            version,
            digest: read,
        } => {
            out.push(0);
            u64(out, *version);
            digest(out, read);
        }
        rare => other(out, rare),
    }
}

//! Ledger values as messages, cut to what a read mask asks for.

use std::collections::BTreeMap;

use sui_rpc::field::FieldMaskTree;
use sui_rpc::merge::Merge;
use sui_rpc::proto::sui::rpc::v2 as proto;
use sui_rpc::proto::timestamp_ms_to_proto;
use sui_sdk_types::{Address, Event, Object, ObjectType, TransactionEvents, framework::Coin};

use super::types::Types;
use crate::ledger::{Checkpoint, ExecutedTransaction, Ledger};

/// Makes messages; needs the ledger for the types that JSON renderings and error texts depend on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Render<'a> {
    ledger: &'a Ledger,
}

impl<'a> Render<'a> {
    pub(super) fn new(ledger: &'a Ledger) -> Self {
        Self { ledger }
    }

    pub(super) fn types(&self) -> Types<'a> {
        Types::new(self.ledger)
    }

    pub(super) fn object(&self, object: &Object, mask: &FieldMaskTree) -> proto::Object {
        let mut message = proto::Object::default();
        // The conversion takes the object by value: leave the copy out when the mask asks for little.
        if needs_conversion(mask) {
            message.merge(object.clone(), mask);
        } else {
            if mask.contains("object_id") {
                message.object_id = Some(object.object_id().to_string());
            }
            if mask.contains("version") {
                message.version = Some(object.version());
            }
            if mask.contains("digest") {
                message.digest = Some(object.digest().to_string());
            }
            if mask.contains("owner") {
                message.owner = Some((*object.owner()).into());
            }
            if mask.contains("object_type") {
                message.object_type = Some(type_name(object));
            }
            if mask.contains("previous_transaction") {
                message.previous_transaction = Some(object.previous_transaction().to_string());
            }
        }
        if mask.contains("balance") {
            message.balance = Coin::try_from_object(object).map(|coin| coin.balance());
        }
        if mask.contains("json")
            && let Some(data) = object.as_struct()
        {
            message.json = self
                .types()
                .json(&data.object_type().clone().into(), data.contents())
                .map(Box::new);
        }
        message
    }

    pub(super) fn executed(
        &self,
        executed: &ExecutedTransaction,
        mask: &FieldMaskTree,
    ) -> proto::ExecutedTransaction {
        let mut message = self.outcome(executed, mask);
        if mask.contains("digest") {
            message.digest = Some(executed.digest.to_string());
        }
        if let Some(mask) = mask.subtree("signatures") {
            message.signatures = executed
                .signatures
                .iter()
                .map(|signature| proto::UserSignature::merge_from(signature.clone(), &mask))
                .collect();
        }
        if mask.contains("checkpoint") {
            message.checkpoint = Some(executed.checkpoint);
        }
        if mask.contains("timestamp") {
            message.timestamp = Some(timestamp_ms_to_proto(executed.timestamp_ms));
        }
        if mask.contains("transaction_index") {
            message.transaction_index = self
                .ledger
                .checkpoint(executed.checkpoint)
                .and_then(|checkpoint| {
                    checkpoint
                        .transactions
                        .iter()
                        .position(|other| other.digest == executed.digest)
                })
                .and_then(|index| u64::try_from(index).ok());
        }
        message
    }

    /// The parts of an executed transaction that a simulated one has, too.
    pub(super) fn outcome(
        &self,
        executed: &ExecutedTransaction,
        mask: &FieldMaskTree,
    ) -> proto::ExecutedTransaction {
        let mut message = proto::ExecutedTransaction::default();
        if let Some(mask) = mask.subtree("transaction") {
            message.transaction = Some(proto::Transaction::merge_from(
                executed.transaction.clone(),
                &mask,
            ));
        }
        message.effects = mask
            .subtree("effects")
            .map(|mask| self.effects(executed, &mask));
        if let Some(mask) = mask.subtree("events") {
            message.events = executed
                .events
                .as_ref()
                .map(|events| self.events(events, &mask));
        }
        if mask.contains("balance_changes") {
            message.balance_changes = executed
                .balance_changes
                .iter()
                .cloned()
                .map(Into::into)
                .collect();
        }
        if let Some(mask) = mask.subtree("objects.objects") {
            message.objects = Some(self.object_set([executed], &mask));
        }
        message
    }

    fn effects(
        &self,
        executed: &ExecutedTransaction,
        mask: &FieldMaskTree,
    ) -> proto::TransactionEffects {
        let mut message = proto::TransactionEffects::merge_from(&executed.effects, mask);
        if !message.changed_objects.is_empty() || !message.unchanged_consensus_objects.is_empty() {
            let types: BTreeMap<String, String> = executed
                .input_objects
                .iter()
                .chain(&executed.output_objects)
                .map(|object| (object.object_id().to_string(), type_name(object)))
                .collect();
            for changed in &mut message.changed_objects {
                changed.object_type = types.get(changed.object_id()).cloned();
            }
            for unchanged in &mut message.unchanged_consensus_objects {
                unchanged.object_type = types.get(unchanged.object_id()).cloned();
            }
        }
        if let Some(error) = message
            .status
            .as_mut()
            .and_then(|status| status.error.as_mut())
        {
            self.explain(error);
        }
        message
    }

    /// Adds the name and the text of an `#[error]` constant to an abort.
    fn explain(&self, error: &mut proto::ExecutionError) {
        use proto::execution_error::{ErrorDetails, ExecutionErrorKind};
        if error.kind() != ExecutionErrorKind::MoveAbort {
            return;
        }
        let Some(ErrorDetails::Abort(abort)) = &mut error.error_details else {
            return;
        };
        let Some(location) = &abort.location else {
            return;
        };
        let Ok(package) = location.package().parse::<Address>() else {
            return;
        };
        abort.clever_error =
            self.types()
                .clever_error(&package, location.module(), abort.abort_code());
    }

    pub(super) fn events(
        &self,
        events: &TransactionEvents,
        mask: &FieldMaskTree,
    ) -> proto::TransactionEvents {
        let mut message = proto::TransactionEvents::merge_from(events.clone(), mask);
        if mask
            .subtree("events")
            .is_some_and(|mask| mask.contains("json"))
        {
            for (message, event) in message.events.iter_mut().zip(&events.0) {
                message.json = self.event_json(event);
            }
        }
        message
    }

    /// An event without its place in the ledger.
    pub(super) fn event(&self, event: &Event, mask: &FieldMaskTree) -> proto::Event {
        let mut message = proto::Event::merge_from(event.clone(), mask);
        if mask.contains("json") {
            message.json = self.event_json(event);
        }
        message
    }

    fn event_json(&self, event: &Event) -> Option<Box<prost_types::Value>> {
        self.types()
            .json(&event.type_.clone().into(), &event.contents)
            .map(Box::new)
    }

    pub(super) fn checkpoint(
        &self,
        checkpoint: &Checkpoint,
        mask: &FieldMaskTree,
    ) -> proto::Checkpoint {
        let mut message = proto::Checkpoint::default();
        message.merge(&checkpoint.summary, mask);
        if mask.contains("contents") {
            message.merge(checkpoint.contents.clone(), mask);
        }
        if let Some(mask) = mask.subtree("transactions") {
            message.transactions = checkpoint
                .transactions
                .iter()
                .map(|executed| {
                    let mut message = self.executed(executed, &mask);
                    // In a checkpoint the objects of all transactions are in one set.
                    message.objects = None;
                    message
                })
                .collect();
        }
        if let Some(mask) = mask.subtree("objects.objects") {
            message.objects =
                Some(self.object_set(checkpoint.transactions.iter().map(AsRef::as_ref), &mask));
        }
        message
    }

    /// Every object that transactions read or wrote, once per version.
    fn object_set<'t>(
        &self,
        executed: impl IntoIterator<Item = &'t ExecutedTransaction>,
        mask: &FieldMaskTree,
    ) -> proto::ObjectSet {
        let objects: BTreeMap<_, _> = executed
            .into_iter()
            .flat_map(|executed| {
                executed
                    .input_objects
                    .iter()
                    .chain(&executed.output_objects)
            })
            .map(|object| ((object.object_id(), object.version()), object))
            .collect();
        proto::ObjectSet::default().with_objects(
            objects
                .into_values()
                .map(|object| self.object(object, mask))
                .collect::<Vec<_>>(),
        )
    }
}

/// The name of an object's type as messages write it.
pub(super) fn type_name(object: &Object) -> String {
    match object.object_type() {
        ObjectType::Package => "package".to_owned(),
        ObjectType::Struct(tag) => tag.to_string(),
    }
}

/// Whether a mask asks for a field that only the conversion of a whole object gives.
fn needs_conversion(mask: &FieldMaskTree) -> bool {
    [
        "bcs",
        "contents",
        "package",
        "storage_rebate",
        "has_public_transfer",
    ]
    .iter()
    .any(|field| mask.contains(field))
}

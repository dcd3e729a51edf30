//! Snapshots as bytes.
//!
//! A line that names the format, the BLAKE2b-256 hash of the rest, and BCS of [`File`]. Every version of an object is there
//! once, however many transactions read it. The settings are JSON inside, so that one that is missing or new is named.

use std::collections::HashMap;
use std::sync::Arc;

use blake2::{Blake2b, Digest as _, digest::consts::U32};
use serde::{Deserialize, Serialize};
use sui_sdk_types::{
    Address, BalanceChange, CheckpointContents, CheckpointSummary, Object, ObjectOut, Transaction,
    TransactionEffects, TransactionEvents, UserSignature,
};

use super::{Contents, unusable};
use crate::ledger::object_store::StoreChanges;
use crate::ledger::outcome::{Checkpoint, EpochInfo, ExecutedTransaction};
use crate::ledger::protocol::ProtocolConfig;
use crate::ledger::rejection::LedgerError;
use crate::ledger::state::Block;

/// The format, and its version. Another version is another line.
const MAGIC: &[u8] = b"valet-localnet snapshot 1\n";
const HASH_BYTES: usize = 32;

type Blake2b256 = Blake2b<U32>;

#[derive(Serialize, Deserialize)]
struct File {
    settings: String,
    objects: Vec<Object>,
    blocks: Vec<SavedBlock>,
}

#[derive(Serialize, Deserialize)]
struct Settings {
    protocol: ProtocolConfig,
    faucet_seed: [u8; 32],
    present_ms: u64,
    epochs: Vec<EpochInfo>,
}

#[derive(Serialize, Deserialize)]
struct SavedBlock {
    summary: CheckpointSummary,
    contents: CheckpointContents,
    transactions: Vec<SavedTransaction>,
}

/// A transaction; objects are positions in the file's list.
#[derive(Serialize, Deserialize)]
struct SavedTransaction {
    transaction: Transaction,
    signatures: Vec<UserSignature>,
    effects: TransactionEffects,
    events: Option<TransactionEvents>,
    balance_changes: Vec<BalanceChange>,
    inputs: Vec<u32>,
    outputs: Vec<u32>,
    written: Vec<u32>,
    removed: Vec<Address>,
}

pub(super) fn write(contents: &Contents) -> Result<Vec<u8>, LedgerError> {
    let epochs = contents
        .past_epochs
        .iter()
        .chain([&contents.epoch])
        .cloned()
        .collect();
    let settings = Settings {
        protocol: contents.protocol.clone(),
        faucet_seed: contents.faucet_seed,
        present_ms: contents.present_ms,
        epochs,
    };
    let mut objects = Objects::default();
    let blocks = std::iter::once(&contents.first)
        .chain(&contents.rest)
        .map(|block| saved_block(block, &mut objects))
        .collect::<Result<_, _>>()?;
    let file = File {
        settings: serde_json::to_string(&settings).map_err(unusable)?,
        objects: objects
            .list
            .iter()
            .map(|object| object.as_ref().clone())
            .collect(),
        blocks,
    };
    let payload = bcs::to_bytes(&file).map_err(unusable)?;
    Ok([MAGIC, &Blake2b256::digest(&payload), &payload].concat())
}

fn saved_block(block: &Block, objects: &mut Objects) -> Result<SavedBlock, LedgerError> {
    let checkpoint = &block.checkpoint;
    let transactions = checkpoint
        .transactions
        .iter()
        .zip(block.changes.iter())
        .map(|(executed, changes)| {
            Ok(SavedTransaction {
                transaction: executed.transaction.clone(),
                signatures: executed.signatures.clone(),
                effects: executed.effects.clone(),
                events: executed.events.clone(),
                balance_changes: executed.balance_changes.clone(),
                inputs: objects.positions(&executed.input_objects)?,
                outputs: objects.positions(&executed.output_objects)?,
                written: objects.positions(&changes.written)?,
                removed: changes.removed.clone(),
            })
        })
        .collect::<Result<_, LedgerError>>()?;
    Ok(SavedBlock {
        summary: checkpoint.summary.clone(),
        contents: checkpoint.contents.clone(),
        transactions,
    })
}

/// The list of objects while it grows.
#[derive(Default)]
struct Objects {
    list: Vec<Arc<Object>>,
    positions: HashMap<(Address, u64), u32>,
}

impl Objects {
    fn positions(&mut self, objects: &[Arc<Object>]) -> Result<Vec<u32>, LedgerError> {
        objects
            .iter()
            .map(|object| {
                let key = (object.object_id(), object.version());
                if let Some(position) = self.positions.get(&key) {
                    return Ok(*position);
                }
                let position = u32::try_from(self.list.len())
                    .map_err(|_| unusable("there are too many objects"))?;
                self.positions.insert(key, position);
                self.list.push(Arc::clone(object));
                Ok(position)
            })
            .collect()
    }
}

pub(super) fn read(bytes: &[u8]) -> Result<Contents, LedgerError> {
    let rest = bytes.strip_prefix(MAGIC).ok_or_else(|| {
        unusable("it is no snapshot, or one that another version of this program wrote")
    })?;
    let (hash, payload) = rest
        .split_at_checked(HASH_BYTES)
        .ok_or_else(|| unusable("it is cut off"))?;
    if *hash != *Blake2b256::digest(payload) {
        return Err(unusable("its checksum is wrong: it was cut off or changed"));
    }
    let file: File = bcs::from_bytes(payload).map_err(unusable)?;
    let settings: Settings = serde_json::from_str(&file.settings).map_err(unusable)?;
    let objects: Vec<Arc<Object>> = file.objects.into_iter().map(Arc::new).collect();
    let mut blocks = Vec::with_capacity(file.blocks.len());
    let mut previous: Option<Arc<Checkpoint>> = None;
    for saved in file.blocks {
        let block = read_block(saved, &objects, previous.as_deref())?;
        previous = Some(Arc::clone(&block.checkpoint));
        blocks.push(block);
    }
    let mut blocks = blocks.into_iter();
    let first = blocks.next().ok_or_else(|| unusable("it is empty"))?;
    let mut past_epochs = settings.epochs;
    let epoch = past_epochs
        .pop()
        .ok_or_else(|| unusable("it has no epoch"))?;
    let consecutive = past_epochs
        .iter()
        .chain([&epoch])
        .enumerate()
        .all(|(index, epoch)| epoch.epoch == index as u64);
    if !consecutive {
        return Err(unusable("its epochs do not follow one another"));
    }
    Ok(Contents {
        protocol: settings.protocol,
        faucet_seed: settings.faucet_seed,
        present_ms: settings.present_ms,
        first,
        rest: blocks.collect(),
        past_epochs,
        epoch,
    })
}

/// A block whose digests are those that its checkpoint and its effects name.
fn read_block(
    saved: SavedBlock,
    objects: &[Arc<Object>],
    previous: Option<&Checkpoint>,
) -> Result<Block, LedgerError> {
    let SavedBlock {
        summary,
        contents,
        transactions,
    } = saved;
    let number = summary.sequence_number;
    let broken = |what: &str| unusable(format_args!("checkpoint {number}: {what}"));
    if number != previous.map_or(0, |previous| previous.sequence_number() + 1)
        || summary.previous_digest != previous.map(|previous| previous.digest)
    {
        return Err(broken("it does not follow the one before it"));
    }
    if summary.content_digest != contents.digest()
        || contents.transactions().len() != transactions.len()
    {
        return Err(broken("its contents are not those it names"));
    }
    let mut executed = Vec::with_capacity(transactions.len());
    let mut changes = Vec::with_capacity(transactions.len());
    for (saved, named) in transactions.into_iter().zip(contents.transactions()) {
        let digest = saved.transaction.digest();
        let effects_digest = saved.effects.digest();
        if digest != *named.transaction() || effects_digest != *named.effects() {
            return Err(broken("a transaction is not the one it names"));
        }
        let resolve = |positions: &[u32]| -> Result<Vec<Arc<Object>>, LedgerError> {
            positions
                .iter()
                .map(|position| objects.get(*position as usize).cloned())
                .collect::<Option<_>>()
                .ok_or_else(|| broken("a transaction names an object that is not there"))
        };
        let output_objects = resolve(&saved.outputs)?;
        if !are_outputs(&output_objects, &saved.effects) {
            return Err(broken("an object is not the one its transaction wrote"));
        }
        changes.push(StoreChanges {
            written: resolve(&saved.written)?,
            removed: saved.removed,
        });
        executed.push(Arc::new(ExecutedTransaction {
            digest,
            transaction: saved.transaction,
            signatures: saved.signatures,
            effects: saved.effects,
            effects_digest,
            events: saved.events,
            checkpoint: number,
            timestamp_ms: summary.timestamp_ms,
            input_objects: resolve(&saved.inputs)?,
            output_objects,
            balance_changes: saved.balance_changes,
        }));
    }
    Ok(Block {
        checkpoint: Arc::new(Checkpoint {
            digest: summary.digest(),
            summary,
            contents,
            transactions: executed,
        }),
        changes: changes.into(),
    })
}

/// Whether every object has the digest that the effects name for it.
fn are_outputs(objects: &[Arc<Object>], effects: &TransactionEffects) -> bool {
    let TransactionEffects::V2(effects) = effects else {
        return false;
    };
    let named: HashMap<_, _> = effects
        .changed_objects
        .iter()
        .filter_map(|changed| match &changed.output_state {
            ObjectOut::ObjectWrite { digest, .. } | ObjectOut::PackageWrite { digest, .. } => {
                Some((changed.object_id, *digest))
            }
            _ => None,
        })
        .collect();
    objects
        .iter()
        .all(|object| named.get(&object.object_id()) == Some(&object.digest()))
}

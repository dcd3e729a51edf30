//! How fast an index takes events in, and how large its file gets: `cargo run --release -p valet-index --example measure`.
//!
//! Each owner activates a session with a call budget, makes twenty moves, settles and ends it. Only the time of taking in is
//! measured; the node and the network are left out.

use std::{error::Error, time::Instant};

use sui_sdk_types::{Address, Digest, Event, Identifier, StructTag};
use valet_client::{Deployment, SharedObject};
use valet_index::{
    Checkpoint, Index, IndexStore, MemoryStore, Scope, SqliteStore, TransactionEvents,
};

const SESSIONS: u64 = 5_000;
const MOVES: u64 = 20;
/// Checkpoints that are taken in at once, as when catching up.
const WINDOW: usize = 128;

fn main() -> Result<(), Box<dyn Error>> {
    let shared = |id| SharedObject {
        id,
        initial_version: 1,
    };
    let deployment = Deployment {
        chain_id: Digest::new([1; 32]),
        valet_package: Address::from_static("0xa1"),
        valet_types: Address::from_static("0xa0"),
        hub: shared(Address::from_static("0xb0")),
        dapp_package: Address::from_static("0xd0"),
        dapp_type: "0xd0::arena::Arena".parse()?,
        dapp: shared(Address::from_static("0xd1")),
        dapp_storage: shared(Address::from_static("0xd2")),
    };
    let checkpoints = checkpoints(&deployment)?;
    let events: usize = checkpoints
        .iter()
        .flat_map(|checkpoint| &checkpoint.transactions)
        .map(|transaction| transaction.events.len())
        .sum();
    println!(
        "{events} events of {SESSIONS} sessions in {} checkpoints",
        checkpoints.len()
    );
    let file = tempfile::NamedTempFile::new()?;
    let indexes = [
        ("memory", open(MemoryStore::new(), deployment.clone())?),
        ("SQLite", open(SqliteStore::open(file.path())?, deployment)?),
    ];
    for (name, index) in indexes {
        let begun = Instant::now();
        for window in checkpoints.chunks(WINDOW) {
            index.ingest(window)?;
        }
        let seconds = begun.elapsed().as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
        let rate = events as f64 / seconds;
        println!("{name}: {rate:.0} events/s");
    }
    let bytes = std::fs::metadata(file.path())?.len();
    println!(
        "file: {} bytes per 1,000 sessions",
        bytes * 1_000 / SESSIONS
    );
    Ok(())
}

fn open(store: impl IndexStore + 'static, deployment: Deployment) -> Result<Index, Box<dyn Error>> {
    Ok(Index::open(store, Scope::new([deployment])?)?)
}

/// One session after the other, a transaction for each thing that happens, four to a checkpoint.
fn checkpoints(deployment: &Deployment) -> Result<Vec<Checkpoint>, Box<dyn Error>> {
    let mut transactions = vec![registered(deployment)?];
    for number in 0..SESSIONS {
        let mut owner = [7; 32];
        owner[..8].copy_from_slice(&number.to_le_bytes());
        transactions.extend(session(deployment, Address::new(owner), number)?);
    }
    let mut previous_digest = None;
    Ok((0_u64..)
        .zip(transactions.chunks(4))
        .map(|(number, transactions)| {
            let mut digest = [3; 32];
            digest[..8].copy_from_slice(&number.to_le_bytes());
            let digest = Digest::new(digest);
            Checkpoint {
                sequence_number: number,
                digest,
                previous_digest: previous_digest.replace(digest),
                timestamp_ms: number,
                transactions: transactions.to_vec(),
            }
        })
        .collect())
}

fn registered(deployment: &Deployment) -> Result<TransactionEvents, Box<dyn Error>> {
    let metadata = ("", "", "", Vec::<Address>::new());
    let fees = (1_u64, 1_u64);
    let id = Address::TWO;
    let contents = bcs::to_bytes(&(id, 1_u64, id, id, metadata, [0_u8; 32], fees, 9_u64))?;
    Ok(transaction(
        0,
        vec![event(deployment, "dapp", "DappRegistered", contents)?],
    ))
}

fn session(
    deployment: &Deployment,
    owner: Address,
    number: u64,
) -> Result<Vec<TransactionEvents>, Box<dyn Error>> {
    let storage = deployment.storage_id(owner);
    let wallet = storage;
    let of = (storage, owner);
    // All actions, 1,000 calls, nothing else.
    let grant = (
        0_u8,
        None::<u64>,
        Some(1_000_u64),
        None::<()>,
        Vec::<()>::new(),
        None::<()>,
    );
    let activated = bcs::to_bytes(&(of, wallet, 1_u64, 1_000_u64, 3_601_000_u64, grant))?;
    let mut all = vec![vec![
        event(
            deployment,
            "user_storage",
            "StorageCreated",
            bcs::to_bytes(&of)?,
        )?,
        event(deployment, "session", "SessionActivated", activated)?,
    ]];
    for left in (0..MOVES).map(|played| 999 - played) {
        let counted = (of, 1_u64, 0_u8, Some(left), None::<()>);
        // A key of one byte, a value of five numbers, by the session, charged.
        let written = (of, 0_u8, [1_u64; 5], true, 100_u64);
        all.push(vec![
            event(
                deployment,
                "session",
                "CallCounted",
                bcs::to_bytes(&counted)?,
            )?,
            event(
                deployment,
                "user_storage",
                "RecordSet",
                bcs::to_bytes(&written)?,
            )?,
        ]);
    }
    let due = MOVES * 100;
    let settled = (
        of,
        owner,
        0_u8,
        due,
        (0_u64, due, 0_u64, 0_u64),
        0_u64,
        MOVES,
        0_u64,
    );
    let settled = bcs::to_bytes(&settled)?;
    all.push(vec![event(
        deployment,
        "settlement",
        "WritesSettled",
        settled,
    )?]);
    let ended = bcs::to_bytes(&(of, wallet, 1_u64, 0_u8, owner))?;
    all.push(vec![event(
        deployment,
        "session",
        "SessionDeactivated",
        ended,
    )?]);
    let events = all.into_iter();
    Ok(events.map(|events| transaction(number, events)).collect())
}

fn transaction(number: u64, events: Vec<Event>) -> TransactionEvents {
    let mut digest = [5; 32];
    digest[..8].copy_from_slice(&number.to_le_bytes());
    TransactionEvents {
        transaction: Digest::new(digest),
        events,
    }
}

fn event(
    deployment: &Deployment,
    module: &'static str,
    name: &'static str,
    contents: Vec<u8>,
) -> Result<Event, Box<dyn Error>> {
    let mut parameters = vec![deployment.marker()];
    if name == "RecordSet" {
        parameters.extend(["u8".parse()?, "u8".parse()?]);
    }
    Ok(Event {
        package_id: deployment.valet_package,
        module: Identifier::from_static(module),
        sender: Address::ZERO,
        type_: StructTag::new(
            deployment.valet_types,
            Identifier::from_static(module),
            Identifier::from_static(name),
            parameters,
        ),
        contents,
    })
}

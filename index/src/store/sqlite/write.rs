//! Writing a batch.

use rusqlite::{Transaction, params};

use super::rows::{live, number, text};
use crate::{Batch, StoreError};

const DAPP: &str = "INSERT INTO dapp (type, state) VALUES (?1, ?2) \
     ON CONFLICT (type) DO UPDATE SET state = ?2";
const STORAGE: &str = "INSERT INTO storage \
     VALUES (?1, ?2, (SELECT id FROM dapp WHERE type = ?3), ?4) \
     ON CONFLICT (id) DO UPDATE SET state = ?4";
const SESSION: &str = "INSERT INTO session \
     VALUES (?1, ?2, ?3, (SELECT id FROM dapp WHERE type = ?4), ?5, ?6) \
     ON CONFLICT (storage, generation) DO UPDATE SET live_until_ms = ?5, state = ?6";
const KEY: &str = "INSERT OR IGNORE INTO session_key VALUES (?, ?, ?)";
const PURSE: &str = "INSERT OR REPLACE INTO purse VALUES (?, ?, ?)";
const EMPTIED: &str = "DELETE FROM purse WHERE storage = ? AND coin_type = ?";
// Not `OR REPLACE`: a number that is there already would be an event counted twice.
const HISTORY: &str = "INSERT INTO history \
     VALUES (?1, ?2, ?3, (SELECT id FROM dapp WHERE type = ?4), ?5, ?6)";

/// Writes all rows of a batch. DApps come first: the other rows name them.
pub(super) fn batch(transaction: &Transaction<'_>, batch: &Batch) -> Result<(), StoreError> {
    let mut statement = transaction.prepare_cached(DAPP)?;
    for (dapp, record) in &batch.dapps {
        statement.execute(params![dapp.to_string(), text(record)?])?;
    }
    let mut statement = transaction.prepare_cached(STORAGE)?;
    for (id, record) in &batch.storages {
        let (owner, dapp) = (record.owner.as_bytes(), record.dapp.to_string());
        statement.execute(params![id.as_bytes(), owner, dapp, text(record)?])?;
    }
    let mut statement = transaction.prepare_cached(SESSION)?;
    for ((storage, generation), record) in &batch.sessions {
        let live_until_ms = match record.end {
            Some(_) => 0,
            None => live(record.expires_at_ms),
        };
        statement.execute(params![
            storage.as_bytes(),
            number(*generation),
            record.owner.as_bytes(),
            record.dapp.to_string(),
            live_until_ms,
            text(record)?,
        ])?;
    }
    let mut statement = transaction.prepare_cached(KEY)?;
    for (wallet, storage, generation) in &batch.keys {
        statement.execute(params![
            wallet.as_bytes(),
            storage.as_bytes(),
            number(*generation)
        ])?;
    }
    let mut put = transaction.prepare_cached(PURSE)?;
    let mut remove = transaction.prepare_cached(EMPTIED)?;
    for ((storage, coin_type), amount) in &batch.purses {
        if *amount == 0 {
            remove.execute(params![storage.as_bytes(), coin_type])?;
        } else {
            put.execute(params![storage.as_bytes(), coin_type, number(*amount)])?;
        }
    }
    let mut statement = transaction.prepare_cached(HISTORY)?;
    for entry in &batch.history {
        statement.execute(params![
            number(entry.number),
            entry.storage.as_bytes(),
            entry.owner.as_bytes(),
            entry.dapp.to_string(),
            entry.generation.map(number),
            text(entry)?,
        ])?;
    }
    Ok(())
}

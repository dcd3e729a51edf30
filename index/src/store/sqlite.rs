//! An index in a file of SQLite's.

mod rows;
mod select;
mod write;

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};
use serde::de::DeserializeOwned;
use sui_sdk_types::{Address, StructTag};

use self::{
    rows::{live, number, parse, text, unsigned},
    select::Select,
};
use super::{Batch, IndexStore};
use crate::{
    Cursor, DappRecord, HistoryEntry, HistoryQuery, Scope, SessionQuery, SessionRecord,
    StorageQuery, StorageRecord, StoreError,
};

/// What SQLite shows in the file's header: "vlix".
const APPLICATION_ID: i64 = 0x766c_6978;
/// Goes up with every change of what is below.
const SCHEMA_VERSION: i64 = 1;
/// How long to wait for another program that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Statements that are kept ready.
const STATEMENTS: usize = 64;

const META: &str = "SELECT state FROM meta WHERE name = ?";
const PUT_META: &str = "INSERT OR REPLACE INTO meta VALUES (?, ?)";

/// The columns are what is searched by; `state` is the record in JSON, which `state ->> 'debt'` reads in SQL.
const SCHEMA: &str = "
CREATE TABLE meta (name TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE dapp (id INTEGER PRIMARY KEY, type TEXT NOT NULL UNIQUE, state TEXT NOT NULL) STRICT;
CREATE TABLE storage (
    id BLOB PRIMARY KEY,
    owner BLOB NOT NULL,
    dapp INTEGER NOT NULL,
    state TEXT NOT NULL
) WITHOUT ROWID, STRICT;
CREATE INDEX storage_of_owner ON storage (owner, id);
CREATE INDEX storage_of_dapp ON storage (dapp, id);
CREATE TABLE session (
    storage BLOB NOT NULL,
    generation INTEGER NOT NULL,
    owner BLOB NOT NULL,
    dapp INTEGER NOT NULL,
    live_until_ms INTEGER NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (storage, generation)
) WITHOUT ROWID, STRICT;
CREATE INDEX session_of_owner ON session (owner, storage, generation);
CREATE INDEX session_of_dapp ON session (dapp, storage, generation);
CREATE TABLE session_key (
    wallet BLOB NOT NULL,
    storage BLOB NOT NULL,
    generation INTEGER NOT NULL,
    PRIMARY KEY (wallet, storage, generation)
) WITHOUT ROWID, STRICT;
CREATE TABLE purse (
    storage BLOB NOT NULL,
    coin_type TEXT NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (storage, coin_type)
) WITHOUT ROWID, STRICT;
CREATE TABLE history (
    number INTEGER PRIMARY KEY,
    storage BLOB NOT NULL,
    owner BLOB NOT NULL,
    dapp INTEGER NOT NULL,
    generation INTEGER,
    state TEXT NOT NULL
) STRICT;
CREATE INDEX history_of_storage ON history (storage, number);
CREATE INDEX history_of_owner ON history (owner, number);
";

/// An index in a file of SQLite's. Several programs may have it open; one that writes what another has already written is told.
#[derive(Debug)]
pub struct SqliteStore {
    connection: Connection,
}

impl SqliteStore {
    /// Opens the index in a file, which is made if there is none.
    ///
    /// # Errors
    /// [`StoreError::NotAnIndex`] when the file is something else, [`StoreError::OtherSchema`] when another version wrote it,
    /// [`StoreError::Database`] when it cannot be opened.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        Self::prepare(Connection::open(path)?, &path.display().to_string())
    }

    fn prepare(mut connection: Connection, path: &str) -> Result<Self, StoreError> {
        let not_an_index = || StoreError::NotAnIndex {
            path: path.to_owned(),
        };
        connection.busy_timeout(BUSY_TIMEOUT)?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let transaction = transaction.map_err(|error| match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase) => not_an_index(),
            _ => error.into(),
        })?;
        let count = "SELECT count(*) FROM sqlite_master";
        let tables: i64 = transaction.query_row(count, [], |row| row.get(0))?;
        let mark: i64 = transaction.pragma_query_value(None, "application_id", |row| row.get(0))?;
        let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if tables == 0 && mark == 0 {
            transaction.execute_batch(SCHEMA)?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
        } else if mark != APPLICATION_ID {
            return Err(not_an_index());
        } else if found != SCHEMA_VERSION {
            return Err(StoreError::OtherSchema {
                expected: SCHEMA_VERSION,
                found,
            });
        }
        transaction.commit()?;
        // Readers go on while a batch is written. A power cut may take the last batches, each as a whole and with its cursor.
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "normal")?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(Self { connection })
    }

    fn one<T: DeserializeOwned>(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
    ) -> Result<Option<T>, StoreError> {
        one(&self.connection, sql, params)
    }
}

impl IndexStore for SqliteStore {
    fn scope(&self) -> Result<Option<Scope>, StoreError> {
        self.one(META, ["scope"])
    }

    fn begin(&mut self, scope: &Scope) -> Result<(), StoreError> {
        let transaction = immediate(&mut self.connection)?;
        if one::<Scope>(&transaction, META, ["scope"])?.is_some() {
            return Err(StoreError::Moved);
        }
        let cursor = Cursor::at(scope.first_checkpoint());
        transaction.execute(PUT_META, params!["scope", text(scope)?])?;
        transaction.execute(PUT_META, params!["cursor", text(&cursor)?])?;
        transaction.commit()?;
        Ok(())
    }

    fn cursor(&self) -> Result<Cursor, StoreError> {
        self.one(META, ["cursor"])?.ok_or(StoreError::Moved)
    }

    fn commit(&mut self, batch: &Batch) -> Result<(), StoreError> {
        let transaction = immediate(&mut self.connection)?;
        let cursor: Option<Cursor> = one(&transaction, META, ["cursor"])?;
        if cursor.as_ref() != Some(&batch.from) {
            return Err(StoreError::Moved);
        }
        write::batch(&transaction, batch)?;
        transaction.execute(PUT_META, params!["cursor", text(&batch.to)?])?;
        transaction.commit()?;
        Ok(())
    }

    fn dapp(&self, dapp: &StructTag) -> Result<Option<DappRecord>, StoreError> {
        self.one("SELECT state FROM dapp WHERE type = ?", [dapp.to_string()])
    }

    fn storage(&self, storage: Address) -> Result<Option<StorageRecord>, StoreError> {
        self.one(
            "SELECT state FROM storage WHERE id = ?",
            [storage.as_bytes()],
        )
    }

    fn session(
        &self,
        storage: Address,
        generation: u64,
    ) -> Result<Option<SessionRecord>, StoreError> {
        let sql = "SELECT state FROM session WHERE storage = ? AND generation = ?";
        self.one(sql, params![storage.as_bytes(), number(generation)])
    }

    fn purse(&self, storage: Address, coin_type: &str) -> Result<u64, StoreError> {
        let sql = "SELECT amount FROM purse WHERE storage = ? AND coin_type = ?";
        let mut statement = self.connection.prepare_cached(sql)?;
        let amount = statement.query_row(params![storage.as_bytes(), coin_type], |row| row.get(0));
        Ok(amount.optional()?.map_or(0, unsigned))
    }

    fn purses(
        &self,
        storage: Address,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, u64)>, StoreError> {
        let sql = "SELECT coin_type, amount FROM purse WHERE storage = ? AND coin_type > ? ORDER BY coin_type LIMIT ?";
        let mut statement = self.connection.prepare_cached(sql)?;
        // No type's text is empty.
        let after = after.unwrap_or_default();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let purses = statement.query_map(params![storage.as_bytes(), after, limit], |row| {
            Ok((row.get(0)?, unsigned(row.get(1)?)))
        })?;
        Ok(purses.collect::<Result<_, _>>()?)
    }

    fn storages(&self, query: &StorageQuery) -> Result<Vec<StorageRecord>, StoreError> {
        let mut select = Select::new("SELECT state FROM storage");
        select.address("owner =", query.owner);
        select.dapp("dapp", query.dapp.as_ref());
        select.address("id >", query.after);
        select.run(&self.connection, "id", query.limit())
    }

    fn sessions(&self, query: &SessionQuery) -> Result<Vec<SessionRecord>, StoreError> {
        let mut select = match query.key {
            // The few sessions of the key first, then their rows.
            Some(key) => {
                let mut select = Select::new(
                    "SELECT s.state FROM session_key k CROSS JOIN session s \
                     ON s.storage = k.storage AND s.generation = k.generation",
                );
                select.address("k.wallet =", Some(key));
                select
            }
            None => Select::new("SELECT s.state FROM session s"),
        };
        select.address("s.owner =", query.owner);
        select.dapp("s.dapp", query.dapp.as_ref());
        select.address("s.storage =", query.storage);
        if let Some(now) = query.live_at_ms {
            select.condition("s.live_until_ms > ?", [live(now).into()]);
        }
        if let Some((storage, generation)) = query.after {
            let after = [
                storage.as_bytes().to_vec().into(),
                number(generation).into(),
            ];
            select.condition("(s.storage, s.generation) > (?, ?)", after);
        }
        select.run(&self.connection, "s.storage, s.generation", query.limit())
    }

    fn history(&self, query: &HistoryQuery) -> Result<Vec<HistoryEntry>, StoreError> {
        let mut select = Select::new("SELECT state FROM history");
        select.condition("number > ?", [number(query.after).into()]);
        select.address("storage =", query.storage);
        select.address("owner =", query.owner);
        select.dapp("dapp", query.dapp.as_ref());
        if let Some(generation) = query.generation {
            select.condition("generation = ?", [number(generation).into()]);
        }
        select.run(&self.connection, "number", query.limit())
    }
}

/// Takes the right to write before looking, so that what was seen still holds when it is written.
fn immediate(connection: &mut Connection) -> Result<Transaction<'_>, StoreError> {
    Ok(connection.transaction_with_behavior(TransactionBehavior::Immediate)?)
}

/// One row's state.
fn one<T: DeserializeOwned>(
    connection: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
) -> Result<Option<T>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let state: Option<String> = statement.query_row(params, |row| row.get(0)).optional()?;
    state.as_deref().map(parse).transpose()
}

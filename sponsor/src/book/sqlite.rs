//! The book as an SQLite file.

use std::{
    path::Path,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use rusqlite::{Connection, ErrorCode, OptionalExtension as _, Transaction, params};
use sui_sdk_types::{Address, Digest, Transaction as SuiTransaction, UserSignature};
use valet_client::{SponsorRefusal, Sponsored};

use super::{Book, BookError, Entry, Open, Reserved, Usage, Used};
use crate::{Limits, Quota};

/// What the tables look like; a file of another layout is refused.
const LAYOUT: i64 = 1;

/// `charged` is the budget until the outcome is known, then the cost. `state` is 0 while it is open, then 1 if the
/// transaction was executed and 2 if it never will be. A coin pays for one open transaction.
const TABLES: &str = "
    CREATE TABLE entries (
        request   BLOB PRIMARY KEY,
        digest    BLOB NOT NULL UNIQUE,
        sender    BLOB NOT NULL,
        proven    INTEGER NOT NULL,
        at_ms     INTEGER NOT NULL,
        max_epoch INTEGER NOT NULL,
        coin      BLOB,
        charged   INTEGER NOT NULL,
        state     INTEGER NOT NULL DEFAULT 0,
        answer    BLOB NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX one_transaction_for_a_coin ON entries (coin) WHERE state = 0 AND coin IS NOT NULL;
    CREATE INDEX open_entries ON entries (max_epoch) WHERE state = 0;
    CREATE INDEX by_sender ON entries (sender, at_ms, charged) WHERE state < 2;
    CREATE INDEX by_time ON entries (proven, at_ms, charged) WHERE state < 2;
";

/// A [`Book`] in an SQLite file, for one sponsor at a time.
///
/// What no limit counts any more and no network executes any more is dropped with the first entry of each day, so the file grows
/// with eight days of business and not with all of it.
#[derive(Debug)]
pub struct SqliteBook {
    connection: Mutex<Connection>,
    /// The day of the last tidying, by the chain's clock.
    tidied: AtomicU64,
}

impl SqliteBook {
    /// Opens a book, or begins one.
    ///
    /// # Errors
    /// [`BookError::InUse`] when another sponsor has it open; [`BookError::Layout`] when another version wrote it;
    /// [`BookError::Sqlite`] when the file cannot be used.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, BookError> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(std::time::Duration::from_millis(200))?;
        // The lock is kept until the connection ends: two sponsors would each believe in the whole limits.
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        connection
            .pragma_update(None, "journal_mode", "WAL")
            .map_err(in_use)?;
        // What was answered must survive a loss of power, too.
        connection.pragma_update(None, "synchronous", "FULL")?;
        Self::new(connection)
    }

    /// A book that is forgotten when it is dropped, for tests.
    ///
    /// # Errors
    /// [`BookError::Sqlite`].
    pub fn in_memory() -> Result<Self, BookError> {
        Self::new(Connection::open_in_memory()?)
    }

    fn new(mut connection: Connection) -> Result<Self, BookError> {
        let setup = connection
            .transaction_with_behavior(rusqlite::TransactionBehavior::Exclusive)
            .map_err(in_use)?;
        let found: i64 = setup.pragma_query_value(None, "user_version", |row| row.get(0))?;
        match found {
            0 => {
                setup.execute_batch(TABLES)?;
                setup.pragma_update(None, "user_version", LAYOUT)?;
            }
            LAYOUT => {}
            found => {
                let expected = LAYOUT;
                return Err(BookError::Layout { found, expected });
            }
        }
        setup.commit()?;
        Ok(Self {
            connection: Mutex::new(connection),
            tidied: AtomicU64::new(u64::MAX),
        })
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // A thread that panicked has left no transaction open: they roll back when dropped.
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book for SqliteBook {
    fn find(&self, request: Digest) -> Result<Option<Sponsored>, BookError> {
        find(&self.connection(), request)
    }

    fn reserve(&self, entry: &Entry, limits: &Limits) -> Result<Reserved, BookError> {
        let mut connection = self.connection();
        let step = connection.transaction()?;
        if let Some(before) = find(&step, entry.request)? {
            return Ok(Reserved::Before(Box::new(before)));
        }
        let day = entry.at_ms / Limits::DAY_MS;
        if self.tidied.swap(day, Ordering::Relaxed) != day {
            tidy(&step, entry)?;
        }
        let used = usage(&step, entry.sender, entry.at_ms)?;
        if let Some(refusal) = exceeded(entry, &used, limits) {
            return Ok(Reserved::Refused(refusal));
        }
        let answer = bcs::to_bytes(&entry.parts()).map_err(unreadable)?;
        let entered = step.execute(
            "INSERT INTO entries (request, digest, sender, proven, at_ms, max_epoch, coin, charged, answer)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                entry.request.inner(),
                entry.digest().inner(),
                entry.sender.inner(),
                entry.proven,
                whole(entry.at_ms)?,
                whole(entry.max_epoch)?,
                entry.coin.as_ref().map(Address::inner),
                whole(entry.budget())?,
                answer,
            ],
        );
        match entered {
            Ok(_) => {
                step.commit()?;
                Ok(Reserved::Entered)
            }
            // The request is new and so is its nonce, so what is not unique is the coin.
            Err(error)
                if entry.coin.is_some()
                    && error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) =>
            {
                Ok(Reserved::CoinTaken)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn settle(&self, transaction: Digest, cost: u64) -> Result<(), BookError> {
        self.connection().execute(
            "UPDATE entries SET state = 1, charged = ?2 WHERE digest = ?1 AND state = 0",
            params![transaction.inner(), whole(cost)?],
        )?;
        Ok(())
    }

    fn release(&self, transaction: Digest) -> Result<(), BookError> {
        self.connection().execute(
            "UPDATE entries SET state = 2, charged = 0 WHERE digest = ?1 AND state = 0",
            params![transaction.inner()],
        )?;
        Ok(())
    }

    fn open(&self) -> Result<Vec<Open>, BookError> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT digest, max_epoch, coin FROM entries WHERE state = 0 ORDER BY at_ms",
        )?;
        let rows = statement.query_map([], |row| {
            Ok((row.get(0)?, row.get::<_, i64>(1)?, row.get(2)?))
        })?;
        rows.map(|row| {
            let (digest, max_epoch, coin): ([u8; 32], _, Option<[u8; 32]>) = row?;
            Ok(Open {
                transaction: Digest::new(digest),
                max_epoch: natural(max_epoch),
                coin: coin.map(Address::new),
            })
        })
        .collect()
    }

    fn usage(&self, sender: Address, now_ms: u64) -> Result<Usage, BookError> {
        let mut connection = self.connection();
        usage(&connection.transaction()?, sender, now_ms)
    }
}

/// Drops the entries whose outcome is known, that have left every limit's window, and whose epoch is over: what they answered
/// cannot be asked for again, because a request names its last epoch. `entry` is the newest, and ends with this epoch or the next.
fn tidy(step: &Transaction<'_>, entry: &Entry) -> Result<(), BookError> {
    let week = entry.at_ms.saturating_sub(Limits::SENDER_WINDOW_MS);
    let epoch = entry.max_epoch.saturating_sub(1);
    let dropped = step.execute(
        "DELETE FROM entries WHERE state > 0 AND at_ms < ?1 AND max_epoch < ?2",
        params![whole(week)?, whole(epoch)?],
    )?;
    if dropped > 0 {
        tracing::debug!(dropped, "dropped what no limit counts any more");
    }
    Ok(())
}

fn find(connection: &Connection, request: Digest) -> Result<Option<Sponsored>, BookError> {
    let mut statement =
        connection.prepare_cached("SELECT answer FROM entries WHERE request = ?1")?;
    let answer: Option<Vec<u8>> = statement
        .query_row([request.inner()], |row| row.get(0))
        .optional()?;
    let Some(answer) = answer else {
        return Ok(None);
    };
    let (transaction, signature): (SuiTransaction, UserSignature) =
        bcs::from_bytes(&answer).map_err(unreadable)?;
    Ok(Some(Sponsored {
        transaction,
        signature,
    }))
}

fn usage(step: &Transaction<'_>, sender: Address, now_ms: u64) -> Result<Usage, BookError> {
    let today = now_ms - now_ms % Limits::DAY_MS;
    let week = now_ms.saturating_sub(Limits::SENDER_WINDOW_MS);
    let day = |proven: bool| {
        let sql = "SELECT COALESCE(SUM(charged), 0), COUNT(*) FROM entries
                   WHERE proven = ?1 AND at_ms >= ?2 AND state < 2";
        step.prepare_cached(sql)?
            .query_row(params![proven, whole(today)?], used)
            .map_err(BookError::from)
    };
    // A window from after `week`: what is exactly seven days old has left it.
    let sql = "SELECT COALESCE(SUM(charged), 0), COUNT(*) FROM entries
               WHERE sender = ?1 AND at_ms > ?2 AND state < 2";
    // At the beginning of time nothing has left the window yet.
    let after = if week == 0 { -1 } else { whole(week)? };
    Ok(Usage {
        sender: step
            .prepare_cached(sql)?
            .query_row(params![sender.inner(), after], used)?,
        day: day(true)?,
        unproven_day: day(false)?,
    })
}

fn used(row: &rusqlite::Row<'_>) -> rusqlite::Result<Used> {
    Ok(Used {
        mist: natural(row.get(0)?),
        transactions: natural(row.get(1)?),
    })
}

/// The first limit that the entry would pass.
fn exceeded(entry: &Entry, used: &Usage, limits: &Limits) -> Option<SponsorRefusal> {
    let day = if entry.proven {
        ("per day", used.day, limits.per_day)
    } else {
        (
            "per day without proof",
            used.unproven_day,
            limits.unproven_per_day,
        )
    };
    let quotas: [(&str, Used, Quota); 2] = [("per sender", used.sender, limits.per_sender), day];
    quotas.into_iter().find_map(|(limit, used, quota)| {
        let reached = |unit: &str, used: u64, max: u64| SponsorRefusal::LimitReached {
            limit: limit.to_owned(),
            unit: unit.to_owned(),
            used,
            max,
        };
        if used.transactions >= quota.transactions {
            return Some(reached(
                "transactions",
                used.transactions,
                quota.transactions,
            ));
        }
        let with = used.mist.checked_add(entry.budget());
        if with.is_none_or(|with| with > quota.mist) {
            return Some(reached("MIST", used.mist, quota.mist));
        }
        None
    })
}

fn whole(number: u64) -> Result<i64, BookError> {
    i64::try_from(number).map_err(unreadable)
}

fn natural(number: i64) -> u64 {
    // The columns hold what `whole` made.
    u64::try_from(number).unwrap_or(0)
}

fn unreadable(error: impl std::fmt::Display) -> BookError {
    BookError::Entry {
        reason: error.to_string(),
    }
}

fn in_use(error: rusqlite::Error) -> BookError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => BookError::InUse,
        _ => error.into(),
    }
}

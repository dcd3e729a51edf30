//! Claims: a file that is no index, of another version, or damaged is refused with a typed error and stays as it was. (D10)

use valet_index::{Index, IndexError, SqliteStore, StoreError};

use crate::stage::{Stage, checkpoints, hour};

#[test]
fn d10_a_file_that_is_something_else_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("notes.txt");
    let text = "not a database, but long enough to be one. ".repeat(40);
    std::fs::write(&path, &text).expect("written");
    let error = SqliteStore::open(&path).expect_err("no database");
    assert!(matches!(error, StoreError::NotAnIndex { .. }), "{error}");
    assert_eq!(std::fs::read_to_string(&path).expect("read"), text);

    let path = directory.path().join("other.db");
    let other = rusqlite::Connection::open(&path).expect("a database");
    other
        .execute_batch("CREATE TABLE things (id INTEGER)")
        .expect("a table");
    drop(other);
    let error = SqliteStore::open(&path).expect_err("another program's");
    assert!(matches!(error, StoreError::NotAnIndex { .. }), "{error}");

    let path = directory.path().join("index.db");
    drop(SqliteStore::open(&path).expect("a database"));
    let newer = rusqlite::Connection::open(&path).expect("a database");
    newer
        .pragma_update(None, "user_version", 2)
        .expect("a newer schema");
    drop(newer);
    let error = SqliteStore::open(&path).expect_err("a newer program's");
    assert!(
        matches!(
            error,
            StoreError::OtherSchema {
                expected: 1,
                found: 2
            }
        ),
        "{error}"
    );
    let error = SqliteStore::open(directory.path()).expect_err("a directory");
    assert!(matches!(error, StoreError::Database(_)), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn d10_a_row_that_was_tampered_with_is_an_error_and_no_panic() {
    let stage = Stage::set().await;
    let owner = stage.owner();
    let (account, _) = stage.enter(&stage.arena, &owner, hour()).await;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("index.db");
    let store = SqliteStore::open(&path).expect("a database");
    let index = Index::open(store, stage.scope()).expect("an index");
    let all = checkpoints(stage.localnet.ledger());
    index.ingest(&all).expect("everything");

    // Plain SQL reads what is there, and breaks it.
    let sql = rusqlite::Connection::open(&path).expect("a database");
    let count = "SELECT state ->> 'session_count' FROM storage WHERE id = ?";
    let storage = account.storage_id();
    let sessions: i64 = sql
        .query_row(count, [storage.as_bytes()], |row| row.get(0))
        .expect("a row");
    assert_eq!(sessions, 1);
    sql.execute("UPDATE storage SET state = '{}'", [])
        .expect("broken");
    let error = index.status(storage).expect_err("broken");
    assert!(
        matches!(error, IndexError::Store(StoreError::Corrupt { .. })),
        "{error}"
    );
}

//! Claims: a book is for one sponsor at a time, and a file that is not one is refused. (D11.)

use valet_sponsor::{BookError, SqliteBook};

#[test]
fn d11_two_sponsors_do_not_share_a_book() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("sponsor.db");
    let first = SqliteBook::open(&path).expect("a book");
    let second = SqliteBook::open(&path).expect_err("in use");
    assert!(matches!(second, BookError::InUse), "{second:?}");
    drop(first);
    SqliteBook::open(&path).expect("free again");
}

#[test]
fn d11_a_file_that_is_no_book_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("notes.txt");
    let notes = b"not a database, but longer than the header of one: ".repeat(4);
    std::fs::write(&path, &notes).expect("written");
    let refused = SqliteBook::open(&path).expect_err("no book");
    assert!(matches!(refused, BookError::Sqlite(_)), "{refused:?}");
    assert_eq!(std::fs::read(&path).expect("read"), notes);
}

#[test]
fn d11_a_book_of_another_version_is_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("sponsor.db");
    drop(SqliteBook::open(&path).expect("a book"));
    let file = rusqlite::Connection::open(&path).expect("a file");
    file.pragma_update(None, "user_version", 7)
        .expect("altered");
    drop(file);
    let refused = SqliteBook::open(&path).expect_err("another version");
    assert!(
        matches!(refused, BookError::Layout { found: 7, .. }),
        "{refused:?}"
    );
}

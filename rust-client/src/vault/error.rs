//! What can go wrong with secrets on disk.

use std::{io, path::PathBuf};

use sui_sdk_types::Address;

use super::VaultState;
use crate::SealError;

/// What can go wrong with a key file or a vault. None of it changes what is on disk.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// The file does not open.
    #[error("{path} does not open: {reason}")]
    Sealed {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: SealError,
    },
    /// There is no such file.
    #[error("there is no {path}; name the right folder, or create a vault with `Vault::create`")]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// There is one already.
    #[error("{path} exists; resume it, log out of it, or name another folder")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// It is a folder, a link, a pipe or a device.
    #[error("{path} is not a plain file; name a file that this client wrote, and no link to one")]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// Others than its owner may read or change it.
    #[error(
        "{path} is open to other users (mode {mode:o}); take their rights away with `chmod 600`"
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its Unix permissions.
        mode: u32,
    },
    /// It is larger than any file of its kind.
    #[error("{path} is larger than {most} bytes; it was not written by this client")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most.
        most: usize,
    },
    /// Another process, or another part of this one, has the vault open.
    #[error(
        "{path} is in use{}; close that one first, or use a vault of its own for each", pid.map(|pid| format!(" by process {pid}")).unwrap_or_default()
    )]
    InUse {
        /// The vault's folder.
        path: PathBuf,
        /// The process, as far as it is known.
        pid: Option<u32>,
    },
    /// The operating system refuses.
    #[error("cannot {doing} {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// What it says.
        source: io::Error,
    },
    /// The journal was changed, or is another vault's.
    #[error(
        "{path} is damaged at record {record} ({what}); restore it from a copy, or give it up with `VaultOptions::without_lost_journal`: then nobody knows which of the latest actions came through"
    )]
    JournalDamaged {
        /// The journal.
        path: PathBuf,
        /// Which record does not fit, the first being 0.
        record: u64,
        /// What does not fit.
        what: &'static str,
    },
    /// A record is too large for the journal.
    #[error(
        "a transaction with its label takes {size} bytes, too many for the journal; shorten the label"
    )]
    RecordTooLarge {
        /// Its size.
        size: usize,
    },
    /// The vault is another account's: another owner's, in another dApp or on another network.
    #[error("the vault in {path} belongs to {found}, not to {expected}; open the right one")]
    OtherAccount {
        /// The vault's folder.
        path: PathBuf,
        /// What was asked for.
        expected: Box<str>,
        /// What is inside.
        found: Box<str>,
    },
    /// The vault is not at a point where this can be done.
    #[error("the vault in {path} is {state}; {remedy}")]
    WrongState {
        /// The vault's folder.
        path: PathBuf,
        /// Where it is.
        state: VaultState,
        /// What to do.
        remedy: &'static str,
    },
    /// Something else is being done with the vault.
    #[error("the vault in {path} is busy with something else; try again when that is done")]
    Busy {
        /// The vault's folder.
        path: PathBuf,
    },
    /// A logout began, and nothing is sent any more.
    #[error("{path} is closed: the session is being logged out; finish that with `Vault::logout`")]
    LoggedOut {
        /// The journal.
        path: PathBuf,
    },
    /// The session is another key's.
    #[error(
        "the session plays with {session}, the vault in {path} holds {held}; use the session that it gave"
    )]
    OtherKey {
        /// The vault's folder.
        path: PathBuf,
        /// The session's key.
        session: Address,
        /// The vault's.
        held: Address,
    },
    /// A key in text or in a keystore cannot be read.
    #[error("{what} cannot be read ({reason}); check that it was copied whole")]
    Unreadable {
        /// What was read.
        what: Box<str>,
        /// Why it failed. Never a part of the key.
        reason: Box<str>,
    },
    /// The keystore has no key for an address.
    #[error("{path} has no key for {address}; it has {known}")]
    NotInKeystore {
        /// The keystore.
        path: PathBuf,
        /// The address.
        address: Address,
        /// Which ones it has.
        known: Box<str>,
    },
}

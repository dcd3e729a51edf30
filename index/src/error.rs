//! What can go wrong, and what to do about it.

use sui_sdk_types::{Address, Digest};

/// Everything that can go wrong in this crate.
///
/// What is temporary, [`Index::follow`](crate::Index::follow) waits out by itself. Whatever is returned, what the store holds
/// is the state after a whole checkpoint.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IndexError {
    /// No deployment was given, or they are not of one valet on one network.
    #[error(
        "the deployments cannot be indexed together: {reason}; give each group an index of its own"
    )]
    MixedDeployments {
        /// What is different.
        reason: String,
    },
    /// The node is on another network than the index.
    #[error(
        "the node is on chain {found}, the index on chain {expected}; connect to a node of the index's network, or begin a new \
         index"
    )]
    WrongNetwork {
        /// The index's chain.
        expected: Digest,
        /// The node's chain.
        found: Digest,
    },
    /// The store was filled from another network.
    #[error(
        "the database is of chain {found}, the deployment of chain {expected}; open the database of this network, or begin a \
         new one"
    )]
    ForeignDatabase {
        /// The deployments' chain.
        expected: Digest,
        /// The chain in the store.
        found: Digest,
    },
    /// The store was filled for other dApps, or from another checkpoint on.
    #[error(
        "the database was begun for something else ({reason}); open it with what it was begun with, or begin a new one: what \
         happened before cannot be added"
    )]
    OtherScope {
        /// What is different.
        reason: String,
    },
    /// There is nothing in the store yet.
    #[error("the database is empty; fill it with `Index::open` and `Index::catch_up`")]
    Empty,
    /// A dApp was used before the first checkpoint that the index has seen.
    #[error(
        "checkpoint {checkpoint} has events of {dapp}, which was registered before the index began; begin a new one at an \
         earlier checkpoint"
    )]
    BegunTooLate {
        /// The dApp's type.
        dapp: String,
        /// Where its first event was seen.
        checkpoint: u64,
    },
    /// The node no longer has the checkpoint that comes next.
    #[error(
        "the node has no checkpoint before {lowest}, and the index is at {wanted}; use a node that keeps older ones, such as an \
         archive"
    )]
    Pruned {
        /// The checkpoint that comes next.
        wanted: u64,
        /// The first that the node has.
        lowest: u64,
    },
    /// A checkpoint came that is not the next one. Nothing of it was taken in.
    #[error("checkpoint {found} came, and {expected} is next; fetch what is between them")]
    Gap {
        /// The next one.
        expected: u64,
        /// What came.
        found: u64,
    },
    /// The node's checkpoints do not continue those that were taken in.
    #[error(
        "checkpoint {checkpoint} does not follow what the index has seen ({found} instead of {expected}); ask a node that you \
         trust, and if it agrees, begin a new index"
    )]
    Forked {
        /// The checkpoint.
        checkpoint: u64,
        /// The digest that the index knows.
        expected: Digest,
        /// The digest that the node says.
        found: Digest,
    },
    /// An event does not fit those before it.
    #[error(
        "an event of transaction {transaction} in checkpoint {checkpoint} does not fit those before it: {reason}; begin a new \
         index, with a node that you trust"
    )]
    Misfit {
        /// The checkpoint.
        checkpoint: u64,
        /// The transaction.
        transaction: Digest,
        /// What does not fit.
        reason: String,
    },
    /// The node cannot be reached, or its connection broke.
    #[error("the node at {url} does not answer ({reason}); check the address and the connection")]
    Unreachable {
        /// The node's address.
        url: String,
        /// What the connection said.
        reason: String,
    },
    /// The node answers with what cannot be.
    #[error(
        "the node's answer to {what} is not what Sui nodes answer ({reason}); use another node"
    )]
    Malformed {
        /// The call.
        what: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Reading the chain failed.
    #[error(transparent)]
    Client(#[from] valet_client::Error),
    /// The runtime is shutting down.
    #[error("the work was cut off, because the runtime is shutting down")]
    Interrupted,
    /// The index knows nothing of a dApp.
    #[error("the index does not hold {dapp}; it was begun without it")]
    UnknownDapp {
        /// The dApp's type.
        dapp: String,
    },
}

impl IndexError {
    /// Whether the same may succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Store(StoreError::Moved) => true,
            Self::Client(error) => matches!(
                error,
                valet_client::Error::Unreachable { .. } | valet_client::Error::Timeout { .. }
            ),
            _ => false,
        }
    }
}

/// Why a store refuses.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database failed.
    #[error("the database failed: {0}; check the disk and the file's permissions")]
    Database(#[from] rusqlite::Error),
    /// The file is a database of something else.
    #[error("`{path}` is not an index of valet; give the path of one, or of no file")]
    NotAnIndex {
        /// The file.
        path: String,
    },
    /// The file was written by another version of this crate.
    #[error(
        "the database has schema {found}, and this program reads {expected}; use the program that wrote it, or index anew into \
         another file"
    )]
    OtherSchema {
        /// What this crate reads.
        expected: i64,
        /// What the file has.
        found: i64,
    },
    /// A row does not say what rows say.
    #[error(
        "the database holds what was never written to it ({reason}); index anew into another file"
    )]
    Corrupt {
        /// What is wrong.
        reason: String,
    },
    /// Another writer was faster: the batch was made for a store that has moved on. Nothing was written.
    #[error("another program has written to the database; read it again")]
    Moved,
    /// An earlier failure left the store unusable.
    #[error("the store was abandoned in the middle of a change; open it again")]
    Poisoned,
}

pub(crate) fn corrupt(reason: impl ToString) -> StoreError {
    StoreError::Corrupt {
        reason: reason.to_string(),
    }
}

/// A record that a row or an event speaks of is missing.
pub(crate) fn missing(what: &str, id: Address) -> String {
    format!("there is no {what} {id}")
}

//! The sessions and accounts of a dApp, with their history, rebuilt from the events of a Sui full node.
//!
//! An [`Index`] follows the checkpoints of a node, keeps what valet's events tell in an [`IndexStore`] (a file of SQLite's, or
//! memory), and answers which sessions an owner, a dApp or a key has, what happened to them, and what was paid. It goes on
//! where it stopped, after a lost connection as after a killed process: the cursor is written together with what it led to.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../rust-client/tests/it/arena.rs"));
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let localnet = valet_localnet::Localnet::builder().without_faucet().start().await?;
//! # let owner = valet_client::KeyOwner::generate()?;
//! # localnet.ledger().fund(valet_client::Owner::address(&owner), &[100_000_000_000])?;
//! # let network = valet_client::Network::connect(&localnet.rpc_url()).await?;
//! # let (_, deployment) = deploy(&network, &owner).await;
//! # let file = tempfile::NamedTempFile::new()?;
//! # let path = file.path();
//! use std::time::Duration;
//! use valet_client::{Grant, Onboarding, Owner, SessionKey, Terms, Valet};
//! use valet_index::{HistoryQuery, Index, Scope, SessionQuery, SessionState, SqliteStore};
//!
//! let valet = Valet::new(network.clone(), deployment.clone()).await?;
//! let onboarding = Onboarding::new(Terms::lasting(Duration::from_secs(3_600), Grant::actions([0])));
//! let account = valet.account(owner.address());
//! account.onboard(&owner, SessionKey::generate()?, onboarding).await?;
//!
//! let index = Index::open(SqliteStore::open(path)?, Scope::new([deployment])?)?;
//! index.catch_up(&network).await?; // or `follow`, which goes on until it is told to stop
//!
//! let sessions = index.sessions(&SessionQuery::new().with_owner(owner.address()))?;
//! assert_eq!(sessions.len(), 1);
//! assert_eq!(sessions[0].state(network.now_ms().await?), SessionState::Live);
//! for entry in index.history(&HistoryQuery::new().with_owner(owner.address()))? {
//!     println!("{} {:?}", entry.at_ms, entry.change);
//! }
//! assert!(index.verify(&network).await?.differences.is_empty());
//! # Ok(()) }
//! ```
//!
//! # What is trusted
//!
//! An event counts if the package and the parameters of its type are those of the [`Scope`]: what a foreign package announces
//! under the same names is passed over, and upgrades change nothing, since the type of an event keeps the package that first
//! defined it. An event of the right type that does not fit those before it stops the index with an error instead of being
//! guessed at, and so does a checkpoint that does not continue the chain of those before. What a node leaves out or makes up
//! consistently cannot be seen in its checkpoints alone; [`Index::verify`] compares with the objects of any other node.

mod apply;
mod checkpoint;
mod error;
mod follow;
mod index;
mod query;
mod record;
mod scope;
mod source;
mod store;
mod verify;
mod watch;

pub use checkpoint::{Checkpoint, TransactionEvents};
pub use error::{IndexError, StoreError};
pub use index::Index;
pub use query::{HistoryQuery, SessionQuery, StorageQuery};
pub use record::{
    Change, Cursor, DappRecord, HistoryEntry, SessionEnd, SessionRecord, SessionState, Settlements,
    StorageRecord,
};
pub use scope::Scope;
pub use store::{Batch, IndexStore, MemoryStore, SqliteStore};
pub use verify::{Difference, Verification};
pub use watch::Changes;

//! Session keys for Sui games: the player signs once, then plays silently.
//!
//! A game generates a [`SessionKey`], and the player's wallet, behind the [`Owner`] trait, signs one transaction that
//! creates the player's [`Account`], activates a [`Session`] for that key and funds it. From then on the session signs every
//! move by itself, within the [`Grant`] and until it expires or the owner ends it.
//!
//! ```no_run
//! # async fn run(deployment: valet_client::Deployment) -> Result<(), valet_client::Error> {
//! use std::time::Duration;
//! use valet_client::{Grant, KeyOwner, Onboarding, Owner, Refusal, SessionKey, Terms, Valet};
//!
//! let valet = Valet::connect("http://127.0.0.1:9000", deployment).await?;
//! let owner = KeyOwner::generate()?;
//! let account = valet.account(owner.address());
//!
//! let terms = Terms::lasting(Duration::from_secs(3_600)).with_grant(Grant::actions([0, 1]));
//! let join = valet.call("arena", "join").dapp().storage().clock();
//! let onboarding = Onboarding::new(terms).with_call(join);
//! let (session, _) = account.onboard(&owner, SessionKey::generate()?, onboarding).await?;
//!
//! let step = valet.call("arena", "step").dapp().storage().arg(&2u8).clock();
//! for _ in 0..300 {
//!     session.play(&step).await?;
//! }
//!
//! account.deactivate(&owner).await?;
//! let refused = session.play(&step).await.unwrap_err();
//! assert_eq!(refused.refusal(), Some(Refusal::SessionRevoked));
//! # Ok(()) }
//! ```
//!
//! # What a move costs
//!
//! One request. Nothing is read before a move: the objects' initial versions never change, and the epoch, the gas price and
//! the account's debt are remembered and corrected by each answer. When the account owes for many writes, the next move
//! carries a settlement; should that fail, the move is played without it.
//!
//! # What is trusted
//!
//! Nothing that a node says gets signed: transactions are built here, from the [`Deployment`]. An answer about another
//! transaction is refused, and so are objects and events of look-alike types. A node can lie about what it does not have to
//! prove, such as whether a transaction succeeded; use one that you trust with that.
//!
//! Whoever can sign as the owner's address is the owner: on networks with address aliases, that includes its aliases.

mod account;
mod call;
mod deployment;
mod error;
mod events;
mod gas;
mod grant;
mod key;
mod network;
mod owner;
mod receipt;
mod session;
mod storage;
mod valet;

pub mod deploy;
pub mod ptb;

pub use account::{Account, Onboarding};
pub use call::Call;
pub use deployment::{Deployment, SharedObject};
pub use error::{CleverCode, Error, Failure, MoveAbort, Refusal, Rejection};
pub use events::{
    RecordWritten, SessionActivated, SessionDeactivated, SessionReplaced, SettlementOutcome,
    ValetEvent, WritesSettled,
};
pub use gas::{GasLimits, GasPolicy};
pub use grant::{Grant, Terms};
pub use key::SessionKey;
pub use network::{LedgerObject, Network, NetworkOptions, Pending, Wealth};
pub use owner::{KeyOwner, Owner};
pub use receipt::{Gas, Receipt};
pub use session::{Session, SessionOptions};
pub use storage::{EndReason, EndedSession, SessionStatus, Status};
pub use valet::Valet;

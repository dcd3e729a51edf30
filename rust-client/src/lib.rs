//! Session keys for Sui games: the player signs once, then plays silently.
//!
//! A game generates a [`SessionKey`], and the player's wallet, behind the [`Owner`] trait, signs one transaction that
//! creates the player's [`Account`], activates a [`Session`] for that key and funds it. From then on the session signs every
//! move by itself, within the [`Grant`] and until it expires or the owner ends it.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/arena.rs"));
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let localnet = valet_localnet::Localnet::builder().without_faucet().start().await?;
//! # let url = localnet.rpc_url();
//! # let owner = valet_client::KeyOwner::generate()?;
//! # localnet.ledger().fund(valet_client::Owner::address(&owner), &[100_000_000_000])?;
//! # let network = valet_client::Network::connect(&url).await?;
//! # let (_, deployment) = deploy(&network, &owner).await;
//! use std::time::Duration;
//! use valet_client::{Grant, Onboarding, Owner, Refusal, SessionKey, Terms, Valet};
//!
//! let valet = Valet::connect(&url, deployment).await?;
//! let account = valet.account(owner.address()); // `owner` is the player's wallet
//!
//! // One signature of the player's: for an hour, stepping and resting, and the game's `join` along the way.
//! let terms = Terms::lasting(Duration::from_secs(3_600), Grant::actions([0, 3]));
//! let join = valet.call("arena", "join").dapp().storage();
//! let onboarding = Onboarding::new(terms).with_call(join);
//! let (session, _) = account.onboard(&owner, SessionKey::generate()?, onboarding).await?;
//!
//! // From here on nobody is asked.
//! let step = |direction: u8| valet.call("arena", "step").dapp().storage().arg(&direction).clock();
//! for direction in [1, 1, 3, 3] {
//!     let receipt = session.play(&step(direction)).await?;
//!     println!("{} cost {} MIST", receipt.digest(), receipt.gas().net());
//! }
//!
//! // The player can end it at any time; the session is told why it is refused.
//! account.deactivate(&owner).await?;
//! let refused = session.play(&step(1)).await.unwrap_err();
//! assert_eq!(refused.refusal(), Some(Refusal::SessionRevoked));
//! # Ok(()) }
//! ```
//!
//! # What a move costs
//!
//! One request. Nothing is read before a move: the objects' initial versions never change, and the epoch, the gas price and
//! the account's debt are remembered and corrected by each answer. When the account owes for many writes, the next move
//! carries a settlement; should that fail, the move is played without it. Only the first abort in a package costs a read more,
//! for the dApp's own words: [`MoveAbort::message`].
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
mod credit;
mod deployment;
mod endpoint;
mod error;
mod events;
mod gas;
mod grant;
mod journal;
mod key;
mod keystore;
mod limits;
mod network;
mod owner;
mod receipt;
mod session;
mod session_status;
mod sponsor;
mod storage;
mod type_name;
mod valet;
mod vault;

pub mod deploy;
#[cfg(feature = "faucet")]
pub mod faucet;
pub mod ptb;

pub use account::{Account, AccountCard, Onboarding};
pub use call::Call;
pub use credit::{Credit, CreditTotals, FreeCredit};
pub use deployment::{Deployment, SharedObject};
pub use endpoint::Endpoint;
pub use error::{CleverCode, Error, Failure, MoveAbort, Refusal, Rejection};
pub use events::{
    CallCounted, DappEvent, FeeIncrease, Fees, HubEvent, Metadata, PurseDeposited, PurseDrawn,
    PurseWithdrawn, RecordChange, RecordWritten, SessionActivated, SessionDeactivated,
    SessionRenewed, SessionReplaced, SettlementOutcome, ValetEvent, WritesSettled,
};
pub use gas::{CoinLanes, GasLimits, GasPolicy};
pub use grant::{Excess, Grant, Terms};
pub use journal::{Durability, InFlight, Journal, MemoryJournal, Outcome, Settled};
pub use key::{Pin, SealCost, SealError, SessionKey};
pub use keystore::Keystore;
pub use limits::{Allowance, Bucket, CoinAllowance, RateLimit, Remainder, Renewals};
pub use network::{LedgerObject, Network, NetworkOptions, Pending, Wealth};
pub use owner::{KeyOwner, Owner};
pub use receipt::{Gas, Receipt};
pub use session::{
    Ask, FallbackPolicy, Foresight, KeyRotation, Lane, Phase, Played, RenewalPolicy, Session,
    SessionOptions, SessionState,
};
pub use session_status::{
    AllowanceStatus, CoinLoss, EndReason, EndedSession, MaxLoss, SessionStatus,
};
pub use sponsor::{
    Mismatch, Sponsor, SponsorError, SponsorRefusal, SponsorRequest, Sponsored, Violation,
};
pub use storage::Status;
pub use valet::Valet;
pub use vault::{
    Fate, LoggedOut, LogoutStep, OtherCoin, Recovered, Resumed, Revocation, Standing, Vault,
    VaultError, VaultOptions, VaultState,
};

/// This crate's README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct CrateReadme;

/// The project's README, compiled: its first client.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct ProjectReadme;

//! A gas sponsor for valet's sessions and owners: it pays for what is on its list, and for nothing else.
//!
//! A [`Service`] compares every input and command of a transaction with a [`Policy`], runs it dry, keeps to [`Limits`] that
//! survive a restart in a [`Book`], and signs as the gas owner: Sui's own flow with two signatures. [`serve`] offers it over
//! HTTP, and [`HttpSponsor`] is the client's side of that. Both are a [`Sponsor`](valet_client::Sponsor).
//!
//! # What a sponsor risks
//!
//! At most what its limits say, whatever is asked of it: everything that it has signed counts with its whole budget until it
//! is known what it cost, or until it can no longer be executed. The gas coin and withdrawals from the sponsor's balance are
//! refused wherever they appear. Who stores something in a sponsored transaction and deletes it in one of their own gets the
//! storage deposit back: that, too, is within the limits.
//!
//! The dry run keeps away whom the functions on the list refuse: a move needs a session or its owner. A function that succeeds
//! for everybody, such as creating an account, is paid for everybody who makes a key, up to the limit of the day.

mod book;
mod chain;
mod config;
mod error;
mod limits;
mod policy;
mod remote;
mod server;
mod service;
mod wire;

pub use book::{Book, BookError, Entry, Open, Reserved, SqliteBook, Usage, Used};
pub use config::Config;
pub use error::ServiceError;
pub use limits::{Limits, Quota};
pub use policy::{Extra, ObjectRule, ObjectTypes, Policy, Rule};
pub use remote::HttpSponsor;
pub use server::{Server, serve};
pub use service::{GasSource, Quote, Reconciled, Service, Terms};

//! Arena: a hero walks a map, mines ore, fights in dens and rests. An example of a game on valet.
//!
//! The Move package in `game/move` holds the rules that count; [`Hero`] repeats them, so that a player knows every outcome
//! before it is sent. [`play`] is the game in the terminal, [`Bot`] plays by itself, [`load`] lets many of them play at once, and
//! [`demo`] shows the whole of valet.

mod arena;
mod bot;
mod deploy;
mod table;
mod wallet;

pub mod demo;
pub mod load;
pub mod play;

pub use arena::{Action, Direction, Hero, IllegalMove, Tile};
pub use bot::Bot;
pub use deploy::Dapp;

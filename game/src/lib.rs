//! Arena: a hero walks a map, mines ore, fights in dens and rests. An example of a game on valet.
//!
//! The Move package in `game/move` holds the rules that count; [`Hero`] repeats them, so that a player knows every outcome
//! before it is sent. [`Bot`] plays by itself, and [`demo`] shows the whole of valet with it.

mod arena;
mod bot;

pub mod demo;

pub use arena::{Action, Direction, Hero, IllegalMove, Tile};
pub use bot::Bot;

//! The `valet` command, run as a program.

mod index;
mod localnet;
mod money;
mod readme;
mod session;
mod sponsor;
mod stage;
mod typescript;
mod words;

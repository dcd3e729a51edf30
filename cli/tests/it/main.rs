//! The `valet` command, run as a program.

mod localnet;
mod sponsor;
mod typescript;

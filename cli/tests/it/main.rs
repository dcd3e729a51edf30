//! The `valet` command, run as a program.

mod localnet;
mod typescript;

//! The `valet` command, run as a program.

mod index;
mod key_files;
mod keys;
mod localnet;
mod money;
mod policies;
mod processes;
mod readme;
mod session;
mod sponsor;
mod stage;
#[cfg(target_os = "linux")]
mod terminal;
mod typescript;
mod words;

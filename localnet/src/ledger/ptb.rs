//! Programmable transactions: typed and verified as a whole before any command runs.
//!
//! [`typing`] gives every argument a place and a type, [`verify`] checks the rules that need no execution, and
//! [`execute`] runs the commands.

mod errors;
mod execute;
mod program;
mod publish;
mod typing;
mod verify;

pub(crate) use self::execute::{Children, Environment, execute};

//! The virtual machine on real bytecode.
//!
//! * [`assembled`]: modules no compiler emits are refused with a reason, linked by name, or stopped at run time.
//! * [`framework`]: the whole framework parses, loads and computes what its sources say.
//! * [`opcodes`]: every instruction family gives its value, and every failure its status and location.
//! * [`hostile`]: no truncation and no mutation of a module makes the parser, the loader or the interpreter panic.

mod assembled;
mod framework;
mod hostile;
mod opcodes;
mod support;
mod verifier;

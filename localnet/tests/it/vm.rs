//! The virtual machine on real bytecode.
//!
//! * [`framework`]: the whole framework parses, loads and computes what its sources say.
//! * [`opcodes`]: every instruction family gives its value, and every failure its status and location.
//! * [`hostile`]: no truncation and no mutation of a module makes the parser, the loader or the interpreter panic.

mod framework;
mod hostile;
mod opcodes;
mod support;

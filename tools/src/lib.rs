//! Drives the Sui Move compiler from npm.

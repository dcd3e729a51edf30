//! Session keys for Sui games.

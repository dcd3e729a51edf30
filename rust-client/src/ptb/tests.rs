//! Golden bytes: what is signed, byte for byte.

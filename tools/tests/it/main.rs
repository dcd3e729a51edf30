//! The claims, each proven with the real compiler:
//!
//! - the framework has its 22 and 62 modules, at their own addresses;
//! - what was compiled once is not compiled again, by this toolchain or another, until an input changes;
//! - a damaged cache entry is noticed and made again;
//! - a package is compiled against the published addresses of the local packages below it, near and far;
//! - the digest is the one an upgrade ticket carries;
//! - what types and visibility of the valet package keep out does not compile;
//! - many small changes are tried by one process, in memory;
//! - a compile error, a failed test, an endless test and a missing tool each say what happened.

mod authority;
mod build;
mod fixture;
mod framework;
mod tests_and_format;
mod tools;
mod trials;

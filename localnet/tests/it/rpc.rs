//! The services, called through the official Rust client over loopback and by hand.
//!
//! Proves that every method answers as its .proto file says (masks, pages, codes), that nothing a client sends stops the
//! server, and that one port speaks gRPC and gRPC-Web over both versions of HTTP.

mod admin;
mod bad_input;
mod execution;
mod faults;
mod http;
mod names;
mod packages;
mod queries;
mod reads;
mod reverting;
mod signatures;
mod starting;
mod state;
mod streams;

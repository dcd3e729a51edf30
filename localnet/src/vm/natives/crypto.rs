//! Hashes and signature checks without any knowledge of the virtual machine.

pub(crate) mod digests;
pub(crate) mod signatures;

//! Hash maps for what every transaction looks up many times.
//!
//! Keys are hashes, and addresses and names that strangers choose, so that nobody may be able to find ones that collide. The
//! hash is keyed at random in every process, as the standard library's is, and nothing shows the order of a map; for keys of
//! a few words it takes a tenth of the time.

/// A map with such a hash.
pub(crate) type HashMap<K, V> = std::collections::HashMap<K, V, foldhash::fast::RandomState>;
/// A set with such a hash.
pub(crate) type HashSet<K> = std::collections::HashSet<K, foldhash::fast::RandomState>;

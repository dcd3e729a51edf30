//! Sets of the four abilities.

use std::fmt;

/// A set of abilities.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct AbilitySet(u8);

impl AbilitySet {
    /// No ability.
    pub const EMPTY: Self = Self(0);
    /// `copy`
    pub const COPY: Self = Self(1);
    /// `drop`
    pub const DROP: Self = Self(2);
    /// `store`
    pub const STORE: Self = Self(4);
    /// `key`
    pub const KEY: Self = Self(8);
    /// What integers, `bool` and `address` have: `copy`, `drop` and `store`.
    pub const PRIMITIVE: Self = Self(7);

    /// From the encoding of the binary format; `None` if an unknown bit is set.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Option<Self> {
        if bits <= 0x0f { Some(Self(bits)) } else { None }
    }

    /// Whether `copy` is in the set.
    #[must_use]
    pub const fn has_copy(self) -> bool {
        Self::COPY.is_subset_of(self)
    }

    /// Whether `drop` is in the set.
    #[must_use]
    pub const fn has_drop(self) -> bool {
        Self::DROP.is_subset_of(self)
    }

    /// Whether `store` is in the set.
    #[must_use]
    pub const fn has_store(self) -> bool {
        Self::STORE.is_subset_of(self)
    }

    /// Whether `key` is in the set.
    #[must_use]
    pub const fn has_key(self) -> bool {
        Self::KEY.is_subset_of(self)
    }

    /// Whether every ability of this set is in `other`.
    #[must_use]
    pub const fn is_subset_of(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Abilities of either set.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Abilities of both sets.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What remains of a datatype's abilities when one of its fields has only those of `inner`: `key` asks its fields for
    /// `store`, every other ability for itself.
    #[must_use]
    pub const fn restricted_by(self, inner: Self) -> Self {
        let key = if inner.has_store() {
            Self::KEY
        } else {
            Self::EMPTY
        };
        self.intersection(inner.intersection(Self::PRIMITIVE).union(key))
    }
}

impl fmt::Debug for AbilitySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            (Self::COPY, "copy"),
            (Self::DROP, "drop"),
            (Self::STORE, "store"),
            (Self::KEY, "key"),
        ];
        f.debug_set()
            .entries(
                names
                    .iter()
                    .filter(|(bit, _)| bit.is_subset_of(*self))
                    .map(|(_, name)| name),
            )
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_survives_only_over_store() {
        let object = AbilitySet::KEY.union(AbilitySet::STORE);
        assert_eq!(object.restricted_by(AbilitySet::PRIMITIVE), object);
        assert_eq!(object.restricted_by(AbilitySet::DROP), AbilitySet::EMPTY);
        assert_eq!(
            AbilitySet::PRIMITIVE.restricted_by(AbilitySet::STORE),
            AbilitySet::STORE
        );
    }

    #[test]
    fn unknown_bits_are_refused() {
        assert_eq!(AbilitySet::from_bits(7), Some(AbilitySet::PRIMITIVE));
        assert_eq!(AbilitySet::from_bits(0x10), None);
    }
}

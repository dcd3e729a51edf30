//! The types of generated programs.

use std::fmt;

use super::random::Random;

/// A type whose values can be copied, dropped, stored and compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Bool,
    /// With this many bits.
    Int(u16),
    Address,
    Vector(Box<Type>),
    /// `Pair<A, B>` of the prelude.
    Pair(Box<Type>, Box<Type>),
    /// `Choice<T>` of the prelude.
    Choice(Box<Type>),
    /// The prelude's struct without type parameters.
    Point,
    /// The prelude's enum without type parameters.
    Signal,
}

/// The widths of integers.
pub(super) const WIDTHS: [u16; 6] = [8, 16, 32, 64, 128, 256];

impl Type {
    pub(super) const U64: Self = Self::Int(64);

    /// Any type, of this depth at most.
    pub(super) fn any(random: &mut Random, depth: u8) -> Self {
        match random.below(if depth == 0 { 10 } else { 16 }) {
            0 => Self::Bool,
            1 => Self::Address,
            2..=7 => Self::int(random),
            8 => Self::Point,
            9 => Self::Signal,
            10..=12 => Self::Vector(Box::new(Self::any(random, depth - 1))),
            13 | 14 => Self::Pair(
                Box::new(Self::any(random, depth - 1)),
                Box::new(Self::any(random, depth - 1)),
            ),
            _ => Self::Choice(Box::new(Self::any(random, depth - 1))),
        }
    }

    pub(super) fn int(random: &mut Random) -> Self {
        Self::Int(*random.pick(&WIDTHS))
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::Int(bits) => write!(f, "u{bits}"),
            Self::Address => f.write_str("address"),
            Self::Vector(element) => write!(f, "vector<{element}>"),
            Self::Pair(a, b) => write!(f, "Pair<{a}, {b}>"),
            Self::Choice(of) => write!(f, "Choice<{of}>"),
            Self::Point => f.write_str("Point"),
            Self::Signal => f.write_str("Signal"),
        }
    }
}

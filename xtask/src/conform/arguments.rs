//! The arguments that a test is called with: those of its attribute, or made up for a random test.
//!
//! The official runner draws new ones in every run. Both machines need the same, so these follow from the test's name: the
//! ends of each type's range, then arbitrary values.

use std::ops::Range;

use super::attributes::{Entry, EntryKind, split};
use super::rewrite::TestName;
use crate::move_source::Source;

/// How often a random test is run.
const CASES: u64 = 8;
/// The longest vector that is made up.
const LONGEST: u64 = 40;
/// Levels of vectors that are made up.
const DEEPEST: usize = 4;

/// What a test is called with.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Argument {
    None,
    /// One list for each run, as Move source.
    Lists(Vec<String>),
    Impossible(&'static str),
}

struct Parameter<'t> {
    name: &'t str,
    type_: &'t str,
}

/// What the function whose name is token `name_at` is called with.
pub(super) fn arguments(
    source: &Source<'_>,
    entry: &Entry,
    name_at: usize,
    name: &TestName,
) -> Argument {
    if source.at(name_at + 1) != "(" {
        return Argument::Impossible("it has type parameters");
    }
    let inside = name_at + 2..source.partner(name_at + 1);
    let Some(parameters) = split(source, inside)
        .into_iter()
        .map(|tokens| parameter(source, tokens))
        .collect::<Option<Vec<_>>>()
    else {
        return Argument::Impossible("its parameters cannot be read");
    };
    if parameters.is_empty() {
        return Argument::None;
    }
    let given = given(source, entry);
    let cases = if entry.kind == EntryKind::RandomTest {
        CASES
    } else {
        1
    };
    let mut lists = Vec::new();
    for case in 0..cases {
        let mut random = Random::new(name, case);
        let list = parameters
            .iter()
            .map(|parameter| {
                let given = given.iter().find(|(name, _)| *name == parameter.name);
                match given {
                    _ if parameter.type_.contains("signer") => None,
                    Some((_, value)) => Some((*value).to_owned()),
                    None if entry.kind == EntryKind::RandomTest => {
                        random.value(&parameter.type_.replace(char::is_whitespace, ""), case, 0)
                    }
                    None => None,
                }
            })
            .collect::<Option<Vec<_>>>();
        match list {
            Some(list) => lists.push(list.join(", ")),
            None => return Argument::Impossible("it takes an argument that cannot be made up"),
        }
    }
    Argument::Lists(lists)
}

/// `mut name: type`
fn parameter<'t>(source: &Source<'t>, tokens: Range<usize>) -> Option<Parameter<'t>> {
    let colon = tokens.clone().find(|at| source.at(*at) == ":")?;
    Some(Parameter {
        name: source.at(colon.checked_sub(1)?),
        type_: source.text.get(source.span(colon + 1..tokens.end))?,
    })
}

/// `test(name = value, …)`
fn given<'t>(source: &Source<'t>, entry: &Entry) -> Vec<(&'t str, &'t str)> {
    let open = entry.tokens.start + 1;
    if source.at(open) != "(" {
        return Vec::new();
    }
    split(source, open + 1..source.partner(open))
        .into_iter()
        .filter(|tokens| source.at(tokens.start + 1) == "=")
        .filter_map(|tokens| {
            let value = source.span(tokens.start + 2..tokens.end);
            Some((source.at(tokens.start), source.text.get(value)?))
        })
        .collect()
}

/// Numbers that follow from a test's name: SplitMix64 over a hash of it.
struct Random(u64);

impl Random {
    fn new(name: &TestName, case: u64) -> Self {
        let text = format!("{}::{}", name.module, name.function);
        let seed = text.bytes().fold(0xCBF2_9CE4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
        });
        Self(seed.wrapping_add(case))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A literal of this type: the least in the first case, the greatest in the second.
    fn value(&mut self, type_: &str, case: u64, depth: usize) -> Option<String> {
        if let Some(element) = type_
            .strip_prefix("vector<")
            .and_then(|rest| rest.strip_suffix('>'))
        {
            if depth >= DEEPEST {
                return None;
            }
            let longest = if depth == 0 { LONGEST } else { 4 };
            let length = if case == 0 { 0 } else { self.next() % longest };
            let items = (0..length)
                .map(|_| self.value(element, case, depth + 1))
                .collect::<Option<Vec<_>>>()?;
            return Some(format!("vector<{element}>[{}]", items.join(", ")));
        }
        let digits = match type_ {
            "bool" => return Some((self.next() % 2 == case % 2).to_string()),
            "u8" => 2,
            "u16" => 4,
            "u32" => 8,
            "u64" => 16,
            "u128" => 32,
            "u256" | "address" => 64,
            _ => return None,
        };
        let hexadecimal: String = match case {
            0 => "0".to_owned(),
            1 => "f".repeat(digits),
            _ => (0..digits)
                .filter_map(|_| char::from_digit(u32::try_from(self.next() % 16).ok()?, 16))
                .collect(),
        };
        Some(if type_ == "address" {
            format!("@0x{hexadecimal}")
        } else {
            format!("0x{hexadecimal}{type_}")
        })
    }
}

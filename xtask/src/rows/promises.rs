//! What is promised: `docs/rows.toml`.

use std::{collections::BTreeSet, fmt};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::evidence::Evidence;

/// What a test name can point at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    /// A capability, such as B7.
    Row(char, u32),
    /// An attack that must fail, such as 14.
    Threat(u32),
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Row(part, number) => write!(f, "{part}{number}"),
            Self::Threat(number) => write!(f, "threat {number}"),
        }
    }
}

impl Key {
    /// Reads one part of a test's name: `b7` or `t14`.
    pub(crate) fn from_segment(segment: &str) -> Option<Self> {
        let mut letters = segment.chars();
        let part = letters.next()?;
        let digits = letters.as_str();
        if digits.starts_with('0') || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        let number = digits.parse().ok()?;
        match part {
            'a'..='d' => Some(Self::Row(part.to_ascii_uppercase(), number)),
            't' => Some(Self::Threat(number)),
            _ => None,
        }
    }
}

/// Everything on the list, in its order.
#[derive(Debug)]
pub(crate) struct Promises {
    pub(crate) parts: Vec<Part>,
}

/// A part of the list: some capabilities, or the attacks.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) title: String,
    pub(crate) promises: Vec<Promise>,
}

#[derive(Debug)]
pub(crate) struct Promise {
    pub(crate) key: Key,
    /// One line, in our words.
    pub(crate) text: String,
    /// Not promised yet: it may lack a test.
    pub(crate) is_pending: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    part: Vec<FilePart>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FilePart {
    title: String,
    promises: Vec<FilePromise>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FilePromise {
    /// `A1`, or `T1` for an attack.
    id: String,
    text: String,
    #[serde(default)]
    pending: bool,
}

impl Promises {
    /// # Errors
    /// Not the format, an id that no test name can have, an id twice, or a promise without text.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let file: File = toml::from_str(text)?;
        let mut known = BTreeSet::new();
        let mut parts = Vec::new();
        for part in file.part {
            let mut promises = Vec::new();
            for FilePromise { id, text, pending } in part.promises {
                let is_upper = id.starts_with(|first: char| first.is_ascii_uppercase());
                let key = Key::from_segment(&id.to_ascii_lowercase())
                    .filter(|_| is_upper)
                    .with_context(|| format!("`{id}` is neither A1 nor T1 in form"))?;
                if !known.insert(key) {
                    bail!("{key} is listed twice");
                }
                if text.trim().is_empty() {
                    bail!("{key} promises nothing");
                }
                promises.push(Promise {
                    key,
                    text,
                    is_pending: pending,
                });
            }
            parts.push(Part {
                title: part.title,
                promises,
            });
        }
        Ok(Self { parts })
    }

    fn all(&self) -> impl Iterator<Item = &Promise> {
        self.parts.iter().flat_map(|part| &part.promises)
    }

    /// How many have a test.
    pub(crate) fn shown(&self, evidence: &Evidence) -> usize {
        self.all()
            .filter(|promise| evidence.shows(promise.key))
            .count()
    }

    /// What is not promised yet and has no test.
    pub(crate) fn outstanding(&self, evidence: &Evidence) -> impl Iterator<Item = Key> {
        self.all()
            .filter(|promise| promise.is_pending && !evidence.shows(promise.key))
            .map(|promise| promise.key)
    }

    /// Promises without a test, tests of what is not on the list, and promises that need not be pending.
    pub(crate) fn complaints(&self, evidence: &Evidence) -> Vec<String> {
        let unshown = self
            .all()
            .filter(|promise| !promise.is_pending && !evidence.shows(promise.key))
            .map(|promise| format!("{} is promised and has no test", promise.key));
        let known: BTreeSet<Key> = self.all().map(|promise| promise.key).collect();
        let unknown = evidence
            .by_key()
            .filter(|(key, _)| !known.contains(key))
            .flat_map(|(key, tests)| tests.iter().map(move |test| (key, test)))
            .map(|(key, test)| {
                format!(
                    "{}: `{}` is named after {key}, which is not on the list",
                    test.file, test.name
                )
            });
        let no_longer_pending = self
            .all()
            .filter(|promise| promise.is_pending && evidence.shows(promise.key))
            .map(|promise| format!("{} has a test: remove its `pending`", promise.key));
        unshown.chain(unknown).chain(no_longer_pending).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "[[part]]\ntitle = \"Rows\"\npromises = [\n    { id = \"A1\", text = \"one\" },\n    { id = \"T2\", text = \"two\", pending = true },\n]\n";

    fn evidence(names: &[&str]) -> Evidence {
        let mut evidence = Evidence::default();
        for name in names {
            evidence.add("tests/x.move", name);
        }
        evidence
    }

    #[test]
    fn a_promise_without_a_test_is_a_problem_and_a_pending_one_is_not() -> Result<()> {
        let promises = Promises::parse(LIST)?;
        let none = evidence(&[]);
        assert_eq!(
            promises.complaints(&none),
            ["A1 is promised and has no test"]
        );
        assert_eq!(
            promises.outstanding(&none).collect::<Vec<_>>(),
            [Key::Threat(2)]
        );

        let both = evidence(&["a1_t2_works"]);
        assert_eq!(
            promises.complaints(&both),
            ["threat 2 has a test: remove its `pending`"]
        );
        assert_eq!(promises.outstanding(&both).count(), 0);
        assert_eq!(promises.shown(&both), 2);
        Ok(())
    }

    #[test]
    fn a_test_of_what_nobody_promised_is_a_problem() -> Result<()> {
        let found = Promises::parse(LIST)?.complaints(&evidence(&["a1_works", "c77_works"]));
        assert_eq!(
            found,
            ["tests/x.move: `c77_works` is named after C77, which is not on the list"]
        );
        Ok(())
    }

    #[test]
    fn a_list_that_makes_no_sense_is_refused() {
        let message = |list: &str| {
            Promises::parse(list)
                .err()
                .map(|error| error.to_string())
                .unwrap_or_default()
        };
        assert_eq!(message(&LIST.replace("T2", "A1")), "A1 is listed twice");
        assert_eq!(
            message(&LIST.replace("T2", "x2")),
            "`x2` is neither A1 nor T1 in form"
        );
        assert_eq!(
            message(&LIST.replace("two", "")),
            "threat 2 promises nothing"
        );
    }

    #[test]
    fn keys_are_read_from_names() {
        assert_eq!(Key::from_segment("b10"), Some(Key::Row('B', 10)));
        assert_eq!(Key::from_segment("t1"), Some(Key::Threat(1)));
        for other in ["a", "b0", "b01", "e1", "t1x", "", "1"] {
            assert_eq!(Key::from_segment(other), None, "{other}");
        }
    }
}

//! The attributes of Move source, and what they say about tests.

use std::ops::Range;

use crate::move_source::{Kind, Source};

/// One `#[…]`, with what it lists.
#[derive(Debug)]
pub(super) struct Attribute {
    /// Its tokens, from `#` to `]`.
    pub(super) tokens: Range<usize>,
    pub(super) entries: Vec<Entry>,
}

/// One of the things that an attribute lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// All its tokens.
    pub(super) tokens: Range<usize>,
    pub(super) kind: EntryKind,
}

/// What an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EntryKind {
    /// `test`, perhaps with arguments.
    Test,
    RandomTest,
    ExpectedFailure,
    /// `test_only`, or `mode(…)` with `test` among the modes.
    TestOnly,
    Other,
}

/// The attributes in front of one item, and where the item begins.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) attributes: Vec<Attribute>,
    /// The token after the last attribute.
    pub(super) item: usize,
}

impl Group {
    pub(super) fn entry(&self, kind: EntryKind) -> Option<&Entry> {
        let mut entries = self.attributes.iter().flat_map(|a| &a.entries);
        entries.find(|entry| entry.kind == kind)
    }
}

/// Every run of attributes in the file.
pub(super) fn groups(source: &Source<'_>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut at = 0;
    while at < source.tokens.len() {
        if source.at(at) != "#" || source.at(at + 1) != "[" {
            at += 1;
            continue;
        }
        let close = source.partner(at + 1);
        let attribute = Attribute {
            tokens: at..close + 1,
            entries: entries(source, at + 2..close),
        };
        match groups.last_mut().filter(|group| group.item == at) {
            Some(group) => {
                group.attributes.push(attribute);
                group.item = close + 1;
            }
            None => groups.push(Group {
                attributes: vec![attribute],
                item: close + 1,
            }),
        }
        at = close + 1;
    }
    groups
}

/// Splits at the commas outside of brackets.
pub(super) fn split(source: &Source<'_>, tokens: Range<usize>) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut start = tokens.start;
    let mut angles = 0_usize;
    let mut at = tokens.start;
    while at < tokens.end {
        match source.at(at) {
            "<" => angles += 1,
            ">" => angles = angles.saturating_sub(1),
            "," if angles == 0 => {
                parts.push(start..at);
                start = at + 1;
            }
            _ => {}
        }
        at = source.partner(at).max(at) + 1;
    }
    parts.push(start..tokens.end);
    parts.retain(|part| !part.is_empty());
    parts
}

fn entries(source: &Source<'_>, tokens: Range<usize>) -> Vec<Entry> {
    let parts = split(source, tokens).into_iter();
    parts
        .map(|tokens| {
            let names_test = |inner: Range<usize>| {
                let mut inner = inner;
                inner.any(|at| source.kind(at) == Some(Kind::Word) && source.at(at) == "test")
            };
            let kind = match source.at(tokens.start) {
                "test" => EntryKind::Test,
                "random_test" => EntryKind::RandomTest,
                "expected_failure" => EntryKind::ExpectedFailure,
                "test_only" => EntryKind::TestOnly,
                "mode" if names_test(tokens.start + 1..tokens.end) => EntryKind::TestOnly,
                _ => EntryKind::Other,
            };
            Entry { tokens, kind }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::move_source::LexError;

    fn kinds(text: &str) -> Result<Vec<Vec<EntryKind>>, LexError> {
        let source = Source::read(text)?;
        Ok(groups(&source)
            .iter()
            .map(|group| {
                let entries = group.attributes.iter().flat_map(|a| &a.entries);
                entries.map(|entry| entry.kind).collect()
            })
            .collect())
    }

    #[test]
    fn attributes_of_one_item_are_one_group_however_they_are_written() -> Result<(), LexError> {
        use EntryKind::{ExpectedFailure, Other, RandomTest, Test, TestOnly};
        let text = "#[test,\n  expected_failure(\n abort_code = a::E,\n location = a)\n]\n#[allow(test)]\nfun f() {}\n\
            /// #[test]\n#[mode(test)] /* #[test] */ #[ext(x)]\nfun g() { b\"#[test]\"; }\n\
            #[random_test]\nfun h(x: u8) {}\n#[test_only, allow(unused)] use a::b;\n#[mode(spec)] fun i() {}";
        assert_eq!(
            kinds(text)?,
            [
                vec![Test, ExpectedFailure, Other],
                vec![TestOnly, Other],
                vec![RandomTest],
                vec![TestOnly, Other],
                vec![Other]
            ]
        );
        Ok(())
    }
}

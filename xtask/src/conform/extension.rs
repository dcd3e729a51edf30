//! `extend module a::b`: code that one package adds to a module of another.
//!
//! Both machines compile a package with what it depends on, but only its own bytecode comes out; that of the others is compiled
//! apart, and has to be extended there as well.

use std::{collections::BTreeMap, ops::Range};

use super::attributes::groups;
use crate::move_source::{Kind, LexError, Source};

/// The edition that knows extensions.
pub(super) const EDITION: &str = "2024.alpha";

/// The extensions in these files by the address of the module they extend, each as a file of its own, on its own lines.
///
/// # Errors
/// A file cannot be read as Move.
pub(super) fn extensions<'f>(
    files: impl Iterator<Item = (&'f String, &'f String)>,
) -> Result<BTreeMap<String, Vec<String>>, LexError> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (_, text) in files {
        let source = Source::read(text)?;
        for (address, span) in places(&source) {
            let before = text.get(..span.start).unwrap_or_default();
            let lines = "\n".repeat(before.matches('\n').count());
            let extension = text.get(span).unwrap_or_default();
            let files = found.entry(address.to_owned()).or_default();
            files.push(format!("{lines}{extension}\n"));
        }
    }
    Ok(found)
}

/// The address that an extension names, and its text with the attributes before it.
fn places<'t>(source: &Source<'t>) -> Vec<(&'t str, Range<usize>)> {
    // Where each item with a module header begins: at its attributes, if it has any.
    let groups = groups(source);
    let begin = |header: usize| {
        let group = groups.iter().find(|group| group.item == header);
        group
            .and_then(|group| group.attributes.first())
            .map_or(header, |attribute| attribute.tokens.start)
    };
    let is_word =
        |at: usize, word: &str| source.kind(at) == Some(Kind::Word) && source.at(at) == word;
    let headers: Vec<usize> = (0..source.tokens.len())
        .filter(|at| is_word(*at, "module") && source.at(at + 2) == "::")
        .map(|at| match at.checked_sub(1) {
            Some(before) if is_word(before, "extend") => before,
            _ => at,
        })
        .collect();
    let mut places = Vec::new();
    for (index, header) in headers.iter().enumerate() {
        if !is_word(*header, "extend") {
            continue;
        }
        // extend module a::b {
        let body = header + 5;
        let end = match (source.at(body), headers.get(index + 1)) {
            ("{", _) => source.partner(body),
            (_, Some(next)) => begin(*next).saturating_sub(1),
            (_, None) => source.tokens.len().saturating_sub(1),
        };
        let span = source.span(begin(*header)..end + 1);
        places.push((source.at(header + 2), span));
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_are_found_in_both_forms_on_their_lines() -> Result<(), LexError> {
        let text = "module p::m { fun f() {} }\n#[test_only]\nextend module sui::balance { fun g() {} }\n\
            #[test_only, allow(unused)]\nextend module q::n;\nfun h() {}\n";
        let files = BTreeMap::from([("tests/a.move".to_owned(), text.to_owned())]);
        let found = extensions(files.iter())?;
        assert_eq!(found.keys().collect::<Vec<_>>(), ["q", "sui"]);
        assert_eq!(
            found.get("sui").map(Vec::as_slice),
            Some(
                ["\n#[test_only]\nextend module sui::balance { fun g() {} }\n".to_owned()]
                    .as_slice()
            )
        );
        assert_eq!(
            found.get("q").map(Vec::as_slice),
            Some(
                [
                    "\n\n\n#[test_only, allow(unused)]\nextend module q::n;\nfun h() {}\n"
                        .to_owned()
                ]
                .as_slice()
            )
        );
        Ok(())
    }

    #[test]
    fn a_module_with_a_label_ends_where_the_next_begins() -> Result<(), LexError> {
        let text = "extend module a::b;\nfun f() {}\n#[test_only]\nmodule a::c;\nfun extend() {}\n";
        let files = BTreeMap::from([("a.move".to_owned(), text.to_owned())]);
        let found = extensions(files.iter())?;
        assert_eq!(
            found.get("a").map(Vec::as_slice),
            Some(["extend module a::b;\nfun f() {}\n".to_owned()].as_slice())
        );
        Ok(())
    }
}

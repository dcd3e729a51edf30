//! Move source as text with structure: tokens, and the functions they form.
//!
//! Just enough to find a guard or a test and to say where it is; whether a file means anything is for the compiler.

mod functions;
mod lexer;

pub(crate) use functions::{Function, Module, Role};
pub(crate) use lexer::{Kind, Token};

pub(crate) use lexer::LexError;

use lexer::lex;

/// A source file that was read.
#[derive(Debug)]
pub(crate) struct Source<'a> {
    pub(crate) text: &'a str,
    pub(crate) tokens: Vec<Token>,
    /// For each bracket, the token that closes or opens it; for every other token, itself.
    pub(crate) partner: Vec<usize>,
}

impl<'a> Source<'a> {
    /// # Errors
    /// A character that Move does not know outside of comments and strings, something unterminated, or a bracket
    /// without its partner; each with its line.
    pub(crate) fn read(text: &'a str) -> Result<Self, LexError> {
        let tokens = lex(text)?;
        let partner = partners(text, &tokens)?;
        Ok(Self {
            text,
            tokens,
            partner,
        })
    }

    /// The text of a token; empty beyond the last one.
    pub(crate) fn at(&self, index: usize) -> &'a str {
        self.tokens
            .get(index)
            .and_then(|token| self.text.get(token.start..token.end))
            .unwrap_or("")
    }

    pub(crate) fn kind(&self, index: usize) -> Option<Kind> {
        self.tokens.get(index).map(|token| token.kind)
    }

    /// Where the token's partner is; itself for a token that is no bracket.
    pub(crate) fn partner(&self, index: usize) -> usize {
        self.partner.get(index).copied().unwrap_or(index)
    }

    /// Whether nothing lies between a token and the one before it.
    pub(crate) fn touches_previous(&self, index: usize) -> bool {
        let previous = index.checked_sub(1).and_then(|i| self.tokens.get(i));
        match (previous, self.tokens.get(index)) {
            (Some(previous), Some(token)) => previous.end == token.start,
            _ => false,
        }
    }

    /// The bytes from the first token of a range to its last.
    pub(crate) fn span(&self, tokens: std::ops::Range<usize>) -> std::ops::Range<usize> {
        let start = self.tokens.get(tokens.start).map_or(0, |token| token.start);
        let last = tokens
            .end
            .checked_sub(1)
            .and_then(|last| self.tokens.get(last));
        start..last.map_or(start, |token| token.end.max(start))
    }

    /// The functions of the file, by module.
    pub(crate) fn modules(&self) -> Vec<Module> {
        functions::modules(self)
    }
}

/// The line and column of a byte, both from 1.
pub(crate) fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (
        before.matches('\n').count() + 1,
        before[line_start..].chars().count() + 1,
    )
}

fn partners(text: &str, tokens: &[Token]) -> Result<Vec<usize>, LexError> {
    let mut partner: Vec<usize> = (0..tokens.len()).collect();
    let mut open: Vec<(usize, &str)> = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        if token.kind != Kind::Symbol {
            continue;
        }
        match text.get(token.start..token.end).unwrap_or("") {
            "(" => open.push((index, ")")),
            "[" => open.push((index, "]")),
            "{" => open.push((index, "}")),
            closer @ (")" | "]" | "}") => match open.pop() {
                Some((opener, wanted)) if wanted == closer => {
                    partner[index] = opener;
                    partner[opener] = index;
                }
                _ => return Err(LexError::new(text, token.start, "a bracket closes nothing")),
            },
            _ => {}
        }
    }
    match open.first() {
        Some((index, _)) => Err(LexError::new(
            text,
            tokens[*index].start,
            "a bracket is never closed",
        )),
        None => Ok(partner),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_find_their_partners() -> Result<(), LexError> {
        let source = Source::read("f({ [1] })")?;
        let partners: Vec<usize> = (0..source.tokens.len())
            .map(|index| source.partner(index))
            .collect();
        assert_eq!(partners, [0, 7, 6, 5, 4, 3, 2, 1]);
        Ok(())
    }

    #[test]
    fn a_bracket_without_partner_is_named_by_its_line() {
        let message = |text| {
            Source::read(text)
                .err()
                .map(|error| error.to_string())
                .unwrap_or_default()
        };
        assert_eq!(message("a\n(]"), "line 2: a bracket closes nothing");
        assert_eq!(message("a\n\n("), "line 3: a bracket is never closed");
        assert_eq!(message(")"), "line 1: a bracket closes nothing");
    }

    #[test]
    fn positions_count_from_one() {
        assert_eq!(position("ab\ncd", 0), (1, 1));
        assert_eq!(position("ab\ncd", 4), (2, 2));
        assert_eq!(position("é1", 2), (1, 2));
    }
}

//! Tokens of Move 2024, with their places in the text. Comments and white space are no tokens.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A name or keyword; also `$name` in a macro and `'label`.
    Word,
    /// `10`, `0xff`, `1_000u64`.
    Number,
    /// `"…"`, `b"…"` or `x"…"`.
    Text,
    /// Everything else; the longest operator that fits, except that `>` is always alone, since two may close types.
    Symbol,
}

/// One token; `start..end` are bytes of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// What is wrong with a text, and in which line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LexError {
    line: usize,
    what: &'static str,
}

impl LexError {
    pub(super) fn new(text: &str, offset: usize, what: &'static str) -> Self {
        let (line, _) = super::position(text, offset);
        Self { line, what }
    }
}

impl std::fmt::Display for LexError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl std::error::Error for LexError {}

/// Longer ones first.
const OPERATORS: &[&str] = &[
    "<<=", "..=", "::", "<=", ">=", "==", "!=", "&&", "||", "=>", "->", "<<", "+=", "-=", "*=",
    "/=", "%=", "&=", "|=", "^=", "..",
];

const SINGLE: &str = "()[]{}<>,;:.=!+-*/%&|^#@?";

/// Splits a text into tokens.
pub(super) fn lex(text: &str) -> Result<Vec<Token>, LexError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        if first.is_whitespace() {
            at += first.len_utf8();
        } else if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("/*") {
            at += comment(rest).ok_or_else(|| {
                LexError::new(text, at, "the comment that starts here never ends")
            })?;
        } else {
            let (kind, length) = token(rest).map_err(|what| LexError::new(text, at, what))?;
            let end = at + length;
            tokens.push(Token {
                kind,
                start: at,
                end,
            });
            at = end;
        }
    }
    Ok(tokens)
}

/// The kind and length of the token that `rest`, which is not empty, starts with.
fn token(rest: &str) -> Result<(Kind, usize), &'static str> {
    if let Some(quote) = ["\"", "b\"", "x\""]
        .iter()
        .find(|prefix| rest.starts_with(**prefix))
    {
        let length =
            string(&rest[quote.len()..]).ok_or("the string that starts here never ends")?;
        return Ok((Kind::Text, quote.len() + length));
    }
    let first = rest.chars().next().unwrap_or(' ');
    let word = |from: usize| from + word_length(&rest[from..]);
    match first {
        'a'..='z' | 'A'..='Z' | '_' => Ok((Kind::Word, word(0))),
        '0'..='9' => Ok((Kind::Number, word(0))),
        '$' | '\'' if word(1) > 1 => Ok((Kind::Word, word(1))),
        '`' if rest[word(1)..].starts_with('`') => Ok((Kind::Word, word(1) + 1)),
        _ => match OPERATORS.iter().find(|symbol| rest.starts_with(**symbol)) {
            Some(symbol) => Ok((Kind::Symbol, symbol.len())),
            None if SINGLE.contains(first) => Ok((Kind::Symbol, 1)),
            None => Err("a character that Move does not know"),
        },
    }
}

fn word_length(text: &str) -> usize {
    text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(text.len())
}

/// The length up to and with the closing quote.
fn string(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// The length of a block comment; they nest.
fn comment(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return Some(at);
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Result<Vec<&str>, LexError> {
        let tokens = lex(text)?;
        Ok(tokens.iter().map(|t| &text[t.start..t.end]).collect())
    }

    #[test]
    fn operators_are_taken_whole_and_type_brackets_apart() -> Result<(), LexError> {
        assert_eq!(
            words("a<=b>=c==d!=e&&f||g=>h->i..j::k+=l<<m>>n")?,
            [
                "a", "<=", "b", ">=", "c", "==", "d", "!=", "e", "&&", "f", "||", "g", "=>", "h",
                "->", "i", "..", "j", "::", "k", "+=", "l", "<<", "m", ">", ">", "n"
            ]
        );
        Ok(())
    }

    #[test]
    fn comments_nest_and_are_no_tokens() -> Result<(), LexError> {
        assert_eq!(
            words("a // assert!(x)\n/* b /* c */ \" d */ e /// é\n")?,
            ["a", "e"]
        );
        assert!(lex("/* /* */").is_err());
        Ok(())
    }

    #[test]
    fn strings_hide_what_is_in_them() -> Result<(), LexError> {
        assert_eq!(
            words(r#"b"a < b // \" é" x"00ff" "c""#)?,
            [r#"b"a < b // \" é""#, r#"x"00ff""#, r#""c""#]
        );
        assert_eq!(
            lex("\n\"abc").map_err(|error| error.to_string()),
            Err("line 2: the string that starts here never ends".into())
        );
        Ok(())
    }

    #[test]
    fn words_numbers_and_macro_names() -> Result<(), LexError> {
        assert_eq!(
            words("@0x0 1_000u64 $self 'outer: loop `type` bx xs")?,
            [
                "@", "0x0", "1_000u64", "$self", "'outer", ":", "loop", "`type`", "bx", "xs"
            ]
        );
        let kinds: Vec<Kind> = lex("a 1 b\"\" +")?.iter().map(|t| t.kind).collect();
        assert_eq!(kinds, [Kind::Word, Kind::Number, Kind::Text, Kind::Symbol]);
        assert!(lex("é").is_err());
        Ok(())
    }
}

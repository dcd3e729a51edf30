//! The constants of a compiled Move module: where the compiler keeps an error's name and message.

/// The table of constants, among the tables of a module.
const CONSTANTS: u8 = 0x06;
const VECTOR: u8 = 0x0a;
const U8: u8 = 0x02;
/// Type tokens of what else a constant can be: booleans, integers and addresses.
const PRIMITIVES: [u8; 8] = [0x01, U8, 0x03, 0x04, 0x05, 0x0d, 0x0e, 0x0f];
/// A text is shown to people; a hostile package does not get to fill their screen.
const LONGEST_TEXT: usize = 512;

/// The text of the constant at `index`; `None` when there is none, or it is no text.
pub(crate) fn text(module: &[u8], index: u16) -> Option<String> {
    let mut table = Bytes(constants(module)?);
    for _ in 0..index {
        table.constant()?;
    }
    let (element, data) = table.constant()?;
    if element != [VECTOR, U8] {
        return None;
    }
    let mut data = Bytes(data);
    let length = data.uleb()?;
    let text = std::str::from_utf8(data.take(length)?).ok()?;
    let visible = text.chars().filter(|character| !character.is_control());
    Some(visible.take(LONGEST_TEXT).collect())
}

/// The bytes of the table of constants.
fn constants(module: &[u8]) -> Option<&[u8]> {
    /// Magic and version.
    const HEADER: usize = 8;
    let mut bytes = Bytes(module);
    bytes.take(HEADER)?;
    let tables = bytes.uleb()?;
    let mut found = None;
    for _ in 0..tables {
        let kind = bytes.byte()?;
        let (offset, length) = (bytes.uleb()?, bytes.uleb()?);
        if kind == CONSTANTS {
            found = Some((offset, length));
        }
    }
    // Offsets count from the end of the directory.
    let (offset, length) = found?;
    bytes.take(offset)?;
    bytes.take(length)
}

struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn uleb(&mut self) -> Option<usize> {
        let mut value = 0_usize;
        for shift in (0..usize::BITS).step_by(7) {
            let byte = self.byte()?;
            value |= usize::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    /// The next constant: its type's tokens, and its value in BCS.
    fn constant(&mut self) -> Option<(&'a [u8], &'a [u8])> {
        let start = self.0;
        let mut tokens = 1;
        let mut token = self.byte()?;
        while token == VECTOR {
            token = self.byte()?;
            tokens += 1;
        }
        if !PRIMITIVES.contains(&token) {
            return None;
        }
        let length = self.uleb()?;
        Some((start.get(..tokens)?, self.take(length)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module with a table before the constants: a `u64`, a text, a vector of vectors, and a text with a line break.
    fn module() -> Vec<u8> {
        let constants = [
            [0x03, 8].as_slice(),
            &[0; 8],
            &[VECTOR, U8, 3, 2],
            b"hi",
            &[VECTOR, VECTOR, U8, 1, 0],
            &[VECTOR, U8, 5, 4],
            b"a\nbc",
        ]
        .concat();
        let length = u8::try_from(constants.len()).expect("short");
        let header = [
            0xa1, 0x1c, 0xeb, 0x0b, 7, 0, 0, 5, 2, 0x07, 0, 3, CONSTANTS, 3, length,
        ];
        [header.as_slice(), &[9, 9, 9], &constants, &[0]].concat()
    }

    #[test]
    fn texts_are_found_by_index_and_shown_without_control_characters() {
        let module = module();
        let texts: Vec<_> = (0..5).map(|index| text(&module, index)).collect();
        let expected = [None, Some("hi"), None, Some("abc"), None];
        assert_eq!(texts, expected.map(|text| text.map(str::to_owned)));
    }

    #[test]
    fn truncated_and_flipped_modules_never_panic() {
        let module = module();
        for length in 0..module.len() {
            for index in 0..5 {
                let _ = text(&module[..length], index);
            }
        }
        for position in 0..module.len() {
            for bit in 0..8 {
                let mut flipped = module.clone();
                flipped[position] ^= 1 << bit;
                for index in 0..5 {
                    let _ = text(&flipped, index);
                }
            }
        }
    }
}

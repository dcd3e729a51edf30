//! A module as bytes around the instructions of its functions, which can be exchanged.

use super::Random;

/// What follows an opcode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operand {
    None,
    /// An index or a target.
    Index,
    /// So many bytes.
    Bytes(usize),
    /// An index and a count of eight bytes.
    IndexAndCount,
}

fn operand(opcode: u8) -> Operand {
    match opcode {
        0x06 => Operand::Bytes(8),
        0x31 => Operand::Bytes(1),
        0x32 => Operand::Bytes(16),
        0x48 => Operand::Bytes(2),
        0x49 => Operand::Bytes(4),
        0x4a => Operand::Bytes(32),
        0x40 | 0x46 => Operand::IndexAndCount,
        0x03..=0x05 | 0x07 | 0x0a..=0x13 | 0x36..=0x3a | 0x41..=0x45 | 0x47 | 0x4e..=0x56 => {
            Operand::Index
        }
        _ => Operand::None,
    }
}

/// Instructions that take the same kind of index, so that one may stand for another.
const FAMILIES: [&[u8]; 14] = [
    &[0x03, 0x04, 0x05],
    &[0x0a, 0x0b, 0x0c, 0x0d, 0x0e],
    &[0x0f, 0x10],
    &[0x12, 0x13],
    &[0x36, 0x37],
    &[0x39, 0x3a],
    &[0x41, 0x42, 0x43, 0x44, 0x45, 0x47],
    &[0x4e, 0x50, 0x51, 0x52],
    &[0x4f, 0x53, 0x54, 0x55],
    &[0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d],
    &[0x21, 0x22, 0x23, 0x24, 0x25, 0x26],
    &[0x33, 0x34, 0x35, 0x4b, 0x4c, 0x4d],
    &[0x01, 0x02, 0x08, 0x09, 0x28],
    &[0x14, 0x15, 0x2e, 0x20, 0x01],
];

/// Instructions without an operand.
const PLAIN: &[u8] = &[
    0x01, 0x02, 0x08, 0x09, 0x14, 0x15, 0x16, 0x20, 0x21, 0x23, 0x27, 0x28, 0x2e, 0x33, 0x34,
];

#[derive(Clone, Debug)]
struct Function {
    before: Vec<u8>,
    code: Vec<Vec<u8>>,
    after: Vec<u8>,
    native: bool,
}

/// Version, tables and the number of the module itself.
#[derive(Clone, Debug)]
pub(super) struct Disassembly {
    head: Vec<u8>,
    tables: Vec<(u8, Vec<u8>)>,
    tail: Vec<u8>,
    functions: Vec<Function>,
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take(&mut self, count: usize) -> Vec<u8> {
        let (head, tail) = self.0.split_at(count);
        self.0 = tail;
        head.to_vec()
    }

    fn uleb(&mut self) -> (usize, Vec<u8>) {
        let length = 1 + self
            .0
            .iter()
            .position(|byte| byte & 0x80 == 0)
            .expect("an end");
        let bytes = self.take(length);
        let value = bytes
            .iter()
            .rev()
            .fold(0, |value, byte| value << 7 | usize::from(byte & 0x7f));
        (value, bytes)
    }
}

fn uleb(value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    crate::assembler::uleb(&mut bytes, value);
    bytes
}

impl Disassembly {
    /// Takes a module of the compiler's apart.
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut reader = Reader(bytes);
        let head = reader.take(8);
        let (count, _) = reader.uleb();
        let directory: Vec<_> = (0..count)
            .map(|_| {
                let kind = reader.take(1)[0];
                let _offset = reader.uleb();
                (kind, reader.uleb().0)
            })
            .collect();
        let tables: Vec<_> = directory
            .into_iter()
            .map(|(kind, length)| (kind, reader.take(length)))
            .collect();
        let functions = tables
            .iter()
            .find(|(kind, _)| *kind == 0x0c)
            .map_or_else(Vec::new, |(_, bytes)| functions(bytes));
        Self {
            head,
            tables,
            tail: reader.0.to_vec(),
            functions,
        }
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut tables = self.tables.clone();
        if let Some((_, table)) = tables.iter_mut().find(|(kind, _)| *kind == 0x0c) {
            *table = self.functions.iter().flat_map(Function::bytes).collect();
        }
        let mut bytes = [self.head.clone(), uleb(tables.len())].concat();
        let mut offset = 0;
        for (kind, table) in &tables {
            bytes.push(*kind);
            bytes.extend(uleb(offset));
            bytes.extend(uleb(table.len()));
            offset += table.len();
        }
        bytes.extend(tables.into_iter().flat_map(|(_, table)| table));
        bytes.extend(&self.tail);
        bytes
    }

    pub(super) fn instructions(&self) -> usize {
        self.functions
            .iter()
            .map(|function| function.code.len())
            .sum()
    }

    /// Changes one instruction, or the place of two; returns the number of the function.
    pub(super) fn mutate(&mut self, random: &mut Random) -> usize {
        let mut at = random.below(self.instructions());
        for (number, function) in self.functions.iter_mut().enumerate() {
            if at < function.code.len() {
                function.mutate(at, random);
                return number;
            }
            at -= function.code.len();
        }
        unreachable!("it is below their number")
    }
}

fn functions(bytes: &[u8]) -> Vec<Function> {
    let mut reader = Reader(bytes);
    let mut functions = Vec::new();
    while !reader.0.is_empty() {
        let mut before = reader.uleb().1;
        before.extend(reader.take(3));
        let native = before[before.len() - 2] & 0x2 != 0;
        let (mut code, mut after) = (Vec::new(), Vec::new());
        if !native {
            before.extend(reader.uleb().1);
            let (count, _) = reader.uleb();
            code.extend((0..count).map(|_| instruction(&mut reader)));
            let (tables, encoded) = reader.uleb();
            after.extend(encoded);
            for _ in 0..tables {
                after.extend(reader.uleb().1);
                let (targets, encoded) = reader.uleb();
                after.extend(encoded);
                after.extend(reader.take(1));
                (0..targets).for_each(|_| after.extend(reader.uleb().1));
            }
        }
        functions.push(Function {
            before,
            code,
            after,
            native,
        });
    }
    functions
}

fn instruction(reader: &mut Reader<'_>) -> Vec<u8> {
    let mut bytes = reader.take(1);
    match operand(bytes[0]) {
        Operand::None => {}
        Operand::Index => bytes.extend(reader.uleb().1),
        Operand::Bytes(count) => bytes.extend(reader.take(count)),
        Operand::IndexAndCount => {
            bytes.extend(reader.uleb().1);
            bytes.extend(reader.take(8));
        }
    }
    bytes
}

impl Function {
    fn bytes(&self) -> Vec<u8> {
        if self.native {
            return self.before.clone();
        }
        let count = uleb(self.code.len());
        [&self.before, &count, &self.code.concat(), &self.after]
            .map(Vec::as_slice)
            .concat()
    }

    fn mutate(&mut self, at: usize, random: &mut Random) {
        let opcode = self.code[at][0];
        let other = random.below(self.code.len());
        match random.below(8) {
            // Another instruction of the same kind.
            0..=2 => {
                let family = FAMILIES.iter().find(|family| family.contains(&opcode));
                if let Some(family) = family {
                    self.code[at][0] = family[random.below(family.len())];
                } else {
                    self.code[at] = vec![PLAIN[random.below(PLAIN.len())]];
                }
            }
            // Another operand: near, or anywhere.
            3 | 4 if operand(opcode) == Operand::Index => {
                let index = Reader(&self.code[at][1..]).uleb().0;
                let index = match random.below(3) {
                    0 => index + 1,
                    1 => index.saturating_sub(1),
                    _ => random.below(24),
                };
                self.code[at] = [vec![opcode], uleb(index)].concat();
            }
            // Another instruction of the function.
            3..=5 => self.code[at] = self.code[other].clone(),
            6 => self.code.swap(at, other),
            _ => self.code[at] = vec![PLAIN[random.below(PLAIN.len())]],
        }
    }
}

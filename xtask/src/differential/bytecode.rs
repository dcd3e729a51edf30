//! Bytecode, read independently of the machine that runs it: which instructions there are, and small changes to it.

use std::{collections::BTreeMap, ops::Range};

use anyhow::{Context, Result, bail, ensure};

/// What no compiler writes: `BrTrue`, `Or`, `And` and `Nop`.
pub(super) const NEVER_WRITTEN: [u8; 4] = [BR_TRUE, OR, AND, NOP];

const BR_TRUE: u8 = 0x03;
const BR_FALSE: u8 = 0x04;
const OR: u8 = 0x1e;
const AND: u8 = 0x1f;
const NOT: u8 = 0x20;
const EQ: u8 = 0x21;
const NEQ: u8 = 0x22;
const NOP: u8 = 0x28;
const MOVE_LOC: u8 = 0x0b;
const RET: u8 = 0x02;

const ADDRESSES: u8 = 0x08;
const FUNCTIONS: u8 = 0x0c;
const NATIVE: u8 = 0x02;

/// What follows an opcode.
#[derive(Clone, Copy)]
enum Operand {
    None,
    /// An index or an offset.
    Index,
    /// So many bytes.
    Bytes(usize),
    /// An index, and a number of elements.
    IndexAndCount,
}

/// The instructions that exist, and what follows each.
fn operand(opcode: u8) -> Option<Operand> {
    Some(match opcode {
        0x01 | 0x02 | 0x08 | 0x09 | 0x14..=0x28 | 0x2e..=0x30 | 0x33..=0x35 | 0x4b..=0x4d => {
            Operand::None
        }
        0x03..=0x05 | 0x07 | 0x0a..=0x13 | 0x36..=0x3a | 0x41..=0x45 | 0x47 | 0x4e..=0x56 => {
            Operand::Index
        }
        0x06 => Operand::Bytes(8),
        0x31 => Operand::Bytes(1),
        0x32 => Operand::Bytes(16),
        0x48 => Operand::Bytes(2),
        0x49 => Operand::Bytes(4),
        0x4a => Operand::Bytes(32),
        0x40 | 0x46 => Operand::IndexAndCount,
        _ => return None,
    })
}

/// How often each instruction stands in some modules.
#[derive(Clone, Debug, Default)]
pub(super) struct Census(BTreeMap<u8, u64>);

impl Census {
    /// Counts the instructions of a module.
    ///
    /// # Errors
    /// It is not in the format that the compiler writes.
    pub(super) fn add(&mut self, module: &[u8]) -> Result<()> {
        let bytes = &module[table(module, FUNCTIONS)?];
        let mut reader = Reader { bytes };
        while !reader.bytes.is_empty() {
            self.function(&mut reader)?;
        }
        Ok(())
    }

    fn function(&mut self, reader: &mut Reader<'_>) -> Result<()> {
        reader.uleb()?;
        let _visibility = reader.take(1)?;
        let is_native = reader.byte()? & NATIVE != 0;
        for _ in 0..reader.uleb()? {
            reader.uleb()?;
        }
        if is_native {
            return Ok(());
        }
        let _locals = reader.uleb()?;
        for _ in 0..reader.uleb()? {
            let opcode = reader.byte()?;
            match operand(opcode).with_context(|| format!("no instruction is {opcode:#04x}"))? {
                Operand::None => {}
                Operand::Index => drop(reader.uleb()?),
                Operand::Bytes(count) => drop(reader.take(count)?),
                Operand::IndexAndCount => {
                    reader.uleb()?;
                    reader.take(8)?;
                }
            }
            *self.0.entry(opcode).or_default() += 1;
        }
        for _ in 0..reader.uleb()? {
            let _enum = reader.uleb()?;
            let branches = reader.uleb()?;
            let _kind = reader.byte()?;
            for _ in 0..branches {
                reader.uleb()?;
            }
        }
        Ok(())
    }

    /// How many instructions were counted.
    pub(super) fn instructions(&self) -> u64 {
        self.0.values().sum()
    }

    /// How many different ones there were, and how many there are.
    pub(super) fn found(&self) -> (usize, usize) {
        (self.0.len(), all().count())
    }

    /// Those that were not there.
    pub(super) fn missing(&self) -> Vec<u8> {
        all()
            .filter(|opcode| !self.0.contains_key(opcode))
            .collect()
    }
}

fn all() -> impl Iterator<Item = u8> {
    (0..=u8::MAX).filter(|opcode| operand(*opcode).is_some())
}

/// Puts the instructions that no compiler writes into the module `shared`, in place of some of the same shape.
///
/// # Errors
/// The compiler wrote something else than it used to.
pub(super) fn with_never_written(module: &mut [u8]) -> Result<()> {
    for (code, at, opcode) in [
        (&[MOVE_LOC, 0, MOVE_LOC, 1, EQ, RET][..], 4, AND),
        (&[MOVE_LOC, 0, MOVE_LOC, 1, NEQ, RET], 4, OR),
        (&[MOVE_LOC, 1, NOT, RET], 2, NOP),
        (&[MOVE_LOC, 2, BR_FALSE], 2, BR_TRUE),
    ] {
        let mut places = (0..module.len()).filter(|start| module[*start..].starts_with(code));
        let (Some(place), None) = (places.next(), places.next()) else {
            bail!("the module shared has not exactly one place for the instruction {opcode:#04x}");
        };
        module[place + at] = opcode;
    }
    Ok(())
}

/// Puts an address in the place of 0x0, where the compiler puts a package.
///
/// # Errors
/// It is not in the format that the compiler writes.
pub(super) fn relocate(module: &mut [u8], address: [u8; 32]) -> Result<()> {
    let addresses = table(module, ADDRESSES)?;
    for entry in module[addresses].chunks_exact_mut(32) {
        if entry.iter().all(|byte| *byte == 0) {
            entry.copy_from_slice(&address);
        }
    }
    Ok(())
}

/// Where a table of a module is; nowhere if it has none of this kind.
fn table(module: &[u8], wanted: u8) -> Result<Range<usize>> {
    let mut reader = Reader { bytes: module };
    // Magic and version, of which only the one that the compiler writes has jump tables.
    let head = reader.take(8)?;
    ensure!(head[4] == 7, "bytecode of version {}", head[4]);
    let mut found = None;
    for _ in 0..reader.uleb()? {
        let kind = reader.byte()?;
        let (offset, length) = (reader.uleb()?, reader.uleb()?);
        if kind == wanted {
            found = Some((offset, length));
        }
    }
    let (offset, length) = found.unwrap_or_default();
    let start = module.len() - reader.bytes.len() + offset;
    ensure!(start + length <= module.len(), "bytecode that ends early");
    Ok(start..start + length)
}

struct Reader<'b> {
    bytes: &'b [u8],
}

impl<'b> Reader<'b> {
    fn take(&mut self, count: usize) -> Result<&'b [u8]> {
        let (taken, rest) = self
            .bytes
            .split_at_checked(count)
            .context("bytecode that ends early")?;
        self.bytes = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8> {
        Ok(self.take(1)?[0])
    }

    fn uleb(&mut self) -> Result<usize> {
        let mut value = 0;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            value |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        bail!("a number that does not end")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_seventy_six_instructions() {
        assert_eq!(all().count(), 76);
        assert!(
            NEVER_WRITTEN
                .iter()
                .all(|opcode| operand(*opcode).is_some())
        );
    }

    #[test]
    fn a_module_is_counted_to_its_last_byte() -> Result<()> {
        // One table, of functions: a native one; then `LdU64 5; VecPack 3 1; Ret` and a jump table of two branches.
        let mut functions = vec![0, 1, NATIVE, 0];
        functions.extend([1, 1, 0, 0, 9, 3, 0x06, 5, 0, 0, 0, 0, 0, 0, 0]);
        functions.extend([0x40, 3, 1, 0, 0, 0, 0, 0, 0, 0, RET]);
        functions.extend([1, 0, 2, 1, 0, 2]);
        let mut module = vec![0xa1, 0x1c, 0xeb, 0x0b, 7, 0, 0, 5, 1, FUNCTIONS, 0];
        module.push(u8::try_from(functions.len())?);
        module.extend(&functions);
        let mut census = Census::default();
        census.add(&module)?;
        assert_eq!(census.0, BTreeMap::from([(0x06, 1), (0x40, 1), (RET, 1)]));
        assert_eq!(census.missing().len(), 73);

        module.pop();
        assert!(Census::default().add(&module).is_err());
        Ok(())
    }

    #[test]
    fn only_the_package_itself_is_relocated() -> Result<()> {
        let mut module = vec![
            0xa1, 0x1c, 0xeb, 0x0b, 7, 0, 0, 5, 2, 0x01, 0, 1, ADDRESSES, 1, 64, 0,
        ];
        let start = module.len();
        module.extend([0; 32]);
        module.extend([3; 32]);
        relocate(&mut module, [9; 32])?;
        assert_eq!(module[start..], [[9; 32], [3; 32]].concat());
        assert_eq!(module[start - 1], 0);
        Ok(())
    }

    #[test]
    fn the_places_of_instructions_that_nobody_writes_must_be_unmistakable() {
        let code = [
            &[MOVE_LOC, 0, MOVE_LOC, 1, EQ, RET][..],
            &[MOVE_LOC, 0, MOVE_LOC, 1, NEQ, RET],
            &[MOVE_LOC, 1, NOT, RET],
            &[MOVE_LOC, 2, BR_FALSE, 4],
        ];
        let mut module = code.concat();
        assert!(with_never_written(&mut module).is_ok());
        assert_eq!(
            [module[4], module[10], module[14], module[18]],
            [AND, OR, NOP, BR_TRUE]
        );
        // Now they are gone.
        assert!(with_never_written(&mut module).is_err());
        assert!(with_never_written(&mut [code.concat(), code.concat()].concat()).is_err());
    }
}

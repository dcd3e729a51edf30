//! The address and the name that a compiled module gives itself, which is all this crate needs of the binary format.

use sui_sdk_types::Address;

/// How a module begins.
pub(crate) const MAGIC: [u8; 4] = [0xA1, 0x1C, 0xEB, 0x0B];
const TABLE_MODULE_HANDLES: u8 = 0x01;
const TABLE_IDENTIFIERS: u8 = 0x07;
const TABLE_ADDRESSES: u8 = 0x08;

/// Reads a module's own address and name, or `None` if the bytes are no module.
pub(crate) fn module_id(bytes: &[u8]) -> Option<(Address, String)> {
    let mut header = Reader(bytes.strip_prefix(&MAGIC)?);
    header.take(4)?; // version
    let count = header.uleb()?;
    let mut directory = Vec::new();
    for _ in 0..count {
        let kind = header.take(1)?.first().copied()?;
        directory.push((kind, header.uleb()?, header.uleb()?));
    }
    // Table offsets count from here.
    let content = header.0;
    let table = |wanted: u8| {
        let (_, offset, length) = directory.iter().find(|(kind, ..)| *kind == wanted)?;
        content.get(*offset..offset.checked_add(*length)?)
    };
    let end = directory
        .iter()
        .try_fold(0, |end: usize, (_, offset, length)| {
            Some(end.max(offset.checked_add(*length)?))
        })?;
    let own_handle = Reader(content.get(end..)?).uleb()?;

    let mut handles = Reader(table(TABLE_MODULE_HANDLES)?);
    for _ in 0..own_handle {
        handles.uleb()?;
        handles.uleb()?;
    }
    let (address, name) = (handles.uleb()?, handles.uleb()?);

    let start = address.checked_mul(Address::LENGTH)?;
    let address = table(TABLE_ADDRESSES)?.get(start..start.checked_add(Address::LENGTH)?)?;
    let mut identifiers = Reader(table(TABLE_IDENTIFIERS)?);
    for _ in 0..name {
        let length = identifiers.uleb()?;
        identifiers.take(length)?;
    }
    let length = identifiers.uleb()?;
    let name = std::str::from_utf8(identifiers.take(length)?).ok()?;
    Some((Address::from_bytes(address).ok()?, name.to_owned()))
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(count)?;
        self.0 = tail;
        Some(head)
    }

    /// Lengths and indices of a module fit in 32 bits.
    fn uleb(&mut self) -> Option<usize> {
        let mut value: u32 = 0;
        for shift in [0, 7, 14, 21, 28] {
            let byte = u32::from(*self.take(1)?.first()?);
            let part = (byte & 0x7F).checked_shl(shift)?;
            if part >> shift != byte & 0x7F {
                return None;
            }
            value |= part;
            if byte & 0x80 == 0 {
                return usize::try_from(value).ok();
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The smallest module that names itself `0x2::m`, put together by hand from the format's description.
    fn module() -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend([7, 0, 0, 5]); // version 7, Sui's flavour
        bytes.push(3);
        bytes.extend([TABLE_MODULE_HANDLES, 0, 4]);
        bytes.extend([TABLE_IDENTIFIERS, 4, 5]);
        bytes.extend([TABLE_ADDRESSES, 9, 64]);
        bytes.extend([0, 0, 1, 1]); // handles: (address 0, name 0), (address 1, name 1)
        bytes.extend(*b"\x02ab\x01m");
        bytes.extend([0; 63]);
        bytes.push(2);
        bytes.push(1); // its own handle
        bytes
    }

    #[test]
    fn a_module_names_itself() {
        assert_eq!(module_id(&module()), Some((Address::TWO, "m".to_owned())));
    }

    #[test]
    fn truncated_and_altered_modules_do_not_panic() {
        let module = module();
        for end in 0..module.len() {
            assert_eq!(module_id(&module[..end]), None);
        }
        for at in 0..module.len() {
            for value in [0, 1, 0x7F, 0x80, 0xFF] {
                let mut altered = module.clone();
                altered[at] = value;
                drop(module_id(&altered));
            }
        }
    }
}

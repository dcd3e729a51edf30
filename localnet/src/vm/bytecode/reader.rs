//! Bounds-checked reading of bytes and variable-length integers.

use super::super::VmStatus;

/// Maxima of the format's integers.
pub(super) const INDEX: u64 = 65_535;
pub(super) const SMALL: u64 = 255;
pub(super) const VARIANT: u64 = 127;
pub(super) const VARIANT_HANDLE: u64 = 1_024;
pub(super) const BYTES: u64 = 65_535;

/// A window of a module's bytes.
#[derive(Clone, Debug)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    /// Offset of `bytes` in the module, for error messages.
    offset: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(super) fn offset(&self) -> usize {
        self.offset
    }

    pub(super) fn malformed(&self, message: &'static str) -> VmStatus {
        VmStatus::MalformedBytecode {
            message,
            offset: self.offset,
        }
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], VmStatus> {
        let (head, tail) = self
            .bytes
            .split_at_checked(count)
            .ok_or_else(|| self.malformed("unexpected end"))?;
        self.bytes = tail;
        self.offset += count;
        Ok(head)
    }

    /// The next `count` bytes as a window of their own.
    pub(super) fn window(&mut self, count: usize) -> Result<Self, VmStatus> {
        let offset = self.offset;
        Ok(Self {
            bytes: self.take(count)?,
            offset,
        })
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], VmStatus> {
        let (head, tail) = self
            .bytes
            .split_first_chunk::<N>()
            .ok_or_else(|| self.malformed("unexpected end"))?;
        self.bytes = tail;
        self.offset += N;
        Ok(*head)
    }

    pub(super) fn u8(&mut self) -> Result<u8, VmStatus> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    /// An unsigned LEB128 integer in canonical form, at most `max`.
    pub(super) fn uleb(&mut self, max: u64) -> Result<u64, VmStatus> {
        let mut value = 0u64;
        let mut shift = 0u32;
        loop {
            let byte = self.u8()?;
            let group = u64::from(byte & 0x7f);
            let shifted = group << shift;
            if shifted >> shift != group {
                return Err(self.malformed("integer of more than 64 bits"));
            }
            value |= shifted;
            if byte & 0x80 == 0 {
                if byte == 0 && shift > 0 {
                    return Err(self.malformed("integer not in its shortest form"));
                }
                break;
            }
            shift += 7;
            if shift > 63 {
                return Err(self.malformed("integer of more than 64 bits"));
            }
        }
        if value > max {
            Err(self.malformed("integer above its maximum"))
        } else {
            Ok(value)
        }
    }

    /// An integer whose maximum fits 16 bits.
    pub(super) fn uleb16(&mut self, max: u64) -> Result<u16, VmStatus> {
        let value = self.uleb(max)?;
        u16::try_from(value).map_err(|_| self.malformed("integer above its maximum"))
    }

    /// An index into a table.
    pub(super) fn index(&mut self) -> Result<u16, VmStatus> {
        self.uleb16(INDEX)
    }

    /// An integer of at most 255.
    pub(super) fn small(&mut self) -> Result<u8, VmStatus> {
        let value = self.uleb(SMALL)?;
        u8::try_from(value).map_err(|_| self.malformed("integer above its maximum"))
    }

    /// A length-prefixed byte string.
    pub(super) fn bytes(&mut self, max: u64) -> Result<&'a [u8], VmStatus> {
        let length = self.uleb16(max)?;
        self.take(usize::from(length))
    }

    /// `count` elements. The count comes from the bytes, so nothing is reserved for it up front.
    pub(super) fn list<T>(
        &mut self,
        count: u16,
        mut element: impl FnMut(&mut Self) -> Result<T, VmStatus>,
    ) -> Result<Vec<T>, VmStatus> {
        let mut items = Vec::new();
        for _ in 0..count {
            items.push(element(self)?);
        }
        Ok(items)
    }

    /// Elements until the window is used up.
    pub(super) fn all<T>(
        &mut self,
        mut element: impl FnMut(&mut Self) -> Result<T, VmStatus>,
    ) -> Result<Vec<T>, VmStatus> {
        let mut items = Vec::new();
        while !self.is_empty() {
            items.push(element(self)?);
        }
        if items.len() > usize::from(u16::MAX) + 1 {
            return Err(self.malformed("table of more elements than an index can name"));
        }
        Ok(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uleb(bytes: &[u8], max: u64) -> Option<u64> {
        Reader::new(bytes).uleb(max).ok()
    }

    #[test]
    fn integers_are_canonical_and_bounded() {
        assert_eq!(uleb(&[0], 0), Some(0));
        assert_eq!(uleb(&[0xff, 0xff, 0x03], INDEX), Some(65_535));
        assert_eq!(uleb(&[0x80, 0x80, 0x04], INDEX), None);
        assert_eq!(
            uleb(&[0x80, 0x00], INDEX),
            None,
            "a final zero group is not canonical"
        );
        assert_eq!(uleb(&[0x80], INDEX), None, "unexpected end");
        let max = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        assert_eq!(uleb(&max, u64::MAX), Some(u64::MAX));
        let above = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02];
        assert_eq!(uleb(&above, u64::MAX), None);
        assert_eq!(uleb(&[0x80; 11], u64::MAX), None);
    }

    #[test]
    fn errors_name_the_offset_in_the_module() {
        let mut reader = Reader::new(&[1, 2, 3, 4]);
        assert_eq!(reader.take(1), Ok([1].as_slice()));
        let window = reader
            .window(2)
            .map(|mut window| window.take(3).map(<[u8]>::len));
        assert_eq!(
            window,
            Ok(Err(VmStatus::MalformedBytecode {
                message: "unexpected end",
                offset: 1
            }))
        );
    }
}

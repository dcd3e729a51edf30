//! Operations that walk a whole value: copy, destroy, compare, measure.

use super::super::{Handle, Value, VmStatus};
use super::Heap;
use super::body::Body;

/// Well above the 128 levels that types allow: reached only by bytecode that ties a value to itself.
const MAX_DEPTH: u32 = 256;

/// Sizes of the gas model, in its abstract bytes.
const STRUCT_SIZE: u64 = 2;
const VECTOR_SIZE: u64 = 2;
const REFERENCE_SIZE: u64 = 8;

impl Heap {
    /// An independent copy. References and primitives copy as they are.
    ///
    /// # Errors
    /// [`VmStatus::ValueDepthExceeded`]; an invariant violation for a value that is gone.
    #[inline]
    pub fn copy(&mut self, value: Value) -> Result<Value, VmStatus> {
        match value {
            Value::Container(handle) => self.copy_container(handle, 0),
            Value::Empty => Err(VmStatus::InvariantViolation(
                "copy of a value that was moved",
            )),
            inline => Ok(inline),
        }
    }

    fn copy_container(&mut self, handle: Handle, depth: u32) -> Result<Value, VmStatus> {
        if depth >= MAX_DEPTH {
            return Err(VmStatus::ValueDepthExceeded);
        }
        let count = match self.body(handle)? {
            Body::Struct(items) | Body::Variant(_, items) | Body::Values(items) => items.len(),
            packed => {
                let body = packed.clone();
                return self.insert(body);
            }
        };
        let mut open = self.open(count);
        for index in 0..count {
            let Some(child) = self.body(handle)?.get(index) else {
                return Err(super::NO_SLOT);
            };
            open.push(match child {
                Value::Container(child) => self.copy_container(child, depth + 1)?,
                inline => inline,
            });
        }
        match self.body(handle)? {
            Body::Struct(_) => self.close_struct(open),
            Body::Variant(tag, _) => self.close_variant(*tag, open),
            _ => self.close_vector(open),
        }
    }

    /// Frees a value and everything it owns.
    ///
    /// # Errors
    /// An invariant violation for a value that is gone.
    #[inline]
    pub fn destroy(&mut self, value: Value) -> Result<(), VmStatus> {
        match value {
            Value::Container(handle) => self.destroy_container(handle, 0),
            _ => Ok(()),
        }
    }

    fn destroy_container(&mut self, handle: Handle, depth: u32) -> Result<(), VmStatus> {
        if depth >= MAX_DEPTH {
            return Err(VmStatus::ValueDepthExceeded);
        }
        let count = self.body(handle)?.children().len();
        for index in 0..count {
            if let Some(Value::Container(child)) = self.body(handle)?.get(index) {
                self.destroy_container(child, depth + 1)?;
            }
        }
        self.release(handle);
        Ok(())
    }

    /// Structural equality; references are compared by what they refer to.
    ///
    /// # Errors
    /// An invariant violation for values of different types.
    #[inline]
    pub fn equal(&self, left: Value, right: Value) -> Result<bool, VmStatus> {
        self.equal_at(left, right, 0)
    }

    fn equal_at(&self, left: Value, right: Value, depth: u32) -> Result<bool, VmStatus> {
        if depth >= MAX_DEPTH {
            return Err(VmStatus::ValueDepthExceeded);
        }
        match (left, right) {
            (Value::Reference(left), Value::Reference(right)) => {
                self.equal_at(self.peek(left)?, self.peek(right)?, depth + 1)
            }
            (Value::Container(left), Value::Container(right)) => {
                match (self.body(left)?, self.body(right)?) {
                    (Body::Variant(left, _), Body::Variant(right, _)) if left != right => Ok(false),
                    (Body::Struct(left), Body::Struct(right))
                    | (Body::Variant(_, left), Body::Variant(_, right))
                    | (Body::Values(left), Body::Values(right)) => {
                        if left.len() != right.len() {
                            return Ok(false);
                        }
                        for (left, right) in left.iter().zip(right) {
                            if !self.equal_at(*left, *right, depth + 1)? {
                                return Ok(false);
                            }
                        }
                        Ok(true)
                    }
                    (left, right)
                        if std::mem::discriminant(left) == std::mem::discriminant(right) =>
                    {
                        Ok(left == right)
                    }
                    _ => Err(super::WRONG_BODY),
                }
            }
            (left, right) if std::mem::discriminant(&left) == std::mem::discriminant(&right) => {
                Ok(left == right)
            }
            _ => Err(VmStatus::InvariantViolation(
                "comparison of values of different types",
            )),
        }
    }

    /// The abstract size of the gas model. A reference counts 8, whatever it refers to.
    ///
    /// # Errors
    /// As [`Heap::copy`].
    #[inline]
    pub fn size(&self, value: Value) -> Result<u64, VmStatus> {
        self.size_at(value, 0)
    }

    /// The abstract size with what a reference refers to added.
    ///
    /// # Errors
    /// As [`Heap::copy`].
    #[inline]
    pub fn size_with_referent(&self, value: Value) -> Result<u64, VmStatus> {
        match value {
            Value::Reference(reference) => {
                Ok(REFERENCE_SIZE.saturating_add(self.size_at(self.peek(reference)?, 0)?))
            }
            value => self.size_at(value, 0),
        }
    }

    #[inline]
    fn size_at(&self, value: Value, depth: u32) -> Result<u64, VmStatus> {
        Ok(match value {
            Value::Empty => 0,
            Value::Bool(_) | Value::U8(_) | Value::U16(_) | Value::U32(_) | Value::U64(_) => 8,
            Value::U128(_) => 16,
            Value::U256(_) | Value::Address(_) => 32,
            Value::Reference(_) => REFERENCE_SIZE,
            Value::Container(handle) => self.container_size(handle, depth)?,
        })
    }

    fn container_size(&self, handle: Handle, depth: u32) -> Result<u64, VmStatus> {
        if depth >= MAX_DEPTH {
            return Err(VmStatus::ValueDepthExceeded);
        }
        let packed = |count: usize, width: usize| {
            VECTOR_SIZE.saturating_add((count as u64).saturating_mul(width as u64))
        };
        Ok(match self.body(handle)? {
            Body::Bool(items) => packed(items.len(), 1),
            Body::U8(items) => packed(items.len(), 1),
            Body::U16(items) => packed(items.len(), 2),
            Body::U32(items) => packed(items.len(), 4),
            Body::U64(items) => packed(items.len(), 8),
            Body::U128(items) => packed(items.len(), 16),
            Body::U256(items) => packed(items.len(), 32),
            Body::Address(items) => packed(items.len(), 32),
            body => {
                let mut total = match body {
                    Body::Values(_) => VECTOR_SIZE,
                    Body::Cell(_) => 0,
                    _ => STRUCT_SIZE,
                };
                for child in body.children() {
                    total = total.saturating_add(self.size_at(*child, depth + 1)?);
                }
                total
            }
        })
    }
}

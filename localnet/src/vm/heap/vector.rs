//! Vector operations.

use super::super::{Handle, Reference, Value, VectorError, VmStatus};
use super::body::{Body, on_packed, on_vector};
use super::{Heap, WRONG_BODY};

/// How the elements of a vector are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VectorKind {
    /// As values: structs, enums, vectors.
    Values,
    /// Packed `bool`s.
    Bool,
    /// Packed bytes.
    U8,
    /// Packed `u16`s.
    U16,
    /// Packed `u32`s.
    U32,
    /// Packed `u64`s.
    U64,
    /// Packed `u128`s.
    U128,
    /// Packed `u256`s.
    U256,
    /// Packed addresses.
    Address,
}

/// Elements that a vector may be made of by pushing, as `max_move_vector_len` of the protocol.
const MAX_VECTOR_LEN: usize = 256 * 1024;

const OUT_OF_BOUNDS: VmStatus = VmStatus::VectorOperation(VectorError::IndexOutOfBounds);

impl Heap {
    /// Makes a vector of these elements; the kind follows from the element type, see [`Types::vector_kind`].
    ///
    /// # Errors
    /// An invariant violation if an element is not of the kind.
    ///
    /// [`Types::vector_kind`]: crate::vm::Types::vector_kind
    pub fn vector(&mut self, kind: VectorKind, elements: &[Value]) -> Result<Value, VmStatus> {
        let mut body = Body::empty(kind);
        if let Body::Values(items) = &mut body {
            items.extend_from_slice(elements);
        } else {
            for element in elements {
                body.push(*element)?;
            }
        }
        self.insert(body)
    }

    /// Makes a `vector<u8>`.
    ///
    /// # Errors
    /// [`VmStatus::MemoryLimitExceeded`] when no handle is left.
    pub fn vector_u8(&mut self, bytes: Vec<u8>) -> Result<Value, VmStatus> {
        self.insert(Body::U8(bytes))
    }

    /// The bytes of a `vector<u8>`, given itself or a reference to it.
    ///
    /// # Errors
    /// An invariant violation if `value` is neither.
    pub fn bytes(&self, value: Value) -> Result<&[u8], VmStatus> {
        let value = match value {
            Value::Reference(reference) => self.peek(reference)?,
            value => value,
        };
        match self.body(value.as_container()?)? {
            Body::U8(bytes) => Ok(bytes),
            _ => Err(WRONG_BODY),
        }
    }

    /// The elements of a vector as values that it still owns. For primitives this makes a new list.
    ///
    /// # Errors
    /// An invariant violation if `value` is not a vector.
    pub fn elements(&self, value: Value) -> Result<Vec<Value>, VmStatus> {
        let body = self.body(value.as_container()?)?;
        Ok(match body {
            Body::Values(items) => items.clone(),
            body => {
                on_packed!(body, items, _as_item => items.iter().copied().map(Value::from).collect(), else return Err(WRONG_BODY))
            }
        })
    }

    /// The length of the vector behind a reference.
    ///
    /// # Errors
    /// An invariant violation if there is no vector; so for the other operations.
    #[inline]
    pub fn vector_len(&self, reference: Reference) -> Result<u64, VmStatus> {
        let handle = self.vector_handle(reference)?;
        Ok(self.length(handle)? as u64)
    }

    /// A reference to one element.
    ///
    /// # Errors
    /// [`VectorError::IndexOutOfBounds`].
    #[inline]
    pub fn vector_borrow(&self, reference: Reference, index: u64) -> Result<Reference, VmStatus> {
        let container = self.vector_handle(reference)?;
        let length = self.length(container)?;
        match u32::try_from(index) {
            Ok(index) if (index as usize) < length => Ok(Reference::Slot { container, index }),
            _ => Err(OUT_OF_BOUNDS),
        }
    }

    /// Appends an element.
    ///
    /// # Errors
    /// [`VectorError::LengthLimit`]; an invariant violation if the element is of another kind.
    #[inline]
    pub fn vector_push(&mut self, reference: Reference, value: Value) -> Result<(), VmStatus> {
        let handle = self.vector_handle(reference)?;
        let body = self.body_mut(handle)?;
        let length = on_vector!(&*body, items => items.len(), else return Err(WRONG_BODY));
        if length >= MAX_VECTOR_LEN {
            return Err(VmStatus::VectorOperation(VectorError::LengthLimit));
        }
        body.push(value)
    }

    /// Removes and returns the last element.
    ///
    /// # Errors
    /// [`VectorError::PopEmpty`].
    #[inline]
    pub fn vector_pop(&mut self, reference: Reference) -> Result<Value, VmStatus> {
        let handle = self.vector_handle(reference)?;
        self.body_mut(handle)?
            .pop()?
            .ok_or(VmStatus::VectorOperation(VectorError::PopEmpty))
    }

    /// Exchanges two elements.
    ///
    /// # Errors
    /// [`VectorError::IndexOutOfBounds`].
    pub fn vector_swap(
        &mut self,
        reference: Reference,
        first: u64,
        second: u64,
    ) -> Result<(), VmStatus> {
        let handle = self.vector_handle(reference)?;
        let first = usize::try_from(first).map_err(|_| OUT_OF_BOUNDS)?;
        let second = usize::try_from(second).map_err(|_| OUT_OF_BOUNDS)?;
        on_vector!(self.body_mut(handle)?, items => {
            if first >= items.len() || second >= items.len() {
                return Err(OUT_OF_BOUNDS);
            }
            items.swap(first, second);
        }, else return Err(WRONG_BODY));
        Ok(())
    }

    /// Takes a vector of exactly `count` elements apart, pushing them in order.
    ///
    /// # Errors
    /// [`VectorError::LengthMismatch`].
    pub fn vector_unpack(
        &mut self,
        value: Value,
        count: u64,
        onto: &mut Vec<Value>,
    ) -> Result<(), VmStatus> {
        let handle = value.as_container()?;
        if self.length(handle)? as u64 != count {
            return Err(VmStatus::VectorOperation(VectorError::LengthMismatch));
        }
        match self.body_mut(handle)? {
            Body::Values(items) => onto.append(items),
            body => {
                on_packed!(body, items, _as_item => onto.extend(items.drain(..).map(Value::from)), else return Err(WRONG_BODY));
            }
        }
        self.release(handle);
        Ok(())
    }

    #[inline]
    fn vector_handle(&self, reference: Reference) -> Result<Handle, VmStatus> {
        self.container_at(reference)
    }

    #[inline]
    pub(super) fn length(&self, handle: Handle) -> Result<usize, VmStatus> {
        Ok(on_vector!(self.body(handle)?, items => items.len(), else return Err(WRONG_BODY)))
    }
}

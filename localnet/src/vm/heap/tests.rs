//! Ownership, handles and packed vectors.

use super::super::{Reference, Value, VectorError, VmStatus};
use super::{Heap, VectorKind};

fn reference(heap: &mut Heap, value: Value) -> Reference {
    let cell = heap.new_cell(value).expect("a cell");
    Heap::cell_reference(cell)
}

#[test]
fn a_handle_that_outlived_its_container_is_recognised() {
    let mut heap = Heap::new();
    let first = heap.pack(&[1u64.into()]).expect("a struct");
    assert_eq!(heap.destroy(first), Ok(()));
    let second = heap.pack(&[2u64.into()]).expect("the same entry");
    assert_eq!(heap.field(second, 0), Ok(2u64.into()));
    assert!(matches!(
        heap.field(first, 0),
        Err(VmStatus::InvariantViolation(_))
    ));
    assert!(matches!(
        heap.destroy(first),
        Err(VmStatus::InvariantViolation(_))
    ));
}

#[test]
fn freed_entries_are_used_again() {
    let mut heap = Heap::new();
    for _ in 0..1_000 {
        let inner = heap.pack(&[true.into(), 7u8.into()]).expect("a struct");
        let outer = heap.pack(&[inner]).expect("a struct");
        let copy = heap.copy(outer).expect("a copy");
        assert_eq!(heap.equal(outer, copy), Ok(true));
        let mut fields = Vec::new();
        assert_eq!(heap.unpack(outer, &mut fields), Ok(()));
        assert_eq!(heap.destroy(inner), Ok(()));
        assert_eq!(heap.destroy(copy), Ok(()));
    }
    assert!(
        heap.entries.len() <= 4,
        "{} entries for four live containers",
        heap.entries.len()
    );
    assert_eq!(heap.free.len(), heap.entries.len(), "all of them are free");
}

#[test]
fn vectors_of_primitives_are_packed_and_typed() {
    let mut heap = Heap::new();
    let vector = heap
        .vector(VectorKind::U16, &[1u16.into(), 2u16.into()])
        .expect("a vector");
    let place = reference(&mut heap, vector);
    assert_eq!(heap.vector_push(place, 3u16.into()), Ok(()));
    assert!(matches!(
        heap.vector_push(place, 3u64.into()),
        Err(VmStatus::InvariantViolation(_))
    ));
    assert_eq!(heap.vector_len(place), Ok(3));
    let element = heap.vector_borrow(place, 2).expect("in range");
    assert_eq!(heap.peek(element), Ok(3u16.into()));
    assert_eq!(heap.write(element, 9u16.into()), Ok(()));
    assert!(heap.write(element, true.into()).is_err());
    assert_eq!(heap.vector_swap(place, 0, 2), Ok(()));
    assert_eq!(
        heap.elements(vector),
        Ok(vec![9u16.into(), 2u16.into(), 1u16.into()])
    );
    assert_eq!(heap.size(vector), Ok(8));
    assert_eq!(heap.vector_pop(place), Ok(1u16.into()));
    let mut unpacked = Vec::new();
    let wrong = heap.vector_unpack(vector, 3, &mut unpacked);
    assert_eq!(
        wrong,
        Err(VmStatus::VectorOperation(VectorError::LengthMismatch))
    );
    assert_eq!(heap.vector_unpack(vector, 2, &mut unpacked), Ok(()));
    assert_eq!(unpacked, vec![9u16.into(), 2u16.into()]);
}

#[test]
fn a_value_tied_to_itself_ends_every_walk() {
    let mut heap = Heap::new();
    let knot = heap.pack(&[Value::Empty]).expect("a struct");
    let place = reference(&mut heap, knot);
    let field = heap.borrow_field(place, 0).expect("a field");
    assert_eq!(heap.write(field, knot), Ok(()));
    assert_eq!(heap.copy(knot), Err(VmStatus::ValueDepthExceeded));
    assert_eq!(heap.size(knot), Err(VmStatus::ValueDepthExceeded));
    assert_eq!(heap.equal(knot, knot), Err(VmStatus::ValueDepthExceeded));
    assert_eq!(heap.destroy(knot), Err(VmStatus::ValueDepthExceeded));
}

#[test]
fn sizes_follow_the_gas_model() {
    let mut heap = Heap::new();
    let bytes = heap.vector_u8(vec![0; 10]).expect("a vector");
    assert_eq!(heap.size(bytes), Ok(12));
    let inner = heap
        .pack(&[1u64.into(), true.into(), 1u128.into()])
        .expect("a struct");
    assert_eq!(heap.size(inner), Ok(2 + 8 + 8 + 16));
    let outer = heap.vector(VectorKind::Values, &[inner]).expect("a vector");
    assert_eq!(heap.size(outer), Ok(2 + 34));
    let place = Value::from(reference(&mut heap, outer));
    assert_eq!(heap.size(place), Ok(8));
    assert_eq!(heap.size_with_referent(place), Ok(8 + 36));
}

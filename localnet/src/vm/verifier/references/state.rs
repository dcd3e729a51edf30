//! What is known of references between two instructions.

use super::super::super::types::Mutability;
use super::super::borrows::{Borrows, Node, Step};
use super::super::error::Rule;
use super::super::meter::Meter;
use std::collections::BTreeMap;

/// The function's frame, in which its locals are.
pub(super) const FRAME: Node = Node(0);

/// An operand or the content of a local: a reference, or something else (or nothing).
pub(super) type Content = Option<Node>;

#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) locals: Vec<Content>,
    pub(super) borrows: Borrows,
    /// The number of the next reference.
    pub(super) next: usize,
}

/// The number of the reference in a local, between blocks.
pub(super) fn of_local(local: usize) -> Node {
    Node(local + 1)
}

impl State {
    pub(super) fn fresh(&mut self, mutability: Mutability) -> Node {
        let node = Node(self.next);
        self.next += 1;
        self.borrows.add(node, mutability);
        node
    }

    pub(super) fn local(&mut self, local: u8) -> Result<&mut Content, Rule> {
        self.locals
            .get_mut(usize::from(local))
            .ok_or(Rule::OutOfBounds)
    }

    pub(super) fn release(&mut self, content: Content, meter: &mut Meter) -> Result<(), Rule> {
        content.map_or(Ok(()), |node| self.borrows.release(node, meter))
    }

    /// Nothing that can be written through was made from a reference, so that it can be read.
    pub(super) fn readable(
        &self,
        node: Node,
        step: Option<Step>,
        meter: &mut Meter,
    ) -> Result<bool, Rule> {
        Ok(!self.borrows.is_mutable(node)
            || !self.borrows.is_borrowed_mutably(node, step, meter)?)
    }

    pub(super) fn local_is_borrowed_mutably(
        &self,
        local: u8,
        meter: &mut Meter,
    ) -> Result<bool, Rule> {
        let step = Some(Step::Local(local));
        self.borrows.is_borrowed_mutably(FRAME, step, meter)
    }

    /// Gives the references in locals the numbers of their locals, so that states can be compared.
    pub(super) fn rename(&mut self) {
        let mut names = BTreeMap::new();
        for (number, local) in self.locals.iter_mut().enumerate() {
            if let Some(node) = local {
                names.insert(*node, of_local(number));
                *node = of_local(number);
            }
        }
        self.borrows.rename(&names);
        self.next = self.locals.len() + 1;
    }
}

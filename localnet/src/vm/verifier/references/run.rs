//! What instructions do to references, one block at a time.

use super::super::super::bytecode::Op;
use super::super::super::types::Mutability;
use super::super::borrows::{Node, Step};
use super::super::error::Rule;
use super::super::meter::Meter;
use super::state::{Content, FRAME, State};

/// One block on its way.
pub(super) struct Run<'r> {
    pub(super) state: &'r mut State,
    pub(super) stack: Vec<Content>,
    pub(super) meter: &'r mut Meter,
}

impl Run<'_> {
    fn pop(&mut self) -> Result<Content, Rule> {
        self.stack.pop().ok_or(Rule::StackUnderflow)
    }

    fn pop_reference(&mut self) -> Result<Node, Rule> {
        self.pop()?.ok_or(Rule::ReadType)
    }

    pub(super) fn push(&mut self, content: Content) {
        self.stack.push(content);
    }

    fn release(&mut self, content: Content) -> Result<(), Rule> {
        self.state.release(content, self.meter)
    }

    pub(super) fn release_all(&mut self, count: usize) -> Result<(), Rule> {
        for _ in 0..count {
            let content = self.pop()?;
            self.release(content)?;
        }
        Ok(())
    }

    fn is_borrowed(&mut self, node: Node) -> Result<bool, Rule> {
        self.state.borrows.is_borrowed(node, None, self.meter)
    }

    fn is_readable(&mut self, node: Node) -> Result<bool, Rule> {
        self.state.readable(node, None, self.meter)
    }

    pub(super) fn local_step(&mut self, op: &Op) -> Result<(), Rule> {
        match op {
            Op::CopyLoc(local) => {
                if let Some(node) = *self.state.local(*local)? {
                    let mutability = mutability(self.state.borrows.is_mutable(node));
                    let copy = self.state.fresh(mutability);
                    self.state
                        .borrows
                        .borrow_exactly(node, &[], copy, self.meter)?;
                    self.push(Some(copy));
                } else {
                    if self.state.local_is_borrowed_mutably(*local, self.meter)? {
                        return Err(Rule::CopyBorrowed);
                    }
                    self.push(None);
                }
            }
            Op::MoveLoc(local) => {
                let content = self.state.local(*local)?.take();
                if content.is_none() {
                    self.check_not_borrowed(*local, Rule::MoveBorrowed)?;
                }
                self.push(content);
            }
            Op::StLoc(local) => {
                let content = self.pop()?;
                let old = std::mem::replace(self.state.local(*local)?, content);
                match old {
                    Some(_) => self.release(old)?,
                    None => self.check_not_borrowed(*local, Rule::StoreBorrowed)?,
                }
            }
            Op::BorrowLoc(mutability, local) => {
                // A mutable borrow takes over those that were there before, so that it is them that can do no more.
                if *mutability == Mutability::Shared
                    && self.state.local_is_borrowed_mutably(*local, self.meter)?
                {
                    return Err(Rule::BorrowBorrowed);
                }
                let node = self.state.fresh(*mutability);
                self.state.borrows.borrow_exactly(
                    FRAME,
                    &[Step::Local(*local)],
                    node,
                    self.meter,
                )?;
                self.push(Some(node));
            }
            _ => return Err(Rule::OutOfBounds),
        }
        Ok(())
    }

    fn check_not_borrowed(&mut self, local: u8, or: Rule) -> Result<(), Rule> {
        let step = Some(Step::Local(local));
        if self.state.borrows.is_borrowed(FRAME, step, self.meter)? {
            return Err(or);
        }
        Ok(())
    }

    pub(super) fn freeze(&mut self) -> Result<(), Rule> {
        let node = self.pop_reference()?;
        if !self.is_readable(node)? {
            return Err(Rule::FreezeBorrowed);
        }
        let frozen = self.state.fresh(Mutability::Shared);
        self.state
            .borrows
            .borrow_exactly(node, &[], frozen, self.meter)?;
        self.release(Some(node))?;
        self.push(Some(frozen));
        Ok(())
    }

    pub(super) fn read(&mut self) -> Result<(), Rule> {
        let node = self.pop_reference()?;
        if !self.is_readable(node)? {
            return Err(Rule::ReadBorrowed);
        }
        self.release(Some(node))?;
        self.push(None);
        Ok(())
    }

    pub(super) fn compare(&mut self) -> Result<(), Rule> {
        for _ in 0..2 {
            let content = self.pop()?;
            if let Some(node) = content
                && !self.is_readable(node)?
            {
                return Err(Rule::ReadBorrowed);
            }
            self.release(content)?;
        }
        self.push(None);
        Ok(())
    }

    /// Changes what a reference refers to.
    pub(super) fn write(&mut self, or: Rule) -> Result<(), Rule> {
        let node = self.pop_reference()?;
        if self.is_borrowed(node)? {
            return Err(or);
        }
        self.release(Some(node))
    }

    /// Borrows parts of what a reference refers to, which then are apart from each other.
    pub(super) fn borrow_parts(
        &mut self,
        mutability: Mutability,
        parts: impl Iterator<Item = Step>,
        whole: Option<Step>,
    ) -> Result<(), Rule> {
        let node = self.pop_reference()?;
        let refused = match mutability {
            Mutability::Mutable => self.state.borrows.is_borrowed_whole(node, self.meter)?,
            Mutability::Shared => !self.state.readable(node, whole, self.meter)?,
        };
        if refused {
            return Err(Rule::FieldBorrowed);
        }
        for part in parts {
            let field = self.state.fresh(mutability);
            self.state
                .borrows
                .borrow_exactly(node, &[part], field, self.meter)?;
            self.push(Some(field));
        }
        self.release(Some(node))
    }

    pub(super) fn borrow_element(&mut self, mutability: Mutability) -> Result<(), Rule> {
        self.pop()?;
        let node = self.pop_reference()?;
        let refused = match mutability {
            Mutability::Mutable => self.is_borrowed(node)?,
            Mutability::Shared => !self.is_readable(node)?,
        };
        if refused {
            return Err(Rule::ElementBorrowed);
        }
        let element = self.state.fresh(mutability);
        self.state
            .borrows
            .borrow_somewhere(node, element, self.meter)?;
        self.release(Some(node))?;
        self.push(Some(element));
        Ok(())
    }

    /// A call may return references to anything that its arguments refer to, but mutable ones only from mutable ones.
    pub(super) fn call(
        &mut self,
        arguments: usize,
        returns: &[Option<Mutability>],
    ) -> Result<(), Rule> {
        let mut given = Vec::new();
        for _ in 0..arguments {
            given.extend(self.pop()?);
        }
        let mut mutable = Vec::new();
        for node in &given {
            if self.state.borrows.is_mutable(*node) {
                if self.is_borrowed(*node)? {
                    return Err(Rule::CallBorrowed);
                }
                mutable.push(*node);
            }
        }
        for returned in returns {
            let Some(mutability) = returned else {
                self.push(None);
                continue;
            };
            let node = self.state.fresh(*mutability);
            let parents = match mutability {
                Mutability::Mutable => &mutable,
                Mutability::Shared => &given,
            };
            for parent in parents {
                self.state
                    .borrows
                    .borrow_somewhere(*parent, node, self.meter)?;
            }
            self.push(Some(node));
        }
        given
            .into_iter()
            .try_for_each(|node| self.release(Some(node)))
    }

    pub(super) fn ret(&mut self, results: usize) -> Result<(), Rule> {
        let mut returned = Vec::new();
        for _ in 0..results {
            returned.extend(self.pop()?);
        }
        for content in std::mem::take(&mut self.state.locals) {
            self.release(content)?;
        }
        if self.is_borrowed(FRAME)? {
            return Err(Rule::ReturnLocal);
        }
        for node in returned {
            if self.state.borrows.is_mutable(node) && self.is_borrowed(node)? {
                return Err(Rule::ReturnBorrowed);
            }
        }
        Ok(())
    }
}

fn mutability(mutable: bool) -> Mutability {
    if mutable {
        Mutability::Mutable
    } else {
        Mutability::Shared
    }
}

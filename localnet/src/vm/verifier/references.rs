//! References: none outlives what it refers to, and nothing changes under one that does not expect it.

use super::super::bytecode::{Code, Op};
use super::super::types::Mutability;
use super::borrows::{Borrows, Node, Step};
use super::error::{Broken, Rule};
use super::fixpoint::{self, Analysis};
use super::flow::Flow;
use super::meter::Meter;
use super::shapes::{Shapes, Types};
use super::types::Ty;
use super::typing::Effect;
use std::collections::BTreeMap;
use std::ops::Range;

/// The function's frame, in which its locals are.
const FRAME: Node = Node(0);

/// An operand or the content of a local: a reference, or something else (or nothing).
type Content = Option<Node>;

#[derive(Clone, Debug)]
struct State {
    locals: Vec<Content>,
    borrows: Borrows,
    /// The number of the next reference.
    next: usize,
}

struct References<'s, 'm> {
    shapes: &'s mut Shapes<'m>,
    code: &'m Code,
    effects: &'s [Effect],
}

/// Checks one function, whose operands have been checked, with these locals (parameters first).
pub(super) fn check<'m>(
    shapes: &mut Shapes<'m>,
    code: &'m Code,
    flow: &Flow,
    effects: &[Effect],
    (parameters, locals): (usize, &[Ty]),
    meter: &mut Meter,
) -> Result<(), Broken> {
    let mut initial = State {
        locals: vec![None; locals.len()],
        borrows: Borrows::default(),
        next: locals.len() + 1,
    };
    initial.borrows.add(FRAME, Mutability::Mutable);
    let given = initial.locals.iter_mut().zip(locals).take(parameters);
    for (number, (local, ty)) in given.enumerate() {
        if let Some((mutability, _)) = shapes.types.referent(*ty)? {
            let node = of_local(number);
            initial.borrows.add(node, mutability);
            *local = Some(node);
        }
    }
    let mut analysis = References {
        shapes,
        code,
        effects,
    };
    fixpoint::run(&mut analysis, flow, initial, meter)
}

/// The number of the reference in a local, between blocks.
fn of_local(local: usize) -> Node {
    Node(local + 1)
}

impl State {
    fn fresh(&mut self, mutability: Mutability) -> Node {
        let node = Node(self.next);
        self.next += 1;
        self.borrows.add(node, mutability);
        node
    }

    fn local(&mut self, local: u8) -> Result<&mut Content, Rule> {
        self.locals
            .get_mut(usize::from(local))
            .ok_or(Rule::OutOfBounds)
    }

    fn release(&mut self, content: Content, meter: &mut Meter) -> Result<(), Rule> {
        content.map_or(Ok(()), |node| self.borrows.release(node, meter))
    }

    /// Nothing that can be written through was made from a reference, so that it can be read.
    fn readable(&self, node: Node, step: Option<Step>, meter: &mut Meter) -> Result<bool, Rule> {
        Ok(!self.borrows.is_mutable(node)
            || !self.borrows.is_borrowed_mutably(node, step, meter)?)
    }

    fn local_is_borrowed_mutably(&self, local: u8, meter: &mut Meter) -> Result<bool, Rule> {
        let step = Some(Step::Local(local));
        self.borrows.is_borrowed_mutably(FRAME, step, meter)
    }

    /// Gives the references in locals the numbers of their locals, so that states can be compared.
    fn rename(&mut self) {
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

/// One block on its way.
struct Run<'r> {
    state: &'r mut State,
    stack: Vec<Content>,
    meter: &'r mut Meter,
}

impl Run<'_> {
    fn pop(&mut self) -> Result<Content, Rule> {
        self.stack.pop().ok_or(Rule::StackUnderflow)
    }

    fn pop_reference(&mut self) -> Result<Node, Rule> {
        self.pop()?.ok_or(Rule::ReadType)
    }

    fn push(&mut self, content: Content) {
        self.stack.push(content);
    }

    fn release(&mut self, content: Content) -> Result<(), Rule> {
        self.state.release(content, self.meter)
    }

    fn release_all(&mut self, count: usize) -> Result<(), Rule> {
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

    fn local_step(&mut self, op: &Op) -> Result<(), Rule> {
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

    fn freeze(&mut self) -> Result<(), Rule> {
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

    fn read(&mut self) -> Result<(), Rule> {
        let node = self.pop_reference()?;
        if !self.is_readable(node)? {
            return Err(Rule::ReadBorrowed);
        }
        self.release(Some(node))?;
        self.push(None);
        Ok(())
    }

    fn compare(&mut self) -> Result<(), Rule> {
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
    fn write(&mut self, or: Rule) -> Result<(), Rule> {
        let node = self.pop_reference()?;
        if self.is_borrowed(node)? {
            return Err(or);
        }
        self.release(Some(node))
    }

    /// Borrows parts of what a reference refers to, which then are apart from each other.
    fn borrow_parts(
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

    fn borrow_element(&mut self, mutability: Mutability) -> Result<(), Rule> {
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
    fn call(&mut self, arguments: usize, returns: &[Option<Mutability>]) -> Result<(), Rule> {
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

    fn ret(&mut self, results: usize) -> Result<(), Rule> {
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

impl References<'_, '_> {
    fn step(&mut self, run: &mut Run<'_>, at: usize) -> Result<(), Rule> {
        let op = self.code.ops.get(at).ok_or(Rule::OutOfBounds)?;
        let effect = *self.effects.get(at).ok_or(Rule::OutOfBounds)?;
        match op {
            Op::CopyLoc(_) | Op::MoveLoc(_) | Op::StLoc(_) | Op::BorrowLoc(..) => {
                run.local_step(op)
            }
            Op::FreezeRef => run.freeze(),
            Op::ReadRef => run.read(),
            Op::WriteRef => {
                run.write(Rule::WriteBorrowed)?;
                run.release_all(1)
            }
            Op::Eq | Op::Neq => run.compare(),
            Op::BorrowField(mutability, index) => {
                let step = Step::Field(*index);
                run.borrow_parts(*mutability, std::iter::once(step), Some(step))
            }
            Op::BorrowFieldGeneric(mutability, index) => {
                let field = self.shapes.module.field_instantiation(*index);
                let step = Step::Field(field.map_err(|_| Rule::OutOfBounds)?);
                run.borrow_parts(*mutability, std::iter::once(step), Some(step))
            }
            Op::UnpackVariantRef(mutability, index) => {
                let variant = self.shapes.module.variant(*index);
                let (enumeration, tag) = variant.map_err(|_| Rule::OutOfBounds)?;
                let fields = 0..effect.pushes;
                let steps = fields.map(|field| Step::VariantField(enumeration, tag, field));
                run.borrow_parts(*mutability, steps, None)
            }
            Op::UnpackVariantGenericRef(mutability, index) => {
                let variant = self.shapes.module.variant_instantiation(*index);
                let (enumeration, _, tag) = variant.map_err(|_| Rule::OutOfBounds)?;
                let fields = 0..effect.pushes;
                let steps = fields.map(|field| Step::VariantField(enumeration, tag, field));
                run.borrow_parts(*mutability, steps, None)
            }
            Op::VecBorrow(mutability, _) => run.borrow_element(*mutability),
            Op::VecPushBack(_) => {
                run.release_all(1)?;
                run.write(Rule::VectorBorrowed)
            }
            Op::VecPopBack(_) => {
                run.write(Rule::VectorBorrowed)?;
                run.push(None);
                Ok(())
            }
            Op::VecSwap(_) => {
                run.release_all(2)?;
                run.write(Rule::VectorBorrowed)
            }
            Op::Call(index) => {
                let returns = self.shapes.callee(*index)?.returns;
                run.call(effect.pops, &self.mutabilities(&returns)?)
            }
            Op::CallGeneric(index) => {
                let callee = self.shapes.function_instantiation(*index, run.meter)?;
                run.call(effect.pops, &self.mutabilities(&callee.returns)?)
            }
            Op::Ret => run.ret(effect.pops),
            // The others take no references, or drop them, and give none.
            _ => {
                run.release_all(effect.pops)?;
                run.stack.extend(std::iter::repeat_n(None, effect.pushes));
                Ok(())
            }
        }
    }

    fn mutabilities(&self, types: &Types) -> Result<Vec<Option<Mutability>>, Rule> {
        let mutability = |ty: &Ty| Ok(self.shapes.types.referent(*ty)?.map(|(is, _)| is));
        types.iter().map(mutability).collect()
    }
}

impl Analysis for References<'_, '_> {
    type State = State;

    fn block(
        &mut self,
        state: &mut State,
        code: Range<usize>,
        meter: &mut Meter,
    ) -> Result<(), Broken> {
        meter.charge(state.borrows.size() + state.locals.len())?;
        let mut run = Run {
            state,
            stack: Vec::new(),
            meter,
        };
        for at in code {
            self.step(&mut run, at)
                .map_err(|rule| Broken::from(rule).at(at))?;
        }
        state.rename();
        Ok(())
    }

    fn join(&mut self, known: &mut State, other: &State, meter: &mut Meter) -> Result<bool, Rule> {
        let mut changed = false;
        let mut borrows = other.borrows.clone();
        meter.charge(borrows.size() + known.locals.len())?;
        for (mine, theirs) in known.locals.iter_mut().zip(&other.locals) {
            match (*mine, theirs) {
                // What is there on one way only cannot be used after it.
                (Some(node), None) => {
                    known.borrows.release(node, meter)?;
                    *mine = None;
                    changed = true;
                }
                (None, Some(node)) => borrows.release(*node, meter)?,
                _ => {}
            }
        }
        Ok(known.borrows.join(&borrows, meter)? || changed)
    }
}

//! References: none outlives what it refers to, and nothing changes under one that does not expect it.

mod run;
mod state;

use self::run::Run;
use self::state::{FRAME, State, of_local};
use super::super::bytecode::{Code, Op};
use super::super::types::Mutability;
use super::borrows::{Borrows, Step};
use super::error::{Broken, Rule};
use super::fixpoint::{self, Analysis};
use super::flow::Flow;
use super::meter::Meter;
use super::shapes::{Shapes, Types};
use super::types::Ty;
use super::typing::Effect;
use std::ops::Range;

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

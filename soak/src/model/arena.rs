//! The arena's rules, from the table in its documentation.

use serde::Serialize;

use crate::{refusal::Refusal, script::Move};

const MAP_SIZE: u8 = 16;
const MAX_HP: u8 = 12;
const MAX_ENERGY: u8 = 20;

/// A hero, field for field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Hero {
    pub(crate) x: u8,
    pub(crate) y: u8,
    pub(crate) hp: u8,
    pub(crate) energy: u8,
    pub(crate) gold: u64,
    pub(crate) xp: u64,
    pub(crate) steps: u64,
}

/// What a tile is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Terrain {
    Ore,
    Den,
    Plain,
}

impl Hero {
    /// A new hero.
    pub(super) fn new() -> Self {
        Self {
            x: 8,
            y: 8,
            hp: MAX_HP,
            energy: MAX_ENERGY,
            gold: 0,
            xp: 0,
            steps: 0,
        }
    }

    pub(crate) fn terrain(&self) -> Terrain {
        match (3 * u64::from(self.x) + 5 * u64::from(self.y)) % 7 {
            0 => Terrain::Ore,
            3 => Terrain::Den,
            _ => Terrain::Plain,
        }
    }

    fn spend(&mut self, energy: u8) -> Result<(), Refusal> {
        let left = self.energy.checked_sub(energy);
        self.energy = left.ok_or(Refusal::TOO_TIRED)?;
        Ok(())
    }

    /// The hero after a move that changes it.
    pub(super) fn after(mut self, played: &Move) -> Result<Self, Refusal> {
        match played {
            Move::Step { direction } => {
                self.spend(1)?;
                let (place, forward) = match direction {
                    0 => (&mut self.y, false),
                    1 => (&mut self.x, true),
                    2 => (&mut self.y, true),
                    3 => (&mut self.x, false),
                    _ => return Err(Refusal::UNKNOWN_DIRECTION),
                };
                let to = if forward {
                    place.checked_add(1).filter(|to| *to < MAP_SIZE)
                } else {
                    place.checked_sub(1)
                };
                *place = to.ok_or(Refusal::EDGE_OF_MAP)?;
                self.steps += 1;
            }
            Move::Mine => {
                if self.terrain() != Terrain::Ore {
                    return Err(Refusal::NO_ORE);
                }
                self.spend(2)?;
                self.gold += 1 + (u64::from(self.x) + u64::from(self.y)) % 3;
            }
            Move::Fight => {
                if self.terrain() != Terrain::Den {
                    return Err(Refusal::NO_DEN);
                }
                let strength = 1 + (self.x + self.y) % 4;
                if self.hp <= strength {
                    return Err(Refusal::TOO_WEAK);
                }
                self.spend(3)?;
                self.hp -= strength;
                self.xp += 10 * u64::from(strength);
            }
            Move::Rest => {
                if self.energy >= MAX_ENERGY && self.hp >= MAX_HP {
                    return Err(Refusal::FULLY_RESTED);
                }
                self.energy = MAX_ENERGY.min(self.energy + 6);
                self.hp = MAX_HP.min(self.hp + 3);
            }
            Move::Join | Move::Rename { .. } | Move::Retire => {}
        }
        Ok(self)
    }
}

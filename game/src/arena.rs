//! The rules of `arena::arena`, and its functions as calls.

use serde::{Deserialize, Serialize};
use sui_sdk_types::{Address, Event, Identifier, StructTag, TypeTag};
use valet_client::{Account, Call, Deployment, Receipt, Valet};

/// The Move module.
const MODULE: &str = "arena";
/// A Move struct without fields has one `bool` on the wire.
const HERO_KEY: bool = false;

const MAP_SIZE: u8 = 16;
const START: u8 = 8;
const MAX_HP: u8 = 12;
const MAX_ENERGY: u8 = 20;
const STEP_ENERGY: u8 = 1;
const MINE_ENERGY: u8 = 2;
const FIGHT_ENERGY: u8 = 3;
const REST_HP: u8 = 3;
const REST_ENERGY: u8 = 6;
const XP_PER_STRENGTH: u64 = 10;

/// A hero: the Move struct `arena::Hero`, field for field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hero {
    /// Tiles from the western edge, 0 to 15.
    pub x: u8,
    /// Tiles from the northern edge, 0 to 15.
    pub y: u8,
    /// Hit points, up to 12.
    pub hp: u8,
    /// Energy, up to 20.
    pub energy: u8,
    /// Gold mined so far.
    pub gold: u64,
    /// Experience won so far.
    pub xp: u64,
    /// Tiles walked so far.
    pub steps: u64,
}

/// Where a step leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Towards y = 0.
    North,
    /// Towards x = 15.
    East,
    /// Towards y = 15.
    South,
    /// Towards x = 0.
    West,
}

/// What stands on a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tile {
    /// Nothing.
    Plain,
    /// Ore, worth this much gold each time it is mined.
    Ore {
        /// Gold for each `mine`.
        gold: u64,
    },
    /// A den, whose inhabitant costs this many hit points to beat.
    Den {
        /// Hit points it costs; ten times that in experience.
        strength: u8,
    },
}

/// What a session may do in the game.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Walk one tile.
    Step(Direction),
    /// Take gold from the ore underfoot.
    Mine,
    /// Fight in the den underfoot.
    Fight,
    /// Recover energy and hit points.
    Rest,
}

/// Why the rules forbid an action. The Move function aborts for the same reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IllegalMove {
    /// The step would leave the map.
    EdgeOfMap,
    /// The hero has too little energy.
    TooTired,
    /// The tile holds no ore.
    NoOre,
    /// The tile is no den.
    NoDen,
    /// The hero would not survive the fight.
    TooWeak,
    /// There is nothing to recover.
    FullyRested,
}

impl Hero {
    /// The hero that `join` creates.
    #[must_use]
    pub fn new() -> Self {
        Self {
            x: START,
            y: START,
            hp: MAX_HP,
            energy: MAX_ENERGY,
            gold: 0,
            xp: 0,
            steps: 0,
        }
    }

    /// The hero after an action.
    ///
    /// # Errors
    /// [`IllegalMove`] when the rules forbid it; the Move function would abort.
    ///
    /// ```
    /// use valet_game::{Action, Direction, Hero};
    ///
    /// let hero = Hero::new().after(Action::Step(Direction::East))?;
    /// assert_eq!((hero.x, hero.y, hero.energy, hero.steps), (9, 8, 19, 1));
    /// # Ok::<(), valet_game::IllegalMove>(())
    /// ```
    pub fn after(self, action: Action) -> Result<Self, IllegalMove> {
        match action {
            Action::Step(direction) => self.spend(STEP_ENERGY)?.walk(direction),
            Action::Mine => match self.tile() {
                Tile::Ore { gold } => {
                    let mut hero = self.spend(MINE_ENERGY)?;
                    hero.gold += gold;
                    Ok(hero)
                }
                _ => Err(IllegalMove::NoOre),
            },
            Action::Fight => match self.tile() {
                Tile::Den { strength } if self.hp > strength => {
                    let mut hero = self.spend(FIGHT_ENERGY)?;
                    hero.hp -= strength;
                    hero.xp += XP_PER_STRENGTH * u64::from(strength);
                    Ok(hero)
                }
                Tile::Den { .. } => Err(IllegalMove::TooWeak),
                _ => Err(IllegalMove::NoDen),
            },
            Action::Rest if self.energy < MAX_ENERGY || self.hp < MAX_HP => Ok(Self {
                energy: MAX_ENERGY.min(self.energy + REST_ENERGY),
                hp: MAX_HP.min(self.hp + REST_HP),
                ..self
            }),
            Action::Rest => Err(IllegalMove::FullyRested),
        }
    }

    /// What the hero stands on.
    #[must_use]
    pub fn tile(&self) -> Tile {
        Tile::at(self.x, self.y)
    }

    /// The hero that a move left behind, from the record event of its receipt; `None` when the receipt is of no move.
    #[must_use]
    pub fn from_receipt(receipt: &Receipt, deployment: &Deployment) -> Option<Self> {
        let heroes = Self::from_events(receipt.events(), deployment);
        heroes.last().map(|(_, hero)| *hero)
    }

    /// The heroes that moved, with their owners, from a transaction's events: one's own moves and everybody else's.
    #[must_use]
    pub fn from_events(events: &[Event], deployment: &Deployment) -> Vec<(Address, Self)> {
        let tag = StructTag::new(
            deployment.valet_types,
            Identifier::from_static("user_storage"),
            Identifier::from_static("RecordSet"),
            vec![
                deployment.marker(),
                TypeTag::from(arena_type(deployment, "HeroKey")),
                TypeTag::from(arena_type(deployment, "Hero")),
            ],
        );
        events
            .iter()
            .filter(|event| event.type_ == tag)
            .filter_map(|event| bcs::from_bytes::<HeroSet>(&event.contents).ok())
            .map(|event| (event.owner, event.hero))
            .collect()
    }

    /// The hero of an account as the ledger has it; `None` before it joined.
    ///
    /// # Errors
    /// As [`Account::record`].
    pub async fn read(account: &Account) -> Result<Option<Self>, valet_client::Error> {
        let deployment = account.valet().deployment();
        account
            .record(
                &TypeTag::from(arena_type(deployment, "HeroKey")),
                &HERO_KEY,
                &TypeTag::from(arena_type(deployment, "Hero")),
            )
            .await
    }

    fn spend(self, energy: u8) -> Result<Self, IllegalMove> {
        let energy = self
            .energy
            .checked_sub(energy)
            .ok_or(IllegalMove::TooTired)?;
        Ok(Self { energy, ..self })
    }

    fn walk(self, direction: Direction) -> Result<Self, IllegalMove> {
        let (x, y) = direction
            .from((self.x, self.y))
            .ok_or(IllegalMove::EdgeOfMap)?;
        Ok(Self {
            x,
            y,
            steps: self.steps + 1,
            ..self
        })
    }
}

impl Default for Hero {
    fn default() -> Self {
        Self::new()
    }
}

impl Direction {
    /// All four.
    pub const ALL: [Self; 4] = [Self::North, Self::East, Self::South, Self::West];

    /// The tile next to this one, unless the map ends.
    fn from(self, (x, y): (u8, u8)) -> Option<(u8, u8)> {
        let (x, y) = match self {
            Self::North => (x, y.checked_sub(1)?),
            Self::East => (x + 1, y),
            Self::South => (x, y + 1),
            Self::West => (x.checked_sub(1)?, y),
        };
        (x < MAP_SIZE && y < MAP_SIZE).then_some((x, y))
    }

    fn number(self) -> u8 {
        match self {
            Self::North => 0,
            Self::East => 1,
            Self::South => 2,
            Self::West => 3,
        }
    }
}

impl Tile {
    /// The tile at these coordinates.
    #[must_use]
    pub fn at(x: u8, y: u8) -> Self {
        match (3 * u32::from(x) + 5 * u32::from(y)) % 7 {
            0 => Self::Ore {
                gold: 1 + (u64::from(x) + u64::from(y)) % 3,
            },
            3 => Self::Den {
                strength: 1 + x.wrapping_add(y) % 4,
            },
            _ => Self::Plain,
        }
    }
}

impl Action {
    /// The action's number, which a grant names.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Step(_) => 0,
            Self::Mine => 1,
            Self::Fight => 2,
            Self::Rest => 3,
        }
    }

    /// The action as a call for a session to play.
    pub fn call(self, valet: &Valet) -> Call {
        match self {
            Self::Step(direction) => valet
                .call(MODULE, "step")
                .dapp()
                .storage()
                .arg(&direction.number())
                .clock(),
            Self::Mine => valet.call(MODULE, "mine").dapp().storage().clock(),
            Self::Fight => valet.call(MODULE, "fight").dapp().storage().clock(),
            Self::Rest => valet.call(MODULE, "rest").dapp().storage().clock(),
        }
    }

    /// The call that creates the owner's hero. Owner only.
    pub fn join(valet: &Valet) -> Call {
        valet.call(MODULE, "join").dapp().storage()
    }

    /// The call that names the hero. Owner only.
    pub fn rename(valet: &Valet, name: &str) -> Call {
        valet.call(MODULE, "rename").dapp().storage().arg(name)
    }
}

/// The Move event `RecordSet<Arena, HeroKey, Hero>`.
#[derive(Deserialize)]
struct HeroSet {
    _storage_id: Address,
    owner: Address,
    _key: bool,
    hero: Hero,
    _by_session: bool,
    _charge: u64,
}

fn arena_type(deployment: &Deployment, name: &'static str) -> StructTag {
    StructTag::new(
        *deployment.dapp_type.address(),
        Identifier::from_static(MODULE),
        Identifier::from_static(name),
        Vec::new(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hero(x: u8, y: u8, hp: u8, energy: u8) -> Hero {
        Hero {
            x,
            y,
            hp,
            energy,
            ..Hero::new()
        }
    }

    #[test]
    fn the_map_ends_on_all_four_sides() {
        for (x, y, direction) in [
            (0, 5, Direction::West),
            (15, 5, Direction::East),
            (5, 0, Direction::North),
            (5, 15, Direction::South),
        ] {
            let blocked = hero(x, y, 12, 20).after(Action::Step(direction));
            assert_eq!(blocked, Err(IllegalMove::EdgeOfMap));
        }
    }

    #[test]
    fn mining_needs_ore_and_energy() {
        // 3 * 7 + 5 * 7 = 56, a multiple of 7; richness 1 + 14 % 3 = 3.
        assert_eq!(Tile::at(7, 7), Tile::Ore { gold: 3 });
        let mined = hero(7, 7, 12, 2)
            .after(Action::Mine)
            .map(|h| (h.gold, h.energy));
        assert_eq!(mined, Ok((3, 0)));
        assert_eq!(
            hero(7, 7, 12, 1).after(Action::Mine),
            Err(IllegalMove::TooTired)
        );
        assert_eq!(
            hero(8, 7, 12, 9).after(Action::Mine),
            Err(IllegalMove::NoOre)
        );
    }

    #[test]
    fn a_fight_needs_a_den_and_more_hit_points_than_it_costs() {
        // 3 * 1 + 5 * 0 = 3; strength 1 + 1 % 4 = 2.
        assert_eq!(Tile::at(1, 0), Tile::Den { strength: 2 });
        let won = hero(1, 0, 3, 3).after(Action::Fight);
        assert_eq!(won.map(|h| (h.hp, h.energy, h.xp)), Ok((1, 0, 20)));
        assert_eq!(
            hero(1, 0, 2, 3).after(Action::Fight),
            Err(IllegalMove::TooWeak)
        );
        assert_eq!(
            hero(0, 0, 9, 9).after(Action::Fight),
            Err(IllegalMove::NoDen)
        );
    }

    #[test]
    fn resting_stops_at_the_maximum() {
        let rested = hero(8, 8, 11, 18).after(Action::Rest);
        assert_eq!(rested.map(|h| (h.hp, h.energy)), Ok((12, 20)));
        assert_eq!(
            Hero::new().after(Action::Rest),
            Err(IllegalMove::FullyRested)
        );
    }
}

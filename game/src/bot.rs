//! A player that needs no hands.

use valet_client::Grant;

use crate::{Action, Direction, Hero, Tile};

/// Plays on for ever within its grant: mines where there is ore, fights where it can win, rests when it must, and wanders
/// otherwise. The same hero, seed and grant always give the same moves. The grant must cover stepping and resting.
///
/// ```
/// use valet_client::Grant;
/// use valet_game::{Bot, Hero};
///
/// let mut hero = Hero::new();
/// let mut bot = Bot::new(7, Grant::all_session_actions());
/// for _ in 0..1_000 {
///     let action = bot.choose(&hero);
///     hero = hero.after(action).expect("the bot plays by the rules");
/// }
/// assert!(hero.gold > 0 && hero.xp > 0 && hero.steps > 0);
/// ```
#[derive(Clone, Debug)]
pub struct Bot {
    state: u64,
    grant: Grant,
    worked: Option<(u8, u8)>,
}

impl Bot {
    /// A bot whose wanderings follow from the seed.
    #[must_use]
    pub fn new(seed: u64, grant: Grant) -> Self {
        // The generator below stands still at zero.
        Self {
            state: seed | 1 << 63,
            grant,
            worked: None,
        }
    }

    /// What to do next; always legal.
    pub fn choose(&mut self, hero: &Hero) -> Action {
        // Working a tile once and moving on shows every action, where staying on the first ore would only ever mine.
        if self.worked != Some((hero.x, hero.y)) {
            let work = match hero.tile() {
                Tile::Ore { .. } => Some(Action::Mine),
                Tile::Den { .. } => Some(Action::Fight),
                Tile::Plain => None,
            };
            if let Some(action) = work
                && self.grant.allows(action.number())
                && hero.after(action).is_ok()
            {
                self.worked = Some((hero.x, hero.y));
                return action;
            }
        }
        self.wander(hero)
    }

    fn wander(&mut self, hero: &Hero) -> Action {
        let steps: Vec<Action> = Direction::ALL
            .into_iter()
            .map(Action::Step)
            .filter(|step| hero.after(*step).is_ok())
            .collect();
        let count = u64::try_from(steps.len()).unwrap_or(0);
        let chosen = self
            .next()
            .checked_rem(count)
            .and_then(|index| usize::try_from(index).ok())
            .and_then(|index| steps.get(index));
        match chosen {
            Some(step) => {
                self.worked = None;
                *step
            }
            // No step is possible only without energy, and then there is something to recover.
            None => Action::Rest,
        }
    }

    /// Xorshift: all that is needed to look undecided.
    fn next(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_plays_by_the_rules_and_uses_every_action() {
        for seed in 0..50 {
            let (mut hero, mut bot) = (Hero::new(), Bot::new(seed, Grant::all_session_actions()));
            let mut used = [0_u32; 4];
            for _ in 0..2_000 {
                let action = bot.choose(&hero);
                used[usize::from(action.number())] += 1;
                hero = hero.after(action).expect("legal");
            }
            assert!(used.iter().all(|count| *count > 0), "seed {seed}: {used:?}");
        }
    }

    #[test]
    fn it_stays_within_its_grant() {
        let grant = Grant::actions([0, 1, 3]);
        let (mut hero, mut bot) = (Hero::new(), Bot::new(3, grant.clone()));
        for _ in 0..2_000 {
            let action = bot.choose(&hero);
            assert!(grant.allows(action.number()), "{action:?}");
            hero = hero.after(action).expect("legal");
        }
    }
}

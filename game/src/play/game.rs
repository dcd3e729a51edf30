//! The state of a game as its player sees it: what is certain, what is predicted, and what it cost.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use sui_sdk_types::Address;

use crate::{Action, Hero, IllegalMove};

/// Everything that the screen shows.
#[derive(Clone, Debug)]
pub(super) struct Game {
    /// Who plays.
    pub(super) owner: Address,
    /// The hero with every move made that was typed, also those on their way.
    pub(super) hero: Hero,
    /// The hero as the ledger last had it.
    certain: Hero,
    /// The other heroes on the map, by their owners.
    pub(super) others: BTreeMap<Address, Other>,
    /// How often the player's wallet was asked.
    pub(super) signatures: u64,
    /// Moves that the ledger has.
    pub(super) moves: u64,
    /// Transactions that carried those.
    pub(super) transactions: u64,
    /// Moves on their way.
    pub(super) in_flight: u64,
    /// The latest latencies, the newest last.
    latencies: VecDeque<Duration>,
    /// What this session's moves cost, in MIST.
    pub(super) gas: i128,
    /// What the session began with, in MIST.
    pub(super) float: u64,
    /// When the session ends, by the chain's clock.
    pub(super) expires_at_ms: u64,
    /// What the chain's clock said last.
    pub(super) now_ms: u64,
    /// Why the session plays no more, until a new one begins.
    pub(super) over: Option<&'static str>,
    /// Whether a bot has the hero.
    pub(super) is_auto: bool,
    /// The latest news, the newest last.
    news: VecDeque<String>,
}

/// Another player.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Other {
    /// Its letter on the map, in the order in which they came.
    pub(super) letter: char,
    pub(super) hero: Hero,
}

/// What became of moves that were sent together.
#[derive(Clone, Debug)]
pub(super) struct Played {
    /// How many moves.
    pub(super) moves: u64,
    /// The hero after them, or why they were refused.
    pub(super) outcome: Result<Hero, Refused>,
    /// How long the answer took; none when nothing was sent.
    pub(super) latency: Option<Duration>,
    /// In MIST.
    pub(super) gas: i128,
}

/// Why moves were refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// These, and all that follow: the session is over.
    Over(&'static str),
    /// These alone.
    Once(String),
}

/// A session that took the place of the one before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Begun {
    /// How often the wallet was asked by now.
    pub(super) signatures: u64,
    /// In MIST.
    pub(super) float: u64,
    pub(super) expires_at_ms: u64,
}

impl Played {
    /// Moves that were typed after one that was refused: they never left.
    pub(super) fn never_sent(moves: usize, refused: Refused) -> Self {
        Self {
            moves: u64::try_from(moves).unwrap_or(u64::MAX),
            outcome: Err(refused),
            latency: None,
            gas: 0,
        }
    }
}

impl Game {
    const LATENCIES: usize = 101;
    const NEWS: usize = 8;

    pub(super) fn new(owner: Address, hero: Hero) -> Self {
        Self {
            owner,
            hero,
            certain: hero,
            others: BTreeMap::new(),
            signatures: 0,
            moves: 0,
            in_flight: 0,
            transactions: 0,
            latencies: VecDeque::new(),
            gas: 0,
            float: 0,
            expires_at_ms: 0,
            now_ms: 0,
            over: None,
            is_auto: false,
            news: VecDeque::new(),
        }
    }

    /// Makes a move at once, and says whether to send it. What the rules forbid never leaves: its outcome is known.
    pub(super) fn attempt(&mut self, action: Action) -> bool {
        if self.over.is_some() {
            // Until a key asks for a new one.
            return false;
        }
        match self.hero.after(action) {
            Ok(hero) => {
                self.hero = hero;
                self.in_flight += 1;
                true
            }
            Err(reason) => {
                self.tell(why(reason));
                false
            }
        }
    }

    /// Takes in what the ledger answered.
    pub(super) fn settle(&mut self, played: &Played) {
        self.in_flight = self.in_flight.saturating_sub(played.moves);
        self.gas += played.gas;
        if let Some(latency) = played.latency {
            self.latencies.push_back(latency);
        }
        if self.latencies.len() > Self::LATENCIES {
            self.latencies.pop_front();
        }
        match &played.outcome {
            Ok(hero) => {
                self.moves += played.moves;
                self.transactions += 1;
                self.certain = *hero;
                // With nothing on its way, what is predicted is what is.
                if self.in_flight == 0 {
                    self.hero = *hero;
                }
            }
            Err(refused) => {
                self.hero = self.certain;
                match refused {
                    Refused::Once(reason) => self.tell(reason),
                    Refused::Over(reason) => {
                        self.over = Some(reason);
                        self.is_auto = false;
                        self.tell(&format!(
                            "the session is over: {reason}. n asks your wallet for a new one"
                        ));
                    }
                }
            }
        }
    }

    /// Takes in that the wallet signed for a new session.
    pub(super) fn begin(&mut self, begun: Begun) {
        self.signatures = begun.signatures;
        self.float = begun.float;
        self.expires_at_ms = begun.expires_at_ms;
        self.gas = 0;
        self.over = None;
        self.tell("a new session, with one more signature of your wallet's");
    }

    /// Takes in that a hero moved, one's own or another's.
    pub(super) fn saw(&mut self, owner: Address, hero: Hero) {
        if owner == self.owner {
            return;
        }
        if let Some(other) = self.others.get_mut(&owner) {
            other.hero = hero;
            return;
        }
        let place = u8::try_from(self.others.len() % 26).unwrap_or_default();
        let letter = char::from(b'A' + place);
        self.others.insert(owner, Other { letter, hero });
        self.tell(&format!("player {letter} is on the map"));
    }

    /// Says something to the player.
    pub(super) fn tell(&mut self, news: &str) {
        // A key held down says the same again and again.
        if self.news.back().is_some_and(|last| last == news) {
            return;
        }
        self.news.push_back(news.to_owned());
        if self.news.len() > Self::NEWS {
            self.news.pop_front();
        }
    }

    /// The latest news, the newest last.
    pub(super) fn news(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.news.iter().map(String::as_str)
    }

    /// How long the last answer took.
    pub(super) fn last_latency(&self) -> Option<Duration> {
        self.latencies.back().copied()
    }

    /// How long half of the latest answers took at most.
    pub(super) fn median_latency(&self) -> Option<Duration> {
        let mut sorted: Vec<_> = self.latencies.iter().copied().collect();
        sorted.sort_unstable();
        sorted.get(sorted.len() / 2).copied()
    }
}

/// Why a move is against the rules, in the game's words.
fn why(reason: IllegalMove) -> &'static str {
    match reason {
        IllegalMove::EdgeOfMap => "the map ends here",
        IllegalMove::TooTired => "too tired for this: rest (r)",
        IllegalMove::NoOre => "there is no ore here: look for a $",
        IllegalMove::NoDen => "nothing lives here: look for a &",
        IllegalMove::TooWeak => "too weak for this fight: rest (r)",
        IllegalMove::FullyRested => "fully rested already",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Direction;

    fn game() -> Game {
        Game::new(Address::TWO, Hero::new())
    }

    fn played(moves: u64, outcome: Result<Hero, Refused>) -> Played {
        Played {
            moves,
            outcome,
            latency: Some(Duration::from_millis(2)),
            gas: 1_000_000,
        }
    }

    #[test]
    fn moves_show_at_once_and_are_counted_when_the_ledger_has_them() {
        let mut game = game();
        assert!(game.attempt(Action::Step(Direction::East)));
        assert!(game.attempt(Action::Step(Direction::East)));
        assert_eq!((game.hero.x, game.moves, game.in_flight), (10, 0, 2));
        let after = game.hero;
        game.settle(&played(2, Ok(after)));
        assert_eq!((game.moves, game.in_flight, game.transactions), (2, 0, 1));
        assert_eq!(game.gas, 1_000_000);
    }

    #[test]
    fn what_the_ledger_refuses_is_taken_back() {
        let mut game = game();
        assert!(game.attempt(Action::Step(Direction::West)));
        game.settle(&played(1, Err(Refused::Once("not now".to_owned()))));
        assert_eq!(game.hero, Hero::new());
        assert_eq!(game.news().last(), Some("not now"));
        assert_eq!((game.moves, game.in_flight), (0, 0));
    }

    #[test]
    fn a_session_that_is_over_plays_no_more_until_a_new_one_begins() {
        let mut game = game();
        game.is_auto = true;
        assert!(game.attempt(Action::Step(Direction::West)));
        game.settle(&played(1, Err(Refused::Over("its time is up"))));
        assert!(!game.is_auto, "the bot lets go");
        assert!(!game.attempt(Action::Step(Direction::West)));
        assert_eq!((game.hero, game.in_flight), (Hero::new(), 0));
        game.begin(Begun {
            signatures: 2,
            float: 5,
            expires_at_ms: 9,
        });
        assert_eq!((game.signatures, game.float, game.gas), (2, 5, 0));
        assert!(game.attempt(Action::Step(Direction::West)));
    }

    #[test]
    fn what_the_rules_forbid_never_leaves() {
        let mut game = game();
        assert!(!game.attempt(Action::Rest));
        assert!(!game.attempt(Action::Rest));
        assert_eq!(game.in_flight, 0);
        assert_eq!(game.news().collect::<Vec<_>>(), ["fully rested already"]);
    }

    #[test]
    fn others_get_letters_and_oneself_none() {
        let mut game = game();
        game.saw(Address::THREE, Hero::new());
        game.saw(Address::TWO, Hero::new());
        // The second to come is B, whatever its address.
        game.saw(Address::ZERO, Hero::new());
        let letters: Vec<_> = game.others.values().map(|other| other.letter).collect();
        assert_eq!(letters, ['B', 'A']);
        assert_eq!(
            game.news().take(1).collect::<Vec<_>>(),
            ["player A is on the map"]
        );
    }
}

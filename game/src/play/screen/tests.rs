use sui_sdk_types::Address;

use super::*;
use crate::{
    Action, Direction,
    play::game::{Played, Refused},
};

fn rendered(game: &Game, width: u16, height: u16) -> Vec<String> {
    valet_terminal::rendered(width, height, |frame| draw(frame, game))
}

fn game() -> Game {
    let mut game = Game::new(Address::TWO, Hero::new());
    game.signatures = 1;
    game.float = 4_000_000_000;
    game.now_ms = 1_000;
    game.expires_at_ms = 3_601_000;
    game.tell("welcome");
    assert!(game.attempt(Action::Step(Direction::East)));
    let hero = game.hero;
    game.settle(&Played {
        moves: 1,
        outcome: Ok(hero),
        latency: Some(Duration::from_micros(1_250)),
        gas: 1_009_880,
    });
    let rival = Hero {
        x: 3,
        y: 2,
        gold: 7,
        xp: 40,
        ..Hero::new()
    };
    game.saw(Address::THREE, rival);
    assert!(game.attempt(Action::Step(Direction::South)));
    game
}

#[test]
fn the_game_fits_a_terminal_of_80_by_24() {
    let found = rendered(&game(), 80, 24);
    let expected = include_str!("playing.txt");
    assert_eq!(
        found.join("\n"),
        expected.trim_end_matches('\n'),
        "\n{}\n",
        found.join("\n")
    );
}

#[test]
fn any_size_of_terminal_is_drawn() {
    let mut game = game();
    for (x, y) in [(0, 0), (15, 15), (8, 8)] {
        (game.hero.x, game.hero.y) = (x, y);
        for (width, height) in [
            (1, 1),
            (3, 3),
            (10, 4),
            (40, 10),
            (60, 18),
            (69, 24),
            (200, 60),
        ] {
            let found = rendered(&game, width, height);
            assert_eq!(found.len(), usize::from(height));
            if width >= 10 {
                let hero = found.iter().filter(|line| line.contains('@')).count();
                assert!(hero > 0, "{width} by {height} at ({x}, {y}): {found:#?}");
            }
        }
    }
}

#[test]
fn a_small_terminal_shows_what_is_around_the_hero() {
    let mut game = game();
    game.tell("a word that is much too long for so narrow a terminal as this one is");
    let found = rendered(&game, 40, 12);
    assert_eq!(
        found,
        [
            "┌ arena ─────────────────────────┐",
            "│$2&1· · · · · $3&4· · · · · $1&3│",
            "│· · · $3&1· · · · · $1&4· · · · │",
            "│&2· · · · · $1&1· @ · · · $2&4· │",
            "│· · $1&2· · · · · $2&1· · · · · │",
            "│· · · · · $2&2· · · · · $3&1· · │",
            "└────────────────────────────────┘",
            "┌ news ────────────────────────────────┐",
            "│ a word that is much too long for so  │",
            "└──────────────────────────────────────┘",
            " energy 18 hp 12 gold 0 xp 0 moves 1, 1h",
            " arrows move  space works  q quit  m min",
        ],
        "{found:#?}"
    );
}

#[test]
fn a_narrow_terminal_has_the_news_beside_the_map() {
    let found = rendered(&game(), 60, 18);
    assert!(
        found[0].ends_with("─┐┌ news ──────────────────┐"),
        "{found:#?}"
    );
    assert!(
        found[1].ends_with("││ welcome                │"),
        "{found:#?}"
    );
    assert_eq!(
        found[16],
        " energy 18 hp 12 gold 0 xp 0 moves 1, 1h 0m left"
    );
}

#[test]
fn a_session_that_is_over_says_so_and_what_to_do() {
    let mut game = game();
    game.settle(&Played {
        moves: 1,
        outcome: Err(Refused::Over("its moves are used up")),
        latency: None,
        gas: 0,
    });
    let found = rendered(&game, 80, 24).join("\n");
    assert!(
        found.contains("session      over: n begins a new one"),
        "{found}"
    );
    let news = "│ the session is over: its moves are used up. n asks your wallet for a new one │";
    assert!(found.contains(news), "{found}");
}

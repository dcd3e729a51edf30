use ratatui::{Terminal, backend::TestBackend};
use sui_sdk_types::Address;

use super::*;
use crate::{Action, Direction, play::game::Played};

fn rendered(game: &Game, width: u16, height: u16) -> Vec<String> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a terminal");
    terminal.draw(|frame| draw(frame, game)).expect("draws");
    let buffer = terminal.backend().buffer();
    (0..height)
        .map(|y| {
            let line: String = (0..width)
                .map(|x| buffer.cell((x, y)).map_or(" ", |cell| cell.symbol()))
                .collect();
            line.trim_end().to_owned()
        })
        .collect()
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
        latency: Duration::from_micros(1_250),
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
    for (width, height) in [(1, 1), (10, 4), (34, 18), (200, 60)] {
        assert_eq!(rendered(&game(), width, height).len(), usize::from(height));
    }
}

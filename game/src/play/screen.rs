//! The game, drawn: the map on the left, what is known on the right, the news below.

use std::time::Duration;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::{Color, Modifier, Style},
    text::{Line, Span},
    widgets::{Block, Paragraph},
};

use super::game::Game;
use crate::{Hero, Tile};

/// Tiles from edge to edge.
const MAP: u8 = 16;
/// Columns of the map with its frame.
const MAP_WIDTH: u16 = 34;
/// Rows of the map with its frame.
const MAP_HEIGHT: u16 = 18;
const MAX_ENERGY: u8 = 20;
const MAX_HP: u8 = 12;
const BAR: u8 = 10;

/// Draws it all into the frame, whatever its size.
pub(super) fn draw(frame: &mut Frame<'_>, game: &Game) {
    let [top, news, keys] = Layout::vertical([
        Constraint::Length(MAP_HEIGHT),
        Constraint::Min(2),
        Constraint::Length(1),
    ])
    .areas(frame.area());
    let [map, side] =
        Layout::horizontal([Constraint::Length(MAP_WIDTH), Constraint::Min(0)]).areas(top);
    frame.render_widget(map_of(game), map);
    let [hero, valet, players] = Layout::vertical([
        Constraint::Length(6),
        Constraint::Length(7),
        Constraint::Min(0),
    ])
    .areas(side);
    frame.render_widget(hero_of(game), hero);
    frame.render_widget(valet_of(game), valet);
    frame.render_widget(players_of(game), players);
    frame.render_widget(news_of(game, news), news);
    frame.render_widget(
        Paragraph::new(Line::styled(
            " arrows move  space works  m mine  f fight  r rest  b bot  q quit",
            Style::new().fg(Color::DarkGray),
        )),
        keys,
    );
}

fn map_of(game: &Game) -> Paragraph<'static> {
    let lines: Vec<_> = (0..MAP)
        .map(|y| Line::from((0..MAP).map(|x| tile_of(game, x, y)).collect::<Vec<_>>()))
        .collect();
    Paragraph::new(lines).block(Block::bordered().title(" arena "))
}

fn tile_of(game: &Game, x: u8, y: u8) -> Span<'static> {
    let bold = Style::new().add_modifier(Modifier::BOLD);
    if (game.hero.x, game.hero.y) == (x, y) {
        return Span::styled("@ ", bold.fg(Color::Black).bg(Color::Green));
    }
    let other = game
        .others
        .values()
        .find(|other| (other.hero.x, other.hero.y) == (x, y));
    if let Some(other) = other {
        return Span::styled(
            format!("{} ", other.letter),
            bold.fg(Color::Black).bg(Color::Magenta),
        );
    }
    match Tile::at(x, y) {
        Tile::Ore { gold } => Span::styled(format!("${gold}"), Style::new().fg(Color::Yellow)),
        Tile::Den { strength } => Span::styled(format!("&{strength}"), Style::new().fg(Color::Red)),
        Tile::Plain => Span::styled("· ", Style::new().fg(Color::DarkGray)),
    }
}

fn hero_of(game: &Game) -> Paragraph<'static> {
    let Hero {
        x,
        y,
        hp,
        energy,
        gold,
        xp,
        steps,
    } = game.hero;
    let stands = match game.hero.tile() {
        Tile::Ore { gold } => format!("on ore worth {gold}"),
        Tile::Den { strength } => format!("at a den of strength {strength}"),
        Tile::Plain => "on plain ground".to_owned(),
    };
    let pilot = if game.is_auto { ", the bot plays" } else { "" };
    let lines = vec![
        row("place", vec![Span::raw(format!("({x}, {y}) {stands}"))]),
        row("energy", bar(energy, MAX_ENERGY, Color::Blue)),
        row("health", bar(hp, MAX_HP, Color::Red)),
        row(
            "score",
            vec![Span::raw(format!("{gold} gold, {xp} xp, {steps} steps"))],
        ),
    ];
    Paragraph::new(lines).block(Block::bordered().title(format!(" your hero{pilot} ")))
}

fn valet_of(game: &Game) -> Paragraph<'static> {
    let left = u64::try_from(i128::from(game.float) - game.gas).unwrap_or(0);
    let on_their_way = match game.in_flight {
        0 => String::new(),
        count => format!(", {count} on their way"),
    };
    let text = |text: String| vec![Span::raw(text)];
    let signatures = Span::styled(
        game.signatures.to_string(),
        Style::new().fg(Color::Green).add_modifier(Modifier::BOLD),
    );
    let lines = vec![
        row(
            "wallet asked",
            vec![signatures, Span::raw(times(game.signatures))],
        ),
        row(
            "silent moves",
            text(format!("{}{on_their_way}", game.moves)),
        ),
        row(
            "latency",
            text(match (game.last_latency(), game.median_latency()) {
                (Some(last), Some(median)) => format!("{}, median {}", ms(last), ms(median)),
                _ => "-".to_owned(),
            }),
        ),
        row(
            "gas",
            text(format!("{}, {} left", sui(game.gas), sui(i128::from(left)))),
        ),
        row(
            "session",
            text(format!(
                "{} remaining",
                duration(game.expires_at_ms.saturating_sub(game.now_ms))
            )),
        ),
    ];
    Paragraph::new(lines).block(Block::bordered().title(" valet "))
}

fn players_of(game: &Game) -> Paragraph<'static> {
    let mut players: Vec<_> = game
        .others
        .values()
        .map(|other| (other.letter, other.hero))
        .collect();
    players.push(('@', game.hero));
    players.sort_by_key(|(letter, hero)| (std::cmp::Reverse(hero.gold + hero.xp), *letter));
    let lines: Vec<_> = players
        .into_iter()
        .map(|(letter, hero)| {
            let line = format!(" {letter}  {:>5} gold  {:>5} xp", hero.gold, hero.xp);
            if letter == '@' {
                Line::styled(line, Style::new().add_modifier(Modifier::BOLD))
            } else {
                Line::raw(line)
            }
        })
        .collect();
    Paragraph::new(lines).block(Block::bordered().title(" players "))
}

fn news_of(game: &Game, area: Rect) -> Paragraph<'static> {
    let room = usize::from(area.height.saturating_sub(2));
    let mut latest: Vec<_> = game
        .news()
        .rev()
        .take(room)
        .map(|news| Line::raw(format!(" {news}")))
        .collect();
    latest.reverse();
    Paragraph::new(latest).block(Block::bordered().title(" news "))
}

fn row(name: &str, value: Vec<Span<'static>>) -> Line<'static> {
    let mut spans = vec![Span::styled(
        format!(" {name:<13}"),
        Style::new().fg(Color::Cyan),
    )];
    spans.extend(value);
    Line::from(spans)
}

fn bar(value: u8, max: u8, color: Color) -> Vec<Span<'static>> {
    let full = u16::from(value.min(max)) * u16::from(BAR) / u16::from(max.max(1));
    let full = usize::from(full);
    vec![
        Span::styled("█".repeat(full), Style::new().fg(color)),
        Span::styled(
            "░".repeat(usize::from(BAR).saturating_sub(full)),
            Style::new().fg(Color::DarkGray),
        ),
        Span::raw(format!(" {value} / {max}")),
    ]
}

fn times(count: u64) -> &'static str {
    if count == 1 { " time" } else { " times" }
}

fn ms(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1_000.0)
}

/// MIST as SUI with four digits: enough to see a move.
fn sui(mist: i128) -> String {
    let sign = if mist < 0 { "-" } else { "" };
    let tens = mist.unsigned_abs() / 100_000;
    format!("{sign}{}.{:04} SUI", tens / 10_000, tens % 10_000)
}

fn duration(ms: u64) -> String {
    let seconds = ms / 1_000;
    match (seconds / 3_600, seconds / 60 % 60) {
        (0, 0) => format!("{seconds}s"),
        (0, minutes) => format!("{minutes}m {}s", seconds % 60),
        (hours, minutes) => format!("{hours}h {minutes}m"),
    }
}

#[cfg(test)]
mod tests;

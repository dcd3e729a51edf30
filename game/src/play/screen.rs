//! The game, drawn: the map on the left, what is known on the right, the news below.

use std::{collections::VecDeque, ops::Range, time::Duration};

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

/// Columns that the panels beside the map need to be read.
const SIDE_WIDTH: u16 = 36;
/// Columns beside the map that do for the news at least.
const NEWS_WIDTH: u16 = 20;
/// The keys, the most needed first: narrow terminals show the beginning.
const KEYS: &str = " arrows move  space works  q quit  m mine  f fight  r rest  b bot  n new";

/// Draws it all into the frame, whatever its size. Where there is little room, the map shows what is around the hero, and one line
/// tells the rest.
pub(super) fn draw(frame: &mut Frame<'_>, game: &Game) {
    let area = frame.area();
    let is_wide = area.width >= MAP_WIDTH + SIDE_WIDTH;
    let below = if is_wide || area.height < 6 { 1 } else { 2 };
    let is_news_beside = !is_wide && area.width >= MAP_WIDTH + NEWS_WIDTH;
    let spare = area.height.saturating_sub(MAP_HEIGHT + below);
    let for_news = if area.height < 10 || is_news_beside {
        0
    } else {
        spare.max(3)
    };
    let [top, news, status, keys] = Layout::vertical([
        Constraint::Fill(1),
        Constraint::Length(for_news),
        Constraint::Length(below - 1),
        Constraint::Length(1),
    ])
    .areas(area);
    let [map, side] =
        Layout::horizontal([Constraint::Length(MAP_WIDTH), Constraint::Min(0)]).areas(top);
    frame.render_widget(map_of(game, map), map);
    if is_wide {
        let [hero, valet, players] = Layout::vertical([
            Constraint::Length(6),
            Constraint::Length(7),
            Constraint::Min(0),
        ])
        .areas(side);
        frame.render_widget(hero_of(game), hero);
        frame.render_widget(valet_of(game), valet);
        frame.render_widget(players_of(game), players);
    } else {
        frame.render_widget(Paragraph::new(status_of(game)), status);
    }
    let news = if is_news_beside { side } else { news };
    frame.render_widget(news_of(game, news), news);
    frame.render_widget(
        Paragraph::new(Line::styled(KEYS, Style::new().fg(Color::DarkGray))),
        keys,
    );
}

/// As much of the map as there is room for, with the hero in it.
fn map_of(game: &Game, area: Rect) -> Paragraph<'static> {
    let rows = window(game.hero.y, area.height.saturating_sub(2));
    let columns = window(game.hero.x, area.width.saturating_sub(2) / 2);
    let lines: Vec<_> = rows
        .map(|y| {
            let tiles = columns.clone().map(|x| tile_of(game, x, y));
            Line::from(tiles.collect::<Vec<_>>())
        })
        .collect();
    Paragraph::new(lines).block(Block::bordered().title(" arena "))
}

/// So many tiles of the map's sixteen that this one is among them, near the middle.
fn window(at: u8, room: u16) -> Range<u8> {
    let room = u8::try_from(room).unwrap_or(MAP).min(MAP);
    let first = at.saturating_sub(room / 2).min(MAP - room);
    first..first + room
}

/// The most important in one line, for terminals without room for more.
fn status_of(game: &Game) -> Line<'static> {
    let Hero {
        energy,
        hp,
        gold,
        xp,
        ..
    } = game.hero;
    Line::raw(format!(
        " energy {energy} hp {hp} gold {gold} xp {xp} moves {}, {} left",
        game.moves,
        time_left(game)
    ))
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
            match game.over {
                None => text(format!("{} remaining", time_left(game))),
                Some(_) => vec![Span::styled(
                    "over: n begins a new one",
                    Style::new().fg(Color::Yellow),
                )],
            },
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

/// The latest news, as many lines of it as there is room for.
fn news_of(game: &Game, area: Rect) -> Paragraph<'static> {
    let room = usize::from(area.height.saturating_sub(2));
    let width = usize::from(area.width.saturating_sub(3));
    let mut latest: VecDeque<String> = VecDeque::new();
    for news in game.news().rev() {
        let mut lines = wrapped(news, width);
        // Of what is too long the beginning is shown; of what came before, only what is whole.
        if latest.is_empty() {
            lines.truncate(room);
        } else if latest.len() + lines.len() > room {
            break;
        }
        for line in lines.into_iter().rev() {
            latest.push_front(line);
        }
    }
    let latest: Vec<_> = latest
        .iter()
        .map(|line| Line::raw(format!(" {line}")))
        .collect();
    Paragraph::new(latest).block(Block::bordered().title(" news "))
}

/// A text in lines of at most so many characters, broken between words where that is possible.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        // One that fits no line is cut at its end.
        let word: String = word.chars().take(width.max(1)).collect();
        let used = lines.last().map_or(0, |line| line.chars().count());
        if used > 0 && used + 1 + word.chars().count() > width {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&word);
        }
    }
    lines
}

fn time_left(game: &Game) -> String {
    duration(game.expires_at_ms.saturating_sub(game.now_ms))
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

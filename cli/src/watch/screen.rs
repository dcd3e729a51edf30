//! The live view, drawn.

use std::collections::VecDeque;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::{Color, Modifier, Style},
    text::{Line, Span},
    widgets::{Block, Paragraph},
};

use valet_client::Phase;

use super::feed::Action;
use crate::{
    session::{Badge, Snapshot},
    units,
};

/// Everything on the screen.
#[derive(Clone, Debug)]
pub(super) struct View {
    pub(super) dapp: String,
    pub(super) url: String,
    pub(super) snapshot: Snapshot,
    /// The latest first.
    pub(super) actions: VecDeque<Action>,
    /// Why the last look failed.
    pub(super) trouble: Option<String>,
}

/// The column where values begin.
const NAME_WIDTH: usize = 10;
const BAR_WIDTH: usize = 20;

/// Draws it all into the frame, whatever its size.
pub(super) fn draw(frame: &mut Frame<'_>, view: &View) {
    let limits = limits(view);
    let height = u16::try_from(limits.len())
        .unwrap_or(u16::MAX)
        .saturating_add(2);
    let [head, middle, recent, foot] = Layout::vertical([
        Constraint::Length(3),
        Constraint::Length(height),
        Constraint::Min(3),
        Constraint::Length(1),
    ])
    .areas(frame.area());
    frame.render_widget(head_of(view, head), head);
    let block = Block::bordered().title(" what it may still do ");
    frame.render_widget(Paragraph::new(limits).block(block), middle);
    frame.render_widget(actions(view, recent), recent);
    frame.render_widget(foot_of(view), foot);
}

fn head_of(view: &View, area: Rect) -> Paragraph<'static> {
    let badge = view.snapshot.badge();
    let mut spans = vec![Span::styled(
        format!(" {} ", badge.name().to_uppercase()),
        Style::new()
            .fg(Color::Black)
            .bg(color(badge))
            .add_modifier(Modifier::BOLD),
    )];
    if let Some(session) = view.snapshot.session() {
        spans.push(Span::raw(format!(
            "  {}",
            view.snapshot.time_line().unwrap_or_default()
        )));
        let key = format!("key {} ", units::short(&session.wallet.to_string()));
        let used: usize = spans.iter().map(Span::width).sum();
        let inner = usize::from(area.width.saturating_sub(2));
        let gap = inner.saturating_sub(used + key.chars().count());
        spans.push(Span::raw(" ".repeat(gap)));
        spans.push(Span::styled(key, Style::new().fg(Color::DarkGray)));
    } else {
        spans.push(Span::raw("  start a session with `valet session start`"));
    }
    let title = format!(" valet: {} ", short_type(&view.dapp));
    let owner = format!(" owner {} ", units::short(&view.snapshot.owner.to_string()));
    let block = Block::bordered()
        .title(title)
        .title(Line::from(owner).right_aligned());
    Paragraph::new(Line::from(spans)).block(block)
}

/// A line for each limit.
fn limits(view: &View) -> Vec<Line<'static>> {
    let snapshot = &view.snapshot;
    let Some(session) = snapshot.session() else {
        return vec![Line::raw("nothing: there is no session")];
    };
    let mut lines = Vec::new();
    let bar = session
        .grant
        .max_calls()
        .zip(session.remaining_calls)
        .map(|(max, left)| (left, max));
    lines.push(row("calls", bar, snapshot.calls_line()));
    lines.extend(
        snapshot
            .rate_line()
            .map(|rate| row("rate", None, Some(rate))),
    );
    let granted = session.grant.allowances().iter().zip(&session.remainders);
    for ((coin, remainder), text) in granted.zip(snapshot.allowance_lines()) {
        let name = crate::money::coin_name(&coin.coin_type);
        lines.push(row(
            &name,
            Some((remainder.total, coin.allowance.total())),
            Some(text),
        ));
    }
    let debt = session.remaining_debt().zip(session.grant.max_debt());
    lines.push(row("debt", debt, snapshot.debt_line()));
    lines.extend(
        snapshot
            .renewals_line()
            .map(|renewals| row("renewals", None, Some(renewals))),
    );
    lines.push(row("gas float", None, Some(snapshot.float_line())));
    lines.push(row("at risk", None, snapshot.max_loss_line()));
    lines
}

fn row(name: &str, bar: Option<(u64, u64)>, text: Option<String>) -> Line<'static> {
    let mut spans = vec![Span::styled(
        format!(" {name:<NAME_WIDTH$}"),
        Style::new().fg(Color::Cyan),
    )];
    if let Some((left, max)) = bar {
        let full = filled(left, max);
        spans.push(Span::styled(
            "█".repeat(full),
            Style::new().fg(level(left, max)),
        ));
        spans.push(Span::styled(
            "░".repeat(BAR_WIDTH - full),
            Style::new().fg(Color::DarkGray),
        ));
        spans.push(Span::raw("  "));
    }
    spans.push(Span::raw(text.unwrap_or_default()));
    Line::from(spans)
}

/// How much of a bar is filled: something for anything that is left, and all of it only for all.
fn filled(left: u64, max: u64) -> usize {
    if left == 0 || max == 0 {
        return 0;
    }
    let width = BAR_WIDTH as u128;
    let cells = u128::from(left.min(max)) * width / u128::from(max);
    usize::try_from(cells.max(1)).unwrap_or(BAR_WIDTH)
}

fn actions(view: &View, area: Rect) -> Paragraph<'static> {
    let session = view.snapshot.session().map(|session| session.wallet);
    let room = usize::from(area.height.saturating_sub(2));
    let mut lines: Vec<_> = view
        .actions
        .iter()
        .take(room)
        .map(|action| {
            let (mark, color) = if action.is_success {
                ("✓", Color::Green)
            } else {
                ("✗", Color::Red)
            };
            let who = if Some(action.sender) == session {
                "session"
            } else if action.sender == view.snapshot.owner {
                "owner"
            } else {
                "other"
            };
            Line::from(vec![
                Span::styled(
                    format!(" {}  ", units::time_of_day(action.at_ms)),
                    Style::new().fg(Color::DarkGray),
                ),
                Span::styled(format!("{mark} "), Style::new().fg(color)),
                Span::raw(format!("{:<24}", clip(&action.what, 24))),
                Span::raw(format!(" {who:<8}")),
                Span::styled(
                    format!(
                        "{:>17}  {}",
                        units::sui_signed(action.gas),
                        clip(&action.digest, 10)
                    ),
                    Style::new().fg(Color::DarkGray),
                ),
            ])
        })
        .collect();
    if lines.is_empty() {
        lines.push(Line::styled(
            " nothing yet: actions appear here as they are played",
            Style::new().fg(Color::DarkGray),
        ));
    }
    Paragraph::new(lines).block(Block::bordered().title(" latest actions "))
}

fn foot_of(view: &View) -> Paragraph<'static> {
    let line = match &view.trouble {
        Some(trouble) => Line::styled(
            format!(" {trouble}; trying again"),
            Style::new().fg(Color::Yellow),
        ),
        None => Line::styled(
            format!(
                " q quit  r look now  {}  chain time {}",
                view.url,
                units::moment(view.snapshot.now_ms)
            ),
            Style::new().fg(Color::DarkGray),
        ),
    };
    Paragraph::new(line)
}

fn color(badge: Badge) -> Color {
    match badge {
        Badge::Phase(Phase::Active) => Color::Green,
        Badge::Phase(Phase::Low) => Color::Yellow,
        Badge::Phase(_) => Color::Red,
        Badge::NoAccount | Badge::NoSession => Color::Gray,
    }
}

fn level(left: u64, max: u64) -> Color {
    match left.saturating_mul(10) / max.max(1) {
        0 => Color::Red,
        1..=2 => Color::Yellow,
        _ => Color::Green,
    }
}

/// A type without where it is defined.
fn short_type(name: &str) -> String {
    name.split_once("::")
        .map_or(name, |(_, rest)| rest)
        .to_owned()
}

fn clip(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{kept}…")
}

#[cfg(test)]
mod tests;

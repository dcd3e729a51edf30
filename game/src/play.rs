//! Arena in the terminal: moves are signed silently while somebody plays.

mod game;
mod others;
mod screen;

use std::{
    io::{self, IsTerminal},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use tokio::{sync::mpsc, task::JoinSet};
use valet_client::{Grant, Session};

use crate::{
    Action, Bot, Direction, Hero,
    table::{Invitation, Seat, Table},
};
use game::{Game, Played};

/// Where to play, and with whom.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Options {
    /// How many bots play along.
    pub rivals: u8,
    /// A node to publish the game on, instead of an embedded ledger.
    pub rpc_url: Option<String>,
    /// That node's faucet.
    pub faucet_url: Option<String>,
    /// An invitation of a game that is on, to join instead of beginning one.
    pub join: Option<PathBuf>,
    /// Where to write an invitation for other processes.
    pub share: Option<PathBuf>,
    /// Whether a bot plays from the start.
    pub is_auto: bool,
}

/// How long a bot at the keyboard waits between two moves.
const AUTO_PAUSE: Duration = Duration::from_millis(200);
/// How long a rival thinks.
const RIVAL_PAUSE: Duration = Duration::from_millis(700);
/// The most moves that travel in one transaction.
const MOST_TOGETHER: usize = 32;

/// Plays until the player stops.
///
/// # Errors
/// When there is no terminal, or the table cannot be laid.
pub async fn run(options: &Options, progress: impl Fn(&str)) -> Result<()> {
    ensure!(
        io::stdout().is_terminal() && io::stdin().is_terminal(),
        "playing needs a terminal; without one, try `bot` or `demo`"
    );
    let table = match (&options.join, &options.rpc_url) {
        (Some(invitation), _) => {
            progress("joining the game");
            Table::accept(Invitation::read(invitation)?).await?
        }
        (None, Some(url)) => {
            progress("publishing the game");
            Table::at(url, options.faucet_url.as_deref()).await?
        }
        (None, None) => {
            progress("booting an embedded ledger and publishing the game on it");
            Table::lay().await?
        }
    };
    if let Some(path) = &options.share {
        table.invitation().write(path)?;
    }
    progress("one signature: an account, a hero, a session");
    let seat = table.sit_down().await?;
    let mut rivals = JoinSet::new();
    for number in 0..options.rivals {
        let rival = table.sit_down().await.context("seating a rival")?;
        rivals.spawn(rival_plays(rival.session, u64::from(number) + 11));
    }
    let played = at_the_keyboard(&table, seat, options.is_auto).await;
    rivals.shutdown().await;
    table.clear().await;
    let game = played?;
    println!("{}", epilogue(&game));
    Ok(())
}

/// What the terminal shows after the game.
fn epilogue(game: &Game) -> String {
    format!(
        "{} gold, {} xp, {} steps; {} moves in {} transactions, signed silently after {} signature of the wallet's",
        game.hero.gold,
        game.hero.xp,
        game.hero.steps,
        game.moves,
        game.transactions,
        game.signatures
    )
}

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Move(Action),
    /// Whatever can be done on this tile.
    Work,
    Auto,
    Quit,
    Resized,
}

async fn at_the_keyboard(table: &Table, seat: Seat, is_auto: bool) -> Result<Game> {
    let Seat {
        session,
        signatures,
        float,
    } = seat;
    let valet = table.valet();
    let hero = Hero::read(session.account())
        .await?
        .context("the ledger has no hero for this account")?;
    let mut game = Game::new(session.account().owner(), hero);
    game.signatures = signatures;
    game.float = float;
    game.expires_at_ms = session.expires_at_ms();
    game.now_ms = valet.network().now_ms().await?;
    game.is_auto = is_auto;
    game.tell("welcome; every move you type is signed by the session's key");

    let url = valet.network().url().to_owned();
    let mut others = others::follow(url, valet.deployment().clone());
    let (moves, queue) = mpsc::unbounded_channel();
    let (answers, mut answered) = mpsc::unbounded_channel();
    let courier = tokio::spawn(carry(session, queue, answers));

    let mut terminal = Terminal::open()?;
    let mut auto = tokio::time::interval(AUTO_PAUSE);
    let mut clock = tokio::time::interval(Duration::from_secs(1));
    let mut bot = Bot::new(5, Grant::all_session_actions());
    let ended = loop {
        if let Err(error) = terminal.draw(&game) {
            break Err(error.into());
        }
        tokio::select! {
            key = terminal.keys.recv() => match key.unwrap_or(Key::Quit) {
                Key::Quit => break Ok(()),
                Key::Auto => game.is_auto = !game.is_auto,
                Key::Resized => {}
                Key::Move(action) => send(&mut game, action, &moves),
                Key::Work => {
                    let action = work(&game.hero);
                    send(&mut game, action, &moves);
                }
            },
            Some(played) = answered.recv() => game.settle(&played),
            Some((owner, hero)) = others.recv() => game.saw(owner, hero),
            _ = auto.tick(), if game.is_auto => {
                let action = bot.choose(&game.hero);
                send(&mut game, action, &moves);
            }
            _ = clock.tick() => {
                // Only the countdown hangs on it: a look that fails is made up for by the next.
                if let Ok(now_ms) = valet.network().now_ms().await {
                    game.now_ms = now_ms;
                }
            }
        }
    };
    drop(terminal);
    // What was typed is still carried out.
    drop(moves);
    while let Some(played) = answered.recv().await {
        game.settle(&played);
    }
    courier.await.context("the courier of moves")?;
    ended.map(|()| game)
}

fn send(game: &mut Game, action: Action, moves: &mpsc::UnboundedSender<Action>) {
    if game.attempt(action) && moves.send(action).is_err() {
        game.tell("the session is over");
    }
}

/// Mines ore, fights in a den, rests elsewhere.
fn work(hero: &Hero) -> Action {
    match hero.tile() {
        crate::Tile::Ore { .. } => Action::Mine,
        crate::Tile::Den { .. } => Action::Fight,
        crate::Tile::Plain => Action::Rest,
    }
}

/// Plays moves in the order in which they were typed. Those that were typed while others were on their way travel together.
async fn carry(
    session: Session,
    mut queue: mpsc::UnboundedReceiver<Action>,
    answers: mpsc::UnboundedSender<Played>,
) {
    let mut together = Vec::new();
    while queue.recv_many(&mut together, MOST_TOGETHER).await > 0 {
        let played = play(&session, &together).await;
        together.clear();
        if played.outcome.is_err() {
            // The rest was typed in the belief that these succeeded.
            while let Ok(_forgotten) = queue.try_recv() {
                let _ = answers.send(Played {
                    moves: 1,
                    gas: 0,
                    ..played.clone()
                });
            }
        }
        if answers.send(played).is_err() {
            return;
        }
    }
}

async fn play(session: &Session, actions: &[Action]) -> Played {
    let valet = session.account().valet();
    let calls: Vec<_> = actions.iter().map(|action| action.call(valet)).collect();
    let began = Instant::now();
    let answer = session.play_all(&calls).await;
    let latency = began.elapsed();
    let (outcome, gas) = match answer {
        Ok(receipt) => (
            Hero::from_receipt(&receipt, valet.deployment())
                .ok_or_else(|| "the ledger answered without a hero".to_owned()),
            receipt.gas().net(),
        ),
        Err(error) => {
            let gas = error
                .failure()
                .map_or(0, |failure| failure.receipt().gas().net());
            (Err(error.to_string()), gas)
        }
    };
    Played {
        moves: u64::try_from(actions.len()).unwrap_or(u64::MAX),
        outcome,
        latency,
        gas,
    }
}

/// A bot that plays against the player until it is stopped or its session ends.
async fn rival_plays(session: Session, seed: u64) {
    let mut bot = Bot::new(seed, Grant::all_session_actions());
    let mut hero = Hero::new();
    loop {
        tokio::time::sleep(RIVAL_PAUSE).await;
        let action = bot.choose(&hero);
        match play(&session, &[action]).await.outcome {
            Ok(after) => hero = after,
            Err(reason) => {
                tracing::info!(reason, "a rival stopped");
                return;
            }
        }
    }
}

/// The terminal while the game has it. Dropping it gives the terminal back; so does a panic.
struct Terminal {
    terminal: ratatui::DefaultTerminal,
    keys: mpsc::UnboundedReceiver<Key>,
    is_over: Arc<AtomicBool>,
}

impl Terminal {
    /// How long the keyboard's thread waits before it looks whether the game is over.
    const PATIENCE: Duration = Duration::from_millis(100);

    fn open() -> io::Result<Self> {
        let terminal = ratatui::try_init()?;
        let (sender, keys) = mpsc::unbounded_channel();
        let is_over = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&is_over);
        thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                let key = match event::poll(Self::PATIENCE) {
                    Ok(false) => continue,
                    Ok(true) => event::read().ok().and_then(|event| meaning(&event)),
                    // The terminal is gone.
                    Err(_) => Some(Key::Quit),
                };
                if let Some(key) = key
                    && sender.send(key).is_err()
                {
                    return;
                }
            }
        });
        Ok(Self {
            terminal,
            keys,
            is_over,
        })
    }

    fn draw(&mut self, game: &Game) -> io::Result<()> {
        self.terminal.draw(|frame| screen::draw(frame, game))?;
        Ok(())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        ratatui::restore();
    }
}

/// What a key means.
fn meaning(event: &Event) -> Option<Key> {
    let key = match event {
        Event::Resize(..) => return Some(Key::Resized),
        Event::Key(key) if key.kind != KeyEventKind::Release => key,
        _ => return None,
    };
    let step = |direction| Some(Key::Move(Action::Step(direction)));
    match key.code {
        KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => Some(Key::Quit),
        KeyCode::Up | KeyCode::Char('w' | 'k') => step(Direction::North),
        KeyCode::Right | KeyCode::Char('d' | 'l') => step(Direction::East),
        KeyCode::Down | KeyCode::Char('s' | 'j') => step(Direction::South),
        KeyCode::Left | KeyCode::Char('a' | 'h') => step(Direction::West),
        KeyCode::Char(' ') => Some(Key::Work),
        KeyCode::Char('m') => Some(Key::Move(Action::Mine)),
        KeyCode::Char('f') => Some(Key::Move(Action::Fight)),
        KeyCode::Char('r') => Some(Key::Move(Action::Rest)),
        KeyCode::Char('b') => Some(Key::Auto),
        KeyCode::Char('q') | KeyCode::Esc => Some(Key::Quit),
        _ => None,
    }
}

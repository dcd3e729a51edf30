//! Arena in the terminal: moves are signed silently while somebody plays.

mod game;
mod others;
mod screen;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers};
use tokio::{sync::mpsc, task::JoinSet, time::MissedTickBehavior};
use valet_client::{Error, Grant, Phase, Session};
use valet_terminal::Terminal;

use crate::{
    Action, Bot, Direction, Hero,
    table::{self, Invitation, Seat, Table, Wish},
};
use game::{Begun, Game, Played, Refused};

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
    /// How long the session lasts; an hour unless something else is said.
    pub lasting: Option<Duration>,
    /// How many moves the session may play; without a limit when there is none.
    pub max_calls: Option<u64>,
}

/// How long a bot at the keyboard waits between two moves.
const AUTO_PAUSE: Duration = Duration::from_millis(200);
/// How long a rival thinks.
const RIVAL_PAUSE: Duration = Duration::from_millis(700);
/// The most moves that travel in one transaction.
const MOST_TOGETHER: usize = 32;
/// With so many moves on their way, a bot waits.
const MOST_WAITING: u64 = 8;

/// Plays until the player stops.
///
/// # Errors
/// When there is no terminal, or the table cannot be laid.
pub async fn run(options: &Options, progress: impl Fn(&str)) -> Result<()> {
    ensure!(
        valet_terminal::is_there(),
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
    let wish = Wish {
        lasting: options.lasting.unwrap_or(table::SESSION),
        max_calls: options.max_calls,
        ..Wish::default()
    };
    let seat = table.sit_down(wish).await?;
    let mut rivals = JoinSet::new();
    for number in 0..options.rivals {
        let rival = table
            .sit_down(Wish::default())
            .await
            .context("seating a rival")?;
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
    let plural = |count: u64, what: &str| match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    };
    format!(
        "{} gold, {} xp, {}; {} in {}, signed silently; your wallet signed {}",
        game.hero.gold,
        game.hero.xp,
        plural(game.hero.steps, "step"),
        plural(game.moves, "move"),
        plural(game.transactions, "transaction"),
        match game.signatures {
            1 => "once".to_owned(),
            signatures => plural(signatures, "time"),
        }
    )
}

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Move(Action),
    /// A new session, when this one is over.
    New,
    /// Whatever can be done on this tile.
    Work,
    Auto,
    Quit,
    Resized,
}

/// What the courier is asked to do.
#[derive(Clone, Copy, Debug)]
enum Order {
    Move(Action),
    NewSession,
}

/// What came of it.
#[derive(Clone, Debug)]
enum Answer {
    Played(Played),
    Begun(Result<Begun, String>),
}

async fn at_the_keyboard(table: &Table, seat: Seat, is_auto: bool) -> Result<Game> {
    let valet = table.valet();
    let account = seat.session.account();
    let hero = Hero::read(account)
        .await?
        .context("the ledger has no hero for this account")?;
    let mut game = Game::new(account.owner(), hero);
    game.signatures = seat.signatures;
    game.float = seat.float;
    game.expires_at_ms = seat.session.expires_at_ms();
    game.now_ms = valet.network().now_ms().await?;
    game.is_auto = is_auto;
    game.tell("welcome; every move you type is signed by the session's key");

    let url = valet.network().url().to_owned();
    let mut others = others::follow(url, valet.deployment().clone());
    let (orders, queue) = mpsc::unbounded_channel();
    let (answers, mut answered) = mpsc::unbounded_channel();
    let courier = tokio::spawn(carry(seat, queue, answers));

    let mut terminal = Terminal::open(meaning)?;
    let mut auto = tokio::time::interval(AUTO_PAUSE);
    auto.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut clock = tokio::time::interval(Duration::from_secs(1));
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut bot = Bot::new(5, Grant::all_session_actions());
    let mut stopped = std::pin::pin!(valet_terminal::stop_signal()?);
    let ended = loop {
        if let Err(error) = terminal.draw(|frame| screen::draw(frame, &game)) {
            break Err(error.into());
        }
        tokio::select! {
            key = terminal.key() => match key.unwrap_or(Key::Quit) {
                Key::Quit => break Ok(()),
                Key::Auto => game.is_auto = !game.is_auto && game.over.is_none(),
                Key::Resized => {}
                Key::New if game.over.is_none() => game.tell("your session goes on"),
                Key::New => {
                    game.tell("asking your wallet");
                    send(&mut game, Order::NewSession, &orders);
                }
                Key::Move(action) => play_move(&mut game, action, &orders),
                Key::Work => {
                    let action = work(&game.hero);
                    play_move(&mut game, action, &orders);
                }
            },
            Some(answer) = answered.recv() => take_in(&mut game, answer),
            Some((owner, hero)) = others.recv() => game.saw(owner, hero),
            _ = auto.tick(), if game.is_auto && game.in_flight < MOST_WAITING => {
                let action = bot.choose(&game.hero);
                play_move(&mut game, action, &orders);
            }
            _ = clock.tick() => {
                // Only the countdown hangs on it, and it is carried on with every answer.
                if let Some(now_ms) = valet.network().estimated_time_ms() {
                    game.now_ms = now_ms;
                }
            }
            () = &mut stopped => break Ok(()),
        }
    };
    drop(terminal);
    // What was typed is still carried out.
    drop(orders);
    if game.in_flight > 0 {
        eprintln!("   carrying out what was typed; Ctrl-C does without");
    }
    while let Some(answer) = answered.recv().await {
        take_in(&mut game, answer);
    }
    courier.await.context("the courier of moves")?;
    ended.map(|()| game)
}

fn take_in(game: &mut Game, answer: Answer) {
    match answer {
        Answer::Played(played) => game.settle(&played),
        Answer::Begun(Ok(begun)) => game.begin(begun),
        Answer::Begun(Err(reason)) => game.tell(&reason),
    }
}

fn play_move(game: &mut Game, action: Action, orders: &mpsc::UnboundedSender<Order>) {
    if game.attempt(action) {
        send(game, Order::Move(action), orders);
    }
}

fn send(game: &mut Game, order: Order, orders: &mpsc::UnboundedSender<Order>) {
    if orders.send(order).is_err() {
        game.tell("nothing can be sent any more: quit with q");
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
    mut seat: Seat,
    mut queue: mpsc::UnboundedReceiver<Order>,
    answers: mpsc::UnboundedSender<Answer>,
) {
    let mut orders = Vec::new();
    while queue.recv_many(&mut orders, MOST_TOGETHER).await > 0 {
        let mut waiting = orders.drain(..).peekable();
        while let Some(order) = waiting.next() {
            let answer = match order {
                Order::NewSession => Answer::Begun(begin_again(&mut seat).await),
                Order::Move(first) => {
                    // More than what is left of its calls would be refused altogether.
                    let left = seat.session.state().remaining_calls.unwrap_or(u64::MAX);
                    let mut together = vec![first];
                    while (together.len() as u64) < left
                        && let Some(Order::Move(next)) =
                            waiting.next_if(|order| matches!(order, Order::Move(_)))
                    {
                        together.push(next);
                    }
                    Answer::Played(play(&seat.session, &together).await)
                }
            };
            let refused = match &answer {
                Answer::Played(played) => played.outcome.clone().err(),
                Answer::Begun(_) => None,
            };
            if answers.send(answer).is_err() {
                return;
            }
            if let Some(refused) = refused {
                // What follows was typed in the belief that these succeeded.
                let mut forgotten = waiting.by_ref().count();
                while queue.try_recv().is_ok() {
                    forgotten += 1;
                }
                let played = Played::never_sent(forgotten, refused);
                if forgotten > 0 && answers.send(Answer::Played(played)).is_err() {
                    return;
                }
            }
        }
    }
}

async fn begin_again(seat: &mut Seat) -> Result<Begun, String> {
    match seat.begin_again().await {
        Ok(()) => Ok(Begun {
            signatures: seat.signatures,
            float: seat.float,
            expires_at_ms: seat.session.expires_at_ms(),
        }),
        Err(error) => Err(format!("{error:#}")),
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
                .ok_or_else(|| Refused::Once("the ledger answered without a hero".to_owned())),
            receipt.gas().net(),
        ),
        Err(error) => {
            let gas = error
                .failure()
                .map_or(0, |failure| failure.receipt().gas().net());
            (Err(refused(session, &error)), gas)
        }
    };
    Played {
        moves: u64::try_from(actions.len()).unwrap_or(u64::MAX),
        outcome,
        latency: Some(latency),
        gas,
    }
}

/// Whether the session is over with it, in the game's words.
fn refused(session: &Session, error: &Error) -> Refused {
    if matches!(error, Error::InsufficientGas { .. }) {
        return Refused::Over("its gas is used up");
    }
    match session.state().phase {
        Phase::Expired => Refused::Over("its time is up"),
        Phase::Exhausted => Refused::Over("its moves are used up"),
        Phase::Revoked => Refused::Over("it was ended"),
        Phase::Lost => Refused::Over("another session took its place"),
        _ => Refused::Once(error.to_string()),
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
                tracing::info!(?reason, "a rival stopped");
                return;
            }
        }
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
        KeyCode::Char('n') => Some(Key::New),
        KeyCode::Char('q') | KeyCode::Esc => Some(Key::Quit),
        _ => None,
    }
}

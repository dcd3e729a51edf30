//! The terminal while the live view has it: taken over, and given back whatever happens.

use std::{
    io::{self, IsTerminal},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use ratatui::DefaultTerminal;
use tokio::sync::mpsc;

use super::screen::{self, View};

/// What a person did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Quit,
    Refresh,
    Resized,
}

/// The whole terminal. Dropping it gives the terminal back; so does a panic.
pub(super) struct Screen {
    terminal: DefaultTerminal,
    keys: mpsc::UnboundedReceiver<Key>,
    is_over: Arc<AtomicBool>,
}

/// Whether there is a terminal to take over.
pub(super) fn is_there() -> bool {
    io::stdout().is_terminal() && io::stdin().is_terminal()
}

/// Completes when the process is asked to end, or its terminal ended: the terminal is to be given back before it does. Ctrl-C is a
/// key here.
pub(super) fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut hung_up = signal(SignalKind::hangup())?;
        let mut terminate = signal(SignalKind::terminate())?;
        Ok(async move {
            tokio::select! {
                _ = hung_up.recv() => {}
                _ = terminate.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    Ok(std::future::pending())
}

impl Screen {
    /// How long the keyboard's thread waits before it looks whether the view is over.
    const PATIENCE: Duration = Duration::from_millis(100);

    /// Takes the terminal over.
    pub(super) fn open() -> io::Result<Self> {
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

    /// Draws the view.
    pub(super) fn draw(&mut self, view: &View) -> io::Result<()> {
        self.terminal.draw(|frame| screen::draw(frame, view))?;
        Ok(())
    }

    /// Waits for a key that means something.
    pub(super) async fn key(&mut self) -> Key {
        self.keys.recv().await.unwrap_or(Key::Quit)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        ratatui::restore();
    }
}

fn meaning(event: &Event) -> Option<Key> {
    match event {
        Event::Resize(..) => Some(Key::Resized),
        Event::Key(key) if key.kind != KeyEventKind::Release => match key.code {
            KeyCode::Char('q') | KeyCode::Esc => Some(Key::Quit),
            KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => Some(Key::Quit),
            KeyCode::Char('r') => Some(Key::Refresh),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    #[ignore = "run by the test below, which has a terminal for it"]
    fn panics_with_the_terminal() {
        let _screen = Screen::open().expect("a terminal");
        panic!("on purpose");
    }

    #[test]
    fn d13_a_panic_gives_the_terminal_back_before_it_is_told() {
        let program = std::env::current_exe().expect("this program");
        let this = "watch::terminal::tests::panics_with_the_terminal";
        let command = format!(
            "'{}' --exact {this} --ignored --nocapture",
            program.display()
        );
        let ran = Command::new("script")
            .args(["-qec", &command, "/dev/null"])
            .output();
        let Ok(ran) = ran else {
            return; // Nothing here plays a terminal.
        };
        let seen = String::from_utf8_lossy(&ran.stdout);
        let (before, after) = seen
            .rsplit_once("\u{1b}[?1049l")
            .unwrap_or_else(|| panic!("not given back: {seen}"));
        assert!(before.contains("\u{1b}[?1049h"), "{seen}");
        assert!(!after.contains("\u{1b}[?1049h"), "{seen}");
        let told = seen.find("on purpose").expect("told");
        let back = seen.find("\u{1b}[?1049l").expect("given back");
        assert!(back < told, "{seen}");
    }
}

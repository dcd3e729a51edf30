//! A terminal that a view takes over, and that is given back whatever happens: what `valet session watch` and the game share.

use std::{
    io::{self, IsTerminal},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use crossterm::event;
use ratatui::{DefaultTerminal, Frame, backend::TestBackend};
use tokio::sync::mpsc;

/// Whether there is a terminal to take over.
#[must_use]
pub fn is_there() -> bool {
    io::stdout().is_terminal() && io::stdin().is_terminal()
}

/// Completes when the process is asked to end, or its terminal ended: the terminal is to be given back before it does. Ctrl-C is a
/// key here.
///
/// # Errors
/// When the system takes no handler for its signals.
pub fn stop_signal() -> io::Result<impl Future<Output = ()>> {
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

/// The whole terminal, and the keys of type `K` that are typed at it. Dropping it gives the terminal back; so does a panic.
#[derive(Debug)]
pub struct Terminal<K> {
    terminal: DefaultTerminal,
    keys: mpsc::UnboundedReceiver<K>,
    is_over: Arc<AtomicBool>,
}

impl<K: Send + 'static> Terminal<K> {
    /// Takes the terminal over. Events without a meaning are passed over.
    ///
    /// # Errors
    /// When the terminal cannot be taken over.
    pub fn open(meaning: fn(&event::Event) -> Option<K>) -> io::Result<Self> {
        let terminal = ratatui::try_init()?;
        let (sender, keys) = mpsc::unbounded_channel();
        let is_over = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&is_over);
        thread::spawn(move || read_keys(meaning, &sender, &over));
        Ok(Self {
            terminal,
            keys,
            is_over,
        })
    }

    /// Draws a frame.
    ///
    /// # Errors
    /// When the terminal cannot be written to.
    pub fn draw(&mut self, render: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        self.terminal.draw(render).map(drop)
    }

    /// Waits for a key that means something; `None` when the terminal is gone.
    pub async fn key(&mut self) -> Option<K> {
        self.keys.recv().await
    }
}

impl<K> Drop for Terminal<K> {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        ratatui::restore();
    }
}

/// Reads keys until the view is over or the terminal is gone.
fn read_keys<K>(
    meaning: fn(&event::Event) -> Option<K>,
    keys: &mpsc::UnboundedSender<K>,
    is_over: &AtomicBool,
) {
    /// How long it waits before it looks whether the view is over.
    const PATIENCE: Duration = Duration::from_millis(100);
    while !is_over.load(Ordering::Relaxed) {
        let key = match event::poll(PATIENCE) {
            Ok(false) => continue,
            Ok(true) => event::read().ok().and_then(|event| meaning(&event)),
            // The terminal is gone.
            Err(_) => return,
        };
        if let Some(key) = key
            && keys.send(key).is_err()
        {
            return;
        }
    }
}

/// What a terminal of this size would show, line by line, without the blanks at the ends: for tests of views.
///
/// ```
/// let lines = valet_terminal::rendered(6, 2, |frame| frame.render_widget("valet", frame.area()));
/// assert_eq!(lines, ["valet", ""]);
/// ```
#[must_use]
pub fn rendered(width: u16, height: u16, render: impl FnOnce(&mut Frame<'_>)) -> Vec<String> {
    // Its error type has no values.
    let Ok(mut terminal) = ratatui::Terminal::new(TestBackend::new(width, height));
    let Ok(frame) = terminal.draw(render);
    let buffer = frame.buffer;
    (0..height)
        .map(|y| {
            let line: String = (0..width)
                .map(|x| buffer.cell((x, y)).map_or(" ", |cell| cell.symbol()))
                .collect();
            line.trim_end().to_owned()
        })
        .collect()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    #[ignore = "run by the test below, which has a terminal for it"]
    fn panics_with_the_terminal() {
        let _terminal = Terminal::open(|_| Some(())).expect("a terminal");
        panic!("on purpose");
    }

    #[test]
    fn d13_a_panic_gives_the_terminal_back_before_it_is_told() {
        let program = std::env::current_exe().expect("this program");
        let this = "tests::panics_with_the_terminal";
        let command = format!(
            "'{}' --exact {this} --ignored --nocapture",
            program.display()
        );
        let ran = Command::new("script")
            .args(["-qec", &command, "/dev/null"])
            .output()
            .expect("`script` of util-linux plays the terminal");
        let seen = String::from_utf8_lossy(&ran.stdout);
        let taken = seen.find("\u{1b}[?1049h").expect("taken");
        let back = seen.find("\u{1b}[?1049l").expect("given back");
        let told = seen.find("on purpose").expect("told");
        assert!(taken < back && back < told, "{seen}");
        let (_, after) = seen.rsplit_once("\u{1b}[?1049l").expect("given back");
        assert!(!after.contains("\u{1b}[?1049h"), "{seen}");
    }
}

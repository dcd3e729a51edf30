//! At a terminal: questions are asked, secrets are not shown, and the live view gives the terminal back. (D13)
//!
//! `script` of util-linux plays the terminal.

use std::{
    fs,
    io::{Read as _, Write as _},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Arc, Mutex},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use crate::stage::{Person, Stage};

/// Takes the whole screen, and gives it back.
const TAKES: &str = "\u{1b}[?1049h";
const GIVES_BACK: &str = "\u{1b}[?1049l";

/// The program at a terminal, and somebody at its keyboard.
struct Terminal {
    child: Child,
    keyboard: ChildStdin,
    seen: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Terminal {
    /// Runs the program.
    fn run(stage: &Stage, person: Option<&Person>, arguments: &[&str]) -> Self {
        let plain = stage.command(person, arguments);
        let mut words = vec![plain.get_program().to_string_lossy().into_owned()];
        words.extend(
            plain
                .get_args()
                .map(|word| format!("'{}'", word.to_string_lossy())),
        );
        // A terminal of `script`'s has no size.
        let line = format!("stty cols 100 rows 30; exec {}", words.join(" "));
        let mut command = Command::new("script");
        command
            .args(["-qec", &line, "/dev/null"])
            .current_dir(stage.path("."))
            .env("TERM", "xterm-256color")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        for (name, value) in plain.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let mut child = command
            .spawn()
            .expect("`script` of util-linux plays the terminal");
        let keyboard = child.stdin.take().expect("a keyboard");
        let mut screen = child.stdout.take().expect("a screen");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&seen);
        let reader = std::thread::spawn(move || {
            let mut part = [0; 4_096];
            while let Ok(count @ 1..) = screen.read(&mut part) {
                kept.lock()
                    .expect("no panic")
                    .extend_from_slice(&part[..count]);
            }
        });
        Self {
            child,
            keyboard,
            seen,
            reader: Some(reader),
        }
    }

    fn seen(&self) -> String {
        String::from_utf8_lossy(&self.seen.lock().expect("no panic")).into_owned()
    }

    /// Waits until the screen has shown a text; of a live view, a word: each is written to its place.
    fn expect(&self, text: &str) {
        let deadline = Instant::now() + Duration::from_secs(120);
        while !self.seen().contains(text) {
            assert!(
                Instant::now() < deadline,
                "no `{text}` in {:?}",
                self.seen()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Types, a moment after the question, when the terminal has stopped to echo.
    fn type_in(&mut self, keys: &str) {
        std::thread::sleep(Duration::from_millis(300));
        self.keyboard.write_all(keys.as_bytes()).expect("typed");
        self.keyboard.flush().expect("typed");
    }

    /// What was on the screen altogether, and the exit code.
    fn end(mut self) -> (Option<i32>, String) {
        let status = self.child.wait().expect("ends");
        if let Some(reader) = self.reader.take() {
            reader.join().expect("reads");
        }
        (status.code(), self.seen())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const START: [&str; 6] = [
    "session",
    "start",
    "--actions",
    "all",
    "--with",
    "arena::join",
];

#[test]
fn d13_a_person_is_asked_and_the_pin_is_not_shown() {
    let (stage, owner) = Stage::with_arena();
    let mut terminal = Terminal::run(&stage, Some(&owner), &START);
    terminal.expect("sign this? [y/N] ");
    terminal.type_in("y\n");
    terminal.expect("choose a PIN or passphrase: ");
    terminal.type_in("tulip\n");
    terminal.expect("once more: ");
    terminal.type_in("tulip\n");
    let (code, seen) = terminal.end();
    assert_eq!(code, Some(0), "{seen}");
    for line in [
        "[1/3] Generate  key 0x",
        "[2/3] Register  ",
        "[3/3] Active    ",
    ] {
        assert!(seen.contains(line), "{line}: {seen}");
    }
    assert!(!seen.contains("tulip"), "{seen}");

    for (pin, code, says) in [
        ("rose\n", 5, "error: the PIN does not open "),
        ("\n", 2, "error: the PIN is empty"),
        ("tulip\n", 0, "played arena::step"),
    ] {
        let mut terminal = Terminal::run(&stage, None, &["call", "arena::step", "1"]);
        terminal.expect("PIN: ");
        terminal.type_in(pin);
        let (found, seen) = terminal.end();
        assert_eq!(found, Some(code), "{seen}");
        assert!(seen.contains(says), "{seen}");
    }
}

#[test]
fn d13_no_is_taken_for_an_answer_and_two_pins_must_be_one() {
    let (stage, owner) = Stage::with_arena();
    let mut terminal = Terminal::run(&stage, Some(&owner), &START);
    terminal.expect("sign this? [y/N] ");
    terminal.type_in("\n");
    let (code, seen) = terminal.end();
    assert_eq!(code, Some(7), "{seen}");
    assert!(seen.contains("error: nothing was done"), "{seen}");

    let mut terminal = Terminal::run(&stage, Some(&owner), &START);
    terminal.expect("sign this? [y/N] ");
    terminal.type_in("yes\n");
    terminal.expect("passphrase: ");
    terminal.type_in("tulip\n");
    terminal.expect("once more: ");
    terminal.type_in("turnip\n");
    let (code, seen) = terminal.end();
    assert_eq!(code, Some(2), "{seen}");
    assert!(seen.contains("error: the two PINs differ"), "{seen}");
    assert!(!stage.path("valet-session/vault").exists());
}

#[test]
fn d13_a_key_is_pasted_and_not_shown() {
    let stage = Stage::new();
    let person = Person::new(9);
    let mut terminal = Terminal::run(&stage, None, &["key", "import"]);
    terminal.expect("key: ");
    terminal.type_in(&format!("{}\n", person.key));
    let (code, seen) = terminal.end();
    assert_eq!(code, Some(0), "{seen}");
    assert!(
        seen.contains(&format!("the key of {} is in ", person.address)),
        "{seen}"
    );
    assert!(!seen.contains("suiprivkey1q"), "{seen}");
    let listed = stage.valet(None, &["key", "list"]);
    assert_eq!(listed.stdout, format!("{}\n", person.address));

    let mut terminal = Terminal::run(&stage, None, &["key", "import"]);
    terminal.expect("key: ");
    terminal.type_in("suiprivkey1nonsense\n");
    let (code, seen) = terminal.end();
    assert_eq!(code, Some(2), "{seen}");
    assert!(
        seen.contains("error: what you typed is not a private key"),
        "{seen}"
    );
    assert!(!seen.contains("nonsense"), "{seen}");
}

/// The one process that `script` runs.
fn program(terminal: &Terminal) -> Option<i32> {
    let id = terminal.child.id();
    let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).ok()?;
    let shell: i32 = children.split_whitespace().next()?.parse().ok()?;
    // A shell that does not replace itself has the program below it.
    let below = fs::read_to_string(format!("/proc/{shell}/task/{shell}/children")).ok()?;
    match below.split_whitespace().next() {
        Some(program) => program.parse().ok(),
        None => Some(shell),
    }
}

#[test]
fn d13_the_live_view_gives_the_terminal_back() {
    use nix::{
        sys::signal::{Signal, kill},
        unistd::Pid,
    };
    let (stage, owner) = Stage::with_arena();
    let started = [&START[..], &["--pin-file", "pin", "--yes"]].concat();
    stage.json(Some(&owner), &started);
    let watch = ["session", "watch"];
    for keys in ["q", "\u{3}", "\u{1b}"] {
        let mut terminal = Terminal::run(&stage, Some(&owner), &watch);
        terminal.expect("latest");
        terminal.type_in(keys);
        let (code, seen) = terminal.end();
        assert_eq!(code, Some(0), "{seen}");
        let (_, after) = seen.rsplit_once(GIVES_BACK).expect("given back");
        assert!(seen.contains(TAKES) && !after.contains(TAKES));
        assert!(
            after.contains("[active] 0x"),
            "what was seen last: {after:?}"
        );
    }
    for signal in [Signal::SIGTERM, Signal::SIGHUP] {
        let terminal = Terminal::run(&stage, Some(&owner), &watch);
        terminal.expect("latest");
        let id = program(&terminal).expect("runs");
        kill(Pid::from_raw(id), signal).expect("a signal");
        let (_, seen) = terminal.end();
        assert!(
            seen.rsplit_once(GIVES_BACK)
                .is_some_and(|(_, after)| !after.contains(TAKES)),
            "{signal}: {seen:?}"
        );
    }
}

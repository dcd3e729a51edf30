//! What a command prints: one report on standard output, everything else on standard error.

use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode,
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use crate::problem::Problem;

/// What a command found or did: the same facts as text and as JSON.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) text: String,
    pub(crate) json: Value,
}

/// Where and how to print.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    is_json: bool,
}

impl Output {
    pub(crate) fn new(is_json: bool) -> Self {
        Self { is_json }
    }

    /// Whether machines read along.
    pub(crate) fn is_json(self) -> bool {
        self.is_json
    }

    /// Prints the report.
    pub(crate) fn report(self, report: &Report) -> io::Result<()> {
        if self.is_json {
            print(&report.json.to_string())
        } else {
            print(&report.text)
        }
    }

    /// Prints what went wrong, and gives the exit code.
    pub(crate) fn problem(self, problem: &Problem) -> ExitCode {
        if self.is_json {
            // Whoever closed the pipe still gets the exit code.
            let _ = print(&problem.to_json().to_string());
        } else {
            self.say(&problem.to_string());
        }
        problem.exit_code()
    }

    /// Tells a person something on the way; machines are not told.
    pub(crate) fn note(self, line: &str) {
        if !self.is_json {
            self.say(line);
        }
    }

    /// A line on standard error; a closed one is no reason to stop.
    #[expect(clippy::unused_self, reason = "reads as one of the ways to print")]
    fn say(self, line: &str) {
        let _ = writeln!(io::stderr().lock(), "{line}");
    }

    /// Shows that something takes a while, on a terminal only; until it is dropped.
    pub(crate) fn progress(self, what: impl Into<String>) -> Progress {
        let bar = if self.is_json || !io::stderr().is_terminal() {
            ProgressBar::hidden()
        } else {
            let style = ProgressStyle::with_template("{spinner} {msg} ({elapsed})");
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = style {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        };
        bar.set_message(what.into());
        Progress { bar }
    }
}

/// A running progress line.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Prints to standard output. A reader that has gone away has seen enough: that is no failure.
pub(crate) fn print(text: &str) -> io::Result<()> {
    print_or_closed(text).map(drop)
}

/// Prints to standard output, and says whether anybody reads there.
pub(crate) fn print_or_closed(text: &str) -> io::Result<bool> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error),
    }
}

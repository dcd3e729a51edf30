//! The unit tests of one package, run again and again with small changes to it, in memory.
//!
//! A test run of its own starts Node.js, loads the compiler and reads the framework each time. Here one process stays
//! warm and does so once. It is started when first asked, killed when a trial does not end, and started again when
//! asked again.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    process::{Child, ChildStdin, Stdio},
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use serde::{Deserialize, Serialize};

use crate::{
    error::Error,
    framework::FrameworkSources,
    node::Packages,
    package::{PackageGraph, Scope},
    process,
    protocol::{Sources, unencodable},
    toolchain::Toolchain,
};

const SCRIPT: &str = "trials.mjs";

/// Reading the framework takes a second or two on an idle machine.
const START_LIMIT: Duration = Duration::from_secs(300);

/// What is different in one trial.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Trial {
    /// New contents of files, by their path inside the package.
    pub edits: BTreeMap<String, String>,
    /// Files to leave out, for instance tests of no interest.
    pub without: Vec<String>,
}

/// How a trial ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// Every test passed.
    Passed,
    /// These tests failed, each as `package::module::function`.
    Failed {
        /// Those whose names the runner printed.
        tests: Vec<String>,
    },
    /// The package does not compile.
    Refused {
        /// The compiler's own text.
        diagnostics: String,
    },
    /// The runner itself broke, twice and in two processes.
    Broke {
        /// Its last words.
        detail: String,
    },
    /// The tests did not end and were stopped.
    TimedOut,
}

/// A package that was read once, and the process that tries changes to it.
///
/// Made by [`Toolchain::trials`]. What is on disk is neither read again nor written.
#[derive(Debug)]
pub struct Trials<'a> {
    toolchain: &'a Toolchain,
    package: Arc<Package>,
    runner: Option<Runner>,
}

#[derive(Debug)]
struct Package {
    name: String,
    files: BTreeMap<String, String>,
    /// The first line for each process.
    request: Vec<u8>,
}

impl Toolchain {
    /// Reads `package` and its tests, to run them with changes. Starts no process yet.
    ///
    /// # Errors
    /// The package or the framework's sources cannot be read.
    pub fn trials(&self, package: &std::path::Path) -> Result<Trials<'_>, Error> {
        let graph = PackageGraph::read(package, Scope::Tests)?;
        let framework = FrameworkSources::locate(self.tools())?;
        let request = line(&Sources::new(&graph, &framework))?;
        Ok(Trials {
            toolchain: self,
            package: Arc::new(Package {
                name: graph.name,
                files: graph.files,
                request,
            }),
            runner: None,
        })
    }
}

impl Trials<'_> {
    /// The package's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.package.name
    }

    /// The files of the package as they were read, by their path inside it.
    #[must_use]
    pub fn files(&self) -> &BTreeMap<String, String> {
        &self.package.files
    }

    /// Another process for the same files, for use beside this one.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self {
            toolchain: self.toolchain,
            package: Arc::clone(&self.package),
            runner: None,
        }
    }

    /// Runs the tests with one change, for no longer than `limit`.
    ///
    /// # Errors
    /// The tools could not be installed or started. Whatever the change does to the package is no error but a verdict.
    pub fn run(&mut self, trial: &Trial, limit: Duration) -> Result<Verdict, Error> {
        let verdict = self.attempt(trial, limit)?;
        if !matches!(verdict, Verdict::Broke { .. }) {
            return Ok(verdict);
        }
        // A process that has run many trials may have broken for its own reasons.
        self.attempt(trial, limit)
    }

    fn attempt(&mut self, trial: &Trial, limit: Duration) -> Result<Verdict, Error> {
        let runner = match self.runner.take() {
            Some(runner) => runner,
            None => self.start()?,
        };
        let runner = self.runner.insert(runner);
        let verdict = match runner.ask(line(trial)?, limit) {
            Reply::Line(Answer::Ran { count: 0, .. }) => Verdict::Passed,
            Reply::Line(Answer::Ran { failed, .. }) => Verdict::Failed { tests: failed },
            Reply::Line(Answer::Refused { message }) => Verdict::Refused {
                diagnostics: message,
            },
            Reply::Line(Answer::Broke { message }) => Verdict::Broke { detail: message },
            Reply::Line(Answer::Ready) => Verdict::Broke {
                detail: "an answer out of turn".into(),
            },
            Reply::Ended(detail) => Verdict::Broke { detail },
            Reply::Nothing => Verdict::TimedOut,
        };
        if matches!(verdict, Verdict::Broke { .. } | Verdict::TimedOut) {
            self.runner = None;
        }
        Ok(verdict)
    }

    fn start(&self) -> Result<Runner, Error> {
        let what = || format!("preparing {}", self.package.name);
        let mut runner = Runner::start(self.toolchain)?;
        match runner.ask(self.package.request.clone(), START_LIMIT) {
            Reply::Line(Answer::Ready) => Ok(runner),
            Reply::Line(answer) => Err(Error::Tool {
                what: what(),
                detail: format!("unexpected answer {answer:?}"),
            }),
            Reply::Ended(detail) => Err(Error::Tool {
                what: what(),
                detail,
            }),
            Reply::Nothing => Err(Error::TimedOut {
                what: what(),
                limit_secs: START_LIMIT.as_secs(),
                hint: "",
            }),
        }
    }
}

/// One line of JSON.
fn line(value: &impl Serialize) -> Result<Vec<u8>, Error> {
    let mut bytes = serde_json::to_vec(value).map_err(unencodable)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// What the script answers.
#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "lowercase")]
enum Answer {
    Ready,
    Ran { failed: Vec<String>, count: u64 },
    Refused { message: String },
    Broke { message: String },
}

/// What came of a question.
#[derive(Debug)]
enum Reply {
    Line(Answer),
    /// The process ended, or answered with something unreadable.
    Ended(String),
    /// Within the limit, nothing.
    Nothing,
}

/// A running script; killed when dropped.
#[derive(Debug)]
struct Runner {
    child: Child,
    questions: Option<ChildStdin>,
    answers: mpsc::Receiver<String>,
    complaints: Option<mpsc::Receiver<Vec<u8>>>,
    /// Keeps the installed packages in place.
    _installed: std::fs::File,
}

impl Runner {
    fn start(toolchain: &Toolchain) -> Result<Self, Error> {
        let node = toolchain.node();
        let installed = node.prepare(Packages::Tools, toolchain.observer())?;
        let mut command = node.node_command()?;
        let mut child = command
            .arg(toolchain.tools().join(SCRIPT))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(Error::io(SCRIPT))?;
        let (sender, answers) = mpsc::channel();
        if let Some(stdout) = child.stdout.take() {
            thread::spawn(move || forward(stdout, &sender));
        }
        Ok(Self {
            questions: child.stdin.take(),
            complaints: child.stderr.take().map(process::collect),
            child,
            answers,
            _installed: installed,
        })
    }

    fn ask(&mut self, question: Vec<u8>, limit: Duration) -> Reply {
        if let Some(questions) = &mut self.questions {
            // A process that has ended is noticed by its silence. It reads before it works, so this does not block.
            drop(questions.write_all(&question));
        }
        match self.answers.recv_timeout(limit) {
            Ok(text) => match serde_json::from_str(&text) {
                Ok(answer) => Reply::Line(answer),
                Err(error) => Reply::Ended(format!("unreadable answer ({error}): {text}")),
            },
            Err(mpsc::RecvTimeoutError::Timeout) => Reply::Nothing,
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                drop(self.child.wait());
                Reply::Ended(process::tail(&process::drain(self.complaints.take())))
            }
        }
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        // One that has ended already cannot be killed, which is as well.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn forward(pipe: impl Read, sender: &mpsc::Sender<String>) {
    for line in BufReader::new(pipe).lines() {
        let Ok(line) = line else { return };
        if sender.send(line).is_err() {
            return;
        }
    }
}

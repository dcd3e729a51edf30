//! Child processes under a time limit.

use std::{
    io::{self, Read, Write},
    process::{Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

/// How often a running child is looked at. Small beside the half second that any of the tools needs to start.
const POLL: Duration = Duration::from_millis(5);

/// How long output may trail behind the end of the process that wrote it.
const DRAIN: Duration = Duration::from_secs(5);

/// How a child ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// By itself.
    Finished {
        status: ExitStatus,
        stdout: Vec<u8>,
        stderr: Vec<u8>,
    },
    /// It was killed at the limit.
    TimedOut,
}

/// Runs `command` with `input` on its stdin until it ends, or kills it after `limit`.
pub(crate) fn run(command: &mut Command, input: Vec<u8>, limit: Duration) -> io::Result<Outcome> {
    let deadline = Instant::now() + limit;
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;

    // The pipes are served by threads of their own: a child that fills one while we wait on another would hang.
    if let Some(mut stdin) = child.stdin.take() {
        // A child that ends without reading everything is judged by its exit status, not by the broken pipe.
        thread::spawn(move || drop(stdin.write_all(&input)));
    }
    let stdout = child.stdout.take().map(collect);
    let stderr = child.stderr.take().map(collect);

    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if Instant::now() >= deadline {
            child.kill()?;
            child.wait()?;
            return Ok(Outcome::TimedOut);
        }
        thread::sleep(POLL);
    };
    Ok(Outcome::Finished {
        status,
        stdout: drain(stdout),
        stderr: drain(stderr),
    })
}

/// Reads everything there is to read, on a thread of its own.
pub(crate) fn collect(mut pipe: impl Read + Send + 'static) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What came before a read error is still worth showing.
        drop(pipe.read_to_end(&mut bytes));
        drop(sender.send(bytes));
    });
    receiver
}

/// What [`collect`] has read. The limit matters when a grandchild has inherited the pipe and outlives the child.
pub(crate) fn drain(receiver: Option<mpsc::Receiver<Vec<u8>>>) -> Vec<u8> {
    receiver
        .and_then(|receiver| receiver.recv_timeout(DRAIN).ok())
        .unwrap_or_default()
}

/// The last lines of a tool's output, for an error message.
pub(crate) fn tail(bytes: &[u8]) -> String {
    const LINES: usize = 30;
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<&str> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn input_and_output_larger_than_a_pipe_pass_through() -> io::Result<()> {
        let input = vec![b'x'; 1 << 20];
        let outcome = run(
            &mut shell("cat; echo done >&2"),
            input.clone(),
            Duration::from_secs(60),
        )?;
        let Outcome::Finished {
            status,
            stdout,
            stderr,
        } = outcome
        else {
            return Err(io::Error::other("timed out"));
        };
        assert!(status.success());
        assert_eq!(stdout, input);
        assert_eq!(stderr, b"done\n");
        Ok(())
    }

    #[test]
    fn a_child_that_never_ends_is_killed() -> io::Result<()> {
        let outcome = run(
            &mut shell("exec sleep 600"),
            Vec::new(),
            Duration::from_millis(50),
        )?;
        assert!(matches!(outcome, Outcome::TimedOut));
        Ok(())
    }

    #[test]
    fn the_tail_keeps_the_last_lines() {
        let text: String = (0..100).map(|n| format!("{n}\n")).collect();
        let tail = tail(text.as_bytes());
        assert!(tail.starts_with("70\n") && tail.ends_with("\n99"));
        assert_eq!(super::tail(b""), "");
    }
}

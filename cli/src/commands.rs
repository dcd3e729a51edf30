//! The command line: what there is to say, and who hears it.

use std::{ffi::OsString, io::IsTerminal, process::ExitCode};

use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use serde_json::json;
use tracing_subscriber::EnvFilter;

use crate::{
    account, call, deploy, index, key, localnet, money,
    output::{Output, Report},
    problem::{Kind, Problem},
    revoke, session, sessions, sponsor, watch,
};

/// Told at the end of `valet --help`.
const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  refused by valet or the dApp, or failed
  2  the command line, or a file that it names, cannot be used
  3  no node answers
  4  another process uses the session's key file, or the sponsor's book
  5  the PIN is wrong
  6  a transaction was sent and its outcome is not known
  7  not agreed to: answered with no, or nobody to ask and no --yes

With --json, standard output has one JSON object: the report, or {\"error\": {\"kind\", \"exit_code\", \"message\", \"remedy\",
\"code\", \"transaction\", \"gas_mist\"}}.";

/// Smart accounts with session keys on Sui.
#[derive(Debug, Parser)]
#[command(name = "valet", version, after_long_help = EXIT_CODES, max_term_width = 110)]
struct Arguments {
    /// Print one JSON object instead of text.
    #[arg(long, global = true)]
    json: bool,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve a Sui ledger in memory, with gRPC and a faucet, until Ctrl-C.
    Localnet(localnet::Arguments),
    /// Pay for the gas of what a configuration allows, over HTTP, until Ctrl-C.
    Sponsor(sponsor::Arguments),
    Deploy(deploy::Arguments),
    /// Make, take in and list the keys of owners.
    #[command(subcommand)]
    Key(key::Command),
    Account(account::Arguments),
    /// Start, look at, renew, fund and end the session that plays for an account.
    #[command(subcommand)]
    Session(SessionCommand),
    Call(call::Arguments),
    Logout(session::EndArguments),
    Revoke(revoke::Arguments),
    /// Put coins of the owner's into the account's purse, from which sessions draw within their allowances.
    Deposit(money::PurseArguments),
    /// Take coins out of the account's purse, back to the owner.
    Withdraw(money::PurseArguments),
    Settle(money::SettleArguments),
    Credit(money::CreditArguments),
    Recharge(money::RechargeArguments),
    Faucet(money::FaucetArguments),
    Index(index::Arguments),
    Sessions(sessions::Arguments),
    /// Print a shell's completions for this command.
    Completions {
        /// The shell.
        shell: Shell,
    },
}

/// The session's commands, and the live view among them.
#[derive(Debug, Subcommand)]
enum SessionCommand {
    #[command(flatten)]
    Plain(session::Command),
    Watch(watch::Arguments),
}

/// Runs the command line of this process.
pub(crate) fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    let arguments = match Arguments::try_parse_from(&words) {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error, &words),
    };
    listen_to_the_log(&arguments.command);
    let output = Output::new(arguments.json);
    let outcome = run(arguments.command, output);
    let printed = outcome.and_then(|report| match report {
        Some(report) => Ok(output.report(&report)?),
        None => Ok(()),
    });
    match printed {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => output.problem(&problem),
    }
}

/// Runs a command; it may have printed by itself.
fn run(command: Command, output: Output) -> Result<Option<Report>, Problem> {
    match command {
        Command::Localnet(arguments) => localnet::run(&arguments, output).map(|()| None),
        Command::Sponsor(arguments) => sponsor::run(&arguments, output),
        Command::Completions { shell } => Ok(Some(completions(shell))),
        Command::Key(command) => key::run(&command, output).map(Some),
        Command::Sessions(arguments) => sessions::run(&arguments).map(Some),
        other => {
            let runtime = tokio::runtime::Runtime::new().map_err(|error| {
                Problem::failed(format!("cannot start the async runtime: {error}"))
            })?;
            runtime.block_on(run_online(other, output))
        }
    }
}

async fn run_online(command: Command, output: Output) -> Result<Option<Report>, Problem> {
    let report = match command {
        Command::Deploy(arguments) => deploy::run(arguments, output).await,
        Command::Account(arguments) => account::run(arguments, output).await,
        Command::Session(SessionCommand::Plain(command)) => session::run(command, output).await,
        Command::Session(SessionCommand::Watch(arguments)) => {
            return watch::run(arguments, output).await;
        }
        Command::Call(arguments) => call::run(arguments, output).await,
        Command::Logout(arguments) => session::run(session::Command::End(arguments), output).await,
        Command::Revoke(arguments) => revoke::run(arguments, output).await,
        Command::Deposit(arguments) => money::deposit(arguments, output).await,
        Command::Withdraw(arguments) => money::withdraw(arguments, output).await,
        Command::Settle(arguments) => money::settle(arguments, output).await,
        Command::Credit(arguments) => money::credit(arguments, output).await,
        Command::Recharge(arguments) => money::recharge(arguments, output).await,
        Command::Faucet(arguments) => money::faucet(arguments, output).await,
        Command::Index(arguments) => index::run(arguments, output).await,
        Command::Localnet(_)
        | Command::Sponsor(_)
        | Command::Completions { .. }
        | Command::Key(_)
        | Command::Sessions(_) => Err(Problem::failed("this command needs no network")),
    };
    report.map(Some)
}

fn completions(shell: Shell) -> Report {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "valet", &mut script);
    let script = String::from_utf8_lossy(&script).trim_end().to_owned();
    Report {
        json: json!({ "shell": shell.to_string(), "script": script }),
        text: script,
    }
}

/// Help and version, or what is wrong with the command line.
fn usage(error: &clap::Error, words: &[OsString]) -> ExitCode {
    let is_json = words.iter().any(|word| word == "--json");
    if !error.use_stderr() || !is_json {
        // A closed pipe has seen enough.
        let _ = error.print();
        return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
    }
    let text = error.render().to_string();
    let message = text.trim_start_matches("error: ").trim_end();
    Output::new(true).problem(&Problem::new(Kind::Usage, message))
}

/// The log goes to standard error. Servers tell of errors; everything else tells its problems in words, and logs only when it is
/// asked to with RUST_LOG.
fn listen_to_the_log(command: &Command) {
    let usual = match command {
        Command::Localnet(_) | Command::Sponsor(_) => "error",
        _ => "off",
    };
    tracing_subscriber::fmt()
        .with_env_filter(
            EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual)),
        )
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
}

//! `valet sessions`: what is in an index.

use serde_json::{Value, json};
use sui_sdk_types::{Address, StructTag};
use valet_index::{Index, SessionQuery, SessionRecord, SessionState, SqliteStore};

use crate::{
    index::{IndexFile, as_of},
    output::Report,
    problem::Problem,
    session, units,
};

/// List the sessions in an index: who has which, what it did, and how it ended.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    file: IndexFile,

    /// Only those of this owner.
    #[arg(long, value_name = "ADDRESS")]
    owner: Option<Address>,

    /// Only those in the dApp of this type, such as `0x2a::arena::Arena`.
    #[arg(long, value_name = "TYPE")]
    dapp: Option<StructTag>,

    /// Only the one with this session key, now or before a renewal.
    #[arg(long, value_name = "ADDRESS")]
    key: Option<Address>,

    /// Only those that were live at the latest checkpoint in the index.
    #[arg(long)]
    live: bool,

    /// At most so many.
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    limit: usize,
}

/// Reads and lists.
pub(crate) fn run(arguments: &Arguments) -> Result<Report, Problem> {
    let file = &arguments.file.database;
    // Opening would make one.
    if !file.exists() {
        return Err(
            Problem::usage(format!("there is no index in {}", file.display()))
                .with_remedy("fill it with `valet index`, or name another file with `--database`"),
        );
    }
    let index = Index::reopen(SqliteStore::open(file)?)?;
    let cursor = index.cursor()?;
    let (sessions, has_more) = list(&index, arguments, cursor.timestamp_ms)?;
    let now_ms = cursor.timestamp_ms;
    let mut text = units::plural(sessions.len() as u64, "session");
    if has_more {
        text.push_str(" and more (see `--limit`)");
    }
    text.push_str(&format!(", {}", as_of(&cursor)));
    for session in &sessions {
        text.push_str("\n\n");
        text.push_str(&lines(session, now_ms));
    }
    let sessions: Vec<_> = sessions.iter().map(|one| fields(one, now_ms)).collect();
    Ok(Report {
        text,
        json: json!({
            "database": file,
            "checkpoint": cursor.next_checkpoint.checked_sub(1),
            "now_ms": now_ms,
            "sessions": sessions,
            "has_more": has_more,
        }),
    })
}

/// The first of those that are asked for, and whether there are more.
fn list(
    index: &Index,
    arguments: &Arguments,
    now_ms: u64,
) -> Result<(Vec<SessionRecord>, bool), Problem> {
    let mut query = SessionQuery::new();
    if let Some(owner) = arguments.owner {
        query = query.with_owner(owner);
    }
    if let Some(dapp) = &arguments.dapp {
        query = query.with_dapp(dapp.clone());
    }
    if let Some(key) = arguments.key {
        query = query.with_key(key);
    }
    if arguments.live {
        query = query.with_live_at(now_ms);
    }
    let mut sessions = Vec::new();
    loop {
        let page = index.sessions(&query)?;
        let Some(last) = page.last() else {
            return Ok((sessions, false));
        };
        query = query.after(last.storage, last.generation);
        for session in page {
            if sessions.len() == arguments.limit {
                return Ok((sessions, true));
            }
            sessions.push(session);
        }
    }
}

fn state(session: &SessionRecord, now_ms: u64) -> &'static str {
    match session.state(now_ms) {
        SessionState::Live => "live",
        SessionState::Expired => "expired",
        SessionState::Ended(_) => "ended",
    }
}

fn lines(session: &SessionRecord, now_ms: u64) -> String {
    let time = match session.end {
        Some(end) => format!(
            "ended at {}: {}",
            units::moment(end.at_ms),
            session::why(end.reason)
        ),
        None if now_ms < session.expires_at_ms => format!(
            "{} remaining",
            units::duration(session.expires_at_ms.saturating_sub(now_ms))
        ),
        None => format!("expired at {}", units::moment(session.expires_at_ms)),
    };
    let calls = session
        .remaining_calls
        .zip(session.grant.max_calls())
        .map(|(left, max)| {
            format!(
                "\n  calls     {} / {} remaining",
                units::count(left),
                units::plural(max, "call")
            )
        });
    format!(
        "[{}] {}\n  owner     {}, session {} of its account\n  dapp      {}\n  time      {time}{}\n  wrote     {}, {} of debt",
        state(session, now_ms),
        session.wallet,
        session.owner,
        units::count(session.generation),
        session.dapp,
        calls.unwrap_or_default(),
        units::plural(session.writes, "record"),
        units::sui(session.debt),
    )
}

fn fields(session: &SessionRecord, now_ms: u64) -> Value {
    json!({
        "state": state(session, now_ms),
        "wallet": session.wallet.to_string(),
        "owner": session.owner.to_string(),
        "dapp_type": session.dapp.to_string(),
        "storage": session.storage.to_string(),
        "generation": session.generation,
        "activated_at_ms": session.activated_at_ms,
        "expires_at_ms": session.expires_at_ms,
        "writes": session.writes,
        "bytes": session.bytes,
        "debt_mist": session.debt,
        "remaining_calls": session.remaining_calls,
        "renewals": session.renewals,
        "remaining_renewals": session.remaining_renewals,
        "grant": session::grant_fields(&session.grant),
        "end": session.end.map(|end| json!({
            "reason": session::reason_name(end.reason),
            "actor": end.actor.to_string(),
            "at_ms": end.at_ms,
        })),
    })
}

use std::time::Duration;

use sui_sdk_types::Address;
use valet_client::{
    Allowance, Bucket, EndReason, EndedSession, Grant, RateLimit, Remainder, SessionStatus, Status,
};

use super::*;

/// 2026-11-21 15:04:05 UTC.
const NOW_MS: u64 = 1_795_273_445_000;
const OWNER: Address = Address::new([0x22; 32]);
const WALLET: Address = Address::new([0x33; 32]);

fn session() -> SessionStatus {
    SessionStatus {
        wallet: WALLET,
        generation: 2,
        expires_at_ms: NOW_MS + 19_380_000,
        grant: Grant::actions([0, 1, 3])
            .with_max_calls(100)
            .with_rate_limit(RateLimit::new(20, 5, Duration::from_secs(1)))
            .allow_coin(
                units::sui_type(),
                Allowance::new(2_000_000_000).with_max_per_call(500_000_000),
            )
            .with_max_debt(50_000_000)
            .with_renewals(3, NOW_MS + 172_800_000),
        debt: 12_000_000,
        remaining_calls: Some(88),
        bucket: Some(Bucket {
            tokens: 17,
            interval_start_ms: NOW_MS,
        }),
        remainders: vec![Remainder {
            total: 1_500_000_000,
            window: None,
        }],
        remaining_renewals: Some(2),
    }
}

fn view(session: Option<SessionStatus>) -> View {
    View {
        dapp: format!("{}::arena::Arena", Address::THREE),
        url: "http://127.0.0.1:9000".to_owned(),
        snapshot: Snapshot {
            now_ms: NOW_MS,
            owner: OWNER,
            status: Some(Status {
                storage: Address::TWO,
                owner: OWNER,
                ended_session: session.is_none().then_some(EndedSession {
                    wallet: WALLET,
                    generation: 2,
                    reason: EndReason::Revoked,
                }),
                session,
                session_count: 2,
                write_count: 12,
                byte_count: 1_000,
                unsettled_writes: 12,
                debt: 12_000_000,
            }),
            float: 480_000_000,
            gas_price: 1_000,
            purse: vec![3_000_000_000],
        },
        actions: VecDeque::new(),
        trouble: None,
    }
}

fn action(seconds_ago: u64, what: &str, sender: Address, is_success: bool) -> Action {
    Action {
        at_ms: NOW_MS - 1_000 * seconds_ago,
        digest: "9xY3kQeT2vNnB7mWc4".to_owned(),
        what: what.to_owned(),
        sender,
        is_success,
        gas: 1_009_880,
    }
}

fn rendered(view: &View, width: u16, height: u16) -> Vec<String> {
    valet_terminal::rendered(width, height, |frame| draw(frame, view))
}

#[test]
fn d13_the_live_view_fits_a_terminal_of_80_by_24() {
    let mut view = view(Some(session()));
    view.actions = VecDeque::from([
        action(1, "arena::step", WALLET, true),
        action(2, "arena::fight", WALLET, false),
        action(9, "arena::join, arena::rename_it_all", OWNER, true),
    ]);
    let expected = include_str!("active.txt");
    let found = rendered(&view, 80, 24);
    assert_eq!(
        found.join("\n"),
        expected.trim_end_matches('\n'),
        "\n{}\n",
        found.join("\n")
    );
}

#[test]
fn d13_a_session_that_ended_says_so() {
    let found = rendered(&view(None), 80, 24);
    assert_eq!(
        found[1],
        "│ REVOKED   start a session with `valet session start`                         │"
    );
    assert!(
        found[4].contains("nothing: there is no session"),
        "{}",
        found[4]
    );
}

#[test]
fn d13_the_badge_follows_the_limits() {
    let badge = |change: fn(&mut View)| {
        let mut view = view(Some(session()));
        change(&mut view);
        view.snapshot.badge()
    };
    let active = Badge::Phase(Phase::Active);
    assert_eq!(badge(|_| {}), active);
    // Nineteen actions at 1,100,000 MIST above the last one's budget.
    assert_eq!(
        badge(|view| view.snapshot.float = 20_000_000 + 18 * 1_100_000),
        Badge::Phase(Phase::Low)
    );
    assert_eq!(
        badge(|view| view.snapshot.float = 20_000_000 + 19 * 1_100_000),
        active
    );
    assert_eq!(badge(|view| view.snapshot.now_ms += 19_379_999), active);
    assert_eq!(
        badge(|view| view.snapshot.now_ms += 19_380_000),
        Badge::Phase(Phase::Expired)
    );
    assert_eq!(badge(|view| view.snapshot.status = None), Badge::NoAccount);
    let with = |change: fn(&mut SessionStatus)| {
        let mut session = session();
        change(&mut session);
        view(Some(session)).snapshot.badge()
    };
    let exhausted = Badge::Phase(Phase::Exhausted);
    assert_eq!(with(|session| session.remaining_calls = Some(1)), active);
    assert_eq!(with(|session| session.remaining_calls = Some(0)), exhausted);
    assert_eq!(with(|session| session.debt = 50_000_000), exhausted);
}

#[test]
fn d13_any_size_of_terminal_is_drawn() {
    let mut view = view(Some(session()));
    view.actions
        .extend((0..300).map(|ago| action(ago, "arena::step", WALLET, true)));
    for (width, height) in [(1, 1), (5, 3), (20, 10), (80, 5), (200, 60)] {
        assert_eq!(rendered(&view, width, height).len(), usize::from(height));
    }
    // A tall one shows as many actions as fit.
    let tall = rendered(&view, 100, 60);
    let shown = tall
        .iter()
        .filter(|line| line.contains("arena::step"))
        .count();
    assert_eq!(shown, 60 - 3 - 9 - 1 - 2);
}

#[test]
fn d13_trouble_is_told_and_the_last_state_stays() {
    let mut view = view(Some(session()));
    view.trouble = Some("no node answers at http://127.0.0.1:9000".to_owned());
    let found = rendered(&view, 80, 24);
    assert_eq!(
        found[23],
        " no node answers at http://127.0.0.1:9000; trying again"
    );
    assert!(found[1].contains("ACTIVE"), "{}", found[1]);
}

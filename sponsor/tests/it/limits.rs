//! Claims: limits for each sender and each day hold, in MIST and in transactions, across restarts and however many ask at
//! once; what was signed counts in full until it is known what it cost. (D11; threat 11.)

use std::path::Path;

use futures::future::join_all;
use valet_client::{Owner as _, Sponsor as _, SponsorRefusal};
use valet_sponsor::{GasSource, Limits, Quota, Service, SqliteBook};

use crate::stage::{Key, NOW_MS, PLENTY, Stage, limit, refusal};

/// The limits of those who onboard the player, so that what is measured starts from nothing.
async fn onboarded(stage: &Stage) -> Key {
    stage.onboard(&stage.sponsor()).await.0
}

/// The budget that a step gets.
async fn budget_of_a_step(stage: &Stage, session: &Key) -> u64 {
    let request = stage.request(session, stage.step(0).await).await;
    let quote = stage.sponsor().quote(&request).await;
    quote.expect("a quote").budget
}

fn quota(mist: u64, transactions: u64) -> Quota {
    Quota { mist, transactions }
}

fn open(stage: &Stage, path: &Path, limits: Limits) -> Service {
    let book = SqliteBook::open(path).expect("a book");
    stage.sponsor_of(GasSource::AddressBalance, stage.policy(), limits, book)
}

#[tokio::test]
async fn d11_limits_hold_across_a_restart() {
    let stage = Stage::set().await;
    let session = onboarded(&stage).await;
    let budget = budget_of_a_step(&stage, &session).await;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("sponsor.db");
    let limits = Limits::new(PLENTY, quota(2 * budget, 10)).with_max_budget(20_000_000);
    for _ in 0..2 {
        let sponsor = open(&stage, &path, limits);
        let request = stage.request(&session, stage.step(0).await).await;
        sponsor.sponsor(&request).await.expect("signed");
    }
    let sponsor = open(&stage, &path, limits);
    let third = stage.request(&session, stage.step(0).await).await;
    let expected = ("per day".to_owned(), "MIST".to_owned());
    assert_eq!(limit(sponsor.sponsor(&third).await), expected);
    // What was never executed is given back once it cannot be any more, and not before.
    let ledger = stage.localnet.ledger();
    ledger.advance_epoch().expect("an epoch");
    assert_eq!(sponsor.reconcile().await.expect("reconciled").open, 2);
    ledger.advance_epoch().expect("an epoch");
    assert_eq!(sponsor.reconcile().await.expect("reconciled").released, 2);
    let request = stage.request(&session, stage.step(0).await).await;
    sponsor.sponsor(&request).await.expect("signed");
}

#[tokio::test]
async fn d11_what_is_executed_counts_with_its_cost() {
    let stage = Stage::set().await;
    let session = onboarded(&stage).await;
    let budget = budget_of_a_step(&stage, &session).await;
    // Budgets alone would allow two; what steps cost allows more.
    let limits = Limits::new(PLENTY, quota(2 * budget, 1_000)).with_max_budget(20_000_000);
    let sponsor = stage.sponsor_with(limits);
    let mut paid = 0;
    let mut played = 0;
    for turn in 0..40 {
        sponsor.reconcile().await.expect("reconciled");
        let step = stage.turn(turn).await;
        match stage
            .valet
            .execute_sponsored(&session, &sponsor, step)
            .await
        {
            Ok(receipt) => {
                paid += receipt.gas().net().max(0);
                played += 1;
            }
            Err(error) => {
                assert!(error.to_string().contains("MIST per day"), "{error}");
                break;
            }
        }
    }
    assert!((3..40).contains(&played), "{played}");
    assert!(paid <= i128::from(2 * budget), "{paid}");
    assert!(paid > i128::from(budget / 2), "used to the end: {paid}");
}

#[tokio::test]
async fn d11_a_sender_has_a_limit_of_its_own() {
    let stage = Stage::set().await;
    let session = onboarded(&stage).await;
    let limits = Limits::new(quota(PLENTY.mist, 2), PLENTY).with_max_budget(20_000_000);
    let sponsor = stage.sponsor_with(limits);
    let ask = async |key: &Key| {
        let request = stage.request(key, stage.step(0).await).await;
        sponsor.sponsor(&request).await
    };
    for _ in 0..2 {
        ask(&stage.player).await.expect("signed");
    }
    let expected = ("per sender".to_owned(), "transactions".to_owned());
    assert_eq!(limit(ask(&stage.player).await), expected);
    // The session is another sender.
    ask(&session).await.expect("signed");
    // Seven days are the longest that a session lasts: at their last millisecond it still counts.
    let ledger = stage.localnet.ledger();
    let week = Limits::SENDER_WINDOW_MS;
    ledger.set_clock_ms(NOW_MS + week - 1).expect("a clock");
    assert_eq!(limit(ask(&stage.player).await), expected);
    ledger.set_clock_ms(NOW_MS + week).expect("a clock");
    ask(&stage.player).await.expect("signed");
}

#[tokio::test]
async fn d11_a_book_forgets_what_no_limit_counts_any_more() {
    let stage = Stage::set().await;
    let session = onboarded(&stage).await;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("sponsor.db");
    let limits = Limits::new(PLENTY, PLENTY).with_max_budget(20_000_000);
    let entries = || {
        let file = rusqlite::Connection::open(&path).expect("a file");
        file.query_row("SELECT COUNT(*) FROM entries", [], |row| {
            row.get::<_, i64>(0)
        })
        .expect("a count")
    };
    let ledger = stage.localnet.ledger();
    let first = stage.request(&session, stage.step(0).await).await;
    {
        let sponsor = open(&stage, &path, limits);
        let answer = sponsor.sponsor(&first).await.expect("signed");
        assert_eq!(sponsor.sponsor(&first).await.expect("again"), answer);
        let step = stage.step(0).await;
        let played = stage.valet.execute_sponsored(&session, &sponsor, step);
        played.await.expect("a move");
    }
    assert_eq!(entries(), 2);
    // Eight days and two epochs later, neither counts, and neither can be asked for again.
    let after = NOW_MS + Limits::SENDER_WINDOW_MS + Limits::DAY_MS;
    ledger.set_clock_ms(after).expect("a clock");
    for _ in 0..2 {
        ledger.advance_epoch().expect("an epoch");
    }
    {
        let sponsor = open(&stage, &path, limits);
        sponsor.reconcile().await.expect("reconciled");
        let request = stage.request(&stage.player, stage.step(0).await).await;
        sponsor.sponsor(&request).await.expect("signed");
        let refused = sponsor
            .sponsor(&first)
            .await
            .expect_err("forgotten, and over");
        assert!(refused.to_string().contains("epoch"), "{refused}");
    }
    assert_eq!(entries(), 1, "the newest alone");
}

#[tokio::test]
async fn d11_a_day_ends_at_midnight_by_the_chains_clock() {
    let stage = Stage::set().await;
    onboarded(&stage).await;
    let limits = Limits::new(PLENTY, quota(PLENTY.mist, 1)).with_max_budget(20_000_000);
    let sponsor = stage.sponsor_with(limits);
    let ask = async || {
        let request = stage.request(&stage.player, stage.step(0).await).await;
        sponsor.sponsor(&request).await
    };
    ask().await.expect("signed");
    let expected = ("per day".to_owned(), "transactions".to_owned());
    let ledger = stage.localnet.ledger();
    ledger
        .set_clock_ms(NOW_MS + Limits::DAY_MS - 1)
        .expect("a clock");
    assert_eq!(limit(ask().await), expected);
    ledger
        .set_clock_ms(NOW_MS + Limits::DAY_MS)
        .expect("a clock");
    ask().await.expect("signed");
    assert_eq!(limit(ask().await), expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t11_a_sponsors_last_budget_of_the_day_is_given_once() {
    const RACERS: usize = 24;
    const ENOUGH_FOR: u64 = 5;
    let stage = Stage::set().await;
    let session = onboarded(&stage).await;
    let budget = budget_of_a_step(&stage, &session).await;
    let directory = tempfile::tempdir().expect("a directory");
    let limits = Limits::new(PLENTY, quota(ENOUGH_FOR * budget + budget - 1, 1_000))
        .with_max_budget(20_000_000);
    let sponsor = open(&stage, &directory.path().join("sponsor.db"), limits);
    let mut requests = Vec::new();
    for _ in 0..RACERS {
        requests.push(stage.request(&session, stage.step(0).await).await);
    }
    let racers = requests.into_iter().map(|request| {
        let sponsor = sponsor.clone();
        tokio::spawn(async move { sponsor.sponsor(&request).await })
    });
    let mut given = 0;
    for answer in join_all(racers).await {
        match answer.expect("a task") {
            Ok(sponsored) => given += sponsored.transaction.gas_payment.budget,
            refused => assert_eq!(limit(refused).0, "per day"),
        }
    }
    assert_eq!(given, ENOUGH_FOR * budget, "all of it and no more");
}

#[tokio::test]
async fn t11_nobody_uses_up_a_sponsors_budget_in_other_peoples_names() {
    let stage = Stage::set().await;
    let session = onboarded(&stage).await;
    let sender = session.address();
    let proof_required = SponsorRefusal::ProofRequired { sender };
    let strict = stage.sponsor();
    let bare = stage.bare_request(sender, stage.step(0).await).await;
    assert_eq!(refusal(strict.sponsor(&bare).await), proof_required);

    let limits = Stage::limits().with_unproven_per_day(quota(PLENTY.mist, 1));
    let sponsor = stage.sponsor_with(limits);
    // A stranger's signature proves nothing, and neither does one that was given for another request.
    let mut forged = bare.clone();
    forged.proof = stage
        .player
        .sign_message(&forged.message())
        .await
        .expect("signed");
    assert_eq!(refusal(sponsor.sponsor(&forged).await), proof_required);
    let proven = stage.request(&session, stage.step(0).await).await;
    let mut replayed = bare.clone();
    replayed.proof = proven.proof.clone();
    assert_eq!(refusal(sponsor.sponsor(&replayed).await), proof_required);
    // Who proves nothing shares a purse, and that is all of it.
    sponsor.sponsor(&bare).await.expect("signed");
    let another = stage.bare_request(sender, stage.step(0).await).await;
    let expected = (
        "per day without proof".to_owned(),
        "transactions".to_owned(),
    );
    assert_eq!(limit(sponsor.sponsor(&another).await), expected);
    sponsor.sponsor(&proven).await.expect("a purse of its own");
}

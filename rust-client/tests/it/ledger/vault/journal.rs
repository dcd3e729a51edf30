//! Claims: the journal is as it was written or an error says where not; what a crash cut short is dropped, and nothing else is.
//! (Threats 31, 36.)

use std::{fs, path::PathBuf, time::Duration};

use valet_client::{Grant, Outcome, RenewalPolicy, SessionOptions, Terms, Vault, VaultError};

use super::{Player, killed_after, open, pin, vault_error};
use crate::ledger::{NOW_MS, SUI, Stage};

const HEADER: usize = 33;
const FRAME: usize = 12;

/// A vault with three moves behind it and one in flight, its journal freshly written; and where its records begin.
async fn journal(stage: &Stage) -> (Player, PathBuf, Vec<u8>, Vec<usize>) {
    let player = Player::new(stage);
    let (vault, session) = player.start(stage).await;
    for turn in 0..2 {
        let label = format!("move {turn}");
        let step = stage.step(turn);
        session.labelled(label).play(&step).await.expect("a move");
    }
    let mut polls = 1;
    while vault.in_flight().is_empty() {
        let step = stage.step(2);
        killed_after(polls, session.labelled("late").play(&step)).await;
        polls += 1;
    }
    drop((vault, session));
    drop(open(&player.folder()));
    let path = player.folder().join("journal");
    let bytes = fs::read(&path).expect("a journal");
    let mut records = vec![HEADER];
    while let Some(&at) = records.last()
        && at < bytes.len()
    {
        let length: [u8; 4] = bytes[at..at + 4].try_into().expect("four bytes");
        let length = usize::try_from(u32::from_le_bytes(length)).expect("a length");
        records.push(at + FRAME + length);
    }
    assert_eq!(records.last(), Some(&bytes.len()));
    (player, path, bytes, records)
}

#[tokio::test]
async fn d6_t23_a_renewal_on_the_way_does_not_pass_for_the_action() {
    const MINUTE: Duration = Duration::from_secs(60);
    let stage = Stage::set().await;
    let player = Player::new(&stage);
    let vault = player.create(&stage);
    let grant = Grant::all_session_actions().with_renewals(9, NOW_MS + 86_400_000);
    let onboarding = stage
        .joining(Terms::lasting(MINUTE, grant))
        .with_options(SessionOptions::new().with_renewal(RenewalPolicy::new(MINUTE / 2, MINUTE)))
        .with_float(SUI);
    let started = vault.start(&stage.valet, &player.owner, onboarding).await;
    let (session, _) = started.expect("started");
    stage
        .localnet
        .ledger()
        .advance_clock_ms(40_000)
        .expect("a clock");
    session.refresh().await.expect("refreshed");
    let nowhere = stage.call("step").storage().arg(&9_u8).clock();
    let failed = session.labelled("nowhere").play(&nowhere).await;
    assert!(failed.expect_err("no such direction").failure().is_some());
    let outcome_of = |label: &str| {
        let settled = vault.settled();
        let mut entries = settled.iter().filter(|entry| entry.label == label);
        let outcome = entries.next().map(|entry| entry.outcome);
        assert!(entries.next().is_none(), "one transaction: {settled:?}");
        outcome
    };
    assert_eq!(outcome_of("valet: renew"), Some(Outcome::Succeeded));
    assert_eq!(outcome_of("nowhere"), Some(Outcome::Failed));
}

/// What the vault says of a journal: how many transactions it knows, or at which record it is damaged. The vault's file stays as it is,
/// and so does a damaged journal.
fn verdict(player: &Player, path: &PathBuf, bytes: &[u8]) -> Result<usize, u64> {
    fs::write(path, bytes).expect("written");
    let file = player.folder().join("vault");
    let before = fs::read(&file).expect("a file");
    let opened = Vault::open(player.folder(), &pin());
    assert_eq!(fs::read(&file).expect("a file"), before);
    match opened {
        Ok(vault) => Ok(vault.settled().len() + vault.in_flight().len()),
        Err(error) => {
            assert_eq!(fs::read(path).expect("a file"), bytes);
            match vault_error(error) {
                VaultError::JournalDamaged { record, .. } => Err(record),
                other => panic!("{other}"),
            }
        }
    }
}

#[tokio::test]
async fn t36_a_journal_cut_short_loses_its_last_record_and_no_other() {
    let stage = Stage::set().await;
    let (player, path, bytes, records) = journal(&stage).await;
    assert_eq!(verdict(&player, &path, &bytes), Ok(records.len() - 1));
    for length in 0..bytes.len() {
        let whole = records.iter().filter(|end| **end <= length).count();
        let expected = if length < HEADER {
            Err(0)
        } else {
            Ok(whole - 1)
        };
        assert_eq!(
            verdict(&player, &path, &bytes[..length]),
            expected,
            "{length}"
        );
    }
    // After a power failure: room was made for the last record, and nothing written there.
    let last = records[records.len() - 2];
    let mut blank = bytes[..last].to_vec();
    blank.resize(bytes.len(), 0);
    assert_eq!(verdict(&player, &path, &blank), Ok(records.len() - 2));
    let mut half = bytes.clone();
    half[last + 40..].fill(0);
    assert_eq!(verdict(&player, &path, &half), Ok(records.len() - 2));
}

#[tokio::test]
async fn t36_every_flipped_byte_of_a_journal_is_found() {
    let stage = Stage::set().await;
    let (player, path, bytes, records) = journal(&stage).await;
    for place in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[place] ^= 0x40;
        let record = records.iter().filter(|start| **start <= place).count();
        let expected = u64::try_from(record.saturating_sub(1)).expect("small");
        assert_eq!(
            verdict(&player, &path, &flipped),
            Err(expected),
            "byte {place}"
        );
    }
}

#[tokio::test]
async fn t36_records_are_neither_moved_repeated_left_out_nor_borrowed() {
    let stage = Stage::set().await;
    let (player, path, bytes, records) = journal(&stage).await;
    let record = |number: usize| &bytes[records[number]..records[number + 1]];
    let header = &bytes[..HEADER];
    let moved = [header, record(1), record(0), record(2), record(3)].concat();
    assert_eq!(verdict(&player, &path, &moved), Err(0));
    let repeated = [header, record(0), record(0), record(1), record(2)].concat();
    assert_eq!(verdict(&player, &path, &repeated), Err(1));
    let left_out = [header, record(0), record(2), record(3)].concat();
    assert_eq!(verdict(&player, &path, &left_out), Err(1));
    // Every opening writes it anew, under a name of its own: records of an older one do not fit.
    assert!(verdict(&player, &path, &bytes).is_ok());
    let newer = fs::read(&path).expect("a journal");
    assert_ne!(newer[..HEADER], bytes[..HEADER]);
    let borrowed = [&newer[..records[1]], record(1)].concat();
    assert_eq!(verdict(&player, &path, &borrowed), Err(1));
    let (_other, _, foreign, _) = journal(&stage).await;
    assert_eq!(verdict(&player, &path, &foreign), Err(0));
}

#[tokio::test]
async fn t36_a_lost_journal_is_given_up_only_on_request() {
    let stage = Stage::set().await;
    let (player, path, bytes, _) = journal(&stage).await;
    for damage in [None, Some(&bytes[..HEADER - 1])] {
        match damage {
            None => fs::remove_file(&path).expect("removed"),
            Some(damage) => fs::write(&path, damage).expect("written"),
        }
        let error = vault_error(Vault::open(player.folder(), &pin()).expect_err("lost"));
        assert!(
            matches!(error, VaultError::JournalDamaged { record: 0, .. }),
            "{error}"
        );
        assert!(
            error.to_string().contains("without_lost_journal"),
            "{error}"
        );
        let options = super::cheap().without_lost_journal();
        let vault = Vault::open_with(player.folder(), &pin(), options).expect("a vault");
        assert!(vault.in_flight().is_empty());
    }
}

#[tokio::test]
async fn t31_a_journal_shows_nothing_of_what_it_notes() {
    let stage = Stage::set().await;
    let (player, _, bytes, _) = journal(&stage).await;
    let owner = valet_client::Owner::address(&player.owner);
    for plain in [&b"move 1"[..], b"late", b"arena", &owner.as_bytes()[..8]] {
        let is_there = bytes.windows(plain.len()).any(|window| window == plain);
        assert!(!is_there, "{plain:?}");
    }
}

#[tokio::test]
async fn d3_a_journal_stays_small_and_keeps_the_latest_outcomes() {
    let stage = Stage::set().await;
    let player = Player::new(&stage);
    let (vault, session) = player.start(&stage).await;
    let path = player.folder().join("journal");
    let long = "x".repeat(100_000);
    let mut largest = 0;
    for turn in 0..30 {
        let label = format!("{turn} {long}");
        // Whether the game likes the move does not matter.
        let _ = session.labelled(label).play(&stage.turn(turn)).await;
        largest = largest.max(fs::metadata(&path).expect("a journal").len());
    }
    assert!(largest > 1_000_000, "it grew to {largest}");
    drop((vault, session));
    let vault = open(&player.folder());
    assert_eq!(vault.settled().len(), 31);
    let newest = vault.settled().pop().expect("one");
    assert!(newest.label.starts_with("29 "));
    let too_long = "x".repeat(200_000);
    let session = super::active(super::resume(&vault, &stage).await);
    let refused = session.labelled(too_long).play(&stage.step(0)).await;
    let error = vault_error(refused.expect_err("too long"));
    assert!(
        matches!(error, VaultError::RecordTooLarge { .. }),
        "{error}"
    );
}

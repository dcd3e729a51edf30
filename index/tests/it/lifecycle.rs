//! Claims: sessions and storages of owners and dApps are rebuilt from events with all that happened to them, equal to the
//! chain after everything, and are found by owner, by dApp, by key and by whether they are live. (D10)

use std::time::Duration;

use sui_sdk_types::Address;
use valet_client::{Allowance, EndReason, Grant, Owner, RateLimit, SessionKey, Terms};
use valet_index::{
    Change, HistoryQuery, Index, IndexError, SessionQuery, SessionState, SqliteStore, StorageQuery,
};

use crate::stage::{MINUTE, NOW_MS, STEP, SUI, Stage, everything, hour, kinds, only, sui};

fn key() -> SessionKey {
    SessionKey::generate().expect("randomness")
}

#[tokio::test(flavor = "multi_thread")]
async fn d10_every_change_of_a_session_is_in_its_history() {
    let stage = Stage::set().await;
    let memory = stage.index();
    let directory = tempfile::tempdir().expect("a directory");
    let file = SqliteStore::open(directory.path().join("index.db")).expect("a database");
    let index = Index::open(file, stage.scope()).expect("an index");
    let owner = stage.owner();

    // Activated with every limit there is, played, renewed with a new key.
    let grant = Grant::actions([STEP])
        .with_max_calls(5)
        .with_max_debt(1_000_000)
        .with_rate_limit(RateLimit::new(4, 1, MINUTE))
        .with_renewals(2, NOW_MS + 7_200_000);
    let terms = Terms::lasting(MINUTE, grant);
    let (account, first) = stage.enter(&stage.arena, &owner, terms).await;
    stage.assert_equal(&index).await;
    for turn in 0..3 {
        first.play(&stage.step(turn)).await.expect("a move");
    }
    stage.assert_equal(&index).await;
    stage.wait(MINUTE / 2);
    let (second, _) = first.renew(key(), MINUTE).await.expect("renewed");
    second.play(&stage.step(3)).await.expect("a move");
    stage.assert_equal(&index).await;

    // The debt is paid in part by credit and in part by a coin.
    let owed = account.status().await.expect("a status").debt;
    assert!(owed > 1, "writes cost something");
    let developer = &stage.developer;
    stage.arena.recharge(developer, 1).await.expect("recharged");
    account.settle(&owner).await.expect("settled");
    account
        .settle_with_coin(&owner, owed)
        .await
        .expect("settled");
    stage.assert_equal(&index).await;

    // Replaced while live; expired and cleaned up by the next; revoked.
    let fresh = |terms| valet_client::Onboarding::new(terms).with_float(0);
    let activate = async |terms| {
        let activated = account.activate(&owner, key(), fresh(terms)).await;
        activated.expect("activated").0
    };
    activate(Terms::lasting(MINUTE, Grant::all_session_actions())).await;
    stage.assert_equal(&index).await;
    stage.wait(MINUTE);
    let expired = SessionQuery::new().with_storage(account.storage_id());
    let expired = index.sessions(&expired).expect("sessions");
    let now_ms = stage.now_ms().await;
    assert_eq!(expired[1].expires_at_ms, now_ms);
    assert_eq!(expired[1].state(now_ms - 1), SessionState::Live);
    assert_eq!(expired[1].state(now_ms), SessionState::Expired);
    activate(hour()).await;
    account.deactivate(&owner).await.expect("deactivated");
    stage.assert_equal(&index).await;

    let of_storage = HistoryQuery::new().with_storage(account.storage_id());
    let history = index.history(&of_storage).expect("history");
    let expected = [
        "created",
        "activated",
        "renewed",
        "settled",
        "settled",
        "replaced",
        "activated",
        "deactivated",
        "activated",
        "deactivated",
    ];
    assert_eq!(kinds(&history), expected);
    let about_first = index.history(&of_storage.clone().with_generation(1));
    let about_first = kinds(&about_first.expect("history"));
    assert_eq!(
        about_first,
        ["activated", "renewed", "settled", "settled", "replaced"]
    );
    match &history[7].change {
        Change::Deactivated(ended) => assert_eq!(
            (ended.reason, ended.actor, ended.generation),
            (EndReason::Expired, owner.address(), 2)
        ),
        other => panic!("{other:?}"),
    }
    assert_eq!(history[7].at_ms, NOW_MS + 90_000);

    // The sessions one by one.
    let sessions = index.sessions(&SessionQuery::new().with_owner(owner.address()));
    let sessions = sessions.expect("sessions");
    let ends = sessions.iter().map(|session| {
        let end = session.end.expect("over");
        (session.generation, end.reason, end.actor)
    });
    assert_eq!(
        ends.collect::<Vec<_>>(),
        [
            (1, EndReason::Replaced, owner.address()),
            (2, EndReason::Expired, owner.address()),
            (3, EndReason::Revoked, owner.address()),
        ]
    );
    let played = &sessions[0];
    assert_eq!(
        (played.writes, played.counted_calls, played.renewals),
        (4, 4, 1)
    );
    assert_eq!(played.remaining_calls, Some(1));
    assert!(
        0 < played.debt && played.debt < owed,
        "the owner wrote, too"
    );
    assert_eq!(played.wallet, second.address());
    // By its key of before the renewal and of after it.
    for wallet in [first.address(), second.address()] {
        let found = index.sessions(&SessionQuery::new().with_key(wallet));
        assert_eq!(found.expect("sessions"), std::slice::from_ref(played));
    }
    let nobody = index.sessions(&SessionQuery::new().with_key(owner.address()));
    assert_eq!(nobody.expect("sessions"), []);

    // What was paid is the debt, and the totals of the dApp agree with those of the storage.
    let storages = index.storages(&StorageQuery::new().with_owner(owner.address()));
    let storages = storages.expect("storages");
    let paid = storages[0].settlements;
    assert_eq!((paid.count, paid.credit_paid), (2, 1));
    assert_eq!(paid.coin_paid, u128::from(owed - 1));
    let arena = index.dapp(&stage.arena.deployment().dapp_type);
    let arena = arena.expect("a dApp").expect("seen");
    assert_eq!((arena.storages, arena.sessions), (1, 3));
    assert_eq!(arena.settlements, paid);

    // The store in memory holds the same.
    stage.assert_equal(&memory).await;
    assert_eq!(everything(&memory), everything(&index));
}

#[tokio::test(flavor = "multi_thread")]
async fn d10_sessions_are_found_by_owner_by_dapp_and_by_whether_they_are_live() {
    let stage = Stage::set().await;
    let memory = stage.index();
    let directory = tempfile::tempdir().expect("a directory");
    let file = SqliteStore::open(directory.path().join("index.db")).expect("a database");
    let file = Index::open(file, stage.scope()).expect("an index");
    let owners = [stage.owner(), stage.owner(), stage.owner()];
    let allowance = Allowance::new(100).with_window(60, MINUTE);
    let shopping = only(Grant::actions([0]).allow_coin(sui(), allowance));
    let brief = Terms::lasting(MINUTE, Grant::all_session_actions());
    let (_, long) = stage.enter(&stage.arena, &owners[0], hour()).await;
    let (shopper, buyer) = stage.enter(&stage.shop, &owners[0], shopping).await;
    let (_, short) = stage.enter(&stage.arena, &owners[1], brief).await;
    shopper
        .deposit(&owners[0], &sui(), SUI)
        .await
        .expect("paid in");
    buyer.play(&stage.buy(40)).await.expect("bought");
    let withdrawn = shopper.withdraw(&owners[0], &sui(), 60).await;
    withdrawn.expect("taken out");
    let bought = shopper.play_as_owner(&owners[0], &[stage.buy(50)]).await;
    bought.expect("bought");

    let now_ms = stage.now_ms().await;
    let wallets = |index: &Index, query: &SessionQuery| -> Vec<Address> {
        let sessions = index.sessions(query).expect("sessions");
        let mut wallets: Vec<_> = sessions.iter().map(|session| session.wallet).collect();
        wallets.sort_unstable();
        wallets
    };
    let sorted = |mut wallets: Vec<Address>| {
        wallets.sort_unstable();
        wallets
    };
    let arena = stage.arena.deployment().dapp_type.clone();
    let shop = stage.shop.deployment().dapp_type.clone();
    for index in [&memory, &file] {
        stage.assert_equal(index).await;
        let all = SessionQuery::new;
        let of = |owner: usize| all().with_owner(owners[owner].address());
        let everybody = sorted(vec![long.address(), buyer.address(), short.address()]);
        assert_eq!(wallets(index, &all()), everybody);
        assert_eq!(
            wallets(index, &of(0)),
            sorted(vec![long.address(), buyer.address()])
        );
        assert_eq!(wallets(index, &of(1)), [short.address()]);
        assert_eq!(wallets(index, &of(2)), []);
        assert_eq!(
            wallets(index, &of(0).with_dapp(shop.clone())),
            [buyer.address()]
        );
        let playing = all().with_dapp(arena.clone());
        assert_eq!(
            wallets(index, &playing),
            sorted(vec![long.address(), short.address()])
        );
        // The brief one is live until the millisecond it expires.
        let end_ms = now_ms + 60_000;
        let live_at = |ms| wallets(index, &playing.clone().with_live_at(ms));
        assert_eq!(live_at(end_ms - 1).len(), 2);
        assert_eq!(live_at(end_ms), [long.address()]);
        assert_eq!(live_at(u64::MAX), []);
        let unknown = all().with_dapp("0x7::other::Other".parse().expect("a type"));
        assert!(matches!(
            index.sessions(&unknown),
            Err(IndexError::UnknownDapp { .. })
        ));

        let history = HistoryQuery::new().with_storage(shopper.storage_id());
        let history = index.history(&history).expect("history");
        assert_eq!(
            kinds(&history),
            [
                "created",
                "activated",
                "deposited",
                "drawn",
                "withdrawn",
                "drawn"
            ]
        );
        match (&history[3].change, &history[5].change) {
            (Change::Drawn(by_session), Change::Drawn(by_owner)) => {
                assert_eq!((by_session.amount, by_session.actor), (40, buyer.address()));
                assert_eq!(by_session.remainder.map(|left| left.total), Some(60));
                assert_eq!((by_owner.amount, by_owner.remainder), (50, None));
            }
            other => panic!("{other:?}"),
        }
        let purse = index.purse(shopper.storage_id()).expect("a purse");
        assert_eq!(purse, [(sui().to_string(), SUI - 150)]);
        let status = index.status(shopper.storage_id()).expect("a status");
        assert_eq!(status, Some(shopper.status().await.expect("a status")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn d10_changes_are_told_as_they_happen_and_from_any_point_on() {
    let stage = Stage::set().await;
    let index = stage.index();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let following = tokio::spawn({
        let (index, network) = (index.clone(), stage.network.clone());
        async move {
            let stopped = async { drop(stopped.await) };
            index.follow(&network, stopped).await
        }
    });
    let mut changes = index.watch(0);
    let mut seen = Vec::new();
    let owner = stage.owner();
    let (account, session) = stage.enter(&stage.arena, &owner, hour()).await;
    for _ in 0..2 {
        seen.push(soon(changes.next()).await.expect("a change"));
    }
    // A move changes counters and no history: it shows as progress.
    let mut progress = index.progress();
    progress.mark_unchanged();
    let storage = account.storage_id();
    let written = index
        .status(storage)
        .expect("a status")
        .expect("there")
        .write_count;
    session.play(&stage.step(0)).await.expect("a move");
    let moved = async {
        while index
            .status(storage)
            .expect("a status")
            .expect("there")
            .write_count
            == written
        {
            progress.changed().await.expect("progress");
        }
    };
    soon(moved).await;
    session.deactivate().await.expect("ended");
    seen.push(soon(changes.next()).await.expect("a change"));
    assert_eq!(kinds(&seen), ["created", "activated", "deactivated"]);
    assert_eq!(
        seen.iter().map(|entry| entry.number).collect::<Vec<_>>(),
        [1, 2, 3]
    );
    let mut later = index.watch(2);
    assert_eq!(soon(later.next()).await.expect("a change"), seen[2]);
    stop.send(()).expect("it follows");
    let stopped = soon(following).await.expect("the task");
    stopped.expect("stopped when told to");
    stage.assert_equal(&index).await;
}

async fn soon<T>(future: impl Future<Output = T>) -> T {
    let future = tokio::time::timeout(Duration::from_secs(60), future);
    future.await.expect("within a minute")
}

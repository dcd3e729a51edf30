//! Claims: where coins pay, each pays for one transaction at a time, and is free again when that is over. (D11.)

use futures::future::join_all;
use valet_client::{Owner as _, Sponsor as _, SponsorRefusal};
use valet_sponsor::{GasSource, SqliteBook};

use crate::stage::{BUDGET, Stage, refusal};

#[tokio::test]
async fn d11_a_coin_pays_for_one_transaction_at_a_time() {
    const COINS: usize = 3;
    let stage = Stage::set().await;
    let (session, _) = stage.onboard(&stage.sponsor()).await;
    let ledger = stage.localnet.ledger();
    // The last one is too small, whatever it is asked for.
    let amounts = [2 * BUDGET, 2 * BUDGET, 2 * BUDGET, BUDGET - 1];
    ledger.fund(stage.payer.address(), &amounts).expect("coins");
    let book = SqliteBook::in_memory().expect("a book");
    let sponsor = stage.sponsor_of(GasSource::Coins, stage.policy(), Stage::limits(), book);

    let mut requests = Vec::new();
    for _ in 0..COINS {
        requests.push(stage.request(&session, stage.step(0).await).await);
    }
    let signed = join_all(requests.iter().map(|request| sponsor.sponsor(request))).await;
    let mut coins: Vec<_> = signed
        .iter()
        .map(|sponsored| {
            let sponsored = sponsored.as_ref().expect("signed");
            assert_eq!(sponsored.transaction.gas_payment.objects.len(), 1);
            *sponsored.transaction.gas_payment.objects[0].object_id()
        })
        .collect();
    coins.sort();
    coins.dedup();
    assert_eq!(coins.len(), COINS, "a coin for each");

    let next = stage.request(&session, stage.step(0).await).await;
    let refused = refusal(sponsor.sponsor(&next).await);
    assert!(
        matches!(refused, SponsorRefusal::OutOfGas { .. }),
        "{refused:?}"
    );

    // None of them was executed: they are free when their time is over.
    for _ in 0..2 {
        ledger.advance_epoch().expect("an epoch");
    }
    assert_eq!(
        sponsor.reconcile().await.expect("reconciled").released,
        COINS
    );
    let next = stage.request(&session, stage.step(0).await).await;
    sponsor.sponsor(&next).await.expect("signed");
}

#[tokio::test]
async fn d11_a_coin_is_used_again_at_its_new_version() {
    let stage = Stage::set().await;
    let (session, _) = stage.onboard(&stage.sponsor()).await;
    let ledger = stage.localnet.ledger();
    ledger
        .fund(stage.payer.address(), &[5 * BUDGET])
        .expect("a coin");
    let book = SqliteBook::in_memory().expect("a book");
    let sponsor = stage.sponsor_of(GasSource::Coins, stage.policy(), Stage::limits(), book);
    let mut paid = 0;
    for turn in 0..4 {
        // Looked up by itself now and then; here at once.
        sponsor.reconcile().await.expect("reconciled");
        let step = stage.step(turn).await;
        let played = stage
            .valet
            .execute_sponsored(&session, &sponsor, step)
            .await;
        paid += played.expect("a move").gas().net();
    }
    let wealth = stage.valet.network().wealth(stage.payer.address()).await;
    let left = i128::from(wealth.expect("wealth").coins);
    assert_eq!(left, i128::from(5 * BUDGET) - paid);
}

//! Claims: debts are paid by the dApp or by users, to one MIST, and never harm. (C4, C5; threat 25.)

use valet_client::{
    DappEvent, Error, FreeCredit, Owner, Receipt, Refusal, SettlementOutcome, ValetEvent,
};

use super::{NOW_MS, SUI, Stage, sui};

const DAY_MS: u64 = 86_400_000;

fn settled(receipt: &Receipt) -> (SettlementOutcome, u64, u64, u64) {
    let settled = receipt.settlement().expect("a settlement");
    (
        settled.outcome,
        settled.coin_paid,
        settled.purse_paid,
        settled.unsettled_charge,
    )
}

#[tokio::test]
async fn c4_a_user_pays_what_the_dapps_credit_does_not() {
    let stage = Stage::set().await;
    let session = stage.session().await;
    let account = stage.account();
    session.play(&stage.step(0)).await.expect("a move");
    let due = account.status().await.expect("an account").debt;
    assert!(due > 10, "writes cost something");

    // With a coin, in part; then with the purse, the rest.
    let paid = account.settle_with_coin(&stage.developer, 10).await;
    assert_eq!(
        settled(&paid.expect("settled")),
        (SettlementOutcome::Partial, 10, 0, due - 10)
    );
    account
        .deposit(&stage.player, &sui(), due)
        .await
        .expect("deposited");
    let paid = account.settle_with_purse(&stage.player).await;
    assert_eq!(
        settled(&paid.expect("settled")),
        (SettlementOutcome::Full, 0, due - 10, 0)
    );
    assert_eq!(account.purse(&sui()).await.expect("a purse"), 10);
    let error = account.settle_with_purse(&stage.developer).await;
    assert!(matches!(error, Err(Error::NotTheOwner { .. })));

    // More than is owed comes back, from a coin and from an address balance alike.
    session.play(&stage.step(1)).await.expect("a move");
    let due = account.status().await.expect("an account").debt;
    let paid = account.settle_with_coin(&stage.developer, SUI).await;
    let paid = paid.expect("settled");
    assert_eq!(settled(&paid), (SettlementOutcome::Full, due, 0, 0));
    let totals = stage.valet.credit().await.expect("credit").totals;
    assert!(totals.paid_by_users > u128::from(due) && totals.recharged == 0);
}

#[tokio::test]
async fn c4_the_change_of_an_address_balance_comes_back() {
    let stage = Stage::set().await;
    let session = stage.session().await;
    let payer = super::Wallet::new();
    let float = valet_client::ptb::Float {
        mist: 3 * SUI,
        source: valet_client::ptb::FundSource::GasCoin,
        kind: valet_client::ptb::FloatKind::AddressBalance,
    };
    let funded = stage.valet.execute(&stage.developer, 3 * SUI, |_| {
        valet_client::ptb::fund(payer.address(), float)
    });
    funded.await.expect("funded");
    session.play(&stage.step(0)).await.expect("a move");
    let account = stage.account();
    let due = account.status().await.expect("an account").debt;
    // All of it is needed, then nothing.
    for (mist, expected) in [(due, due), (SUI, 0)] {
        let receipt = account.settle_with_coin(&payer, mist).await;
        let receipt = receipt.expect("settled");
        assert_eq!(settled(&receipt).1, expected);
    }
    let network = stage.valet.network();
    let wealth = network.wealth(payer.address()).await.expect("a balance");
    assert_eq!(wealth.coins, 0);
    assert!(wealth.address_balance > 2 * SUI + SUI / 2, "{wealth:?}");
}

#[tokio::test]
async fn c5_credit_is_refunded_and_conserved() {
    let stage = Stage::set().await;
    let session = stage.session().await;
    session.play(&stage.step(0)).await.expect("a move");
    let valet = &stage.valet;
    valet.recharge(&stage.player, SUI).await.expect("recharged");
    session.settle().await.expect("settled");
    let receipt = valet.refund_credit(&stage.developer, SUI / 2).await;
    assert!(
        receipt
            .expect("refunded")
            .valet_events()
            .iter()
            .any(|event| matches!(
                event,
                ValetEvent::Dapp(DappEvent::CreditRefunded { amount, .. }) if *amount == SUI / 2
            ))
    );
    let credit = valet.credit().await.expect("credit");
    let totals = credit.totals;
    assert_eq!(totals.recharged, u128::from(SUI));
    assert_eq!(
        totals.recharged,
        u128::from(credit.held) + totals.settled + totals.refunded
    );
    assert!(totals.settled > 0 && totals.refunded == u128::from(SUI / 2));

    let error = valet.refund_credit(&stage.developer, SUI).await;
    let error = error.expect_err("too much");
    assert_eq!(error.refusal(), Some(Refusal::RefundTooLarge));
    let error = valet.refund_credit(&stage.player, 1).await;
    assert!(matches!(error, Err(Error::NoCapability { .. })));
}

#[tokio::test]
async fn c5_free_credit_is_granted_extended_revoked_and_expires() {
    let stage = Stage::set().await;
    let valet = &stage.valet;
    let admin = &stage.developer;
    let free = async || valet.credit().await.expect("credit").free;
    let error = valet.extend_free_credit(admin, NOW_MS + DAY_MS).await;
    let error = error.expect_err("nothing to extend");
    assert_eq!(error.refusal(), Some(Refusal::NoFreeCredit));

    let granted = FreeCredit {
        amount: SUI,
        expires_at_ms: NOW_MS + DAY_MS,
    };
    let receipt = valet
        .grant_free_credit(admin, SUI, granted.expires_at_ms)
        .await
        .expect("granted");
    assert!(
        receipt
            .valet_events()
            .contains(&ValetEvent::Dapp(DappEvent::FreeCreditChanged {
                previous: None,
                free_credit: Some(granted),
            }))
    );
    valet
        .extend_free_credit(admin, NOW_MS + 2 * DAY_MS)
        .await
        .expect("extended");
    let session = stage.session().await;
    session.play(&stage.step(0)).await.expect("a move");
    let settlement = session.settle().await.expect("settled");
    let settlement = settlement.settlement().expect("a settlement");
    assert_eq!(settlement.free_credit_paid, settlement.due);
    let left = SUI - settlement.due;
    assert_eq!(free().await.map(|free| free.amount), Some(left));

    // Once it has expired it pays nothing.
    let ledger = stage.localnet.ledger();
    ledger.set_clock_ms(NOW_MS + 1).expect("later");
    session.play(&stage.step(1)).await.expect("a move");
    ledger.set_clock_ms(NOW_MS + 2 * DAY_MS).expect("later");
    let receipt = stage.account().settle(admin).await.expect("skipped");
    assert_eq!(settled(&receipt).0, SettlementOutcome::Skipped);
    valet
        .grant_free_credit(admin, 5, NOW_MS + 3 * DAY_MS)
        .await
        .expect("granted");
    valet.revoke_free_credit(admin).await.expect("revoked");
    assert_eq!(free().await, None);
}

#[tokio::test]
async fn t25_strangers_who_settle_do_no_harm() {
    let stage = Stage::set().await;
    let session = stage.session().await;
    for turn in 0..4 {
        session.play(&stage.turn(turn)).await.expect("a move");
        // No credit is there; the debt stays and play goes on.
        let receipt = stage.account().settle(&stage.developer).await;
        let settled = settled(&receipt.expect("skipped"));
        assert_eq!(settled.0, SettlementOutcome::Skipped);
    }
    let status = stage.account().status().await.expect("an account");
    assert!(status.debt > 0 && status.unsettled_writes >= 4);
}

//! Claims: a session draws what it was granted of its owner's purse and no more; the owner puts in and takes out. (B9; threats
//! 13, 14.)

use std::time::Duration;

use sui_sdk_types::TypeTag;
use valet_client::{
    Account, Allowance, Call, Error, Grant, Owner, Refusal, Session, Valet, ValetEvent,
};

use super::{NOW_MS, Stage, granted, sui};

fn buy(shop: &Valet, coin_type: &TypeTag, amount: u64, parts: u64) -> Call {
    shop.call("shop", "buy")
        .type_argument(coin_type.clone())
        .dapp()
        .storage()
        .arg(&amount)
        .arg(&parts)
        .clock()
}

fn gold(shop: &Valet) -> TypeTag {
    let package = shop.deployment().dapp_package;
    format!("{package}::gold::GOLD").parse().expect("a type")
}

async fn refused(account: &Account, session: &Session, calls: &[Call]) -> Option<Refusal> {
    let before = account.status().await.expect("an account");
    let held = account.purse(&sui()).await.expect("a purse");
    let error = session.play_all(calls).await.expect_err("refused");
    assert_eq!(account.status().await.expect("an account"), before);
    assert_eq!(account.purse(&sui()).await.expect("a purse"), held);
    error.refusal()
}

#[tokio::test]
async fn b9_t14_an_allowance_caps_a_call_a_window_and_the_total() {
    let stage = Stage::set().await;
    let shop = stage.open_shop().await;
    let allowance = Allowance::new(100)
        .with_max_per_call(40)
        .with_window(60, Duration::from_secs(60));
    let grant = Grant::actions([0]).allow_coin(sui(), allowance);
    let (account, session) = stage.enter(&shop, granted(grant)).await;

    // Nothing is there to draw yet, though it is granted.
    let buying = |amount| buy(&shop, &sui(), amount, 1);
    let empty = refused(&account, &session, &[buying(10)]).await;
    assert_eq!(empty, Some(Refusal::PurseTooLow));
    let receipt = account
        .deposit(&stage.player, &sui(), 1_000)
        .await
        .expect("deposited");
    assert!(receipt.valet_events().iter().any(|event| matches!(
        event,
        ValetEvent::PurseDeposited(deposit) if deposit.amount == 1_000 && deposit.coin_type == sui()
    )));

    // One call at most 40, in however many draws.
    for call in [buying(41), buy(&shop, &sui(), 82, 2)] {
        let over = refused(&account, &session, &[call]).await;
        assert_eq!(over, Some(Refusal::MaxPerCallExceeded));
    }
    let receipt = session.play(&buying(40)).await.expect("bought");
    let drawn = receipt.valet_events().iter().find_map(|event| match event {
        ValetEvent::PurseDrawn(drawn) => Some(drawn.clone()),
        _ => None,
    });
    let drawn = drawn.expect("an event");
    assert_eq!((drawn.amount, drawn.balance), (40, 960));
    assert_eq!(drawn.remainder.map(|left| left.total), Some(60));

    // Threat 14: splitting over calls and transactions does not pass the window or the total.
    let split = [buying(10), buying(11)];
    let over = refused(&account, &session, &split).await;
    assert_eq!(over, Some(Refusal::AllowanceWindowExceeded));
    session.play(&buying(20)).await.expect("bought");
    let ledger = stage.localnet.ledger();
    ledger.set_clock_ms(NOW_MS + 59_999).expect("later");
    let over = refused(&account, &session, &[buying(1)]).await;
    assert_eq!(over, Some(Refusal::AllowanceWindowExceeded));
    ledger.set_clock_ms(NOW_MS + 60_000).expect("later");
    let status = account.status().await.expect("an account");
    let left = status.session.expect("a session");
    let left = left.allowances(NOW_MS + 60_000);
    assert_eq!((left[0].remaining, left[0].available), (40, 40));
    session.play(&buying(40)).await.expect("bought");
    ledger.set_clock_ms(NOW_MS + 600_000).expect("later");
    let over = refused(&account, &session, &[buying(1)]).await;
    assert_eq!(over, Some(Refusal::AllowanceExhausted));
    assert_eq!(account.purse(&sui()).await.expect("a purse"), 900);

    // The owner buys without an allowance, and takes the rest out.
    let owner = &stage.player;
    account
        .play_as_owner(owner, &[buying(100)])
        .await
        .expect("bought");
    account.withdraw(owner, &sui(), 300).await.expect("out");
    let error = account
        .withdraw(owner, &sui(), 501)
        .await
        .expect_err("too much");
    assert_eq!(error.refusal(), Some(Refusal::PurseTooLow));
    account.withdraw_all(owner, &[sui()]).await.expect("out");
    assert_eq!(account.purse(&sui()).await.expect("a purse"), 0);
    account.withdraw_all(owner, &[sui()]).await.expect("empty");
    let thief = &stage.developer;
    let error = account
        .withdraw(thief, &sui(), 1)
        .await
        .expect_err("a thief");
    assert!(matches!(error, Error::NotTheOwner { .. }), "{error}");
}

#[tokio::test]
async fn b9_t13_a_coin_that_was_not_granted_is_refused_beside_one_that_was() {
    let stage = Stage::set().await;
    let shop = stage.open_shop().await;
    let grant = Grant::actions([0]).allow_coin(sui(), Allowance::new(100));
    let (account, session) = stage.enter(&shop, granted(grant)).await;
    let gold = gold(&shop);
    // The developer holds all the gold; anyone may put coins in.
    let developer = &stage.developer;
    let error = account
        .deposit(&stage.player, &gold, 10)
        .await
        .expect_err("no gold");
    assert!(
        matches!(&error, Error::InsufficientFunds { payer, needed: 10, held: 0, .. }
            if *payer == stage.player.address()),
        "{error}"
    );
    account.deposit(developer, &gold, 10).await.expect("gold");
    account.deposit(developer, &gold, 20).await.expect("gold");
    account.deposit(developer, &sui(), 50).await.expect("SUI");
    assert_eq!(account.purse(&gold).await.expect("a purse"), 30);

    let smuggled = [buy(&shop, &sui(), 10, 1), buy(&shop, &gold, 10, 1)];
    let why = refused(&account, &session, &smuggled).await;
    assert_eq!(why, Some(Refusal::CoinNotGranted));
    session
        .play(&buy(&shop, &sui(), 10, 1))
        .await
        .expect("bought");
    account
        .withdraw_all(&stage.player, &[gold.clone(), sui()])
        .await
        .expect("out");
    assert_eq!(account.purse(&gold).await.expect("a purse"), 0);
    let wealth = stage
        .valet
        .network()
        .wealth_in(stage.player.address(), &gold)
        .await
        .expect("a balance");
    assert_eq!(wealth.coins, 30);
}

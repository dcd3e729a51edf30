//! Claims: genesis makes what it should, the faucet pays by signed transactions, and effects, versions, deposits and
//! digests are what the rules of the protocol say.

use sui_sdk_types::Address;

use crate::chain::{Chain, balance};

#[test]
fn the_faucet_pays_by_a_signed_transaction() {
    let chain = Chain::new();
    let recipient = Address::from_static("0xcafe");
    let executed = chain.fund(recipient, &[5, 7]);
    let mut amounts: Vec<u64> = chain
        .coins(recipient)
        .iter()
        .map(|coin| balance(coin))
        .collect();
    amounts.sort_unstable();
    assert_eq!(amounts, [5, 7]);
    assert_eq!(executed.signatures.len(), 1);
    assert_eq!(executed.transaction.sender, chain.ledger.faucet_address());
}

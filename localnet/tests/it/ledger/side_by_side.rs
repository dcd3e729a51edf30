//! What runs side by side on several threads is, to the byte, what runs one by one in the order of the checkpoints.

use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::Mutex;
use std::task::{Context, Waker};
use std::thread;
use std::time::{Duration, Instant};

use sui_sdk_types::{
    Address, Argument, FundsWithdrawal, Input, Object, StructTag, Transaction,
    TransactionExpiration, TransactionKind, TypeTag, UserSignature, WithdrawFrom,
};
use tokio::runtime::Runtime;
use valet_localnet::ledger::{LedgerConfig, Rejection};

use crate::chain::{Account, BUDGET, Builder, Chain, balance, conserved, succeeded};
use crate::game::of_type;

const ACCOUNTS: u8 = 10;
const EACH: u32 = 30;
const CALLERS: usize = 8;

fn sui() -> TypeTag {
    StructTag::sui().into()
}

/// Accounts whose gas comes from their address balances, and things that they share.
struct World {
    chain: Chain,
    objects: Address,
    things: Vec<std::sync::Arc<Object>>,
    accounts: Vec<Account>,
}

impl World {
    fn new(threads: usize) -> Self {
        let threads = NonZeroUsize::new(threads).expect("at least one");
        let chain = Chain::configured(|config: LedgerConfig| config.with_threads(threads));
        let (objects, _) = chain.publish("objects");
        let things = (0..3u64).map(|value| {
            let mut b = Builder::default();
            let value = b.pure(&value);
            b.call((objects, "things", "create_and_share"), vec![], vec![value]);
            let created = chain.run(b.finish());
            succeeded(&created);
            of_type(&created, "Thing")
        });
        let things = things.collect();
        let accounts: Vec<_> = (0..ACCOUNTS).map(|seed| Account::new(100 + seed)).collect();
        for account in &accounts {
            let mut b = Builder::default();
            let amount = b.pure(&(20 * BUDGET / 10));
            let coin = b.split(Argument::Gas, vec![amount]);
            let to = b.pure(&account.address);
            let function = (Address::TWO, "coin", "send_funds");
            b.call(function, vec![sui()], vec![coin, to]);
            succeeded(&chain.run(b.finish()));
        }
        Self {
            chain,
            objects,
            things,
            accounts,
        }
    }

    /// A transaction of an account: it changes or reads something shared, pays another account, makes an object, or fails.
    fn transaction(&self, account: usize, number: u32) -> (Transaction, UserSignature) {
        let mut random = Random(u64::from(number) * 1_000 + account as u64);
        let mut b = Builder::default();
        let other = self.accounts[random.below(self.accounts.len())].address;
        let thing = &self.things[random.below(self.things.len())];
        match random.below(6) {
            0 | 1 => {
                let arguments = vec![b.shared(thing, true), b.pure(&u64::from(number))];
                b.call((self.objects, "things", "set"), vec![], arguments);
            }
            2 => {
                let arguments = vec![b.shared(thing, false)];
                b.call((self.objects, "things", "value"), vec![], arguments);
            }
            3 => {
                // Whom it pays, nobody can tell beforehand.
                let amount = BUDGET / 2 + random.below(1_000) as u64;
                let from = WithdrawFrom::Sender;
                let funds = FundsWithdrawal::new(amount, sui(), from);
                let withdrawal = b.input(Input::FundsWithdrawal(funds));
                let redeem = (Address::TWO, "balance", "redeem_funds");
                let funds = b.call(redeem, vec![sui()], vec![withdrawal]);
                let to = b.pure(&other);
                let send = (Address::TWO, "balance", "send_funds");
                b.call(send, vec![sui()], vec![funds, to]);
            }
            4 => {
                let value = b.pure(&7u64);
                let thing = b.call((self.objects, "things", "new"), vec![], vec![value]);
                let to = b.pure(&other);
                b.transfer(vec![thing], to);
            }
            _ => {
                // An empty box aborts.
                let value = b.pure(&7u64);
                let thing = b.call((self.objects, "things", "new"), vec![], vec![value]);
                let filled = b.call((self.objects, "things", "wrap"), vec![], vec![thing]);
                for _ in 0..2 {
                    let target = (self.objects, "things", "unwrap_and_delete");
                    b.call(target, vec![], vec![filled]);
                }
            }
        }
        let sender = &self.accounts[account];
        let mut transaction = self.chain.transaction(b.finish());
        transaction.sender = sender.address;
        transaction.gas_payment.owner = sender.address;
        transaction.gas_payment.objects.clear();
        transaction.gas_payment.budget = BUDGET / 10;
        transaction.expiration = TransactionExpiration::ValidDuring {
            min_epoch: Some(0),
            max_epoch: Some(1),
            min_timestamp: None,
            max_timestamp: None,
            chain: self.chain.ledger.chain_id(),
            nonce: number,
        };
        let signature = sender.sign(&transaction);
        (transaction, signature)
    }

    fn newest(&self) -> u64 {
        let newest = self.chain.ledger.latest_checkpoint();
        newest.expect("there always is one").sequence_number()
    }
}

/// Numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).expect("small")
    }
}

#[test]
fn side_by_side_is_one_by_one_to_the_byte() {
    let many = World::new(4);
    let before = many.newest();
    let work: Vec<_> = (0..EACH)
        .flat_map(|number| (0..many.accounts.len()).map(move |account| (account, number)))
        .map(|(account, number)| many.transaction(account, number))
        .collect();
    let queue = Mutex::new(work.iter());
    let refused = Mutex::new(0);
    let runtime = runtime();
    thread::scope(|scope| {
        for caller in 0..CALLERS {
            let (many, queue, refused, runtime) = (&many, &queue, &refused, &runtime);
            scope.spawn(move || {
                loop {
                    let next = queue.lock().expect("no panic").next();
                    let Some((transaction, signature)) = next else {
                        break;
                    };
                    let ledger = &many.chain.ledger;
                    // Half of them are threads that wait, half are tasks.
                    let answer = if caller % 2 == 0 {
                        ledger.execute(transaction, std::slice::from_ref(signature))
                    } else {
                        let signatures = vec![signature.clone()];
                        runtime.block_on(ledger.execute_async(transaction.clone(), signatures))
                    };
                    match answer {
                        Ok(executed) => conserved(ledger, &executed),
                        Err(Rejection::InsufficientAddressBalance { .. }) => {
                            *refused.lock().expect("no panic") += 1;
                        }
                        Err(other) => panic!("{other}"),
                    }
                }
            });
        }
    });

    let one = World::new(1);
    assert_eq!(one.newest(), before);
    for number in before + 1..=many.newest() {
        let there = many.chain.ledger.checkpoint(number).expect("exists");
        for executed in &there.transactions {
            if let TransactionKind::ProgrammableTransaction(_) = executed.transaction.kind {
                let again = one
                    .chain
                    .ledger
                    .execute(&executed.transaction, &executed.signatures);
                assert_eq!(*again.expect("accepted"), **executed);
            }
        }
        let here = one.chain.ledger.latest_checkpoint().expect("exists");
        assert_eq!(
            (here.digest, number),
            (there.digest, here.sequence_number())
        );
    }
    let executed = many.newest() - before;
    let refused = *refused.lock().expect("no panic");
    assert_eq!(
        executed + refused,
        work.len() as u64,
        "each is executed or refused"
    );
    assert!(executed > refused, "{executed} executed, {refused} refused");
}

fn runtime() -> Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).build().expect("a runtime")
}

#[test]
fn what_a_task_began_is_executed_though_nobody_waits_for_it() {
    let world = World::new(2);
    let work: Vec<_> = (0..EACH)
        .map(|number| world.transaction(number as usize % world.accounts.len(), number))
        .collect();
    let runtime = runtime();
    for (transaction, signature) in &work {
        let ledger = &world.chain.ledger;
        let execution = ledger.execute_async(transaction.clone(), vec![signature.clone()]);
        // It is looked at once, and dropped.
        let _in_the_runtime = runtime.enter();
        let _ = pin!(execution).poll(&mut Context::from_waker(Waker::noop()));
    }
    // Whatever the runtime has not begun by now, it drops.
    runtime.shutdown_background();
    let all_are_done = || {
        let done = work.iter().filter(|(transaction, _)| {
            let executed = world.chain.ledger.transaction(&transaction.digest());
            executed.is_some()
        });
        done.count() == work.len()
    };
    let given_up = Instant::now() + Duration::from_secs(60);
    while !all_are_done() {
        assert!(Instant::now() < given_up, "some wait for ever");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn one_transaction_sent_by_many_is_executed_once() {
    let world = World::new(4);
    let (transaction, signature) = world.transaction(0, 0);
    let before = world.newest();
    thread::scope(|scope| {
        let senders: Vec<_> = (0..CALLERS)
            .map(|_| {
                scope.spawn(|| {
                    let signatures = std::slice::from_ref(&signature);
                    world.chain.ledger.execute(&transaction, signatures)
                })
            })
            .collect();
        for sender in senders {
            let executed = sender.join().expect("no panic").expect("accepted");
            assert_eq!(executed.checkpoint, before + 1);
        }
    });
    assert_eq!(world.newest(), before + 1);
}

#[test]
fn what_cannot_run_side_by_side_runs_after_the_other() {
    let world = World::new(4);
    let paid: Vec<Address> = (0..8u8).map(|n| Address::new([n; 32])).collect();
    thread::scope(|scope| {
        for to in &paid {
            // The faucet has one coin, which every payment takes.
            scope.spawn(|| world.chain.ledger.fund(*to, &[5]).expect("pays"));
        }
    });
    for to in &paid {
        let coins = world.chain.coins(*to);
        assert_eq!(coins.iter().map(|coin| balance(coin)).sum::<u64>(), 5);
    }
}

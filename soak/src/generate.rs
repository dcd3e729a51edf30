//! What happens next, at random: mostly what could be refused for a reason worth checking.

mod terms;

use crate::{
    model::{Model, Owned, Terrain},
    random::Random,
    script::{
        ADMIN, Account, Affair, COINS, Call, DAPPS, Deed, Errand, KEYS, Move, OWNERS, STRANGER,
        Step,
    },
    world::Kind,
};

const DAY_MS: u64 = 86_400_000;

/// The next step of a run that has come to `model`.
pub(crate) fn step(random: &mut Random, model: &Model) -> Step {
    if random.chance(14) {
        return Step::Wait {
            ms: wait(random, model),
        };
    }
    if random.chance(4) {
        return affairs(random, model);
    }
    let account = Account {
        dapp: random.byte(DAPPS),
        owner: random.byte(OWNERS),
    };
    let Some(owned) = model.accounts.get(&account) else {
        let dapp = account.dapp;
        return Step::Send {
            sender: account.owner,
            calls: vec![Call::Create { dapp }],
        };
    };
    let session = owned.state.session.as_ref();
    let is_over = session.is_none_or(|session| session.is_expired(model.now_ms));
    if is_over && random.chance(50) {
        return one(account.owner, account, terms::activate(random, model));
    }
    let sender = sender(random, model, account, owned);
    let count = if random.chance(20) {
        2 + random.below(5)
    } else {
        1
    };
    let calls = (0..count)
        .map(|index| {
            // A transaction may speak of another account too.
            let other = Account {
                dapp: random.byte(DAPPS),
                owner: random.byte(OWNERS),
            };
            let elsewhere = index > 0 && random.chance(10);
            let (account, owned) = match model.accounts.get(&other) {
                Some(owned) if elsewhere => (other, owned),
                _ => (account, owned),
            };
            call(random, model, account, owned, sender)
        })
        .collect();
    Step::Send { sender, calls }
}

fn one(sender: u8, account: Account, deed: Deed) -> Step {
    Step::Send {
        sender,
        calls: vec![Call::On(account, deed)],
    }
}

/// How long to wait: often until just before, at or just after a moment that matters.
fn wait(random: &mut Random, model: &Model) -> u64 {
    let mut moments = Vec::new();
    for owned in model.accounts.values() {
        let Some(session) = &owned.state.session else {
            continue;
        };
        moments.push(session.expires_at_ms);
        if let Some(envelope) = session.grant.envelope {
            moments.push(envelope.ends_at_ms);
        }
        if let (Some(limit), Some(bucket)) = (session.grant.rate_limit, session.bucket) {
            moments.push(bucket.interval_start_ms.saturating_add(limit.interval_ms));
        }
        for (coin, left) in session.grant.allowances.iter().zip(&session.remainders) {
            if let (Some(limit), Some(bucket)) = (coin.allowance.window, left.window) {
                moments.push(bucket.interval_start_ms.saturating_add(limit.interval_ms));
            }
        }
    }
    for config in &model.dapps {
        moments.extend(config.increase.map(|(_, at_ms)| at_ms));
        moments.extend(config.credit.free.map(|free| free.expires_at_ms));
    }
    // Centuries are of no use: nothing would be left to expire.
    moments.retain(|moment| (model.now_ms..model.now_ms + 3 * DAY_MS).contains(moment));
    if !moments.is_empty() && random.chance(50) {
        let moment = random.pick(&moments);
        let at = (moment + random.below(3)).saturating_sub(1);
        return at.saturating_sub(model.now_ms);
    }
    match random.below(20) {
        0 => random.below(2 * DAY_MS),
        1..=4 => random.below(3_600_000),
        _ => random.below(20_000),
    }
}

/// Who sends: mostly the session, and often somebody who must not.
fn sender(random: &mut Random, model: &Model, account: Account, owned: &Owned) -> u8 {
    let key = owned.state.session.as_ref().map(|session| session.wallet);
    let ended = owned.state.ended_session.as_ref();
    let ended = ended.and_then(|ended| model.actor(ended.wallet));
    match (random.below(100), key.and_then(|key| model.actor(key))) {
        (0..60, Some(key)) => key,
        (60..70, _) => ended.unwrap_or(account.owner),
        (70..74, _) => STRANGER,
        (74..80, _) => OWNERS + random.byte(KEYS),
        (80..82, _) => random.byte(OWNERS),
        _ => account.owner,
    }
}

fn call(random: &mut Random, model: &Model, account: Account, owned: &Owned, sender: u8) -> Call {
    let deed = match random.below(100) {
        0..5 => terms::activate(random, model),
        5..7 => Deed::Deactivate,
        7 => Deed::RevokeIfActive,
        8..14 => terms::renew(random),
        14..22 => Deed::Deposit {
            coin: random.byte(COINS),
            amount: if random.chance(4) {
                0
            } else {
                random.below(100_000)
            },
        },
        22..26 => Deed::Withdraw {
            coin: random.byte(COINS),
            amount: if random.chance(10) {
                0
            } else {
                random.below(60_000)
            },
        },
        26 => Deed::WithdrawAll {
            coin: random.byte(COINS),
        },
        27..31 => Deed::Settle,
        31..33 => Deed::SettleWithCoin {
            amount: random.below(3_000),
        },
        33..35 => Deed::SettleWithPurse,
        35..38 => {
            return Call::At(
                account.dapp,
                Affair::Recharge {
                    amount: if random.chance(5) {
                        0
                    } else {
                        random.below(20_000)
                    },
                },
            );
        }
        38 if sender == account.owner => return Call::Create { dapp: account.dapp },
        39 if account.dapp > 0 => Deed::Smuggle,
        _ => match model.kinds.get(usize::from(account.dapp)) {
            Some(Kind::Bazaar) => Deed::Bazaar(errand(random)),
            _ => Deed::Arena(play(random, owned)),
        },
    };
    Call::On(account, deed)
}

fn play(random: &mut Random, owned: &Owned) -> Move {
    let Some(hero) = owned.hero.filter(|_| random.chance(95)) else {
        return Move::Join;
    };
    match random.below(20) {
        0 => Move::Rename {
            length: random.byte(35),
        },
        1 if random.chance(20) => Move::Retire,
        2 => Move::Rest,
        3 => Move::Mine,
        4 => Move::Fight,
        _ if hero.energy < 3 => Move::Rest,
        _ => match hero.terrain() {
            Terrain::Ore if random.chance(50) => Move::Mine,
            Terrain::Den if random.chance(50) => Move::Fight,
            _ => Move::Step {
                direction: if random.chance(2) { 4 } else { random.byte(4) },
            },
        },
    }
}

fn errand(random: &mut Random) -> Errand {
    let coin = random.byte(COINS);
    let item = |random: &mut Random| match random.below(20) {
        0 => 3,
        1 | 2 => 2,
        3..8 => 1,
        _ => 0,
    };
    match random.below(20) {
        0..7 => Errand::Buy {
            coin,
            item: item(random),
            quantity: random.byte(6),
        },
        7..14 => {
            let count = random.below(8);
            Errand::BuyEach {
                coin,
                items: (0..count).map(|_| item(random)).collect(),
            }
        }
        14..19 => Errand::Tip {
            coin,
            amount: match random.below(10) {
                0 => 0,
                1 => u64::MAX,
                _ => random.below(2_000),
            },
        },
        _ => Errand::Discard { item: item(random) },
    }
}

/// A transaction about a dApp as a whole. What obstructs play does not last.
fn affairs(random: &mut Random, model: &Model) -> Step {
    let dapp = random.byte(DAPPS);
    let sender = match random.below(10) {
        0 => STRANGER,
        1 => random.byte(OWNERS + KEYS),
        _ => ADMIN,
    };
    let affair = match model.config(dapp) {
        Some(config) if config.is_paused && random.chance(80) => Affair::Unpause,
        Some(config) if config.is_suspended && random.chance(80) => {
            if random.chance(50) {
                Affair::Resume
            } else if random.chance(30) {
                Affair::Refund {
                    amount: random.below(50_000),
                }
            } else {
                Affair::Unsuspend
            }
        }
        _ => affair(random, model),
    };
    let mut calls = vec![Call::At(dapp, affair.clone())];
    if affair.obstructs() && random.chance(60) {
        let undo = match affair {
            Affair::Pause => Affair::Unpause,
            _ => Affair::Unsuspend,
        };
        calls.push(Call::At(dapp, undo));
    }
    Step::Send { sender, calls }
}

fn affair(random: &mut Random, model: &Model) -> Affair {
    let later = |random: &mut Random| match random.below(10) {
        0 => model.now_ms,
        1 => model.now_ms + 400 * DAY_MS,
        _ => model.now_ms + random.below(DAY_MS),
    };
    match random.below(20) {
        0..3 => Affair::Recharge {
            amount: random.below(200_000),
        },
        3 => Affair::Collect,
        5 => Affair::Resume,
        6 | 18 => Affair::ApplyFees,
        7 | 8 => Affair::Refund {
            amount: random.below(50_000),
        },
        9 => Affair::Pause,
        10 => Affair::Unpause,
        11 => Affair::SetCeiling {
            writes: random.pick(&[0, 3, 8, 20, 1_000, 1_000_000, 1_000_001]),
        },
        12 => Affair::SetSessionActions {
            actions: random.pick(&[
                vec![0, 1, 2, 3],
                vec![0, 1, 2, 3],
                vec![0, 2],
                vec![],
                vec![1, 1],
            ]),
        },
        13 => Affair::Suspend {
            min_credit: random.chance(70).then(|| random.below(80_000)),
        },
        14 => Affair::Unsuspend,
        15 | 16 => Affair::GrantFree {
            amount: random.below(30_000),
            expires_at_ms: later(random),
        },
        17 => {
            if random.chance(50) {
                Affair::RevokeFree
            } else {
                Affair::ExtendFree {
                    expires_at_ms: later(random),
                }
            }
        }
        4 => Affair::LowerFees {
            per_write: random.pick(&[0, 500, 1_000, 1_001]),
            per_byte: random.pick(&[0, 5, 10]),
        },
        _ => Affair::AnnounceFees {
            per_write: random.pick(&[500, 1_000, 1_500, 2_000, 5_000]),
            per_byte: random.pick(&[0, 10, 20]),
        },
    }
}

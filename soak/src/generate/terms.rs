//! Sessions at random: their terms and their renewals.

use crate::{
    model::Model,
    random::Random,
    script::{COINS, CoinTerms, Deed, KEYS, OWNERS, Terms},
};

const MINUTE_MS: u64 = 60_000;
const DAY_MS: u64 = 86_400_000;

/// An activation, mostly of a session that is worth playing with.
pub(super) fn activate(random: &mut Random, model: &Model) -> Deed {
    let duration_ms = duration(random);
    let terms = random
        .chance(80)
        .then(|| terms(random, model.now_ms, duration_ms));
    Deed::Activate {
        wallet: wallet(random),
        duration_ms,
        terms,
    }
}

/// A renewal, within the envelope or not.
pub(super) fn renew(random: &mut Random) -> Deed {
    let duration_ms = if random.chance(60) {
        MINUTE_MS + random.below(MINUTE_MS)
    } else {
        duration(random)
    };
    Deed::Renew {
        wallet: wallet(random),
        duration_ms,
    }
}

/// A session key, or what cannot be one.
fn wallet(random: &mut Random) -> Option<u8> {
    match random.below(40) {
        0 => None,
        1 => Some(random.byte(OWNERS)),
        _ => Some(OWNERS + random.byte(KEYS)),
    }
}

fn duration(random: &mut Random) -> u64 {
    match random.below(20) {
        0 => MINUTE_MS - 1,
        1 => MINUTE_MS,
        2 => 7 * DAY_MS,
        3 => 7 * DAY_MS + 1,
        4 => u64::MAX - random.below(2),
        5..10 => MINUTE_MS + random.below(10 * MINUTE_MS),
        _ => 60 * MINUTE_MS + random.below(DAY_MS),
    }
}

fn terms(random: &mut Random, now_ms: u64, duration_ms: u64) -> Terms {
    let mut terms = Terms::default();
    if random.chance(40) {
        let all = [0, 1, 2, 3, 16, 17, 255];
        terms.actions = Some(all.into_iter().filter(|_| random.chance(70)).collect());
        if random.chance(3) {
            terms.actions = Some(vec![]);
        }
    }
    if random.chance(35) {
        terms.max_debt = Some(match random.below(10) {
            0 => 0,
            1 => u64::MAX,
            _ => random.below(20_000),
        });
    }
    if random.chance(40) {
        terms.max_calls = Some(match random.below(20) {
            0 => 0,
            1 => u64::MAX,
            _ => 1 + random.below(12),
        });
    }
    if random.chance(40) {
        terms.rate_limit = Some(match random.below(20) {
            0 => (0, 1, 1),
            1 => (1, 0, 1),
            2 => (1, 1, 0),
            3 => (u64::MAX, u64::MAX, 1),
            _ => (
                1 + random.below(5),
                1 + random.below(5),
                1 + random.below(30_000),
            ),
        });
    }
    for coin in 0..COINS {
        if random.chance(70) {
            terms.coins.push(coin_terms(random, coin));
            if random.chance(2) {
                terms.coins.push(coin_terms(random, coin));
            }
        }
    }
    if random.chance(45) {
        let end = now_ms.saturating_add(duration_ms);
        let ends_at_ms = match random.below(20) {
            0 => end.saturating_sub(1),
            1 => end,
            2 => now_ms + 90 * DAY_MS,
            3 => now_ms + 90 * DAY_MS + 1,
            4 => u64::MAX,
            _ => end.saturating_add(random.below(2 * DAY_MS)),
        };
        let renewals = if random.chance(4) {
            0
        } else {
            1 + random.below(4)
        };
        terms.envelope = Some((renewals, ends_at_ms));
    }
    terms
}

fn coin_terms(random: &mut Random, coin: u8) -> CoinTerms {
    let total = match random.below(20) {
        0 => 0,
        1 => u64::MAX,
        2 => 1,
        _ => 1 + random.below(6_000),
    };
    let max_per_call = random.chance(40).then(|| match random.below(20) {
        0 => 0,
        1 => u64::MAX,
        2..8 => 1 + random.below(60),
        _ => 1 + random.below(1_500),
    });
    let window = random.chance(40).then(|| match random.below(20) {
        0 => (0, 1),
        1 => (1, 0),
        2 => (u64::MAX, 1),
        _ => (1 + random.below(2_000), 1 + random.below(60_000)),
    });
    CoinTerms {
        coin,
        total,
        max_per_call,
        window,
    }
}

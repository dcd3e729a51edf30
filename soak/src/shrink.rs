//! From a long script that fails to a short one.

use crate::{
    report::Violation,
    script::{Call, Step},
};

/// How many shorter scripts are tried; each takes a ledger of its own.
const MAX_TRIALS: usize = 400;

/// Leaves out steps, then calls, as long as what is left still fails. `fails` plays a script and answers what it shows.
pub(crate) fn shrink(whole: Violation, fails: &dyn Fn(&[Step]) -> Option<Violation>) -> Violation {
    let Some(mut best) = fails(&whole.script) else {
        return whole;
    };
    let mut trials = 0;
    let mut chunk = best.script.len().div_ceil(2);
    while chunk > 0 && trials < MAX_TRIALS {
        let mut start = 0;
        while start < best.script.len() && trials < MAX_TRIALS {
            let end = (start + chunk).min(best.script.len());
            let mut shorter = best.script.clone();
            shorter.drain(start..end);
            trials += 1;
            match fails(&shorter) {
                Some(found) => best = found,
                None => start = end,
            }
        }
        chunk /= 2;
    }
    for step in 0..best.script.len() {
        let mut call = 0;
        while trials < MAX_TRIALS {
            let Some(shorter) = without_call(&best.script, step, call) else {
                break;
            };
            trials += 1;
            match fails(&shorter) {
                Some(found) if found.script.len() == best.script.len() => best = found,
                _ => call += 1,
            }
        }
    }
    best
}

/// The script without one call of one transaction; `None` when there is no such call, or no other.
fn without_call(script: &[Step], step: usize, call: usize) -> Option<Vec<Step>> {
    let mut script = script.to_vec();
    let Step::Send { calls, .. } = script.get_mut(step)? else {
        return None;
    };
    let calls: &mut Vec<Call> = calls;
    if calls.len() < 2 || call >= calls.len() {
        return None;
    }
    calls.remove(call);
    Some(script)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_shrinks_to_the_steps_that_matter() {
        let waits = |script: &[Step], ms| script.contains(&Step::Wait { ms });
        let fails = |script: &[Step]| {
            (waits(script, 3) && waits(script, 77)).then(|| Violation {
                what: "both".to_owned(),
                script: script.to_vec(),
            })
        };
        let whole = Violation {
            what: "both".to_owned(),
            script: (0..100).map(|ms| Step::Wait { ms }).collect(),
        };
        let short = shrink(whole, &fails);
        assert_eq!(short.script, [Step::Wait { ms: 3 }, Step::Wait { ms: 77 }]);
    }

    #[test]
    fn a_transaction_shrinks_to_the_call_that_matters() {
        let create = |dapp| Call::Create { dapp };
        let send = |calls| vec![Step::Send { sender: 0, calls }];
        let fails = |script: &[Step]| {
            let fails = script.iter().any(|step| match step {
                Step::Send { calls, .. } => calls.contains(&create(1)),
                Step::Wait { .. } => false,
            });
            fails.then(|| Violation {
                what: "created".to_owned(),
                script: script.to_vec(),
            })
        };
        let whole = Violation {
            what: "created".to_owned(),
            script: send(vec![create(0), create(1), create(2)]),
        };
        assert_eq!(shrink(whole, &fails).script, send(vec![create(1)]));
    }
}

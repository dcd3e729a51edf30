//! A ledger of many objects: what one costs in memory, and whether it makes transactions slower.

use sui_sdk_types::Address;

use crate::processor;
use crate::program;
use crate::site::{Player, Site};

/// Objects that one transaction makes.
const BATCH: usize = 500;
const AMOUNTS: [u64; BATCH] = [1_000; BATCH];
/// Moves that are timed at each size.
const MOVES: usize = 1_000;

/// What was measured at one size.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) objects: usize,
    pub(crate) write_us: f64,
    /// Memory of the whole process, where the system tells.
    pub(crate) resident: Option<u64>,
}

/// Grows the ledger to each of these numbers of objects in turn, and measures there.
pub(crate) fn measure(site: &Site, player: &mut Player, sizes: [usize; 2]) -> [Size; 2] {
    let mut objects = 0;
    sizes.map(|size| {
        while objects < size {
            // A few hundred coins an owner, as many owners as that takes.
            let mut owner = [0xab; Address::LENGTH];
            owner[..8].copy_from_slice(&(objects as u64).to_le_bytes());
            program::fund(&site.ledger, Address::new(owner), &AMOUNTS);
            objects += BATCH;
        }
        let resident = resident();
        Size {
            objects,
            write_us: write_us(site, player, MOVES),
            resident,
        }
    })
}

/// Microseconds of processor time of a silent move, the median of so many.
pub(crate) fn write_us(site: &Site, player: &mut Player, moves: usize) -> f64 {
    let moves: Vec<_> = (0..moves).map(|_| site.next_move(player)).collect();
    let mut times: Vec<_> = moves
        .iter()
        .map(|signed| {
            let begun = processor::thread();
            site.play(signed);
            processor::thread().saturating_sub(begun)
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2].as_nanos() as f64 / 1e3
}

/// Bytes of memory that this process holds.
pub(crate) fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

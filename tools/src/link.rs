//! Published addresses, put into bytecode after it was compiled.
//!
//! A package that depends on others names their ids in its bytecode, and on a fresh ledger every publication has a new
//! id. So that this is no reason to compile again, packages are compiled against stand-ins, which no address is by
//! chance, and the ids are written over them: an address has the same length wherever it stands, in a module's table of
//! addresses as in its constants. The result is what the compiler emits for these ids, up to the order of that table.

use blake2::{Blake2b, Digest, digest::consts::U32};
use sui_sdk_types::Address;

use crate::report::CompiledPackage;

type Blake2b256 = Blake2b<U32>;

/// The id that stands for a package until its own is known.
pub(crate) fn stand_in(package: &str) -> Address {
    let hash = Blake2b256::new()
        .chain_update(b"valet: the published id of ")
        .chain_update(package.as_bytes())
        .finalize();
    Address::new(hash.into())
}

/// Which id a stand-in is replaced by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) stand_in: Address,
    pub(crate) id: Address,
}

/// Puts the ids into a compiled package, and names the outcome by its digest.
pub(crate) fn link(mut package: CompiledPackage, links: &[Link]) -> CompiledPackage {
    if links.is_empty() {
        return package;
    }
    for Link { stand_in, id } in links {
        for module in &mut package.modules {
            replace(module, stand_in.as_bytes(), id.as_bytes());
        }
        for dependency in &mut package.dependencies {
            if dependency == stand_in {
                *dependency = *id;
            }
        }
    }
    package.digest = digest(&package.modules, &package.dependencies);
    package
}

/// Writes `to` over every occurrence of `from`, which has the same length.
fn replace(bytes: &mut [u8], from: &[u8], to: &[u8]) {
    let mut start = 0;
    while let Some(rest) = bytes.get_mut(start..)
        && let Some(at) = rest.windows(from.len()).position(|window| window == from)
    {
        if let Some(found) = rest.get_mut(at..at + to.len()) {
            found.copy_from_slice(to);
        }
        start += at + to.len();
    }
}

/// The digest of a package as upgrade tickets carry it: the hash of the sorted hashes of its modules and ids of its
/// dependencies.
fn digest(modules: &[Vec<u8>], dependencies: &[Address]) -> [u8; 32] {
    let modules = modules
        .iter()
        .map(|module| Blake2b256::digest(module).into());
    let dependencies = dependencies.iter().map(|id| id.into_inner());
    let mut parts: Vec<[u8; 32]> = modules.chain(dependencies).collect();
    parts.sort_unstable();
    Blake2b256::digest(parts.concat()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_occurrence_is_replaced_and_nothing_else() {
        let mut bytes = *b"..ab.abab.a";
        replace(&mut bytes, b"ab", b"xy");
        assert_eq!(&bytes, b"..xy.xyxy.a");
        replace(&mut bytes, b"zz", b"ab");
        assert_eq!(&bytes, b"..xy.xyxy.a");
        replace(&mut [], b"ab", b"xy");
    }

    #[test]
    fn stand_ins_differ_by_name() {
        assert_ne!(stand_in("valet"), stand_in("arena"));
        assert_eq!(stand_in("valet"), stand_in("valet"));
    }
}

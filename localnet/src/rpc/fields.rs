//! Reading the fields of requests: ids, types, masks and pages, each with its limits.

use std::str::FromStr;

use blake2::{Blake2b, Digest as _, digest::consts::U16};
use prost_types::FieldMask;
use sui_rpc::field::{FieldMaskTree, FieldMaskUtil, MessageFields};
use tonic::Status;

use super::status;

/// Entries of a page when the request does not say.
const DEFAULT_PAGE_SIZE: usize = 50;
/// Most entries of a page, whatever the request says.
const MAX_PAGE_SIZE: usize = 1_000;
/// Longest text that is parsed: a type of 256 nodes with the longest names the protocol allows fits well.
const MAX_TEXT_BYTES: usize = 64 * 1024;
/// Most paths of a mask; the whole schema has fewer fields.
const MAX_MASK_PATHS: usize = 1_000;
/// Bytes of the hash in a page token.
const HASH_BYTES: usize = 16;

/// A required value in text form: an address, a digest or a type.
pub(super) fn required<T>(field: &str, text: Option<&str>) -> Result<T, Status>
where
    T: FromStr<Err: std::fmt::Display>,
{
    parse(
        field,
        text.filter(|text| !text.is_empty())
            .ok_or_else(|| status::missing(field))?,
    )
}

/// A value in text form.
pub(super) fn parse<T>(field: &str, text: &str) -> Result<T, Status>
where
    T: FromStr<Err: std::fmt::Display>,
{
    if text.len() > MAX_TEXT_BYTES {
        return Err(status::invalid(
            field,
            format!(
                "{} bytes is more than the limit of {MAX_TEXT_BYTES}",
                text.len()
            ),
        ));
    }
    text.parse().map_err(|error| status::invalid(field, error))
}

/// The mask of a request as a tree, or `default` when it has none.
pub(super) fn mask<M: MessageFields>(
    mask: Option<&FieldMask>,
    default: &str,
) -> Result<FieldMaskTree, Status> {
    let Some(mask) = mask else {
        return Ok(FieldMaskTree::from(<FieldMask as FieldMaskUtil>::from_str(
            default,
        )));
    };
    if mask.paths.len() > MAX_MASK_PATHS {
        return Err(status::invalid(
            "read_mask",
            format!(
                "{} paths is more than the limit of {MAX_MASK_PATHS}",
                mask.paths.len()
            ),
        ));
    }
    mask.validate::<M>().map_err(|path| {
        let shown: String = path.chars().take(100).collect();
        status::invalid(
            "read_mask",
            format!("there is no field {shown:?}; use the names of the .proto files"),
        )
    })?;
    Ok(FieldMaskTree::from_field_mask(mask))
}

/// How many entries a page has.
pub(super) fn page_size(requested: Option<u32>) -> usize {
    requested.map_or(DEFAULT_PAGE_SIZE, |size| {
        usize::try_from(size)
            .unwrap_or(MAX_PAGE_SIZE)
            .clamp(1, MAX_PAGE_SIZE)
    })
}

/// Where a listing goes on: opaque to clients, bound to the method and its other parameters.
///
/// A token is a cursor behind a hash of the call and the cursor, so that a cut, mixed up or made up one is refused instead
/// of silently starting elsewhere.
#[derive(Clone, Debug)]
pub(super) struct Pages {
    call: Blake2b<U16>,
}

impl Pages {
    /// The pages of `method` called with `parameters`.
    pub(super) fn new(method: &str, parameters: &[&str]) -> Self {
        let mut call = Blake2b::<U16>::new();
        for part in std::iter::once(&method).chain(parameters) {
            // With its length, so that no two lists of parameters are the same bytes.
            call.update(part.len().to_le_bytes());
            call.update(part.as_bytes());
        }
        Self { call }
    }

    /// The cursor inside a token of the request.
    pub(super) fn cursor<T: FromStr>(&self, token: Option<&[u8]>) -> Result<Option<T>, Status> {
        token
            .map(|token| self.read(token).ok_or_else(refused_token))
            .transpose()
    }

    fn read<T: FromStr>(&self, token: &[u8]) -> Option<T> {
        let (hash, cursor) = token.split_at_checked(HASH_BYTES)?;
        if cursor.len() > MAX_TEXT_BYTES || hash != self.hash(cursor) {
            return None;
        }
        std::str::from_utf8(cursor).ok()?.parse().ok()
    }

    /// The token that continues after `cursor`.
    pub(super) fn token(&self, cursor: impl std::fmt::Display) -> prost::bytes::Bytes {
        let cursor = cursor.to_string();
        [self.hash(cursor.as_bytes()).as_slice(), cursor.as_bytes()]
            .concat()
            .into()
    }

    fn hash(&self, cursor: &[u8]) -> [u8; HASH_BYTES] {
        self.call.clone().chain_update(cursor).finalize().into()
    }
}

fn refused_token() -> Status {
    status::invalid(
        "page_token",
        "pass the token of the previous page of the same call unchanged, with the same parameters",
    )
}

#[cfg(test)]
mod tests {
    use sui_sdk_types::Address;

    use super::*;

    #[test]
    fn a_token_continues_only_the_listing_it_came_from() {
        let pages = Pages::new("list", &["0x1", "type"]);
        let token = pages.token(Address::TWO);
        assert_eq!(
            pages.cursor(Some(&token)).expect("own token"),
            Some(Address::TWO)
        );
        assert_eq!(pages.cursor::<Address>(None).expect("no token"), None);
        assert!(
            Pages::new("list", &["0x1t", "ype"])
                .cursor::<Address>(Some(&token))
                .is_err()
        );
        assert!(
            Pages::new("other", &["0x1", "type"])
                .cursor::<Address>(Some(&token))
                .is_err()
        );
        assert!(pages.cursor::<Address>(Some(&token[..17])).is_err());
        assert!(pages.cursor::<Address>(Some(&token[..4])).is_err());
        assert!(pages.cursor::<Address>(Some(&[])).is_err());
    }

    #[test]
    fn a_page_is_never_empty_nor_larger_than_the_limit() {
        assert_eq!(page_size(None), 50);
        assert_eq!(page_size(Some(0)), 1);
        assert_eq!(page_size(Some(7)), 7);
        assert_eq!(page_size(Some(u32::MAX)), 1_000);
    }
}

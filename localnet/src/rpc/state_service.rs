//! `StateService`: what addresses own now.

use std::sync::Arc;

use prost::Message;
use sui_rpc::field::FieldMaskTree;
use sui_rpc::proto::sui::rpc::v2::dynamic_field::DynamicFieldKind;
use sui_rpc::proto::sui::rpc::v2::state_service_server::StateService;
use sui_rpc::proto::sui::rpc::v2::{
    self as proto, DynamicField, GetBalanceRequest, GetBalanceResponse, GetCoinInfoRequest,
    GetCoinInfoResponse, ListBalancesRequest, ListBalancesResponse, ListDynamicFieldsRequest,
    ListDynamicFieldsResponse, ListOwnedObjectsRequest, ListOwnedObjectsResponse,
};
use sui_sdk_types::{Address, Object, StructTag};
use tonic::{Request, Response};

use super::fields::{self, Pages};
use super::render::{Render, type_name};
use super::{Answer, coin_info, status};
use crate::ledger::{Balance, Ledger};

/// Most bytes of a page; a page ends with the entry that passes it.
const MAX_PAGE_BYTES: usize = 512 * 1024;

const OWNED_MASK: &str = "object_id,version,object_type";
const FIELD_MASK: &str = "parent,field_id";

/// The service over a ledger.
#[derive(Clone, Debug)]
pub(super) struct Service {
    ledger: Arc<Ledger>,
}

impl Service {
    pub(super) fn new(ledger: Arc<Ledger>) -> Self {
        Self { ledger }
    }

    fn render(&self) -> Render<'_> {
        Render::new(&self.ledger)
    }

    /// A dynamic field cut to `mask`; none if the child is something else, such as the object of an object field.
    fn dynamic_field(
        &self,
        parent: &Address,
        object: &Object,
        mask: &FieldMaskTree,
    ) -> Option<DynamicField> {
        let field = self.render().types().dynamic_field(object)?;
        let mut message = DynamicField::default();
        if mask.contains("parent") {
            message.parent = Some(parent.to_string());
        }
        if mask.contains("field_id") {
            message.field_id = Some(object.object_id().to_string());
        }
        if mask.contains("kind") {
            message.set_kind(if field.child.is_some() {
                DynamicFieldKind::Object
            } else {
                DynamicFieldKind::Field
            });
        }
        if mask.contains("name") {
            message.name = Some(bcs(field.name_type.to_string(), field.name));
        }
        if mask.contains("value") {
            message.value = Some(bcs(field.value_type.to_string(), field.value));
        }
        if let Some(mask) = mask.subtree("field_object") {
            message.field_object = Some(self.render().object(object, &mask));
        }
        let child = field.child.and_then(|id| self.ledger.object(&id));
        if mask.contains("child_id") {
            message.child_id = field.child.map(|id| id.to_string());
        }
        if mask.contains("value_type") {
            message.value_type = Some(match &child {
                Some(child) => type_name(child),
                None => field.value_type.to_string(),
            });
        }
        if let Some(mask) = mask.subtree("child_object") {
            message.child_object = child.map(|child| self.render().object(&child, &mask));
        }
        Some(message)
    }
}

#[tonic::async_trait]
impl StateService for Service {
    async fn list_owned_objects(
        &self,
        request: Request<ListOwnedObjectsRequest>,
    ) -> Answer<ListOwnedObjectsResponse> {
        let request = request.into_inner();
        let mask = fields::mask::<proto::Object>(request.read_mask.as_ref(), OWNED_MASK)?;
        let owner: Address = fields::required("owner", request.owner.as_deref())?;
        let filter = request
            .object_type
            .as_deref()
            .map(|text| fields::parse::<StructTag>("object_type", text))
            .transpose()?;
        let filter_text = filter.as_ref().map(ToString::to_string).unwrap_or_default();
        let pages = Pages::new("ListOwnedObjects", &[&owner.to_string(), &filter_text]);
        let after = pages.cursor(request.page_token.as_deref())?;
        let size = fields::page_size(request.page_size);
        // One more than fits tells whether there is a next page.
        let found =
            self.ledger
                .owned_objects(&owner, filter.as_ref(), after, size.saturating_add(1));
        let (objects, last) = page(&found, size, |object| {
            Some(self.render().object(object, &mask))
        });
        let mut message = ListOwnedObjectsResponse::default();
        message.objects = objects;
        message.next_page_token = last.map(|id| pages.token(id));
        Ok(Response::new(message))
    }

    async fn list_dynamic_fields(
        &self,
        request: Request<ListDynamicFieldsRequest>,
    ) -> Answer<ListDynamicFieldsResponse> {
        let request = request.into_inner();
        let mask = fields::mask::<DynamicField>(request.read_mask.as_ref(), FIELD_MASK)?;
        let parent: Address = fields::required("parent", request.parent.as_deref())?;
        let pages = Pages::new("ListDynamicFields", &[&parent.to_string()]);
        let after = pages.cursor(request.page_token.as_deref())?;
        let size = fields::page_size(request.page_size);
        let found = self
            .ledger
            .dynamic_fields(&parent, after, size.saturating_add(1));
        let (dynamic_fields, last) = page(&found, size, |object| {
            self.dynamic_field(&parent, object, &mask)
        });
        let mut message = ListDynamicFieldsResponse::default();
        message.dynamic_fields = dynamic_fields;
        message.next_page_token = last.map(|id| pages.token(id));
        Ok(Response::new(message))
    }

    async fn get_coin_info(
        &self,
        request: Request<GetCoinInfoRequest>,
    ) -> Answer<GetCoinInfoResponse> {
        let coin_type: StructTag =
            fields::required("coin_type", request.into_inner().coin_type.as_deref())?;
        coin_info::message(&self.ledger, &coin_type)
            .map(Response::new)
            .ok_or_else(|| status::not_found(format_args!("coin type {coin_type} not found")))
    }

    async fn get_balance(&self, request: Request<GetBalanceRequest>) -> Answer<GetBalanceResponse> {
        let request = request.into_inner();
        let owner = fields::required("owner", request.owner.as_deref())?;
        let coin_type: StructTag = fields::required("coin_type", request.coin_type.as_deref())?;
        let balance = self
            .ledger
            .balances(&owner)
            .into_iter()
            .find(|balance| balance.coin_type == coin_type);
        let mut message = GetBalanceResponse::default();
        message.balance = Some(match balance {
            Some(balance) => balance_message(&balance),
            None => amounts(&coin_type, 0, 0),
        });
        Ok(Response::new(message))
    }

    async fn list_balances(
        &self,
        request: Request<ListBalancesRequest>,
    ) -> Answer<ListBalancesResponse> {
        let request = request.into_inner();
        let owner: Address = fields::required("owner", request.owner.as_deref())?;
        let pages = Pages::new("ListBalances", &[&owner.to_string()]);
        let after: Option<StructTag> = pages.cursor(request.page_token.as_deref())?;
        let size = fields::page_size(request.page_size);
        let mut rest = self.ledger.balances(&owner).into_iter().filter(|balance| {
            after
                .as_ref()
                .is_none_or(|after| balance.coin_type > *after)
        });
        let page: Vec<Balance> = rest.by_ref().take(size).collect();
        let mut message = ListBalancesResponse::default();
        message.balances = page.iter().map(balance_message).collect();
        if rest.next().is_some() {
            message.next_page_token = page.last().map(|balance| pages.token(&balance.coin_type));
        }
        Ok(Response::new(message))
    }
}

/// The entries of one page out of what was found, and the id to continue after if there is more.
fn page<T: Message>(
    found: &[Arc<Object>],
    size: usize,
    render: impl Fn(&Object) -> Option<T>,
) -> (Vec<T>, Option<Address>) {
    let mut entries = Vec::new();
    let mut bytes = 0_usize;
    for (index, object) in found.iter().enumerate() {
        if index == size || bytes >= MAX_PAGE_BYTES {
            return (
                entries,
                found
                    .get(index.saturating_sub(1))
                    .map(|object| object.object_id()),
            );
        }
        if let Some(entry) = render(object) {
            bytes = bytes.saturating_add(entry.encoded_len());
            entries.push(entry);
        }
    }
    (entries, None)
}

fn balance_message(balance: &Balance) -> proto::Balance {
    amounts(
        &balance.coin_type,
        balance.coin_balance,
        balance.address_balance,
    )
}

fn amounts(coin_type: &StructTag, coins: u64, address_balance: u64) -> proto::Balance {
    let mut message = proto::Balance::default();
    message.coin_type = Some(coin_type.to_string());
    message.balance = Some(coins.saturating_add(address_balance));
    message.coin_balance = Some(coins);
    message.address_balance = Some(address_balance);
    message
}

fn bcs(type_name: String, bytes: &[u8]) -> proto::Bcs {
    let mut message = proto::Bcs::from(bytes.to_vec());
    message.name = Some(type_name);
    message
}

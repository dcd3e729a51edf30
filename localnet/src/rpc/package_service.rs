//! `MovePackageService`: what packages declare.

use std::sync::Arc;

use sui_rpc::field::FieldMaskTree;
use sui_rpc::merge::Merge;
use sui_rpc::proto::sui::rpc::v2::move_package_service_server::MovePackageService;
use sui_rpc::proto::sui::rpc::v2::{
    self as proto, GetDatatypeRequest, GetDatatypeResponse, GetFunctionRequest,
    GetFunctionResponse, GetPackageRequest, GetPackageResponse, ListPackageVersionsRequest,
    ListPackageVersionsResponse, PackageVersion,
};
use sui_sdk_types::{Address, Identifier, Object};
use tonic::{Request, Response, Status};

use super::descriptors::Descriptors;
use super::fields::Pages;
use super::{Answer, fields, status};
use crate::ledger::Ledger;
use crate::vm::{CompiledModule, Package};

/// The service over a ledger.
#[derive(Clone, Debug)]
pub(super) struct Service {
    ledger: Arc<Ledger>,
}

impl Service {
    pub(super) fn new(ledger: Arc<Ledger>) -> Self {
        Self { ledger }
    }

    fn descriptors(&self) -> Descriptors<'_> {
        Descriptors::new(self.ledger.vm())
    }

    /// A package of the ledger. The virtual machine may know more: those that only a simulation published.
    fn package(&self, id: Option<&str>) -> Result<(Arc<Object>, Arc<Package>), Status> {
        let id: Address = fields::required("package_id", id)?;
        let object = self
            .ledger
            .object(&id)
            .ok_or_else(|| status::not_found(format_args!("package {id} not found")))?;
        if object.as_struct().is_some() {
            return Err(status::invalid(
                "package_id",
                format_args!("{id} is an object, not a package"),
            ));
        }
        let package = self
            .ledger
            .vm()
            .package(id)
            .ok_or_else(|| status::internal(format_args!("package {id} is not loaded")))?;
        Ok((object, package))
    }

    fn module(
        &self,
        package: &Package,
        name: &Identifier,
        bytes: &[u8],
    ) -> Result<proto::Module, Status> {
        let unreadable =
            |error| status::internal(format_args!("module {name} cannot be read: {error}"));
        let module = CompiledModule::parse(bytes).map_err(unreadable)?;
        let datatypes = module.datatype_names().map_err(unreadable)?;
        let functions = module.function_names().map_err(unreadable)?;
        let mut message = proto::Module::default();
        message.name = Some(name.as_str().to_owned());
        message.contents = Some(bytes.to_vec().into());
        message.datatypes = datatypes
            .into_iter()
            .filter_map(|datatype| self.descriptors().datatype(package, name, datatype))
            .collect();
        message.functions = functions
            .into_iter()
            .filter_map(|function| self.descriptors().function(package, name, function))
            .collect();
        Ok(message)
    }
}

#[tonic::async_trait]
impl MovePackageService for Service {
    async fn get_package(&self, request: Request<GetPackageRequest>) -> Answer<GetPackageResponse> {
        let request = request.into_inner();
        let (object, package) = self.package(request.package_id.as_deref())?;
        let mask = FieldMaskTree::new_wildcard();
        let mut message = proto::Object::merge_from(object.as_ref().clone(), &mask)
            .package
            .ok_or_else(|| status::internal("a package without contents"))?;
        message.storage_id = Some(package.storage_id().to_string());
        message.original_id = Some(package.original_id().to_string());
        message.version = Some(object.version());
        message.modules = package
            .source()
            .modules
            .iter()
            .map(|(name, bytes)| self.module(&package, name, bytes))
            .collect::<Result<_, _>>()?;
        Ok(Response::new(GetPackageResponse::new(message)))
    }

    async fn get_datatype(
        &self,
        request: Request<GetDatatypeRequest>,
    ) -> Answer<GetDatatypeResponse> {
        let request = request.into_inner();
        let (_, package) = self.package(request.package_id.as_deref())?;
        let module: Identifier = fields::required("module_name", request.module_name.as_deref())?;
        let name: Identifier = fields::required("name", request.name.as_deref())?;
        self.descriptors()
            .datatype(&package, &module, &name)
            .map(|datatype| Response::new(GetDatatypeResponse::new(datatype)))
            .ok_or_else(|| status::not_found(format_args!("datatype {module}::{name} not found")))
    }

    async fn get_function(
        &self,
        request: Request<GetFunctionRequest>,
    ) -> Answer<GetFunctionResponse> {
        let request = request.into_inner();
        let (_, package) = self.package(request.package_id.as_deref())?;
        let module: Identifier = fields::required("module_name", request.module_name.as_deref())?;
        let name: Identifier = fields::required("name", request.name.as_deref())?;
        self.descriptors()
            .function(&package, &module, &name)
            .map(|function| Response::new(GetFunctionResponse::new(function)))
            .ok_or_else(|| status::not_found(format_args!("function {module}::{name} not found")))
    }

    async fn list_package_versions(
        &self,
        request: Request<ListPackageVersionsRequest>,
    ) -> Answer<ListPackageVersionsResponse> {
        let request = request.into_inner();
        let (_, package) = self.package(request.package_id.as_deref())?;
        let id = package.storage_id();
        let pages = Pages::new("ListPackageVersions", &[&id.to_string()]);
        let after: Option<u64> = pages.cursor(request.page_token.as_deref())?;
        let page_size = fields::page_size(request.page_size);
        let mut left = self
            .ledger
            .package_versions(&id)
            .into_iter()
            .skip_while(|(version, _)| after.is_some_and(|after| *version <= after));
        let page: Vec<_> = left.by_ref().take(page_size).collect();
        let next = match (page.last(), left.next()) {
            (Some((last, _)), Some(_)) => Some(pages.token(last)),
            _ => None,
        };
        let versions = page
            .iter()
            .map(|(version, id)| PackageVersion::new(id, *version))
            .collect();
        Ok(Response::new(ListPackageVersionsResponse::new(
            versions, next,
        )))
    }
}

/// What a dApp says about itself, for people and wallets.
///
/// It lives in a dynamic field of the `Dapp`, so that no write loads it.
module valet::metadata;

use std::string::String;

// === Errors ===

/// The name is empty or too long.
#[error(code = 0)]
const EInvalidName: vector<u8> = b"A dApp's name has 1 to 64 bytes.";
/// The description is too long.
#[error(code = 1)]
const EDescriptionTooLong: vector<u8> = b"A dApp's description has at most 1,024 bytes.";
/// The website's address is too long.
#[error(code = 2)]
const EWebsiteTooLong: vector<u8> = b"A dApp's website address has at most 256 bytes.";
/// The package list is full.
#[error(code = 3)]
const ETooManyPackages: vector<u8> = b"A dApp lists at most 64 packages.";
/// The package is listed.
#[error(code = 4)]
const EPackageAlreadyListed: vector<u8> = b"The package is listed already.";

// === Constants ===

const MAX_NAME_BYTES: u64 = 64;
const MAX_DESCRIPTION_BYTES: u64 = 1_024;
const MAX_WEBSITE_BYTES: u64 = 256;
const MAX_PACKAGES: u64 = 64;

// === Structs ===

/// A dApp's name, texts and packages.
public struct Metadata has copy, drop, store {
    name: String,
    description: String,
    website: String,
    /// The one that defines the dApp's type first.
    packages: vector<address>,
}

// === View functions ===

/// The dApp's name.
public fun name(self: &Metadata): &String {
    &self.name
}

/// What the dApp is.
public fun description(self: &Metadata): &String {
    &self.description
}

/// Where to read more.
public fun website(self: &Metadata): &String {
    &self.website
}

/// The dApp's packages, the one that defines its type first.
public fun packages(self: &Metadata): &vector<address> {
    &self.packages
}

// === Package functions ===

/// #### Aborts
/// - `EInvalidName`, `EDescriptionTooLong`, `EWebsiteTooLong` if a text is out of bounds.
public(package) fun new(
    name: String,
    description: String,
    website: String,
    package: address,
): Metadata {
    assert!(!name.is_empty() && name.length() <= MAX_NAME_BYTES, EInvalidName);
    assert!(description.length() <= MAX_DESCRIPTION_BYTES, EDescriptionTooLong);
    assert!(website.length() <= MAX_WEBSITE_BYTES, EWebsiteTooLong);
    Metadata { name, description, website, packages: vector[package] }
}

/// The same packages under other texts.
///
/// #### Aborts
/// - As `new` does.
public(package) fun with_texts(
    self: Metadata,
    name: String,
    description: String,
    website: String,
): Metadata {
    let mut metadata = new(name, description, website, self.packages[0]);
    metadata.packages = self.packages;
    metadata
}

/// #### Aborts
/// - `EPackageAlreadyListed` if the package is listed.
/// - `ETooManyPackages` if the list is full.
public(package) fun add_package(self: &mut Metadata, package: address) {
    assert!(!self.packages.contains(&package), EPackageAlreadyListed);
    assert!(self.packages.length() < MAX_PACKAGES, ETooManyPackages);
    self.packages.push_back(package);
}

// === Test functions ===

#[test_only]
public fun metadata_for_testing(
    name: String,
    description: String,
    website: String,
    packages: vector<address>,
): Metadata {
    Metadata { name, description, website, packages }
}

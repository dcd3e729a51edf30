//! Natives of the framework that this ledger does not provide: pairings, zero-knowledge proofs and attestations.
//!
//! Calling one stops the transaction with a status that names it.

use crate::vm::{NativeError, NativeFunction, VmStatus};

macro_rules! unsupported {
    ($($module:literal :: $name:literal),* $(,)?) => {
        /// Module, name and a native that only says what it is.
        pub(super) const NATIVES: &[(&str, &str, NativeFunction)] = &[$(
            ($module, $name, |_, _, _| {
                let name = concat!("0x2::", $module, "::", $name);
                Err(NativeError::Status(VmStatus::UnsupportedNative(name.into())))
            }),
        )*];
    };
}

unsupported! {
    "bls12381"::"bls12381_min_pk_verify",
    "bls12381"::"bls12381_min_sig_verify",
    "ecvrf"::"ecvrf_verify",
    "groth16"::"prepare_verifying_key_internal",
    "groth16"::"verify_groth16_proof_internal",
    "group_ops"::"internal_add",
    "group_ops"::"internal_convert",
    "group_ops"::"internal_div",
    "group_ops"::"internal_hash_to",
    "group_ops"::"internal_mul",
    "group_ops"::"internal_multi_scalar_mul",
    "group_ops"::"internal_pairing",
    "group_ops"::"internal_sub",
    "group_ops"::"internal_sum",
    "group_ops"::"internal_validate",
    "nitro_attestation"::"load_nitro_attestation_internal",
    "poseidon"::"poseidon_bn254_internal",
    "vdf"::"hash_to_input_internal",
    "vdf"::"vdf_verify_internal",
    "zklogin_verified_id"::"check_zklogin_id_internal",
    "zklogin_verified_issuer"::"check_zklogin_issuer_internal",
}

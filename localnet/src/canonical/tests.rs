//! Every kind of type, object, effects and events, at random: the same bytes and digests as the SDK's.

use sui_sdk_types::{
    AccumulatorOperation, AccumulatorValue, AccumulatorWrite, Address, ChangedObject,
    CheckpointCommitment, CheckpointContents, CheckpointSummary, CheckpointTransactionInfo, Digest,
    Ed25519PublicKey, Ed25519Signature, EndOfEpochData, Event, ExecutionError, ExecutionStatus,
    GasCostSummary, IdOperation, Identifier, MovePackage, MoveStruct, Object, ObjectData, ObjectIn,
    ObjectOut, Owner, SimpleSignature, StructTag, TransactionEffects, TransactionEffectsV2,
    TransactionEvents, TypeOrigin, TypeTag, UnchangedConsensusKind, UnchangedConsensusObject,
    UpgradeInfo, UserSignature,
};

use super::{
    balance_key_type, child_id, contents_digest, effects_digest, events_digest, move_type_size,
    object_digest, summary_digest, type_tag,
};

const RUNS: usize = 3_000;

/// Numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).expect("small")
    }

    fn flag(&mut self) -> bool {
        self.below(2) == 0
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next().to_le_bytes()[0]).collect()
    }

    fn address(&mut self) -> Address {
        Address::from_bytes(self.bytes(32)).expect("32 bytes")
    }

    fn digest(&mut self) -> Digest {
        Digest::from_bytes(self.bytes(32)).expect("32 bytes")
    }

    fn name(&mut self) -> Identifier {
        let most = if self.below(10) == 0 { 128 } else { 12 };
        let length = 1 + self.below(most);
        let letters = (0..length).map(|_| char::from(b'a' + self.next().to_le_bytes()[0] % 26));
        Identifier::new(letters.collect::<String>()).expect("a name")
    }

    fn some<T>(&mut self, most: usize, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let count = self.below(most + 1);
        (0..count).map(|_| make(self)).collect()
    }

    fn struct_tag(&mut self, depth: usize) -> StructTag {
        let parameters = if depth == 0 { 0 } else { 3 };
        StructTag::new(
            self.address(),
            self.name(),
            self.name(),
            self.some(parameters, |random| random.type_tag(depth - 1)),
        )
    }

    fn type_tag(&mut self, depth: usize) -> TypeTag {
        let choices = if depth == 0 { 10 } else { 12 };
        match self.below(choices) {
            0 => TypeTag::Bool,
            1 => TypeTag::U8,
            2 => TypeTag::U16,
            3 => TypeTag::U32,
            4 => TypeTag::U64,
            5 => TypeTag::U128,
            6 => TypeTag::U256,
            7 => TypeTag::Address,
            8 => TypeTag::Signer,
            9 => StructTag::sui().into(),
            10 => TypeTag::Vector(Box::new(self.type_tag(depth - 1))),
            _ => self.struct_tag(depth).into(),
        }
    }

    /// A type that is written in full, or one of those that are not, or one that nearly is.
    fn object_type(&mut self) -> StructTag {
        let tag = match self.below(8) {
            0 => return self.struct_tag(3),
            1 => return StructTag::staked_sui(),
            2 => StructTag::gas_coin(),
            3 => StructTag::coin(self.type_tag(2)),
            4 => balance_field(StructTag::sui().into()),
            _ => balance_field(self.type_tag(2)),
        };
        if self.flag() {
            return tag;
        }
        let other = |random: &mut Self, name: &Identifier| {
            if random.below(4) == 0 {
                random.name()
            } else {
                name.clone()
            }
        };
        let mut parameters = tag.type_params().to_vec();
        match self.below(8) {
            0 => parameters.push(TypeTag::U8),
            1 => parameters.clear(),
            2 => parameters.reverse(),
            _ => {}
        }
        let address = if self.below(4) == 0 {
            Address::THREE
        } else {
            *tag.address()
        };
        let module = other(self, tag.module());
        let name = other(self, tag.name());
        StructTag::new(address, module, name, parameters)
    }

    fn owner(&mut self) -> Owner {
        match self.below(5) {
            0 => Owner::Address(self.address()),
            1 => Owner::Object(self.address()),
            2 => Owner::Shared(self.next()),
            3 => Owner::Immutable,
            _ => Owner::ConsensusAddress {
                start_version: self.next(),
                owner: self.address(),
            },
        }
    }

    fn package(&mut self) -> MovePackage {
        MovePackage {
            id: self.address(),
            version: self.next(),
            modules: self
                .some(3, |random| (random.name(), random.bytes(200)))
                .into_iter()
                .collect(),
            type_origin_table: self.some(3, |random| TypeOrigin {
                module_name: random.name(),
                struct_name: random.name(),
                package: random.address(),
            }),
            linkage_table: self
                .some(3, |random| {
                    let info = UpgradeInfo {
                        upgraded_id: random.address(),
                        upgraded_version: random.next(),
                    };
                    (random.address(), info)
                })
                .into_iter()
                .collect(),
        }
    }

    fn object(&mut self) -> Object {
        let data = if self.below(10) == 0 {
            ObjectData::Package(self.package())
        } else {
            let most = if self.below(10) == 0 { 20_000 } else { 300 };
            let length = 32 + self.below(most);
            let contents = self.bytes(length);
            let tag = self.object_type();
            let data = MoveStruct::new(tag, self.flag(), self.next(), contents);
            ObjectData::Struct(data.expect("contents with an id"))
        };
        Object::new(data, self.owner(), self.digest(), self.next())
    }

    fn changed(&mut self) -> ChangedObject {
        ChangedObject {
            object_id: self.address(),
            input_state: if self.flag() {
                ObjectIn::NotExist
            } else {
                ObjectIn::Exist {
                    version: self.next(),
                    digest: self.digest(),
                    owner: self.owner(),
                }
            },
            output_state: match self.below(4) {
                0 => ObjectOut::NotExist,
                1 => ObjectOut::ObjectWrite {
                    digest: self.digest(),
                    owner: self.owner(),
                },
                2 => ObjectOut::PackageWrite {
                    version: self.next(),
                    digest: self.digest(),
                },
                _ => ObjectOut::AccumulatorWrite(self.accumulator_write()),
            },
            id_operation: match self.below(3) {
                0 => IdOperation::None,
                1 => IdOperation::Created,
                _ => IdOperation::Deleted,
            },
        }
    }

    fn accumulator_write(&mut self) -> AccumulatorWrite {
        AccumulatorWrite::new(
            self.address(),
            self.type_tag(3),
            if self.flag() {
                AccumulatorOperation::Merge
            } else {
                AccumulatorOperation::Split
            },
            match self.below(3) {
                0 => AccumulatorValue::Integer(self.next()),
                1 => AccumulatorValue::IntegerTuple(self.next(), self.next()),
                _ => AccumulatorValue::EventDigest(vec![(self.next(), self.digest())]),
            },
        )
    }

    fn unchanged(&mut self) -> UnchangedConsensusObject {
        let version = self.next();
        UnchangedConsensusObject {
            object_id: self.address(),
            kind: match self.below(5) {
                0 => UnchangedConsensusKind::ReadOnlyRoot {
                    version,
                    digest: self.digest(),
                },
                1 => UnchangedConsensusKind::MutateDeleted { version },
                2 => UnchangedConsensusKind::ReadDeleted { version },
                3 => UnchangedConsensusKind::Canceled { version },
                _ => UnchangedConsensusKind::PerEpochConfig,
            },
        }
    }

    fn effects(&mut self) -> TransactionEffects {
        let optional_digest = |random: &mut Self| random.flag().then(|| random.digest());
        TransactionEffects::V2(Box::new(TransactionEffectsV2 {
            status: if self.flag() {
                ExecutionStatus::Success
            } else {
                ExecutionStatus::Failure {
                    error: ExecutionError::EffectsTooLarge {
                        current_size: self.next(),
                        max_size: self.next(),
                    },
                    command: self.flag().then(|| self.next()),
                }
            },
            epoch: self.next(),
            gas_used: self.gas(),
            transaction_digest: self.digest(),
            gas_object_index: self.flag().then_some(7),
            events_digest: optional_digest(self),
            dependencies: self.some(5, Self::digest),
            lamport_version: self.next(),
            changed_objects: self.some(6, Self::changed),
            unchanged_consensus_objects: self.some(3, Self::unchanged),
            auxiliary_data_digest: optional_digest(self),
        }))
    }

    fn signature(&mut self) -> UserSignature {
        UserSignature::Simple(SimpleSignature::Ed25519 {
            signature: Ed25519Signature::from_bytes(self.bytes(64)).expect("64 bytes"),
            public_key: Ed25519PublicKey::from_bytes(self.bytes(32)).expect("32 bytes"),
        })
    }

    fn contents(&mut self) -> CheckpointContents {
        let transactions = self.some(3, |random| {
            let signatures = random.some(2, Self::signature);
            CheckpointTransactionInfo::new(random.digest(), random.digest(), signatures)
        });
        if self.below(4) == 0 {
            CheckpointContents::new_v2(transactions)
        } else {
            CheckpointContents::new_v1(transactions)
        }
    }

    fn commitment(&mut self) -> CheckpointCommitment {
        CheckpointCommitment::CheckpointArtifacts {
            digest: self.digest(),
        }
    }

    fn summary(&mut self) -> CheckpointSummary {
        CheckpointSummary {
            epoch: self.next(),
            sequence_number: self.next(),
            network_total_transactions: self.next(),
            content_digest: self.digest(),
            previous_digest: self.flag().then(|| self.digest()),
            epoch_rolling_gas_cost_summary: self.gas(),
            timestamp_ms: self.next(),
            checkpoint_commitments: self.some(2, Self::commitment),
            end_of_epoch_data: self.flag().then(|| EndOfEpochData {
                next_epoch_committee: Vec::new(),
                next_epoch_protocol_version: self.next(),
                epoch_commitments: self.some(2, Self::commitment),
            }),
            version_specific_data: self.some(5, |random| random.next().to_le_bytes()[0]),
        }
    }

    fn gas(&mut self) -> GasCostSummary {
        GasCostSummary::new(self.next(), self.next(), self.next(), self.next())
    }

    fn event(&mut self) -> Event {
        let length = self.below(400);
        Event {
            package_id: self.address(),
            module: self.name(),
            sender: self.address(),
            type_: self.struct_tag(3),
            contents: self.bytes(length),
        }
    }
}

fn system_tag(module: &str, name: &str, parameters: Vec<TypeTag>) -> StructTag {
    let identifier = |name| Identifier::new(name).expect("a name");
    StructTag::new(
        Address::TWO,
        identifier(module),
        identifier(name),
        parameters,
    )
}

/// The type of the keys that lead to the address balances of a coin.
fn balance_key(coin_type: TypeTag) -> TypeTag {
    let balance = system_tag("balance", "Balance", vec![coin_type]);
    system_tag("accumulator", "Key", vec![balance.into()]).into()
}

/// The type of the objects that hold the address balances of a coin.
fn balance_field(coin_type: TypeTag) -> StructTag {
    let value = system_tag("accumulator", "U128", Vec::new());
    system_tag(
        "dynamic_field",
        "Field",
        vec![balance_key(coin_type), value.into()],
    )
}

#[test]
fn objects_have_the_digests_and_sizes_of_the_sdk() {
    let mut random = Random(1);
    let mut written_in_full = 0;
    for _ in 0..RUNS {
        let object = random.object();
        assert_eq!(object_digest(&object), object.digest(), "{object:?}");
        if let ObjectData::Struct(data) = object.data() {
            let whole = bcs::serialized_size(data).expect("encodes");
            let contents = bcs::serialized_size(data.contents()).expect("encodes");
            let type_size = move_type_size(data.object_type());
            assert_eq!(type_size, whole - 1 - 8 - contents, "{object:?}");
            let tag = bcs::serialized_size(data.object_type()).expect("encodes");
            written_in_full += usize::from(type_size == 1 + tag);
        }
    }
    assert!(
        written_in_full > RUNS / 10 && written_in_full < RUNS * 9 / 10,
        "{written_in_full} of {RUNS} have a type that is written in full"
    );
}

#[test]
fn type_tags_have_the_bytes_of_the_sdk() {
    let mut random = Random(2);
    for _ in 0..RUNS {
        let tag = random.type_tag(5);
        let mut bytes = Vec::new();
        type_tag(&mut bytes, &tag);
        assert_eq!(bytes, bcs::to_bytes(&tag).expect("encodes"), "{tag}");
        let (parent, length) = (random.address(), random.below(100));
        let key = random.bytes(length);
        assert_eq!(
            child_id(parent, &bytes, &key),
            parent.derive_dynamic_child_id(&tag, &key)
        );
        let key_type = bcs::to_bytes(&balance_key(tag.clone())).expect("encodes");
        assert_eq!(balance_key_type(&tag), key_type);
    }
}

#[test]
fn effects_have_the_digests_and_sizes_of_the_sdk() {
    let mut random = Random(3);
    for _ in 0..RUNS {
        let effects = random.effects();
        let size = bcs::serialized_size(&effects).expect("encodes");
        assert_eq!(
            effects_digest(&effects),
            (effects.digest(), size),
            "{effects:?}"
        );
    }
}

#[test]
fn checkpoints_have_the_digests_of_the_sdk() {
    let mut random = Random(5);
    for _ in 0..RUNS {
        let (contents, summary) = (random.contents(), random.summary());
        assert_eq!(
            contents_digest(&contents),
            contents.digest(),
            "{contents:?}"
        );
        assert_eq!(summary_digest(&summary), summary.digest(), "{summary:?}");
    }
}

#[test]
fn events_have_the_digests_of_the_sdk() {
    let mut random = Random(4);
    for _ in 0..RUNS {
        let events = TransactionEvents(random.some(4, Random::event));
        assert_eq!(events_digest(&events), events.digest(), "{events:?}");
    }
}

//! Section 3.8: publishing and upgrading. Tickets, policies and compatibility have tests of their own, in `upgrade`.

use sui_sdk_types::{CommandArgumentError as E, ExecutionError};

use super::{Expected, OK, Row, argument, command, row};

pub(super) fn rows() -> Vec<Row> {
    vec![
        row("publish: a package", "publish(ptb); transfer(r0, @me)", OK),
        row(
            "publish: the capability makes it immutable",
            "publish(ptb); package::make_immutable(r0)",
            OK,
        ),
        row(
            "publish: two packages",
            "publish(ptb); publish(objects); transfer(r0, r1, @me)",
            OK,
        ),
        row(
            "publish: the same package again",
            "publish(ptb); publish(ptb); transfer(r0, r1, @me)",
            OK,
        ),
        row(
            "publish: nothing",
            "publish(nothing)",
            Expected::Rejected("EmptyCommand"),
        ),
        row(
            "publish: no module",
            "publish(junk); transfer(r0, @me)",
            command(0, ExecutionError::VmVerificationOrDeserializationError),
        ),
        row(
            "publish: a module twice",
            "publish(twice); transfer(r0, @me)",
            command(0, ExecutionError::VmVerificationOrDeserializationError),
        ),
        row(
            "publish: a module with an address",
            "publish(of_the_framework); transfer(r0, @me)",
            command(0, ExecutionError::PublishErrorNonZeroAddress),
        ),
        row(
            "publish: a dependency that is not named",
            "publish(without_its_dependency); transfer(r0, @me)",
            command(0, ExecutionError::PublishUpgradeMissingDependency),
        ),
        row(
            "publish: the command is named",
            "nothing(); publish(without_its_dependency); transfer(r1, @me)",
            command(1, ExecutionError::PublishUpgradeMissingDependency),
        ),
        row(
            "publish: a dependency that is not there",
            "publish(on_nothing); transfer(r0, @me)",
            Expected::Rejected("PackageNotFound"),
        ),
        row(
            "publish: a dependency that is no package",
            "publish(on_an_object); transfer(r0, @me)",
            Expected::Rejected("ObjectAsPackage"),
        ),
        row(
            "upgrade: another value as ticket",
            "upgrade(ptb, first)",
            argument(0, 0, E::TypeMismatch),
        ),
        row(
            "upgrade: a capability as ticket",
            "publish(ptb); upgrade(ptb, r0); transfer(r0, @me)",
            argument(1, 0, E::TypeMismatch),
        ),
        row(
            "upgrade: the gas coin as ticket",
            "upgrade(ptb, gas)",
            argument(0, 0, E::TypeMismatch),
        ),
    ]
}

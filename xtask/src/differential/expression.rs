//! Values of a type, as Move expressions.

use super::{random::Random, scope::Scope, types::Type, types::WIDTHS};

/// How deep expressions are nested.
const DEEPEST: u8 = 4;

/// An expression of this type.
pub(super) fn expression(random: &mut Random, scope: &Scope, of: &Type) -> String {
    nested(random, scope, of, 0)
}

fn nested(random: &mut Random, scope: &Scope, of: &Type, depth: u8) -> String {
    if depth >= DEEPEST {
        return leaf(random, scope, of);
    }
    let next = depth + 1;
    match random.below(12) {
        0..=2 => leaf(random, scope, of),
        3 => {
            let condition = nested(random, scope, &Type::Bool, next);
            let (yes, no) = (
                nested(random, scope, of, next),
                nested(random, scope, of, next),
            );
            let (yes, no) = (computed(yes), computed(no));
            format!("(if (yes({condition})) {yes} else {no})")
        }
        4 => {
            let condition = nested(random, scope, &Type::Bool, next);
            let (a, b) = (
                nested(random, scope, of, next),
                nested(random, scope, of, next),
            );
            format!("pick<{of}>({condition}, {a}, {b})")
        }
        5 => match element(random, scope, of, next) {
            Some(text) => text,
            None => leaf(random, scope, of),
        },
        6 => match scope.field(random, of) {
            Some(text) => text,
            None => leaf(random, scope, of),
        },
        7 => match scope.call(random, of) {
            Some((name, parameters)) => {
                let arguments: Vec<String> = parameters
                    .iter()
                    .map(|parameter| nested(random, scope, parameter, next))
                    .collect();
                format!("{name}({})", arguments.join(", "))
            }
            None => leaf(random, scope, of),
        },
        _ => made(random, scope, of, next),
    }
}

/// The expression as one that is more than a variable. Where nothing is left of a branch but a variable that is stored where it is,
/// the official compiler panics.
pub(super) fn computed(expression: String) -> String {
    let is_name = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    match is_name(&expression) {
        true => format!("same({expression})"),
        false => expression,
    }
}

/// An element of a vector in scope, at an index that may be beyond its end.
fn element(random: &mut Random, scope: &Scope, of: &Type, depth: u8) -> Option<String> {
    let vector = scope.variable(random, &Type::Vector(Box::new(of.clone())))?;
    let index = nested(random, scope, &Type::U64, depth);
    Some(match random.once_in(6) {
        true => format!("*vector::borrow(&{vector}, {index})"),
        // Within the vector, if it has elements.
        false => format!("{vector}[({index}) % max(1, {vector}.length())]"),
    })
}

fn made(random: &mut Random, scope: &Scope, of: &Type, depth: u8) -> String {
    match of {
        Type::Address => leaf(random, scope, of),
        Type::Bool => boolean(random, scope, depth),
        Type::Int(bits) => integer(random, scope, *bits, depth),
        Type::Pair(a, b) => {
            let x = nested(random, scope, a, depth);
            let y = nested(random, scope, b, depth);
            format!("Pair<{a}, {b}> {{ a: {x}, b: {y} }}")
        }
        Type::Vector(element) => {
            let count = random.below(4);
            let items: Vec<String> = (0..count)
                .map(|_| nested(random, scope, element, depth))
                .collect();
            format!("vector<{element}>[{}]", items.join(", "))
        }
        Type::Point => {
            let x = nested(random, scope, &Type::U64, depth);
            let y = nested(random, scope, &Type::Int(8), depth);
            let on = nested(random, scope, &Type::Bool, depth);
            format!("Point {{ x: {x}, y: {y}, on: {on} }}")
        }
        Type::Signal => match random.below(3) {
            0 => "Signal::Off".to_owned(),
            1 => format!(
                "Signal::Level({})",
                nested(random, scope, &Type::Int(32), depth)
            ),
            _ => {
                let red = nested(random, scope, &Type::Int(8), depth);
                let green = nested(random, scope, &Type::Int(128), depth);
                format!("Signal::Mix {{ red: {red}, green: {green} }}")
            }
        },
        Type::Choice(inner) => match random.below(3) {
            0 => format!("nothing<{inner}>()"),
            1 => format!(
                "Choice<{inner}>::One({})",
                nested(random, scope, inner, depth)
            ),
            _ => {
                let first = nested(random, scope, inner, depth);
                let second = nested(random, scope, &Type::Int(16), depth);
                format!("Choice<{inner}>::Two {{ first: {first}, second: {second} }}")
            }
        },
    }
}

fn boolean(random: &mut Random, scope: &Scope, depth: u8) -> String {
    let any = |random: &mut Random, of: &Type| nested(random, scope, of, depth);
    match random.below(7) {
        0 => format!("!{}", any(random, &Type::Bool)),
        1 => {
            let operator = *random.pick(&["&&", "||"]);
            let (a, b) = (any(random, &Type::Bool), any(random, &Type::Bool));
            format!("(yes({a}) {operator} yes({b}))")
        }
        2 => {
            // Of what two references refer to.
            let of = Type::any(random, 1);
            let operator = *random.pick(&["==", "!="]);
            let (a, b) = (any(random, &of), any(random, &of));
            // Values of their own, since what is borrowed cannot be moved meanwhile.
            format!("({{ let a: {of} = {a}; let b: {of} = {b}; &a {operator} &b }})")
        }
        3 => {
            let name = *random.pick(&["both", "either", "flipped"]);
            let (a, b) = (any(random, &Type::Bool), any(random, &Type::Bool));
            format!("{name}({a}, {b})")
        }
        4 => {
            let of = Type::any(random, 2);
            let operator = *random.pick(&["==", "!="]);
            let (a, b) = (any(random, &of), any(random, &of));
            format!("({a} {operator} {b})")
        }
        _ => {
            let of = Type::int(random);
            let operator = *random.pick(&["<", ">", "<=", ">=", "==", "!="]);
            let (a, b) = (any(random, &of), any(random, &of));
            format!("({a} {operator} {b})")
        }
    }
}

fn integer(random: &mut Random, scope: &Scope, bits: u16, depth: u8) -> String {
    let own = Type::Int(bits);
    let any = |random: &mut Random, of: &Type| nested(random, scope, of, depth);
    match random.below(10) {
        0 => {
            let from = Type::int(random);
            let value = any(random, &from);
            // Mostly one that fits.
            match (random.once_in(6), &from) {
                (false, Type::Int(wide)) if *wide > bits => {
                    format!("(({value} & {}u{wide}) as u{bits})", max(bits))
                }
                _ => format!("({value} as u{bits})"),
            }
        }
        1 | 2 => {
            let operator = *random.pick(&["<<", ">>"]);
            let value = any(random, &own);
            let by = any(random, &Type::Int(8));
            // By all bits and more now and then; of 256 bits a shift by a u8 is always one.
            match random.once_in(6) || bits == 256 {
                true => format!("({value} {operator} {by})"),
                false => format!("({value} {operator} ({by} % {bits}u8))"),
            }
        }
        3..=5 => {
            let operator = *random.pick(&["&", "|", "^"]);
            let (a, b) = (any(random, &own), any(random, &own));
            format!("({a} {operator} {b})")
        }
        6 => {
            let operator = *random.pick(&["/", "%"]);
            let (a, b) = (any(random, &own), any(random, &own));
            match random.once_in(6) {
                true => format!("({a} {operator} {b})"),
                false => format!("({a} {operator} ({b} | 1))"),
            }
        }
        7 if bits == 64 => match random.below(3) {
            0 => {
                let of = Type::Vector(Box::new(Type::any(random, 1)));
                format!("{}.length()", any(random, &of))
            }
            1 => {
                let (a, b) = (any(random, &own), any(random, &own));
                format!("chosen({a}, {b}, {})", any(random, &Type::Bool))
            }
            _ => format!("strength(&{})", any(random, &Type::Signal)),
        },
        _ => {
            let operator = *random.pick(&["+", "-", "*"]);
            let (a, b) = (any(random, &own), any(random, &own));
            // Mostly of the lower half of the bits, so that it does not overflow.
            let half = max(bits / 2);
            match (random.once_in(5), operator) {
                (true, _) => format!("({a} {operator} {b})"),
                (false, "-") => format!("(({a} | {half}) - ({b} & {half}))"),
                (false, _) => format!("(({a} & {half}) {operator} ({b} & {half}))"),
            }
        }
    }
}

/// A variable or a literal.
fn leaf(random: &mut Random, scope: &Scope, of: &Type) -> String {
    if !random.once_in(3)
        && let Some(variable) = scope.variable(random, of)
    {
        return variable;
    }
    match of {
        Type::Bool => (*random.pick(&["yes(true)", "yes(false)"])).to_owned(),
        Type::Int(bits) => format!("{}u{bits}", literal(random, *bits)),
        Type::Address => format!("@0x{:x}", random.below(1 << 20)),
        Type::Vector(element) => format!("vector<{element}>[]"),
        Type::Pair(a, b) => {
            let (x, y) = (leaf(random, scope, a), leaf(random, scope, b));
            format!("Pair<{a}, {b}> {{ a: {x}, b: {y} }}")
        }
        Type::Choice(inner) => format!("nothing<{inner}>()"),
        Type::Point => "Point { x: 1, y: 2, on: true }".to_owned(),
        Type::Signal => "Signal::Off".to_owned(),
    }
}

/// The greatest number of so many bits, in hexadecimal.
fn max(bits: u16) -> String {
    format!("0x{}", "f".repeat(usize::from(bits / 4)))
}

/// A number that is likely to be at the edge of something.
fn literal(random: &mut Random, bits: u16) -> String {
    let digits = usize::from(bits / 4);
    match random.below(8) {
        0 => "0".to_owned(),
        1 => "1".to_owned(),
        2 => max(bits),
        // A power of two, and one less.
        3 | 4 => {
            let at = random.below(u64::from(bits));
            let (digit, bit) = (at / 4, at % 4);
            let zeros = usize::try_from(digit).unwrap_or(0);
            match random.once_in(2) {
                true => format!("0x{:x}{}", 1_u8 << bit, "0".repeat(zeros)),
                false => format!("0x{:x}{}", (1_u8 << bit) - 1, "f".repeat(zeros)),
            }
        }
        // The end of a narrower type.
        5 => {
            let narrower: Vec<u16> = WIDTHS.iter().copied().filter(|w| *w <= bits).collect();
            max(*random.pick(&narrower))
        }
        6 => random.below(12).to_string(),
        _ => {
            let digits = 1 + random.below(digits as u64);
            let text = (0..digits)
                .filter_map(|_| char::from_digit(u32::try_from(random.below(16)).ok()?, 16));
            format!("0x{}", text.collect::<String>())
        }
    }
}

//! Amounts, durations and moments, as people write and read them.

use std::time::Duration;

use sui_sdk_types::{StructTag, TypeTag};

/// One SUI in MIST.
const MIST_PER_SUI: u64 = 1_000_000_000;

/// The type of SUI.
pub(crate) fn sui_type() -> TypeTag {
    StructTag::sui().into()
}

/// Reads an amount of SUI with its unit, `0.5sui` or `500000000mist`, as MIST.
///
/// A bare number is refused: to half of the world it is SUI, to the other half MIST, and they are nine digits apart.
pub(crate) fn parse_sui(text: &str) -> Result<u64, String> {
    const HOW: &str = "write an amount with its unit, such as `0.5sui` or `500000000mist`";
    let lower = text.trim().to_ascii_lowercase();
    if let Some(number) = lower.strip_suffix("mist") {
        return whole(number)
            .ok_or_else(|| format!("`{text}` is not a whole number of MIST; {HOW}"));
    }
    let number = lower
        .strip_suffix("sui")
        .ok_or_else(|| format!("`{text}` has no unit; {HOW}"))?;
    decimal(number.trim(), 9).ok_or_else(|| format!("`{text}` is not an amount; {HOW}"))
}

/// Reads an amount of a coin: SUI with its unit, others in their smallest unit.
pub(crate) fn parse_coin(coin: &TypeTag, text: &str) -> Result<u64, String> {
    if *coin == sui_type() {
        return parse_sui(text);
    }
    whole(text).ok_or_else(|| {
        format!(
            "`{text}` is not an amount of {coin}; write a whole number in the coin's smallest unit"
        )
    })
}

/// Reads a stretch of time: `90s`, `30m`, `1h30m`, `7d`, `500ms`.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let wrong =
        || format!("`{text}` is not a stretch of time; write it as `90s`, `30m`, `1h30m` or `7d`");
    let mut rest = text.trim();
    let mut total = Duration::ZERO;
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let (number, tail) = rest.split_at(digits);
        let number: u64 = number.parse().map_err(|_| wrong())?;
        let letters = tail
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(letters);
        let ms = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(wrong()),
        };
        let part = number.checked_mul(ms).ok_or_else(wrong)?;
        total = total
            .checked_add(Duration::from_millis(part))
            .ok_or_else(wrong)?;
        rest = tail;
    }
    Ok(total)
}

/// An amount of MIST as SUI, exactly: `0.5 SUI`, `1,234 SUI`.
pub(crate) fn sui(mist: u64) -> String {
    format!("{} SUI", fraction(mist))
}

/// An amount that may be negative, as SUI.
pub(crate) fn sui_signed(mist: i128) -> String {
    let sign = if mist < 0 { "-" } else { "" };
    let amount = u64::try_from(mist.unsigned_abs()).unwrap_or(u64::MAX);
    format!("{sign}{}", sui(amount))
}

/// A whole number with its thousands apart: `1,234,567`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A number of things, with the thing's name in the right form: `1 call`, `12 calls`.
pub(crate) fn plural(number: u64, thing: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {thing}{ending}", count(number))
}

/// A stretch of time in its two largest units: `5h 23m`, `42s`, `6d 0h`.
pub(crate) fn duration(ms: u64) -> String {
    let seconds = ms / 1_000;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, _) => format!("{minutes}m {}s", seconds % 60),
        (0, _, _) => format!("{hours}h {minutes}m"),
        _ => format!("{days}d {hours}h"),
    }
}

/// A stretch of time exactly, without the units that it has none of: `1d`, `1h 30m`, `250ms`.
pub(crate) fn interval(ms: u64) -> String {
    const UNITS: [(u64, &str); 5] = [
        (86_400_000, "d"),
        (3_600_000, "h"),
        (60_000, "m"),
        (1_000, "s"),
        (1, "ms"),
    ];
    let mut rest = ms;
    let mut parts = Vec::new();
    for (size, unit) in UNITS {
        if rest >= size {
            parts.push(format!("{}{unit}", count(rest / size)));
            rest %= size;
        }
    }
    if parts.is_empty() {
        return "0s".to_owned();
    }
    parts.join(" ")
}

/// A moment in milliseconds since 1970, in UTC: `2026-11-21 15:04:05 UTC`.
pub(crate) fn moment(ms: u64) -> String {
    let seconds = ms / 1_000;
    let (year, month, day) = civil(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

/// The time of day of a moment, in UTC: `15:04:05`.
pub(crate) fn time_of_day(ms: u64) -> String {
    let seconds = ms / 1_000;
    format!(
        "{:02}:{:02}:{:02}",
        seconds / 3_600 % 24,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// An address or a digest short enough for a line: its first and last characters.
pub(crate) fn short(text: &str) -> String {
    let count = text.chars().count();
    if count <= 14 {
        return text.to_owned();
    }
    let head: String = text.chars().take(8).collect();
    let tail: String = text.chars().skip(count - 4).collect();
    format!("{head}…{tail}")
}

fn whole(text: &str) -> Option<u64> {
    let text = text.trim().replace('_', "");
    text.parse().ok()
}

/// A decimal number with at most so many digits after the point, in units of the last of them.
fn decimal(text: &str, places: usize) -> Option<u64> {
    let (before, after) = text.split_once('.').unwrap_or((text, ""));
    let are_digits = |part: &str| part.chars().all(|c| c.is_ascii_digit());
    if (before.is_empty() && after.is_empty()) || after.len() > places {
        return None;
    }
    if !are_digits(before) || !are_digits(after) {
        return None;
    }
    format!(
        "{}{after:0<places$}",
        if before.is_empty() { "0" } else { before }
    )
    .parse()
    .ok()
}

fn fraction(mist: u64) -> String {
    let (whole, part) = (mist / MIST_PER_SUI, mist % MIST_PER_SUI);
    if part == 0 {
        return count(whole);
    }
    let part = format!("{part:09}");
    format!("{}.{}", count(whole), part.trim_end_matches('0'))
}

/// The date of a day counted from 1970-01-01, in the Gregorian calendar. Years are counted from March, so that the leap
/// day is the last of its year.
fn civil(day: u64) -> (u64, u64, u64) {
    const DAYS_PER_ERA: u64 = 146_097;
    /// From the first of March of year 0 to 1970-01-01.
    const SHIFT: u64 = 719_468;
    let day = day.saturating_add(SHIFT);
    let (era, day) = (day / DAYS_PER_ERA, day % DAYS_PER_ERA);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day_of_month = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    (era * 400 + year + next, month, day_of_month)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_need_a_unit_and_are_exact() {
        for (text, mist) in [
            ("0.5sui", 500_000_000),
            ("1 SUI", 1_000_000_000),
            (".000000001sui", 1),
            ("18446744073.709551615sui", u64::MAX),
            ("500_000_000mist", 500_000_000),
            ("0mist", 0),
        ] {
            assert_eq!(parse_sui(text), Ok(mist), "{text}");
        }
        for text in [
            "1",
            "",
            "sui",
            "mist",
            ".sui",
            "1.5mist",
            "-1sui",
            "1e9mist",
            "0.0000000001sui",
            "18446744073.709551616sui",
            "1.2.3sui",
            "+1sui",
            "1,5sui",
        ] {
            assert!(parse_sui(text).is_err(), "{text}");
        }
        for (mist, text) in [
            (0, "0 SUI"),
            (1, "0.000000001 SUI"),
            (1_234_500_000_000, "1,234.5 SUI"),
        ] {
            assert_eq!(sui(mist), text);
        }
        assert_eq!(sui_signed(-978_120), "-0.00097812 SUI");
    }

    #[test]
    fn stretches_of_time_are_read_and_told() {
        for (text, ms) in [
            ("90s", 90_000),
            ("1h30m", 5_400_000),
            ("7d", 604_800_000),
            ("250ms", 250),
            ("0s", 0),
        ] {
            assert_eq!(
                parse_duration(text),
                Ok(Duration::from_millis(ms)),
                "{text}"
            );
        }
        for text in [
            "",
            "1",
            "s",
            "1x",
            "1h 30m",
            "-1s",
            "99999999999999999999d",
            "1.5h",
            "200000000000000d",
        ] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
        for (ms, text) in [
            (999, "0s"),
            (59_999, "59s"),
            (60_000, "1m 0s"),
            (19_380_000, "5h 23m"),
            (86_400_000, "1d 0h"),
            (604_799_999, "6d 23h"),
        ] {
            assert_eq!(duration(ms), text);
        }
    }

    #[test]
    fn intervals_are_exact() {
        for (ms, text) in [
            (0, "0s"),
            (86_400_000, "1d"),
            (5_400_000, "1h 30m"),
            (1_250, "1s 250ms"),
        ] {
            assert_eq!(interval(ms), text);
        }
    }

    #[test]
    fn moments_are_dates() {
        for (ms, text) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (951_782_400_000, "2000-02-29 00:00:00 UTC"),
            (1_709_251_199_000, "2024-02-29 23:59:59 UTC"),
            (1_795_273_445_678, "2026-11-21 15:04:05 UTC"),
            (4_107_542_400_000, "2100-03-01 00:00:00 UTC"),
        ] {
            assert_eq!(moment(ms), text);
        }
        let _ = moment(u64::MAX);
    }

    #[test]
    fn numbers_are_grouped_and_things_counted() {
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(count(100), "100");
        assert_eq!(plural(1, "call"), "1 call");
        assert_eq!(plural(0, "call"), "0 calls");
        assert_eq!(short("0x1234567890abcdef1234"), "0x123456…1234");
        assert_eq!(short("short"), "short");
    }
}

//! JSON numbers: the grammar (RFC 8259, section 6), and whether a double can hold the magnitude.

use super::scan::Fault;
use crate::refusal::Reason;

/// From this power of ten on a number is refused: near the largest double parsers disagree on what is infinite.
const HUGE: i64 = 308;

/// Checks the number that begins at `from`, gives the place behind it.
pub(super) fn end(bytes: &[u8], from: usize) -> Result<usize, Fault> {
    let bad = |at| Fault(Reason::BadNumber, at);
    let sign = usize::from(bytes.get(from) == Some(&b'-'));
    let whole = from + sign;
    let mut at = digits(bytes, whole);
    let zero = bytes.get(whole) == Some(&b'0');
    if at == whole || (zero && at > whole + 1) {
        return Err(bad(whole));
    }
    let point = at;
    if bytes.get(at) == Some(&b'.') {
        at = digits(bytes, point + 1);
        if at == point + 1 {
            return Err(bad(at));
        }
    }
    let mantissa = at;
    let mut exponent = 0;
    if let Some(b'e' | b'E') = bytes.get(at) {
        let sign = bytes.get(at + 1).filter(|&&sign| sign == b'+' || sign == b'-');
        let first = at + 1 + usize::from(sign.is_some());
        at = digits(bytes, first);
        if at == first {
            return Err(bad(at));
        }
        exponent = small(bytes.get(first..at).unwrap_or_default());
        if sign == Some(&b'-') {
            exponent = -exponent;
        }
    }
    // Only a number that looks long or has an exponent can be huge.
    if at - from > 300 || exponent > 0 {
        let power = power(bytes.get(whole..point), bytes.get(point + 1..mantissa));
        if power.is_some_and(|power| power.saturating_add(exponent) >= HUGE) {
            return Err(Fault(Reason::HugeNumber, from));
        }
    }
    Ok(at)
}

/// The power of ten of the first digit that is not zero; nothing for zero itself.
fn power(whole: Option<&[u8]>, fraction: Option<&[u8]>) -> Option<i64> {
    let whole = whole.unwrap_or_default();
    if whole != b"0" {
        return i64::try_from(whole.len()).ok().map(|digits| digits - 1);
    }
    let zeros = fraction.unwrap_or_default().iter().position(|&digit| digit != b'0')?;
    i64::try_from(zeros).ok().map(|zeros| -1 - zeros)
}

/// An exponent, cut off where no fraction that fits a line can bring it back.
fn small(digits: &[u8]) -> i64 {
    digits.iter().fold(0_i64, |sum, &digit| {
        sum.saturating_mul(10).saturating_add(i64::from(digit.wrapping_sub(b'0'))).min(1 << 40)
    })
}

fn digits(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while bytes.get(at).is_some_and(u8::is_ascii_digit) {
        at += 1;
    }
    at
}

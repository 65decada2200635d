//! Record ids: fifteen characters in which case counts, and three that make it readable without case.

use crate::store::RowId;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const CHECK: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

/// An id with this key prefix.
pub(crate) fn make(prefix: &str, number: u128) -> RowId {
    let mut number = number;
    let mut tail = Vec::with_capacity(12);
    for _ in 0..12 {
        let digit = usize::try_from(number % 62).unwrap_or_default();
        tail.push(DIGITS.get(digit).copied().unwrap_or(b'0'));
        number /= 62;
    }
    let short: String = prefix.chars().chain(tail.into_iter().map(char::from)).collect();
    RowId::new(format!("{short}{}", check(&short)))
}

/// Three characters that say which of the fifteen are capitals.
fn check(short: &str) -> String {
    let bytes = short.as_bytes().chunks(5).take(3);
    bytes
        .map(|chunk| {
            let bits = chunk.iter().enumerate().filter(|(_, byte)| byte.is_ascii_uppercase());
            let bits = bits.fold(0_usize, |bits, (at, _)| bits | (1 << at));
            CHECK.get(bits).copied().map_or('A', char::from)
        })
        .collect()
}

/// An id in the spelling of eighteen characters; none for what is no id.
pub(crate) fn parse(text: &str) -> Option<RowId> {
    if !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    match text.len() {
        15 => Some(RowId::new(format!("{text}{}", check(text)))),
        18 => {
            let (short, given) = text.split_at_checked(15)?;
            let check = check(short);
            check.eq_ignore_ascii_case(given).then(|| RowId::new(format!("{short}{check}")))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_are_one_id() {
        assert_eq!(parse("001D000000IqhSL").unwrap().as_str(), "001D000000IqhSLIAZ");
        assert_eq!(parse("001D000000IqhSLIAZ"), parse("001D000000IqhSL"));
        assert!(parse("001D000000IqhSLAAA").is_none());
        assert!(parse("short").is_none());
        assert_eq!(make("001", 7).as_str().len(), 18);
        assert_ne!(make("001", 7), make("001", 8));
    }
}

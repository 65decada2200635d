//! Bodies that nobody means well by.

/// The largest body that is taken, in bytes.
const MOST: usize = 1 << 20;

/// What a body is called that is taken where it fits.
pub(crate) const MEMBERS: &str = "100,000 members of a group";

/// A body, and what it is.
pub(crate) struct Hostile {
    pub(crate) what: &'static str,
    pub(crate) bytes: Vec<u8>,
}

/// As many repetitions as fit into a body between two ends, with commas.
fn many(start: &str, one: &str, end: &str, most: usize) -> Vec<u8> {
    let fit = (MOST - start.len() - end.len()) / (one.len() + 1);
    let mut body = start.as_bytes().to_vec();
    for at in 0..fit.min(most) {
        body.extend((at > 0).then_some(b','));
        body.extend(one.as_bytes());
    }
    body.extend(end.as_bytes());
    body
}

fn nested(open: &str, close: &str, depth: usize) -> Vec<u8> {
    format!("{{\"userName\":{}1{}}}", open.repeat(depth), close.repeat(depth)).into_bytes()
}

/// An object whose members have names of their own.
fn members(most: usize) -> Vec<u8> {
    let mut body = b"{".to_vec();
    for at in 0..most {
        let one = format!("{}\"{at:x}\":0", if at > 0 { "," } else { "" });
        if body.len() + one.len() >= MOST {
            break;
        }
        body.extend(one.as_bytes());
    }
    body.push(b'}');
    body
}

pub(crate) fn all() -> Vec<Hostile> {
    let filter = |filter: String| format!("{{\"filter\":\"{filter}\"}}").into_bytes();
    let text = |bytes: usize| "x".repeat(bytes);
    let digits = "9".repeat(MOST - 100);
    let operation = "{\"op\":\"add\",\"path\":\"title\",\"value\":\"x\"}";
    let deep = format!("{}title pr{}", "(".repeat(1_000), ")".repeat(1_000));
    let path = format!("{{\"Operations\":[{{\"op\":\"remove\",\"path\":\"emails[{deep}]\"}}]}}");
    let bodies = [
        ("a string of a mebibyte", format!("{{\"userName\":\"{}\"}}", text(MOST)).into_bytes()),
        ("a string of almost a mebibyte", format!("{{\"userName\":\"{}\"}}", text(MOST - 20)).into_bytes()),
        ("a name of almost a mebibyte", format!("{{\"{}\":1}}", text(MOST - 20)).into_bytes()),
        ("escapes of almost a mebibyte", many("{\"userName\":\"\\u0041", "\\u00e5\\u00e5\\u00e5", "\"}", MOST)),
        ("lists of depth 10,000", nested("[", "]", 10_000)),
        ("objects of depth 10,000", nested("{\"a\":", "}", 10_000)),
        ("lists that are never closed", vec![b'['; MOST]),
        (MEMBERS, many("{\"displayName\":\"g\",\"members\":[", "{\"value\":\"x\"}", "]}", 100_000)),
        ("100,000 attributes", members(100_000)),
        ("as many numbers as fit", many("{\"userName\":[", "0", "]}", MOST)),
        ("as many empty objects as fit", many("{\"emails\":[", "{}", "]}", MOST)),
        ("as many empty lists as fit", many("{\"emails\":[", "[]", "]}", MOST)),
        ("10,000 operations", many("{\"Operations\":[", operation, "]}", 10_000)),
        ("as many empty operations as fit", many("{\"Operations\":[", "{}", "]}", MOST)),
        ("the same name 100,000 times", many("{", "\"a\":0", "}", 100_000)),
        ("the same name twice", b"{\"userName\":\"x\",\"userName\":\"y\"}".to_vec()),
        ("no UTF-8", [b"{\"userName\":\"".as_slice(), &[0xff; 1000], b"\"}"].concat()),
        ("a number of a mebibyte", format!("{{\"userName\":{digits}}}").into_bytes()),
        ("a number of a large exponent", b"{\"userName\":1e999999999999}".to_vec()),
        ("a filter of depth 1,000", filter(deep)),
        ("a filter of 8 KiB", filter(vec!["title pr"; 682].join(" or "))),
        ("a path of depth 1,000", path.into_bytes()),
        ("white space of a mebibyte", vec![b' '; MOST]),
    ];
    bodies.into_iter().map(|(what, bytes)| Hostile { what, bytes }).collect()
}

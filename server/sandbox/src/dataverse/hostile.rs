//! Every reader of text from outside, against text that is almost right: an answer or an error, never a panic.

use super::{address, fetch, filter, lex, multipart, options, paging};

/// Small and repeatable.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides.max(1) as u64).unwrap()
    }
}

const SEEDS: [&str; 9] = [
    "name eq 'O''Neil' and (revenue gt 1.5e3 or not contains(a/b,'%')) and x/any(c:c/d ne null)",
    "Microsoft.Dynamics.CRM.In(PropertyName='a',PropertyValues=[\"x\",\"\\\"]\"])",
    "a($select=b,c;$filter=n eq 'x;)';$expand=d($top=1)),e/$ref",
    "/accounts(a='x/y',_b_value=aaaaaaaa-0000-0000-0000-000000000001)/c/$ref",
    "--b\r\nContent-Type: application/http\r\nContent-ID: 1\r\n\r\nPOST $1/x HTTP/1.1\r\nA: b\r\n\r\n{}\r\n--b--\r\n",
    "<fetch top='1'><entity name=\"a\"><filter type='or'><condition attribute='b' operator='in'><value>&#65;&lt;</value></condition></filter></entity></fetch>",
    "%3Ccookie%20pagenumber=%222%22%20pagingcookie=%22%253Ccookie%22%20/%3E",
    "2026-01-01T00:00:00+01:00 -1.5 1e400 99999999999999999999999999999999 {aaaaaaaa-0000-0000-0000-000000000001}",
    "name=@p,b='x',c=1&@p='y'",
];

const SCRAPS: [&str; 20] = [
    "'",
    "\"",
    "(",
    ")",
    "[",
    "]",
    "/",
    "$",
    "@",
    "<",
    ">",
    "&",
    ";",
    ",",
    "\r\n",
    "--b",
    "%",
    "\u{0}",
    "é\u{1F600}",
    "not ",
];

fn mutated(dice: &mut Dice) -> String {
    let mut chars: Vec<char> = SEEDS[dice.roll(SEEDS.len())].chars().collect();
    for _ in 0..=dice.roll(4) {
        let at = dice.roll(chars.len());
        match dice.roll(4) {
            0 => chars.truncate(at),
            1 => {
                chars.splice(at..at, SCRAPS[dice.roll(SCRAPS.len())].chars());
            }
            2 if !chars.is_empty() => {
                chars.remove(at);
            }
            _ => {
                let piece: Vec<char> = chars[at..].iter().take(dice.roll(30)).copied().collect();
                chars.splice(at..at, piece);
            }
        }
    }
    chars.into_iter().collect()
}

#[test]
fn no_text_brings_a_reader_down() {
    let mut dice = Dice(0x5eed_1234_abcd_ef01);
    for _ in 0..30_000 {
        let text = mutated(&mut dice);
        let _ = lex::tokens(&text);
        let _ = filter::parse(&text, &|name| Some(name.to_owned()));
        let _ = address::segments(&text);
        let _ = address::pairs(&text, &|_| None);
        let _ = paging::Cookie::read(&text);
        let _ = fetch::well_formed(&text);
        let _ = multipart::parts(&text, "b")
            .map(|parts| parts.iter().map(|p| multipart::request(p.body).is_ok()).collect::<Vec<_>>());
        let _ = multipart::boundary(&text);
        for name in ["$expand", "$select", "$orderby", "$top", "$filter"] {
            let _ = options::Options::parse(&[(name.to_owned(), text.clone())]);
        }
    }
}

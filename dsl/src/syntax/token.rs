//! The tolerant tokenizer: it reads anything, knows where a string ends, and leaves meaning to the grammar.

/// What a token is, as far as brackets, strings and layout go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Word,
    Number,
    /// A name in backticks.
    Quoted,
    Text,
    Comment,
    Newline,
    Comma,
    /// `{`, `(` or `[`.
    Open,
    /// `}`, `)` or `]`.
    Close,
    Symbol,
    /// A character that stands nowhere outside strings and comments: controls, odd white space.
    Stray,
}

/// A token and the bytes it covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// False for text and quoted names that the end of the line cut off.
    pub(crate) closed: bool,
}

impl Token {
    /// The token's text.
    pub(crate) fn text<'a>(&self, text: &'a str) -> &'a str {
        text.get(self.start..self.end).unwrap_or("")
    }
}

/// The mark of a text over several lines.
pub(crate) const LONG: &str = "\"\"\"";

const SYMBOLS: [&str; 7] = ["->", ":=", "==", "!=", ">=", "<=", "??"];

/// An iterator over the tokens of a text; cloning it looks ahead.
#[derive(Debug, Clone)]
pub(crate) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    end: usize,
}

impl<'a> Lexer<'a> {
    /// Tokens of the whole text; a byte order mark is white space.
    pub(crate) fn new(text: &'a str) -> Self {
        let at = if text.starts_with('\u{feff}') { 3 } else { 0 };
        Self { text, at, end: text.len() }
    }

    /// Tokens of a part of the text, which must start and end between tokens.
    pub(crate) fn of(text: &'a str, start: usize, end: usize) -> Self {
        Self { text, at: start, end }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..self.end).unwrap_or("")
    }

    /// The length of a string from its opening mark on, and whether it is closed before the line ends; one in three
    /// marks may go on over lines.
    fn string(rest: &str, mark: u8) -> (usize, bool) {
        if rest.starts_with(LONG) {
            return long_text(rest);
        }
        let mut escaped = false;
        for (at, byte) in rest.bytes().enumerate().skip(1) {
            match byte {
                b'\n' => return (at, false),
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                _ if byte == mark => return (at + 1, true),
                _ => {}
            }
        }
        (rest.len(), false)
    }

    fn scan(rest: &str, first: char) -> (Kind, usize, bool) {
        let one = first.len_utf8();
        match first {
            '\n' => (Kind::Newline, one, true),
            ',' => (Kind::Comma, one, true),
            '{' | '(' | '[' => (Kind::Open, one, true),
            '}' | ')' | ']' => (Kind::Close, one, true),
            '#' => (Kind::Comment, rest.find('\n').unwrap_or(rest.len()), true),
            '"' | '`' => {
                let (length, closed) = Self::string(rest, first as u8);
                (if first == '"' { Kind::Text } else { Kind::Quoted }, length, closed)
            }
            _ => {
                let digits = first == '-' || first.is_ascii_digit();
                let (number, word) = (if digits { number_length(rest) } else { 0 }, word_length(rest));
                if number > 0 && number >= word {
                    (Kind::Number, number, true)
                } else if word > 0 {
                    (Kind::Word, word, true)
                } else if first.is_control() || !first.is_ascii() {
                    (Kind::Stray, one, true)
                } else {
                    let symbol = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol));
                    (Kind::Symbol, symbol.map_or(one, |symbol| symbol.len()), true)
                }
            }
        }
    }
}

/// The length of a text in three marks, and whether it is closed.
fn long_text(rest: &str) -> (usize, bool) {
    let (mut escaped, mut marks) = (false, 0);
    for (at, byte) in rest.bytes().enumerate().skip(LONG.len()) {
        marks = if byte == b'"' && !escaped { marks + 1 } else { 0 };
        if marks == LONG.len() {
            return (at + 1, true);
        }
        escaped = byte == b'\\' && !escaped;
    }
    (rest.len(), false)
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let skipped = self.rest().bytes().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r')).count();
        self.at += skipped;
        let rest = self.rest();
        let (kind, length, closed) = Self::scan(rest, rest.chars().next()?);
        let start = self.at;
        self.at += length;
        Some(Token { kind, start, end: self.at, closed })
    }
}

/// Whether a character may stand in a bare word. Any character beyond ASCII may, so that a wrong one is reported as
/// part of the name it was meant for.
pub(crate) fn is_word_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || (!c.is_ascii() && !c.is_whitespace() && !c.is_control())
}

/// The length of the bare word a text starts with: word characters, and hyphens between them.
pub(crate) fn word_length(text: &str) -> usize {
    let plain = text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    let mut length = plain;
    for (at, character) in text.get(plain..).unwrap_or("").char_indices().map(|(at, c)| (plain + at, c)) {
        if is_word_char(character) {
            length = at + character.len_utf8();
        } else if character != '-' || at == 0 {
            break;
        }
    }
    length
}

/// The length of the number a text starts with: `-12.50e3`. Numbers are those of JSON.
pub(crate) fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes.iter().skip(from).take_while(|byte| byte.is_ascii_digit()).count();
    let sign = usize::from(bytes.first() == Some(&b'-'));
    let whole = digits(sign);
    // `0123` is no number but a code with digits in it.
    if whole == 0 || (whole > 1 && bytes.get(sign) == Some(&b'0')) {
        return 0;
    }
    let mut length = sign + whole;
    if bytes.get(length) == Some(&b'.') && digits(length + 1) > 0 {
        length += 1 + digits(length + 1);
    }
    if matches!(bytes.get(length), Some(b'e' | b'E')) {
        let signed = usize::from(matches!(bytes.get(length + 1), Some(b'+' | b'-')));
        let exponent = digits(length + 1 + signed);
        if exponent > 0 {
            length += 1 + signed + exponent;
        }
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<(Kind, &str)> {
        Lexer::new(text).map(|token| (token.kind, token.text(text))).collect()
    }

    #[test]
    fn words_hold_hyphens_and_arrows_end_them() {
        let expected = [(Kind::Word, "event-detail"), (Kind::Symbol, "->"), (Kind::Word, "a--b"), (Kind::Symbol, "-")];
        assert_eq!(tokens("event-detail->a--b-"), expected);
    }

    #[test]
    fn numbers_are_told_from_words_by_the_longer_reading() {
        let expected = [(Kind::Number, "-12.50e3"), (Kind::Word, "365-days"), (Kind::Number, "1"), (Kind::Symbol, ".")];
        assert_eq!(tokens("-12.50e3 365-days 1."), expected);
        assert_eq!(tokens("0123 0.5"), [(Kind::Word, "0123"), (Kind::Number, "0.5")]);
    }

    #[test]
    fn an_open_string_ends_with_its_line() {
        let found: Vec<_> = Lexer::new("\"a\\\" # b\nc `d").map(|token| (token.kind, token.closed)).collect();
        let expected = [(Kind::Text, false), (Kind::Newline, true), (Kind::Word, true), (Kind::Quoted, false)];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_text_in_three_marks_goes_on_over_lines() {
        let text = "\"\"\"\n a \"\" \\\"\"\" \\\\\n\"\"\" b";
        assert_eq!(tokens(text), [(Kind::Text, text.trim_end_matches(" b")), (Kind::Word, "b")]);
        assert_eq!(Lexer::new("\"\"\"\n a").map(|token| token.closed).collect::<Vec<_>>(), [false]);
    }

    #[test]
    fn what_stands_nowhere_is_a_stray() {
        assert_eq!(tokens("a\u{a0}\u{1}"), [(Kind::Word, "a"), (Kind::Stray, "\u{a0}"), (Kind::Stray, "\u{1}")]);
        assert_eq!(tokens("\u{feff}a🎉"), [(Kind::Word, "a🎉")]);
    }
}

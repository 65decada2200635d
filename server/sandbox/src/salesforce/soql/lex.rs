//! Words, signs and literals of a query.

use super::super::fault::Fault;

/// One token.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A name, a keyword.
    Word(String),
    /// Text; the second is the same as a pattern, with a backslash before wildcards that were escaped.
    Text(String, String),
    /// A number, a date or a time, still as written.
    Digits(String),
    /// A sign: `( ) , . = != <> < <= > >= : *`.
    Sign(&'static str),
    End,
}

const SIGNS: [&str; 13] = ["!=", "<>", "<=", ">=", "(", ")", ",", ".", "=", "<", ">", ":", "*"];

/// The tokens of a query, each with its offset in characters.
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, usize)>, Fault> {
    let mut lexer = Lexer { text, rest: text, tokens: Vec::new() };
    while let Some(c) = lexer.rest.chars().next() {
        match c {
            c if c.is_whitespace() => lexer.rest = lexer.rest.get(c.len_utf8()..).unwrap_or_default(),
            '\'' => lexer.quoted()?,
            '0'..='9' => lexer.digits(),
            '+' | '-' if lexer.rest.chars().nth(1).is_some_and(|next| next.is_ascii_digit() || next == '.') => {
                lexer.digits();
            }
            c if c.is_ascii_alphabetic() => lexer.word(),
            _ => lexer.sign()?,
        }
    }
    let end = text.chars().count();
    lexer.tokens.push((Token::End, end));
    Ok(lexer.tokens)
}

struct Lexer<'t> {
    text: &'t str,
    rest: &'t str,
    tokens: Vec<(Token, usize)>,
}

impl Lexer<'_> {
    fn at(&self) -> usize {
        let passed = self.text.len() - self.rest.len();
        self.text.get(..passed).map_or(0, |passed| passed.chars().count())
    }

    fn take(&mut self, wanted: impl Fn(char) -> bool) -> String {
        let end = self.rest.find(|c: char| !wanted(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken.to_owned()
    }

    fn word(&mut self) {
        let at = self.at();
        let word = self.take(|c| c.is_ascii_alphanumeric() || c == '_');
        self.tokens.push((Token::Word(word), at));
    }

    fn digits(&mut self) {
        let at = self.at();
        let digits = self.take(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '+' | '-'));
        self.tokens.push((Token::Digits(digits), at));
    }

    fn sign(&mut self) -> Result<(), Fault> {
        let at = self.at();
        let Some(sign) = SIGNS.into_iter().find(|sign| self.rest.starts_with(sign)) else {
            let found = self.rest.chars().next().unwrap_or_default();
            return Err(malformed(self.text, at, &format!("unexpected token: '{found}'")));
        };
        self.rest = self.rest.get(sign.len()..).unwrap_or_default();
        self.tokens.push((Token::Sign(sign), at));
        Ok(())
    }

    fn quoted(&mut self) -> Result<(), Fault> {
        let at = self.at();
        let (mut text, mut pattern) = (String::new(), String::new());
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((place, c)) = chars.next() {
            match c {
                '\'' => {
                    self.rest = self.rest.get(place + 1..).unwrap_or_default();
                    self.tokens.push((Token::Text(text, pattern), at));
                    return Ok(());
                }
                '\\' => {
                    let escaped = chars.next().map(|(_, c)| c);
                    let mut four = || (0..4).map_while(|_| chars.next().map(|(_, c)| c)).collect::<String>();
                    let Some(plain) = unescape(escaped, &mut four) else {
                        return Err(malformed(
                            self.text,
                            at,
                            "Invalid string literal. Illegal character sequence in string literal",
                        ));
                    };
                    if matches!(plain, '%' | '_' | '\\') {
                        pattern.push('\\');
                    }
                    text.push(plain);
                    pattern.push(plain);
                }
                c => {
                    text.push(c);
                    pattern.push(c);
                }
            }
        }
        Err(malformed(self.text, at, "unexpected token: '''"))
    }
}

fn unescape(escaped: Option<char>, four: &mut dyn FnMut() -> String) -> Option<char> {
    Some(match escaped? {
        'n' | 'N' => '\n',
        'r' | 'R' => '\r',
        't' | 'T' => '\t',
        'b' | 'B' => '\u{8}',
        'f' | 'F' => '\u{c}',
        c @ ('"' | '\'' | '\\' | '%' | '_') => c,
        'u' | 'U' => {
            let digits = four();
            let fits = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            char::from_u32(u32::from_str_radix(&digits, 16).ok().filter(|_| fits)?)?
        }
        _ => return None,
    })
}

/// A refusal with the place it is about, as Salesforce draws it.
pub(super) fn placed(code: &'static str, text: &str, at: usize, message: &str) -> Fault {
    let from = at.saturating_sub(30);
    let line: String = text.chars().skip(from).take(60).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let caret = " ".repeat(at - from);
    Fault::bad(code, format!("\n{line}\n{caret}^\nERROR at Row:1:Column:{}\n{message}", at + 1))
}

pub(super) fn malformed(text: &str, at: usize, message: &str) -> Fault {
    placed("MALFORMED_QUERY", text, at, message)
}

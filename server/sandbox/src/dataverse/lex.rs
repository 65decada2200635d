//! Words of OData expressions: names, literals, punctuation.

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::fault::Fault;
use super::guid;
use crate::store::RowId;

/// Longest expression, in tokens.
const MAX_TOKENS: usize = 20_000;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Literal {
    Null,
    Bool(bool),
    Number(Decimal),
    /// A number that no decimal can hold.
    Double(f64),
    Text(String),
    Guid(RowId),
    Date(Date),
    Moment(Timestamp),
    /// `Some.Enum'Member'`
    Enum(String),
    /// `["a","b"]`
    List(Vec<String>),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    Name(String),
    Alias(String),
    Literal(Literal),
    Open,
    Close,
    Comma,
    Slash,
    Colon,
    Equals,
}

/// Splits an expression into tokens.
pub(crate) fn tokens(text: &str) -> Result<Vec<Token>, Fault> {
    let chars: Vec<char> = text.chars().collect();
    let mut scanner = Scanner { chars: &chars, at: 0, text };
    let mut found = Vec::new();
    while let Some(token) = scanner.next()? {
        found.push(token);
        if found.len() > MAX_TOKENS {
            return Err(Fault::usage("The node count limit has been exceeded."));
        }
    }
    Ok(found)
}

struct Scanner<'t> {
    chars: &'t [char],
    at: usize,
    text: &'t str,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn syntax(&self) -> Fault {
        Fault::usage(format!("Syntax error: character at position {} in '{}' is not valid.", self.at, self.text))
    }

    fn next(&mut self) -> Result<Option<Token>, Fault> {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
        let Some(c) = self.peek() else { return Ok(None) };
        let punctuation = match c {
            '(' => Some(Token::Open),
            ')' => Some(Token::Close),
            ',' => Some(Token::Comma),
            '/' => Some(Token::Slash),
            ':' => Some(Token::Colon),
            '=' => Some(Token::Equals),
            _ => None,
        };
        if let Some(token) = punctuation {
            self.at += 1;
            return Ok(Some(token));
        }
        match c {
            '\'' => Ok(Some(Token::Literal(Literal::Text(self.quoted()?)))),
            '[' => self.list().map(Some),
            '@' => {
                self.at += 1;
                Ok(Some(Token::Alias(self.word())))
            }
            c if c.is_alphanumeric() || "_-+.{}$".contains(c) => self.bare().map(Some),
            _ => Err(self.syntax()),
        }
    }

    /// Text in single quotes; a quote inside is doubled.
    fn quoted(&mut self) -> Result<String, Fault> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let Some(c) = self.peek() else {
                let at = self.at;
                let message = format!("There is an unterminated string literal at position {at} in '{}'.", self.text);
                return Err(Fault::usage(message));
            };
            self.at += 1;
            if c != '\'' {
                text.push(c);
            } else if self.peek() == Some('\'') {
                text.push('\'');
                self.at += 1;
            } else {
                return Ok(text);
            }
        }
    }

    fn word(&mut self) -> String {
        let mut word = String::new();
        while let Some(c) = self.peek().filter(|c| c.is_alphanumeric() || "_-+.:{}$".contains(*c)) {
            // A colon belongs to a time of day only, not to the variable of a lambda.
            if c == ':' && !word.starts_with(|first: char| first.is_ascii_digit()) {
                break;
            }
            word.push(c);
            self.at += 1;
        }
        word
    }

    fn bare(&mut self) -> Result<Token, Fault> {
        let word = self.word();
        if self.peek() == Some('\'') && word.contains('.') {
            return Ok(Token::Literal(Literal::Enum(self.quoted()?)));
        }
        Ok(match word.as_str() {
            "null" => Token::Literal(Literal::Null),
            "true" => Token::Literal(Literal::Bool(true)),
            "false" => Token::Literal(Literal::Bool(false)),
            _ => match literal(&word) {
                Some(literal) => Token::Literal(literal),
                None if word.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '$') => Token::Name(word),
                None => return Err(self.syntax()),
            },
        })
    }

    /// A JSON array, as `PropertyValues` of query functions are given.
    fn list(&mut self) -> Result<Token, Fault> {
        let start = self.at;
        let (mut quoted, mut escaped) = (None, false);
        while let Some(c) = self.peek() {
            self.at += 1;
            match (quoted, c) {
                _ if escaped => escaped = false,
                (Some(_), '\\') => escaped = true,
                (Some(quote), c) if c == quote => quoted = None,
                (None, '"' | '\'') => quoted = Some(c),
                (None, ']') => break,
                _ => {}
            }
        }
        let text: String = self.chars.get(start..self.at).unwrap_or_default().iter().collect();
        let values: Vec<serde_json::Value> = match serde_json::from_str(&text) {
            Ok(values) => values,
            Err(_) => return single_quoted(&text).map(|list| Token::Literal(Literal::List(list))).ok_or(self.syntax()),
        };
        let texts = values.into_iter().map(|value| match value {
            serde_json::Value::String(text) => text,
            other => other.to_string(),
        });
        Ok(Token::Literal(Literal::List(texts.collect())))
    }
}

/// `['a','b']`, which the product takes as well.
fn single_quoted(text: &str) -> Option<Vec<String>> {
    let inside = text.strip_prefix('[')?.strip_suffix(']')?;
    let mut texts = Vec::new();
    for item in tokens(inside).ok()?.split(|token| *token == Token::Comma) {
        let [Token::Literal(Literal::Text(text))] = item else { return None };
        texts.push(text.clone());
    }
    Some(texts)
}

/// A literal without quotes.
pub(crate) fn literal(word: &str) -> Option<Literal> {
    if let Some(id) = guid::parse(word) {
        return Some(Literal::Guid(id));
    }
    if !word.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '+' || c == '.') {
        return None;
    }
    if let Ok(number) = Decimal::from_str_exact(word) {
        return Some(Literal::Number(number));
    }
    if let Ok(number) = Decimal::from_scientific(word) {
        return Some(Literal::Number(number));
    }
    if let Some(number) = word.parse::<f64>().ok().filter(|number| number.is_finite()) {
        return Some(Literal::Double(number));
    }
    if let (10, Ok(date)) = (word.len(), word.parse::<Date>()) {
        return Some(Literal::Date(date));
    }
    word.parse::<Timestamp>().ok().map(Literal::Moment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_every_kind() {
        let found = tokens("name eq 'O''Neil' and x/any(c:c/n gt -1.5) or d ge 2026-01-02T03:04:05Z").unwrap();
        assert!(found.contains(&Token::Literal(Literal::Text("O'Neil".into()))));
        assert!(found.contains(&Token::Colon));
        assert!(found.contains(&Token::Literal(Literal::Number(Decimal::new(-15, 1)))));
        assert!(matches!(found.last(), Some(Token::Literal(Literal::Moment(_)))));
        let list = tokens(r#"PropertyValues=["a","b\"]",'c']"#);
        assert!(list.is_err());
        let list = tokens(r#"PropertyValues=["a","b\"]"]"#).unwrap();
        assert_eq!(list.last(), Some(&Token::Literal(Literal::List(vec!["a".into(), "b\"]".into()]))));
    }

    #[test]
    fn lists_take_either_quote() {
        let list = tokens("['O''Neil, Inc','b]']").unwrap();
        assert_eq!(list, [Token::Literal(Literal::List(vec!["O'Neil, Inc".into(), "b]".into()]))]);
        assert!(tokens("['a',]").is_err() && tokens("[['a']]").is_err());
    }

    #[test]
    fn broken_text_is_refused() {
        assert!(tokens("name eq 'open").is_err());
        assert!(tokens("name eq \u{7}").is_err());
    }
}

//! Conditions: comparisons, lists, semi-joins, and how they are combined.

use super::super::fault::Fault;
use super::lex::Token;
use super::literal;
use super::parse::Parser;
use super::tree::{Condition, Literal, Operand, Path, Sign};

impl Parser<'_> {
    pub(super) fn operand(&mut self) -> Result<Operand, Fault> {
        match self.after(1) {
            Token::Sign("(") if self.is_function() => self.field().map(Operand::Path),
            Token::Sign("(") => self.call().map(Operand::Call),
            _ => self.path().map(Operand::Path),
        }
    }

    /// `AND` and `OR` do not mix without parentheses.
    pub(super) fn condition(&mut self) -> Result<Condition, Fault> {
        self.deeper(|parser| {
            let first = parser.term()?;
            let and = parser.is_word("and");
            let word = if and { "and" } else { "or" };
            let mut terms = vec![first];
            while parser.accept(word) {
                terms.push(parser.term()?);
            }
            if parser.is_word("and") || parser.is_word("or") {
                return Err(parser.unexpected());
            }
            Ok(match (terms.len(), and) {
                (1, _) => terms.remove(0),
                (_, true) => Condition::And(terms),
                (_, false) => Condition::Or(terms),
            })
        })
    }

    fn term(&mut self) -> Result<Condition, Fault> {
        if self.accept("not") {
            return self.deeper(|parser| parser.term().map(|inner| Condition::Not(Box::new(inner))));
        }
        if self.accept_sign("(") {
            let inner = self.condition()?;
            self.sign(")")?;
            return Ok(inner);
        }
        self.test()
    }

    fn test(&mut self) -> Result<Condition, Fault> {
        let operand = self.operand()?;
        let not = self.is_word("not");
        if not || self.is_word("in") {
            self.next += usize::from(not);
            self.word("in")?;
            let Operand::Path(path) = operand else { return Err(self.unexpected()) };
            return self.one_of(path, not);
        }
        if self.is_word("includes") || self.is_word("excludes") {
            let not = self.accept("excludes") || !self.accept("includes");
            let Operand::Path(path) = operand else { return Err(self.unexpected()) };
            self.sign("(")?;
            return Ok(Condition::Includes { path, not, list: self.list()? });
        }
        let sign = self.comparison()?;
        let at = self.at();
        let literal = self.literal()?;
        Ok(Condition::Compare { operand, sign, literal, at })
    }

    fn one_of(&mut self, path: Path, not: bool) -> Result<Condition, Fault> {
        self.sign("(")?;
        if self.is_word("select") {
            let query = Box::new(self.query()?);
            self.sign(")")?;
            return Ok(Condition::Semi { path, not, query });
        }
        Ok(Condition::In { path, not, list: self.list()? })
    }

    fn list(&mut self) -> Result<Vec<Literal>, Fault> {
        let mut list = vec![self.literal()?];
        while self.accept_sign(",") {
            list.push(self.literal()?);
        }
        self.sign(")")?;
        Ok(list)
    }

    fn comparison(&mut self) -> Result<Sign, Fault> {
        if self.accept("like") {
            return Ok(Sign::Like);
        }
        let Token::Sign(sign) = *self.peek() else { return Err(self.unexpected()) };
        let sign = match sign {
            "=" => Sign::Equal,
            "!=" | "<>" => Sign::Unequal,
            "<" => Sign::Less,
            "<=" => Sign::LessOrEqual,
            ">" => Sign::Greater,
            ">=" => Sign::GreaterOrEqual,
            _ => return Err(self.unexpected()),
        };
        self.next += 1;
        Ok(sign)
    }

    fn literal(&mut self) -> Result<Literal, Fault> {
        let literal = match self.peek().clone() {
            Token::Text(text, pattern) => Some(Literal::Text { text, pattern }),
            Token::Digits(digits) => literal::digits(&digits),
            Token::Word(word) => {
                let days = match (self.after(1), self.after(2)) {
                    (Token::Sign(":"), Token::Digits(days)) => Some(days.parse::<i64>().ok()),
                    _ => None,
                };
                self.next += if days.is_some() { 2 } else { 0 };
                literal::word(&word, days.flatten())
            }
            _ => None,
        };
        let literal = literal.ok_or_else(|| self.unexpected())?;
        self.next += 1;
        Ok(literal)
    }
}

//! `$filter` as written: a tree, not yet held against any table.

use super::fault::Fault;
use super::lex::{Literal, Token, tokens};

/// Deepest nesting of an expression.
const MAX_DEPTH: usize = 50;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operand {
    Path(Vec<String>),
    Literal(Literal),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expr {
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Not(Box<Expr>),
    Compare(Comparison, Operand, Operand),
    /// `contains(a,'b')` and its like.
    Text(String, Operand, Operand),
    /// `Microsoft.Dynamics.CRM.In(PropertyName='a',PropertyValues=[..])`
    Query(String, Vec<(String, Literal)>),
    /// `path/any(v:..)` or `path/all(v:..)`
    Lambda {
        path: Vec<String>,
        all: bool,
        variable: String,
        body: Option<Box<Expr>>,
    },
}

/// Reads an expression. `alias` gives the value of `@name`.
pub(crate) fn parse(text: &str, alias: &dyn Fn(&str) -> Option<String>) -> Result<Expr, Fault> {
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens: &tokens, at: 0, depth: 0, text, alias };
    let expr = parser.or()?;
    match parser.peek() {
        None => Ok(expr),
        Some(_) => Err(parser.syntax()),
    }
}

struct Parser<'t> {
    tokens: &'t [Token],
    at: usize,
    depth: usize,
    text: &'t str,
    alias: &'t dyn Fn(&str) -> Option<String>,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn syntax(&self) -> Fault {
        Fault::usage(format!("Syntax error at token {} in '{}'.", self.at, self.text))
    }

    fn take(&mut self) -> Result<Token, Fault> {
        let token = self.peek().cloned().ok_or_else(|| self.syntax())?;
        self.at += 1;
        Ok(token)
    }

    fn expect(&mut self, wanted: &Token) -> Result<(), Fault> {
        match self.take()? == *wanted {
            true => Ok(()),
            false => Err(self.syntax()),
        }
    }

    fn word(&mut self, wanted: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Name(name)) if name == wanted);
        self.at += usize::from(found);
        found
    }

    fn deeper(&mut self) -> Result<(), Fault> {
        self.depth += 1;
        match self.depth > MAX_DEPTH {
            true => Err(Fault::usage("Recursion limit reached.")),
            false => Ok(()),
        }
    }

    fn or(&mut self) -> Result<Expr, Fault> {
        let mut left = self.and()?;
        while self.word("or") {
            left = Expr::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Expr, Fault> {
        let mut left = self.not()?;
        while self.word("and") {
            left = Expr::And(Box::new(left), Box::new(self.not()?));
        }
        Ok(left)
    }

    fn not(&mut self) -> Result<Expr, Fault> {
        if !self.word("not") {
            return self.primary();
        }
        self.deeper()?;
        let inner = self.not()?;
        self.depth -= 1;
        Ok(Expr::Not(Box::new(inner)))
    }

    fn primary(&mut self) -> Result<Expr, Fault> {
        self.deeper()?;
        let expr = match self.peek() {
            Some(Token::Open) => {
                self.at += 1;
                let inner = self.or()?;
                self.expect(&Token::Close)?;
                inner
            }
            Some(Token::Name(name)) if self.tokens.get(self.at + 1) == Some(&Token::Open) => {
                let name = name.clone();
                self.at += 2;
                self.call(name)?
            }
            _ => self.comparison()?,
        };
        self.depth -= 1;
        Ok(expr)
    }

    fn call(&mut self, name: String) -> Result<Expr, Fault> {
        if let Some(function) = name.strip_prefix("Microsoft.Dynamics.CRM.") {
            return Ok(Expr::Query(function.to_owned(), self.named_arguments()?));
        }
        if !matches!(name.as_str(), "contains" | "startswith" | "endswith") {
            return Err(Fault::usage(format!("An unknown function with name '{name}' was found.")));
        }
        let left = self.operand()?;
        self.expect(&Token::Comma)?;
        let right = self.operand()?;
        self.expect(&Token::Close)?;
        Ok(Expr::Text(name, left, right))
    }

    fn named_arguments(&mut self) -> Result<Vec<(String, Literal)>, Fault> {
        let mut arguments = Vec::new();
        while self.peek() != Some(&Token::Close) {
            if !arguments.is_empty() {
                self.expect(&Token::Comma)?;
            }
            let Token::Name(name) = self.take()? else { return Err(self.syntax()) };
            self.expect(&Token::Equals)?;
            let Operand::Literal(value) = self.operand()? else { return Err(self.syntax()) };
            arguments.push((name, value));
        }
        self.expect(&Token::Close)?;
        Ok(arguments)
    }

    fn comparison(&mut self) -> Result<Expr, Fault> {
        let left = self.operand()?;
        if let Operand::Path(path) = &left
            && self.peek() == Some(&Token::Open)
        {
            return self.lambda(path.clone());
        }
        let Some(Token::Name(word)) = self.peek() else {
            // A lone boolean column is a condition of its own.
            return Ok(Expr::Compare(Comparison::Eq, left, Operand::Literal(Literal::Bool(true))));
        };
        let comparison = match word.as_str() {
            "eq" => Comparison::Eq,
            "ne" => Comparison::Ne,
            "gt" => Comparison::Gt,
            "ge" => Comparison::Ge,
            "lt" => Comparison::Lt,
            "le" => Comparison::Le,
            "and" | "or" => {
                return Ok(Expr::Compare(Comparison::Eq, left, Operand::Literal(Literal::Bool(true))));
            }
            other => return Err(Fault::usage(format!("The operator '{other}' is not supported in '{}'.", self.text))),
        };
        self.at += 1;
        let right = self.operand()?;
        Ok(Expr::Compare(comparison, left, right))
    }

    fn operand(&mut self) -> Result<Operand, Fault> {
        match self.take()? {
            Token::Literal(literal) => Ok(Operand::Literal(literal)),
            Token::Alias(name) => self.aliased(&name),
            Token::Name(name) => {
                let mut path = vec![name];
                while self.peek() == Some(&Token::Slash) {
                    self.at += 1;
                    let Token::Name(name) = self.take()? else { return Err(self.syntax()) };
                    path.push(name);
                }
                Ok(Operand::Path(path))
            }
            _ => {
                self.at -= 1;
                Err(self.syntax())
            }
        }
    }

    fn aliased(&self, name: &str) -> Result<Operand, Fault> {
        let Some(value) = (self.alias)(name) else {
            return Err(Fault::usage(format!("The parameter alias '@{name}' has no value.")));
        };
        match tokens(&value)?.as_slice() {
            [Token::Literal(literal)] => Ok(Operand::Literal(literal.clone())),
            _ => Err(Fault::usage(format!("The value of the parameter alias '@{name}' is not a literal."))),
        }
    }

    fn lambda(&mut self, mut path: Vec<String>) -> Result<Expr, Fault> {
        let all = match path.pop().as_deref() {
            Some("any") => false,
            Some("all") => true,
            _ => return Err(self.syntax()),
        };
        self.expect(&Token::Open)?;
        if self.peek() == Some(&Token::Close) && !all {
            self.at += 1;
            return Ok(Expr::Lambda { path, all, variable: String::new(), body: None });
        }
        let Token::Name(variable) = self.take()? else { return Err(self.syntax()) };
        self.expect(&Token::Colon)?;
        let body = Some(Box::new(self.or()?));
        self.expect(&Token::Close)?;
        Ok(Expr::Lambda { path, all, variable, body })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn none(_: &str) -> Option<String> {
        None
    }

    #[test]
    fn and_binds_closer_than_or() {
        let expr = parse("a eq 1 or b eq 2 and not (c eq 3)", &none).unwrap();
        assert!(matches!(expr, Expr::Or(_, right) if matches!(*right, Expr::And(..))));
    }

    #[test]
    fn functions_lambdas_and_aliases() {
        let query = parse("Microsoft.Dynamics.CRM.In(PropertyName='a',PropertyValues=[\"x\"])", &none).unwrap();
        assert!(matches!(query, Expr::Query(name, arguments) if name == "In" && arguments.len() == 2));
        let any = parse("kids/any(k:k/age gt 3 and contains(k/name,'x'))", &none).unwrap();
        assert!(matches!(any, Expr::Lambda { all: false, .. }));
        let alias = |name: &str| (name == "p").then(|| "'v'".to_owned());
        let expr = parse("a eq @p", &alias).unwrap();
        assert!(matches!(expr, Expr::Compare(_, _, Operand::Literal(Literal::Text(text))) if text == "v"));
    }

    #[test]
    fn what_is_not_supported_is_an_error_and_depth_is_bounded() {
        for text in ["tolower(a) eq 'x'", "a in (1,2)", "a eq 1 garbage", "a eq @p", "", "a eq"] {
            assert!(parse(text, &none).is_err(), "{text}");
        }
        let deep = format!("{}a eq 1{}", "(".repeat(10_000), ")".repeat(10_000));
        assert!(parse(&deep, &none).is_err());
        assert!(parse(&format!("{}a eq 1", "not ".repeat(10_000)), &none).is_err());
    }
}

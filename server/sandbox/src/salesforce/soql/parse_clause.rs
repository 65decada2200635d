//! Clauses of a query: what is selected by a keyword, scope, grouping, order, limits.

use super::super::fault::Fault;
use super::lex::Token;
use super::parse::Parser;
use super::tree::{Fields, Item, Order, Path, TypeOf};

impl Parser<'_> {
    /// `USING SCOPE`: whether only rows of the user's own are wanted.
    pub(super) fn scope(&mut self) -> Result<bool, Fault> {
        if !self.accept("using") {
            return Ok(false);
        }
        self.word("scope")?;
        match self.name()?.to_lowercase().as_str() {
            "everything" => Ok(false),
            "mine" => Ok(true),
            other => self.fail(&format!("Not supported by the sandbox: USING SCOPE {other}")),
        }
    }

    /// `WITH SECURITY_ENFORCED` asks for what is always done here: nobody sees more than their profile allows.
    pub(super) fn enforced(&mut self) -> Result<(), Fault> {
        if !self.accept("with") {
            return self.refuse(&["using"]);
        }
        match self.accept("security_enforced") {
            true => Ok(()),
            false => self.fail("Not supported by the sandbox: this WITH clause"),
        }
    }

    /// `FOR VIEW`, `FOR REFERENCE`: that somebody looks at the rows. Nothing comes of it, as of any other use.
    pub(super) fn used(&mut self) -> Result<(), Fault> {
        while self.is_word("for") && matches!(self.after(1), Token::Word(word) if is_use(word)) {
            self.next += 2;
            self.accept_sign(",");
        }
        Ok(())
    }

    /// Clauses that Salesforce has and the sandbox has not.
    pub(super) fn refuse(&self, clauses: &[&str]) -> Result<(), Fault> {
        match clauses.iter().find(|clause| self.is_word(clause)) {
            Some(clause) => self.fail(&format!("Not supported by the sandbox: {}", clause.to_uppercase())),
            None => Ok(()),
        }
    }

    pub(super) fn fields(&mut self) -> Result<Item, Fault> {
        let at = self.at();
        self.next += 2;
        let which = match () {
            () if self.accept("all") => Fields::All,
            () if self.accept("custom") => Fields::Custom,
            () if self.accept("standard") => Fields::Standard,
            () => return Err(self.unexpected()),
        };
        self.sign(")")?;
        Ok(Item::Fields(which, at))
    }

    pub(super) fn type_of(&mut self) -> Result<TypeOf, Fault> {
        self.word("typeof")?;
        let path = self.path()?;
        let mut when = Vec::new();
        while self.accept("when") {
            let kind = self.path()?;
            self.word("then")?;
            when.push((kind, self.paths()?));
        }
        if when.is_empty() {
            return Err(self.unexpected());
        }
        let otherwise = if self.accept("else") { Some(self.paths()?) } else { None };
        self.word("end")?;
        Ok(TypeOf { path, when, otherwise })
    }

    pub(super) fn group(&mut self) -> Result<Vec<Path>, Fault> {
        self.word("by")?;
        let mut paths = Vec::new();
        loop {
            paths.push(self.field()?);
            if !self.accept_sign(",") {
                return Ok(paths);
            }
        }
    }

    pub(super) fn order(&mut self) -> Result<Vec<Order>, Fault> {
        self.word("by")?;
        let mut order = Vec::new();
        loop {
            let by = self.operand()?;
            let descending = !self.accept("asc") && self.accept("desc");
            let nulls_last = match self.accept("nulls") {
                true if self.accept("last") => true,
                true => {
                    self.word("first")?;
                    false
                }
                false => false,
            };
            order.push(Order { by, descending, nulls_last });
            if !self.accept_sign(",") {
                return Ok(order);
            }
        }
    }

    pub(super) fn count(&mut self) -> Result<u64, Fault> {
        match self.peek() {
            Token::Digits(digits) => match digits.parse() {
                Ok(count) => {
                    self.next += 1;
                    Ok(count)
                }
                Err(_) => Err(self.unexpected()),
            },
            _ => Err(self.unexpected()),
        }
    }
}

fn is_use(word: &str) -> bool {
    word.eq_ignore_ascii_case("view") || word.eq_ignore_ascii_case("reference")
}

//! System query options as written.

use super::fault::Fault;

/// Most `$expand` options of one query.
const MAX_EXPANDS: usize = 15;

/// Deepest nesting of `$expand`.
const MAX_DEPTH: usize = 10;

/// The options of one level.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Options {
    pub(crate) select: Option<Vec<String>>,
    pub(crate) filter: Option<String>,
    pub(crate) orderby: Option<String>,
    pub(crate) top: Option<usize>,
    pub(crate) count: bool,
    pub(crate) skiptoken: Option<String>,
    pub(crate) deltatoken: Option<String>,
    pub(crate) apply: Option<String>,
    pub(crate) fetch_xml: Option<String>,
    pub(crate) expand: Vec<Expand>,
    /// Values of `@alias`.
    pub(crate) aliases: Vec<(String, String)>,
}

/// One item of `$expand`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Expand {
    pub(crate) navigation: String,
    pub(crate) only_references: bool,
    pub(crate) options: Options,
    /// The options between the parentheses, as written: the address of the next page needs them.
    pub(crate) text: Vec<String>,
}

impl Options {
    /// Reads the query of an address, decoded into pairs.
    pub(crate) fn parse(pairs: &[(String, String)]) -> Result<Options, Fault> {
        let mut options = Options::default();
        for (at, (name, value)) in pairs.iter().enumerate() {
            if pairs.iter().take(at).any(|(earlier, _)| earlier == name) {
                return Err(Fault::usage(format!("Query option '{name}' was specified more than once.")));
            }
            if let Some(alias) = name.strip_prefix('@') {
                options.aliases.push((alias.to_owned(), value.clone()));
                continue;
            }
            match name.as_str() {
                "$skiptoken" => options.skiptoken = Some(value.clone()),
                "fetchXml" | "fetchxml" => options.fetch_xml = Some(value.clone()),
                "$count" => options.count = boolean(value)?,
                "$deltatoken" => options.deltatoken = Some(value.clone()),
                "$apply" => options.apply = Some(value.clone()),
                "savedQuery" | "userQuery" | "sql" | "partitionId" => {
                    return Err(Fault::unsupported(&format!("the query option '{name}'")));
                }
                "$skip" => return Err(Fault::usage("Skip Clause is not supported in CRM")),
                // What these say concerns removed references, plug-ins and labels; rows do not depend on it.
                "$id" | "tag" | "LabelLanguages" => {}
                name if name.starts_with('$') => options.set(name, value, 0)?,
                name => return Err(Fault::usage(format!("The query parameter {name} is not supported"))),
            }
        }
        options.check_expands()?;
        Ok(options)
    }

    fn set(&mut self, name: &str, value: &str, depth: usize) -> Result<(), Fault> {
        match name {
            "$select" => self.select = Some(names(value)),
            "$filter" => self.filter = Some(value.to_owned()),
            "$orderby" => self.orderby = Some(value.to_owned()),
            "$top" => {
                let top = value.trim().parse();
                self.top = Some(top.map_err(|_| Fault::usage(format!("Invalid value '{value}' for $top.")))?);
            }
            "$expand" => self.expand = expands(value, depth)?,
            _ => return Err(Fault::usage(format!("The query parameter '{name}' is not supported."))),
        }
        Ok(())
    }

    fn check_expands(&self) -> Result<(), Fault> {
        let nested = self.expand.iter().any(|expand| !expand.options.expand.is_empty());
        let mut count = 0;
        let mut todo: Vec<&Expand> = self.expand.iter().collect();
        while let Some(expand) = todo.pop() {
            count += 1;
            if nested && (expand.options.top.is_some() || expand.options.orderby.is_some()) {
                return Err(Fault::usage(
                    "The $top and $orderby options are not supported in $expand when the query has nested $expand options.",
                ));
            }
            todo.extend(&expand.options.expand);
        }
        match count > MAX_EXPANDS {
            true => Err(Fault::usage(format!(
                "The number of $expand options {count} exceeds the maximum of {MAX_EXPANDS} per query."
            ))),
            false => Ok(()),
        }
    }

    /// Refuses what only a whole set has: groups and changes.
    pub(crate) fn refuse_set_options(&self) -> Result<(), Fault> {
        let refused = [("$apply", self.apply.is_some()), ("$deltatoken", self.deltatoken.is_some())];
        match refused.into_iter().find(|(_, given)| *given) {
            Some((name, _)) => Err(Fault::unsupported(&format!("the query option '{name}' at this address"))),
            None => Ok(()),
        }
    }

    /// The value of an alias.
    pub(crate) fn alias(&self, name: &str) -> Option<String> {
        self.aliases.iter().find(|(alias, _)| alias == name).map(|(_, value)| value.clone())
    }
}

fn boolean(value: &str) -> Result<bool, Fault> {
    match value.trim() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Fault::usage(format!("Invalid value '{value}' for $count query option."))),
    }
}

fn names(value: &str) -> Vec<String> {
    value.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

fn expands(value: &str, depth: usize) -> Result<Vec<Expand>, Fault> {
    if depth >= MAX_DEPTH {
        return Err(Fault::usage("The depth of $expand exceeds the maximum."));
    }
    split(value, ',')?
        .into_iter()
        .filter(|item| !item.trim().is_empty())
        .map(|item| expand(item.trim(), depth))
        .collect()
}

fn expand(item: &str, depth: usize) -> Result<Expand, Fault> {
    let (name, inside) = match item.split_once('(') {
        Some((name, rest)) => {
            let inside = rest.strip_suffix(')');
            (name, Some(inside.ok_or_else(|| Fault::usage(format!("Syntax error in the $expand item '{item}'.")))?))
        }
        None => (item, None),
    };
    let (navigation, only_references) = match name.split_once('/') {
        None => (name, false),
        Some((navigation, "$ref")) => (navigation, true),
        Some(_) => return Err(Fault::usage(format!("The path '{name}' is not supported in $expand."))),
    };
    let mut options = Options::default();
    let mut text = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for part in inside.map_or(Ok(Vec::new()), |inside| split(inside, ';'))? {
        let part = part.trim();
        if part.is_empty() {
            continue;
        }
        let Some((name, value)) = part.split_once('=') else {
            return Err(Fault::usage(format!("Syntax error in the $expand option '{part}'.")));
        };
        let (name, value) = (name.trim(), value.trim());
        if value.contains('@') && name == "$filter" && !value.contains('\'') {
            return Err(Fault::usage("Parameter aliases are not supported in $expand."));
        }
        if !seen.insert(name) {
            return Err(Fault::usage(format!("Query option '{name}' was specified more than once.")));
        }
        options.set(name, value, depth + 1)?;
        text.push(format!("{name}={value}"));
    }
    Ok(Expand { navigation: navigation.trim().to_owned(), only_references, options, text })
}

/// Splits outside of parentheses and quotes.
pub(crate) fn split(text: &str, separator: char) -> Result<Vec<&str>, Fault> {
    let (mut parts, mut start, mut depth, mut quoted) = (Vec::new(), 0_usize, 0_usize, false);
    for (at, c) in text.char_indices() {
        match c {
            '\'' => quoted = !quoted,
            '(' | '[' if !quoted => depth += 1,
            ')' | ']' if !quoted => {
                depth = depth.checked_sub(1).ok_or_else(|| Fault::usage(format!("Syntax error in '{text}'.")))?;
            }
            c if c == separator && depth == 0 && !quoted => {
                parts.push(text.get(start..at).unwrap_or_default());
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    if depth > 0 || quoted {
        return Err(Fault::usage(format!("Syntax error in '{text}'.")));
    }
    parts.push(text.get(start..).unwrap_or_default());
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(pairs: &[(&str, &str)]) -> Result<Options, Fault> {
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Options::parse(&pairs)
    }

    #[test]
    fn expands_nest_and_quotes_hide_separators() {
        let text = "a($select=x,y;$filter=n eq 'b;c,)';$expand=d($select=z)),e/$ref";
        let options = parse(&[("$expand", text)]).unwrap();
        assert_eq!(options.expand.len(), 2);
        assert_eq!(options.expand[0].options.filter.as_deref(), Some("n eq 'b;c,)'"));
        assert_eq!(options.expand[0].options.expand[0].navigation, "d");
        assert!(options.expand[1].only_references);
    }

    #[test]
    fn the_rules_of_nested_expand() {
        let error = parse(&[("$expand", "a($expand=b),c($top=1)")]).unwrap_err();
        assert_eq!((error.status, error.code.as_str()), (400, "0x80060888"));
        parse(&[("$expand", "a($top=1;$orderby=x),c($top=1)")]).unwrap();
        let many = vec!["a"; 16].join(",");
        assert!(parse(&[("$expand", &many)]).is_err());
        for forbidden in ["$skip=1", "$count=true", "$search=x", "$levels=2"] {
            assert!(parse(&[("$expand", &format!("a({forbidden})"))]).is_err());
        }
    }

    #[test]
    fn options_the_product_does_not_have_are_refused() {
        for name in ["$skip", "$search", "$format", "$compute", "savedQuery", "sql", "other"] {
            assert!(parse(&[(name, "1")]).is_err(), "{name}");
        }
        assert!(parse(&[("$top", "x")]).is_err());
        assert!(parse(&[("$select", "a"), ("$select", "b")]).is_err());
        assert!(parse(&[("$expand", "a($select=b;$select=c)")]).is_err());
    }
}

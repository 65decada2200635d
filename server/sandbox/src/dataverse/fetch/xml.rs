//! As much XML as FetchXML needs: elements, attributes, text, character references. No DTD, so no entities of one's own.

use super::super::fault::Fault;

/// Deepest nesting.
const MAX_DEPTH: usize = 24;

/// Most elements.
const MAX_ELEMENTS: usize = 2000;

/// One element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) children: Vec<Element>,
    pub(super) text: String,
}

impl Element {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }
}

/// Reads a document.
pub(super) fn parse(text: &str) -> Result<Element, Fault> {
    let mut reader = Reader { rest: text.trim_start_matches('\u{feff}'), count: 0 };
    let mut open: Vec<Element> = Vec::new();
    loop {
        let inside = reader.text()?;
        if let Some(element) = open.last_mut() {
            element.text.push_str(&inside);
        } else if !inside.trim().is_empty() {
            return Err(invalid());
        }
        let closed = match reader.tag()? {
            Tag::Skipped => continue,
            Tag::Open(element) => {
                if open.len() >= MAX_DEPTH {
                    return Err(invalid());
                }
                open.push(element);
                continue;
            }
            Tag::Empty(element) => element,
            Tag::Close(name) => open.pop().filter(|element| element.name == name).ok_or_else(invalid)?,
        };
        match open.last_mut() {
            Some(parent) => parent.children.push(closed),
            None if reader.rest.trim().is_empty() => return Ok(closed),
            None => return Err(invalid()),
        }
    }
}

fn invalid() -> Fault {
    Fault::new(400, "0x80041102", "Invalid XML.")
}

enum Tag {
    Open(Element),
    Empty(Element),
    Close(String),
    Skipped,
}

struct Reader<'t> {
    rest: &'t str,
    count: usize,
}

impl Reader<'_> {
    fn text(&mut self) -> Result<String, Fault> {
        let (text, rest) = self.rest.split_at(self.rest.find('<').ok_or_else(invalid)?);
        self.rest = rest;
        unescape(text)
    }

    fn skip_past(&mut self, end: &str) -> Result<Tag, Fault> {
        self.rest = self.rest.split_once(end).ok_or_else(invalid)?.1;
        Ok(Tag::Skipped)
    }

    fn tag(&mut self) -> Result<Tag, Fault> {
        if self.rest.starts_with("<!--") {
            return self.skip_past("-->");
        }
        if self.rest.starts_with("<?") {
            return self.skip_past("?>");
        }
        if let Some(rest) = self.rest.strip_prefix("</") {
            let (name, rest) = rest.split_once('>').ok_or_else(invalid)?;
            self.rest = rest;
            return Ok(Tag::Close(name.trim().to_owned()));
        }
        self.count += 1;
        if self.count > MAX_ELEMENTS {
            return Err(invalid());
        }
        self.rest = self.rest.strip_prefix('<').ok_or_else(invalid)?;
        let mut element = Element { name: self.name()?, ..Element::default() };
        loop {
            self.rest = self.rest.trim_start();
            if let Some(rest) = self.rest.strip_prefix("/>") {
                self.rest = rest;
                return Ok(Tag::Empty(element));
            }
            if let Some(rest) = self.rest.strip_prefix('>') {
                self.rest = rest;
                return Ok(Tag::Open(element));
            }
            element.attributes.push(self.attribute()?);
        }
    }

    fn name(&mut self) -> Result<String, Fault> {
        let end = self.rest.find(|c: char| !(c.is_alphanumeric() || "-_:.".contains(c))).ok_or_else(invalid)?;
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        if name.is_empty() { Err(invalid()) } else { Ok(name.to_owned()) }
    }

    fn attribute(&mut self) -> Result<(String, String), Fault> {
        let name = self.name()?;
        let rest = self.rest.trim_start().strip_prefix('=').ok_or_else(invalid)?.trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\'')).ok_or_else(invalid)?;
        let (value, rest) = rest.get(1..).and_then(|rest| rest.split_once(quote)).ok_or_else(invalid)?;
        self.rest = rest;
        Ok((name, unescape(value)?))
    }
}

fn unescape(text: &str) -> Result<String, Fault> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let (name, after) = after.split_once(';').ok_or_else(invalid)?;
        out.push(match name {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            "apos" => '\'',
            number => reference(number).ok_or_else(invalid)?,
        });
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

fn reference(name: &str) -> Option<char> {
    let number = name.strip_prefix('#')?;
    let code = match number.strip_prefix('x') {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    char::from_u32(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_attributes_and_text() {
        let root = parse("<?xml version='1.0'?><a x=\"1 &amp; 2\"><!-- c --><b>t&#65;</b><c/></a>").unwrap();
        assert_eq!((root.name.as_str(), root.attribute("x")), ("a", Some("1 & 2")));
        assert_eq!((root.children[0].text.as_str(), root.children[1].name.as_str()), ("tA", "c"));
    }

    #[test]
    fn broken_documents() {
        for text in
            ["", "<a>", "<a></b>", "<a x=1/>", "<a/><b/>", "<a>&own;</a>", "text", "<!DOCTYPE a><a/>", "<a", "<>"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse(&"<a>".repeat(100_000)).is_err());
    }
}

//! XML, as much as a query needs. Nothing that comes from an input or from metadata gets into it by another way than
//! [`quoted`].

/// A document on its way.
#[derive(Debug, Default)]
pub(super) struct Xml {
    text: String,
}

impl Xml {
    /// Begins an element.
    pub(super) fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes, ">");
    }

    /// Ends an element.
    pub(super) fn close(&mut self, name: &str) {
        self.text.push_str(&format!("</{name}>"));
    }

    /// An element without content.
    pub(super) fn leaf(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes, "/>");
    }

    /// An element that holds text.
    pub(super) fn holding(&mut self, name: &str, text: &str) {
        self.text.push_str(&format!("<{name}>{}</{name}>", quoted(text)));
    }

    fn tag(&mut self, name: &str, attributes: &[(&str, &str)], end: &str) {
        self.text.push_str(&format!("<{name}"));
        for (name, value) in attributes {
            self.text.push_str(&format!(" {name}=\"{}\"", quoted(value)));
        }
        self.text.push_str(end);
    }

    /// The document.
    pub(super) fn finish(self) -> String {
        self.text
    }
}

/// Text as the content of an element or of an attribute between double quotes. White space stands as references, since
/// readers make blanks of it in attributes, and line ends into others everywhere.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => quoted.push_str("&amp;"),
            '<' => quoted.push_str("&lt;"),
            '>' => quoted.push_str("&gt;"),
            '"' => quoted.push_str("&quot;"),
            '\'' => quoted.push_str("&apos;"),
            '\t' | '\n' | '\r' | '\u{85}' | '\u{2028}' => quoted.push_str(&format!("&#{};", u32::from(character))),
            other => quoted.push(other),
        }
    }
    quoted
}

/// Whether XML can hold a text at all ("Extensible Markup Language (XML) 1.0", Char): not what is no character.
pub(super) fn holds(text: &str) -> bool {
    let plain = |character: char| match character {
        '\t' | '\n' | '\r' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        other => other >= ' ',
    };
    text.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_what_it_stands_in() {
        let mut xml = Xml::default();
        xml.open("filter", &[("type", "and")]);
        xml.leaf("condition", &[("value", "\"/><x a='&amp;\n")]);
        xml.holding("value", "</value>\r]]>");
        xml.close("filter");
        assert_eq!(
            xml.finish(),
            "<filter type=\"and\"><condition value=\"&quot;/&gt;&lt;x a=&apos;&amp;amp;&#10;\"/>\
             <value>&lt;/value&gt;&#13;]]&gt;</value></filter>"
        );
    }

    /// What a reader of XML makes of text: it sees no markup, and the references are those that this module writes.
    fn read(text: &str) -> String {
        assert!(!text.contains(['<', '>', '"', '\'', '\t', '\n', '\r']), "{text}");
        let mut parts = text.split('&');
        let mut read = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (name, rest) = part.split_once(';').unwrap();
            read.push(match name {
                "amp" => '&',
                "lt" => '<',
                "gt" => '>',
                "quot" => '"',
                "apos" => '\'',
                number => char::from_u32(number.strip_prefix('#').unwrap().parse().unwrap()).unwrap(),
            });
            read.push_str(rest);
        }
        read
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_back(text in "\\PC*|[<>&'\"#;a-z\t\r\n]{0,20}") {
            proptest::prop_assert_eq!(read(&quoted(&text)), text);
        }
    }

    #[test]
    fn what_is_no_character_is_known() {
        assert!(holds("a\tb\r\n東京 \u{10000}"));
        for none in ["\0", "\u{b}", "\u{1f}", "\u{fffe}"] {
            assert!(!holds(none));
        }
    }
}

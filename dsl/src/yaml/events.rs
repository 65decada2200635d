//! The YAML scanner behind a small door: the only module that names `granit_parser`.
//!
//! It gives events with byte offsets and turns the scanner's many faults into the few kinds that an author needs to
//! tell apart.

use std::borrow::Cow;

use granit_parser::{ErrorKind, Parser, ScalarStyle, StrInput};

/// What comes next in the text.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Event<'t> {
    DocumentStart,
    DocumentEnd,
    Scalar { text: Cow<'t, str>, plain: bool },
    ListStart,
    ListEnd,
    MapStart,
    MapEnd,
    Alias,
}

/// An event with its place and what was written before it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item<'t> {
    pub(super) event: Event<'t>,
    /// First byte.
    pub(super) start: usize,
    /// One past the last byte.
    pub(super) end: usize,
    /// The node carries an anchor (`&name`).
    pub(super) anchored: bool,
    /// The node carries a tag (`!name`), which stands at these bytes.
    pub(super) tag: Option<(usize, usize)>,
}

/// Why the scanner could not go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// The byte it stopped at.
    pub(super) at: usize,
    pub(super) kind: FaultKind,
}

/// The kinds of fault that an author needs to tell apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FaultKind {
    Tab,
    Alias,
    Tag,
    Depth,
    Unclosed(&'static str),
    Escape,
    Syntax(String),
}

/// Reads events one by one; memory does not grow with the text.
pub(super) struct Reader<'t> {
    parser: Parser<'t, StrInput<'t>>,
}

impl<'t> Reader<'t> {
    /// A reader of a text that refuses more than `depth` nested collections.
    pub(super) fn new(text: &'t str, depth: usize) -> Self {
        let options = granit_parser::options! {
            emit_comments: false,
            emit_unresolved_aliases: true,
            // JSON has no limit for keys; YAML's own of 1,024 characters would surprise there.
            simple_key_max_lookahead: 1 << 20,
            flow_nesting_limit: depth,
            block_nesting_limit: depth,
        };
        Self { parser: Parser::new_from_str_with_options(text, options) }
    }

    /// The next event, a fault, or `None` at the end of the text and after a fault.
    pub(super) fn next(&mut self) -> Option<Result<Item<'t>, Fault>> {
        loop {
            match self.parser.next_event()? {
                Ok((event, span)) => {
                    if let Some(item) = item(event, span) {
                        return Some(Ok(item));
                    }
                }
                Err(error) => return Some(Err(fault(&error))),
            }
        }
    }

    /// Gives up the current document and stands before the next one; false when there is none.
    pub(super) fn skip_document(&mut self) -> bool {
        self.parser.proceed_next_document().unwrap_or(false)
    }
}

fn item<'t>(event: granit_parser::Event<'t>, span: granit_parser::Span) -> Option<Item<'t>> {
    use granit_parser::Event as Raw;
    let (event, anchor) = match event {
        Raw::DocumentStart(..) => (Event::DocumentStart, 0),
        Raw::DocumentEnd => (Event::DocumentEnd, 0),
        Raw::Scalar(text, style, anchor, _) => {
            (Event::Scalar { text, plain: matches!(style, ScalarStyle::Plain) }, anchor)
        }
        Raw::SequenceStart(_, anchor, _) => (Event::ListStart, anchor),
        Raw::SequenceEnd => (Event::ListEnd, 0),
        Raw::MappingStart(_, anchor, _) => (Event::MapStart, anchor),
        Raw::MappingEnd => (Event::MapEnd, 0),
        Raw::Alias(_) | Raw::UnresolvedAlias(_) => (Event::Alias, 0),
        _ => return None,
    };
    let bytes = |span: granit_parser::Span| Some((span.start.byte_offset()?, span.end.byte_offset()?));
    let (start, end) = bytes(span).unwrap_or((0, 0));
    let tag = span.tag_start().map(|at| span.tag_span().and_then(bytes).unwrap_or_else(|| point(&at)));
    Some(Item { event, start, end: end.max(start), anchored: anchor != 0, tag })
}

fn point(at: &granit_parser::Marker) -> (usize, usize) {
    let at = at.byte_offset().unwrap_or(0);
    (at, at + 1)
}

fn fault(error: &granit_parser::ScanError) -> Fault {
    let at = error.marker().byte_offset().unwrap_or(0);
    let kind = match error.kind() {
        ErrorKind::TabInIndentation
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabNotAllowed
        | ErrorKind::TabInPlainScalar
        | ErrorKind::TabAtBlockScalarStart => FaultKind::Tab,
        ErrorKind::UnknownAnchor | ErrorKind::AnchorCountOverflow | ErrorKind::MissingAnchorOrAliasName => {
            FaultKind::Alias
        }
        ErrorKind::UndeclaredTagHandle
        | ErrorKind::InvalidTagTerminator
        | ErrorKind::MissingTagUri
        | ErrorKind::UnclosedVerbatimTag
        | ErrorKind::InvalidTagEscape
        | ErrorKind::InvalidTagUtf8LeadingByte
        | ErrorKind::InvalidTagUtf8TrailingByte
        | ErrorKind::InvalidTagUtf8
        | ErrorKind::InvalidGlobalTagCharacter
        | ErrorKind::ExpectedTagBang => FaultKind::Tag,
        ErrorKind::RecursionLimitExceeded => FaultKind::Depth,
        ErrorKind::UnclosedQuotedScalar => FaultKind::Unclosed("quoted text"),
        ErrorKind::UnclosedFlowCollection { .. }
        | ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping => FaultKind::Unclosed("bracket"),
        ErrorKind::UnknownQuotedScalarEscape
        | ErrorKind::InvalidQuotedScalarHexEscape
        | ErrorKind::InvalidLowSurrogateHexEscape
        | ErrorKind::InvalidLowSurrogate
        | ErrorKind::MissingLowSurrogate
        | ErrorKind::UnpairedLowSurrogate
        | ErrorKind::InvalidUnicodeEscape => FaultKind::Escape,
        other => FaultKind::Syntax(plain_words(other)),
    };
    Fault { at, kind }
}

/// The faults that authors really make, in their words; the rest in the scanner's.
fn plain_words(kind: &ErrorKind) -> String {
    let words = match kind {
        ErrorKind::InvalidIndentation | ErrorKind::InvalidFlowScalarIndent | ErrorKind::InvalidQuotedScalarIndent => {
            "this line is not indented like its neighbours"
        }
        ErrorKind::ExpectedBlockMappingKey => "a `key: value` is expected here",
        ErrorKind::ExpectedBlockSequenceEntry => "a `- ` is expected here",
        ErrorKind::ExpectedFlowMappingSeparator => "a `,` or `}` is missing",
        ErrorKind::ExpectedFlowSequenceSeparator => "a `,` or `]` is missing",
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => "a `:` is missing after the key",
        ErrorKind::MappingValueNotAllowed => "a `key: value` may not stand here",
        ErrorKind::BlockSequenceEntryNotAllowed => "a `- ` may not stand here",
        ErrorKind::InvalidTrailingDoubleQuotedScalar | ErrorKind::InvalidTrailingSingleQuotedScalar => {
            "nothing may follow the closing quote"
        }
        ErrorKind::InvalidColonPlacement => "a `:` may not stand here; perhaps a bracket before it is not closed",
        ErrorKind::DirectiveDisallowed | ErrorKind::InvalidDirectiveName => "directives are not supported",
        other => return other.to_string().to_lowercase(),
    };
    words.to_owned()
}

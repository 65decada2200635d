//! Generated workspaces: as large as a measurement wants, the same every time.

use std::fmt::Write as _;

/// The text of `count` definitions with twelve fields each, every one referring to its predecessor.
pub fn definitions(count: usize) -> String {
    let mut text = String::new();
    for n in 0..count {
        let _ = writeln!(text, "entity entity-{n} \"Entity {n}\" on dataverse new_entity{n} {{");
        let _ = writeln!(text, "  Name      -> new_name{n}     required max 200");
        let _ = writeln!(text, "  Email     -> new_email{n}    public");
        let _ = writeln!(text, "  Phone     -> new_phone{n}    max 50");
        let _ = writeln!(text, "  Starts    -> new_starts{n}   datetime");
        let _ = writeln!(text, "  Day       -> new_day{n}      date");
        let _ = writeln!(text, "  Amount    -> new_amount{n}   decimal");
        let _ = writeln!(text, "  Size      -> new_size{n}     int");
        let _ = writeln!(text, "  Share     -> new_share{n}    double");
        let _ = writeln!(text, "  Active    -> new_active{n}   boolean");
        let _ = writeln!(text, "  Status    -> new_status{n}   choice {{ Open = 1, Won = 2, Lost = 3 }}");
        let _ = writeln!(text, "  Key       -> new_key{n}      readonly");
        let _ = writeln!(text, "  ParentId  -> new_parent{n}   ref entity-{}", n.saturating_sub(1));
        let _ = writeln!(text, "  key (Email)\n}}");
    }
    text
}

/// The text of `count` patterns of six parts each over the first definitions, `of` being how many there are.
pub fn patterns(count: usize, of: usize) -> String {
    let mut text = String::new();
    let entity = |n: usize| n % of.max(1);
    for n in 0..count {
        // A child's ParentId refers to the definition before its own, so parts walk up the numbers.
        let base = entity(n).min(of.saturating_sub(6));
        let _ = writeln!(text, "pattern pattern-{n} \"Pattern {n}\" {{");
        for part in 0..6 {
            let flags = if part == 0 { " readonly" } else { " { Status = \"Open\" }" };
            let _ = writeln!(text, "  p{part} : entity-{}{flags}", base + part);
        }
        for part in 1..6 {
            let _ = writeln!(text, "  p{part}.ParentId = p{}.Id", part - 1);
        }
        text.push_str("}\n");
    }
    text
}

/// A pattern whose parts form a chain: each refers to the one before.
pub fn chain(parts: usize) -> String {
    let mut text = String::from(
        "entity link \"Link\" on dataverse new_link {\n  Name -> new_name\n  ParentId -> new_parent ref link\n}\n",
    );
    text.push_str("pattern chain \"Chain\" {\n");
    for n in 0..parts {
        let _ = writeln!(text, "  p{n} : link");
    }
    for n in 1..parts {
        let _ = writeln!(text, "  p{n}.ParentId = p{}.Id", n - 1);
    }
    text.push_str("}\n");
    text
}

/// A pattern whose parts all refer to the first.
pub fn fan(parts: usize) -> String {
    let mut text = String::from(
        "entity link \"Link\" on dataverse new_link {\n  Name -> new_name\n  ParentId -> new_parent ref link\n}\n",
    );
    text.push_str("pattern fan \"Fan\" {\n  hub : link\n");
    for n in 0..parts {
        let _ = writeln!(text, "  p{n} : link");
    }
    for n in 0..parts {
        let _ = writeln!(text, "  p{n}.ParentId = hub.Id");
    }
    text.push_str("}\n");
    text
}

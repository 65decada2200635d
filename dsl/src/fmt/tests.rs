use proptest::prelude::*;

use crate::arbitrary;
use crate::fmt::format;
use crate::print;

/// Puts comments and blank lines where a text has line ends.
fn disturb(text: &str, choices: &[u8]) -> String {
    let mut choices = choices.iter().cycle();
    let mut out = String::new();
    for line in text.lines() {
        match choices.next() {
            Some(0) => out.push_str("# a line of its own\n"),
            Some(1) => out.push_str("\n\n\n   \t# after blanks  \n\n"),
            _ => {}
        }
        out.push_str(line);
        out.push_str(match choices.next() {
            Some(2) => "   # behind, with \"quotes\" { and (brackets\r\n",
            Some(3) => " ,\n",
            _ => "\n",
        });
    }
    out.push_str("# the end");
    out
}

proptest! {
    #[test]
    fn formatting_keeps_everything_and_settles_at_once(model in arbitrary::model(), library in arbitrary::library(), choices in prop::collection::vec(0u8..6, 1..40)) {
        let printed = print::dsl(&model, &library);
        prop_assert_eq!(&format(&printed).unwrap(), &printed);
        let formatted = format(&disturb(&printed, &choices)).unwrap();
        prop_assert_eq!(&format(&formatted).unwrap(), &formatted);
    }
}

#[test]
fn columns_stand_below_each_other_between_blank_lines() {
    let text = r#"# head
entity   contact "Contact" on dataverse contact{# open
description "People"
FirstName->firstname
LastName -> lastname required max 50
  # own line
Status->statuscode choice{Open=1,Won=2},Id->contactid # two in one line

key(Email)


key ( FirstName ,LastName )
# last
} # close
pattern p "P" { notes[]:note optional where A==1 and(B in("x","y")or not C is null)
  event:event{ShowAs="Busy",Status:="Open"}
  event.AccountId=account.Id??customer . Id optional
}
# end"#;
    insta::assert_snapshot!(format(text).unwrap(), @r#"
    # head
    entity contact "Contact" on dataverse contact {  # open
      description "People"
      FirstName -> firstname
      LastName  -> lastname    required max 50
      # own line
      Status    -> statuscode  choice { Open = 1, Won = 2 }
      Id        -> contactid  # two in one line

      key (Email)

      key (FirstName, LastName)
      # last
    }  # close

    pattern p "P" {
      notes[] : note   optional where A == 1 and (B in ("x", "y") or not C is null)
      event   : event  { ShowAs = "Busy", Status := "Open" }
      event.AccountId = account.Id ?? customer.Id optional
    }

    # end
    "#);
}

#[test]
fn long_and_commented_braces_take_a_line_for_each_entry() {
    let text = r#"pattern p "P" {
  a : b { X = "1", # one
    # two
    Y = [ "1", "2", # three
      "4" ] }
  c : d where ( # why
    A == 1
    and B in ( 1
      2 )
  ) limit 3
  long : entity optional { Aaaaaaaaaaaaaaaaaaaaaaaaa = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", Bbbbbbbbbbbbbbbbbbbbbbbbbb = "bbbbbbbbbbbbbbbbbb" }
}
"#;
    let formatted = format(text).unwrap();
    assert_eq!(format(&formatted).unwrap(), formatted);
    insta::assert_snapshot!(formatted, @r#"
    pattern p "P" {
      a    : b       {
        X = "1"  # one
        # two
        Y = [
          "1"
          "2"  # three
          "4"
        ]
      }
      c    : d       where (  # why
        A == 1
        and B in (1, 2)
      ) limit 3
      long : entity  optional {
        Aaaaaaaaaaaaaaaaaaaaaaaaa = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        Bbbbbbbbbbbbbbbbbbbbbbbbbb = "bbbbbbbbbbbbbbbbbb"
      }
    }
    "#);
}

#[test]
fn a_file_with_errors_is_refused_with_them() {
    let errors = format("pattern p {\n  lead account\n}\n").unwrap_err();
    assert_eq!(errors.iter().map(|error| error.code.0).collect::<Vec<_>>(), ["E0100"]);
}

#[test]
fn nothing_and_comments_alone_are_files() {
    assert_eq!(format("").unwrap(), "");
    assert_eq!(format("\n\n# one  \n\n\n# two").unwrap(), "# one\n\n# two\n");
}

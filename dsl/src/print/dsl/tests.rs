use engage_engine::model::Model;
use engage_playbooks::Library;
use proptest::prelude::*;

use crate::arbitrary;
use crate::print::dsl;
use crate::source::{FileId, SourceMap};
use crate::{lower, syntax};

fn read(text: &str) -> (Model, Library) {
    let (document, errors) = syntax::parse(FileId(0), text);
    assert_eq!(errors, [], "{text}");
    let (mut model, mut library) = (Model::default(), Library::default());
    assert_eq!(lower::document(&document, &mut model, &mut library, &mut SourceMap::default()), [], "{text}");
    (model, library)
}

proptest! {
    #[test]
    fn reading_what_was_printed_gives_the_model_back(model in arbitrary::model(), library in arbitrary::library()) {
        let text = dsl(&model, &library);
        prop_assert_eq!(read(&text), (model, library), "{}", text);
    }
}

#[test]
fn names_that_mean_something_and_groups_of_one_keep_their_meaning() {
    let text = "\
pattern awkward \"Awkward\" {
  `a b`   : entity    where all (`not` is null) or any () or not (A == 1 and B == [1, \"x\"])
  in[]    : pattern   sort sort desc limit 1 { optional := null }

  in.Id = `a b`.where ?? in.or optional deferred
}
";
    let (model, library) = read(text);
    assert_eq!(
        dsl(&model, &library),
        text.replace("`a b`   : entity    where", "`a b` : entity   where")
            .replace("in[]    : pattern   sort", "in[]  : pattern  sort")
    );
}

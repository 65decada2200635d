//! What types promise, on random types and values. `conforms` judges values by itself and knows nothing of the rules.

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::arbitrary::{any_path, any_transformation, any_type, near, path_in, value_of};
use super::{Type, at, conforms, fits};
use crate::transform::{TransformErrorKind, apply, typed};

/// Runs a property over many cases, of which so many have to say something.
fn enough<S: Strategy>(
    cases: u32,
    least: usize,
    strategy: S,
    property: impl Fn(S::Value) -> Result<bool, TestCaseError>,
) {
    let said = Cell::new(0_usize);
    let mut runner =
        TestRunner::new(Config { cases, failure_persistence: None, max_shrink_iters: 300, ..Config::default() });
    let outcome = runner.run(&strategy, |value| {
        said.set(said.get() + usize::from(property(value)?));
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    assert!(said.get() >= least, "only {} of {cases} cases said something", said.get());
}

/// What a mapping takes from a value: null read as absent.
fn read(value: Option<serde_json::Value>) -> Option<serde_json::Value> {
    value.filter(|value| !value.is_null())
}

#[test]
fn values_are_of_their_types() {
    let typed = any_type().prop_flat_map(|of| (value_of(&of), Just(of)));
    enough(1_000, 1_000, typed, |(value, of)| {
        prop_assert_eq!(conforms(value.as_ref(), &of), Ok(()), "{:?}", of);
        Ok(true)
    });
}

#[test]
fn what_fits_is_taken() {
    let pairs = any_type().prop_flat_map(|from| (near(&from), value_of(&from), Just(from)));
    enough(2_000, 300, pairs, |(to, value, from)| {
        if fits(&from, &to).is_err() {
            return Ok(false);
        }
        prop_assert_eq!(conforms(value.as_ref(), &to), Ok(()), "{:?} into {:?}: {:?}", from, to, value);
        Ok(true)
    });
}

#[test]
fn what_stands_at_a_path_is_of_the_type_of_the_path() {
    let found = any_type().prop_flat_map(|of| {
        let path = prop_oneof![path_in(&of), any_path().prop_map(Some)];
        (path, value_of(&of.clone().present()), Just(of))
    });
    enough(2_000, 300, found, |(path, value, of)| {
        let (Some(path), Some(value)) = (path, value) else { return Ok(false) };
        let Ok(promised) = at(&of.clone().present(), &path) else { return Ok(false) };
        let found = read(path.find(&value));
        prop_assert_eq!(conforms(found.as_ref(), &promised), Ok(()), "{} of {:?} in {:?}", path, of, value);
        Ok(true)
    });
}

#[test]
fn a_transformation_gives_what_its_type_says() {
    let chains = any_type()
        .prop_map(Type::read)
        .prop_flat_map(|of| (prop::collection::vec(any_transformation(), 1..3), value_of(&of), Just(of)));
    enough(3_000, 300, chains, |(steps, value, of)| {
        let (mut value, mut promised) = (read(value), of);
        let mut said = false;
        for step in steps {
            let Ok(next) = typed(&step, &promised) else { break };
            value = match apply(&step, value) {
                Ok(value) => value,
                // The form of text, and that `!` finds nothing, is for the run to see.
                Err(error) => {
                    let seen = matches!(
                        error.kind,
                        TransformErrorKind::Absent | TransformErrorKind::Base64 | TransformErrorKind::Utf8
                    );
                    prop_assert!(seen, "{:?} of {:?}: {}", step, promised, error);
                    break;
                }
            };
            prop_assert_eq!(conforms(value.as_ref(), &next), Ok(()), "{:?} of {:?}: {:?}", step, promised, value);
            (promised, said) = (next, true);
        }
        Ok(said)
    });
}

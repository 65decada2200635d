//! The nearest name to one that does not exist: what an author most likely meant.

/// The candidate nearest to a name, when it is near enough to be meant: a third of its characters may differ, three
/// at most, and case does not count. Ties go to the first in alphabetical order.
///
/// ```
/// use engage_engine::nearest::nearest;
/// assert_eq!(nearest("Emial", ["Email", "Name"]), Some("Email".to_owned()));
/// assert_eq!(nearest("Colour", ["Email", "Name"]), None);
/// ```
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let wanted: Vec<char> = folded(name);
    let limit = (wanted.len() / 3).clamp(1, 3);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        // A character has at most four bytes, so that a look at the length spares most candidates the rest.
        if candidate.len() + limit < wanted.len() || candidate.len() > (wanted.len() + limit) * 4 {
            continue;
        }
        let Some(distance) = distance(&wanted, &folded(candidate), limit) else { continue };
        if best.is_none_or(|found| (distance, candidate) < found) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate.to_owned())
}

fn folded(text: &str) -> Vec<char> {
    text.chars().flat_map(char::to_lowercase).collect()
}

/// Insertions, deletions, replacements and swaps of neighbours that lead from one text to the other; `None` when
/// there are more than `limit`.
fn distance(a: &[char], b: &[char], limit: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    let mut previous: Option<char> = None;
    for (row, from) in a.iter().enumerate() {
        let mut current = vec![row + 1];
        let mut left = row + 1;
        for (column, to) in b.iter().enumerate() {
            let at = |line: &[usize], place: usize| line.get(place).copied().unwrap_or(usize::MAX / 2);
            let mut cost = (at(&above, column) + usize::from(from != to)).min(at(&above, column + 1) + 1).min(left + 1);
            let swapped = column.checked_sub(1).and_then(|place| b.get(place)) == Some(from) && previous == Some(*to);
            if swapped && column > 0 {
                cost = cost.min(at(&before, column - 1) + 1);
            }
            current.push(cost);
            left = cost;
        }
        if current.iter().min().is_some_and(|least| *least > limit) {
            return None;
        }
        before = std::mem::replace(&mut above, current);
        previous = Some(*from);
    }
    above.last().copied().filter(|distance| *distance <= limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_finger_are_found() {
        let names = ["Email", "FirstName", "LastName", "Name"];
        for (slip, meant) in
            [("Emial", "Email"), ("email", "Email"), ("Lastname", "LastName"), ("FistName", "FirstName")]
        {
            assert_eq!(nearest(slip, names).as_deref(), Some(meant), "{slip}");
        }
        assert_eq!(nearest("Telephone", names), None);
        assert_eq!(nearest("", names), None);
    }

    #[test]
    fn the_nearer_wins_and_ties_are_settled_by_name() {
        assert_eq!(nearest("Nome", ["Nume", "Name"]).as_deref(), Some("Name"));
        assert_eq!(nearest("Names", ["Nam", "Name"]).as_deref(), Some("Name"));
    }

    #[test]
    fn letters_of_any_language_count_as_one() {
        assert_eq!(nearest("Størelse", ["Størrelse"]).as_deref(), Some("Størrelse"));
        assert_eq!(nearest("🎉", ["é"]).as_deref(), Some("é"));
    }
}

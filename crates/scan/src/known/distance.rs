//! Edit distance with transpositions.

/// The least number of insertions, deletions, replacements and swaps of neighbours that turn `one` into `other`,
/// when it is at most `most` (optimal string alignment). Words are short: three rows of a table are all it keeps.
pub(super) fn distance(one: &str, other: &str, most: usize) -> Option<usize> {
    let one: Vec<char> = one.chars().collect();
    let other: Vec<char> = other.chars().collect();
    if one.len().abs_diff(other.len()) > most {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=other.len()).collect();
    let mut previous = None;
    for (row, &letter) in one.iter().enumerate() {
        let mut current = vec![row + 1];
        let mut left = row + 1;
        let mut previous_other = None;
        for (column, &other_letter) in other.iter().enumerate() {
            let at = |cells: &[usize], index: usize| cells.get(index).copied().unwrap_or(usize::MAX / 2);
            let mut cell = (at(&above, column) + usize::from(letter != other_letter))
                .min(at(&above, column + 1) + 1)
                .min(left + 1);
            if column > 0 && previous == Some(other_letter) && previous_other == Some(letter) {
                cell = cell.min(at(&before, column - 1) + 1);
            }
            current.push(cell);
            left = cell;
            previous_other = Some(other_letter);
        }
        if current.iter().all(|&cell| cell > most) {
            return None;
        }
        before = std::mem::replace(&mut above, current);
        previous = Some(letter);
    }
    above.last().copied().filter(|&slips| slips <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swap_counts_once() {
        assert_eq!(distance("remtoe", "remote", 2), Some(1));
        assert_eq!(distance("git", "git", 0), Some(0));
        assert_eq!(distance("", "ab", 2), Some(2));
        assert_eq!(distance("kitten", "sitting", 2), None);
        assert_eq!(distance("sever", "server", 2), Some(1));
        assert_eq!(distance("abcd", "dcba", 9), Some(3));
    }
}

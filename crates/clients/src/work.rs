//! The same thing done to many files: on every core where there are many, on this one where there are few.
//!
//! A pool of threads costs more to start than the files of an ordinary home cost to read.

use rayon::prelude::*;

/// From how many items on a pool of threads pays.
const MANY: usize = 256;

/// `work` on every item, in the items' order.
pub fn on_each<Item: Send, Done: Send>(
    items: impl IntoIterator<Item = Item>,
    work: impl Fn(Item) -> Done + Send + Sync,
) -> Vec<Done> {
    let items: Vec<Item> = items.into_iter().collect();
    match items.len() {
        0..MANY => items.into_iter().map(work).collect(),
        MANY.. => items.into_par_iter().map(work).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_stays_however_many_there_are() {
        for count in [0, 1, MANY - 1, MANY, 4 * MANY] {
            assert_eq!(on_each(0..count, |item| item + 1), (1..=count).collect::<Vec<_>>());
        }
    }
}

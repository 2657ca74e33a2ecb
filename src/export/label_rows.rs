//! The rows of a label image, one at a time.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::iter::Peekable;

use crate::structures::{MaskCrops, Span};

/// Rows of a label image, from top to bottom: each pixel has the number of the object that it belongs to, 0 for none.
/// Where masks overlap, a pixel is that of the object with the smaller number, which has the higher score.
pub(super) struct LabelRows<'a> {
    masks: &'a MaskCrops,
    /// The masks by their uppermost rows, the next one last.
    waiting: Vec<usize>,
    /// The masks of which a row was reached, the smallest number last.
    open: BTreeMap<Reverse<usize>, Peekable<Box<dyn Iterator<Item = Span> + 'a>>>,
    row: Vec<u32>,
    y: usize,
}

impl<'a> LabelRows<'a> {
    pub(super) fn new(masks: &'a MaskCrops, width: usize) -> Self {
        let mut waiting: Vec<usize> = (0..masks.len()).collect();
        waiting.sort_by_key(|&index| Reverse(masks.rect(index).y));
        Self { masks, waiting, open: BTreeMap::new(), row: vec![0; width], y: 0 }
    }

    /// The next row.
    pub(super) fn next_row(&mut self) -> &[u32] {
        while let Some(index) = self.waiting.pop_if(|index| self.masks.rect(*index).y <= self.y) {
            let spans: Box<dyn Iterator<Item = Span> + 'a> = Box::new(self.masks.spans(index));
            self.open.insert(Reverse(index), spans.peekable());
        }
        self.row.fill(0);
        let (row, y) = (&mut self.row, self.y);
        self.open.retain(|Reverse(index), spans| {
            while let Some(span) = spans.next_if(|span| span.y <= y) {
                row[span.start..span.end].fill(*index as u32 + 1);
            }
            spans.peek().is_some()
        });
        self.y += 1;
        &self.row
    }
}

//! Mirroring and turning by right angles.

/// One of the eight ways to lay a rectangle's grid of pixels onto itself.
///
/// First rows and columns change places, if they do, then the image is mirrored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Symmetry {
    /// Rows become columns: mirrored at the diagonal from the left upper corner.
    pub transposed: bool,
    /// Left and right change places.
    pub mirrored: bool,
    /// Top and bottom change places.
    pub upside_down: bool,
}

impl Symmetry {
    /// All eight; the first leaves everything where it is.
    pub const ALL: [Self; 8] = {
        let mut all = [Self { transposed: false, mirrored: false, upside_down: false }; 8];
        let mut i = 0;
        while i < 8 {
            all[i] = Self { transposed: i & 4 != 0, mirrored: i & 2 != 0, upside_down: i & 1 != 0 };
            i += 1;
        }
        all
    };

    /// Clockwise by a right angle.
    pub const QUARTER_TURN: Self = Self { transposed: true, mirrored: true, upside_down: false };

    /// What comes of this one and then `next`.
    pub fn then(self, next: Self) -> Self {
        // What was mirrored from left to right is upside down once rows have become columns.
        let (mirrored, upside_down) =
            if next.transposed { (self.upside_down, self.mirrored) } else { (self.mirrored, self.upside_down) };
        Self {
            transposed: self.transposed != next.transposed,
            mirrored: mirrored != next.mirrored,
            upside_down: upside_down != next.upside_down,
        }
    }

    /// Height and width after, of an image of this height and width.
    pub fn size(self, (height, width): (usize, usize)) -> (usize, usize) {
        if self.transposed { (width, height) } else { (height, width) }
    }

    /// Where a pixel comes from: the row and column, before, of the one at `row` and `column`
    /// after, of an image that had this height and width before.
    pub fn source(self, (row, column): (usize, usize), size: (usize, usize)) -> (usize, usize) {
        let (height, width) = self.size(size);
        let row = if self.upside_down { height - 1 - row } else { row };
        let column = if self.mirrored { width - 1 - column } else { column };
        if self.transposed { (column, row) } else { (row, column) }
    }

    /// Where the extent from `start` to `end`, each `(y, x)`, lies in an image that had
    /// this height and width before.
    pub(super) fn extent<T>(self, start: (T, T), end: (T, T), (height, width): (T, T)) -> ((T, T), (T, T))
    where
        T: Copy + std::ops::Sub<Output = T>,
    {
        let swap = |(y, x)| if self.transposed { (x, y) } else { (y, x) };
        let ((top, left), (bottom, right), (height, width)) = (swap(start), swap(end), swap((height, width)));
        let (top, bottom) = if self.upside_down { (height - bottom, height - top) } else { (top, bottom) };
        let (left, right) = if self.mirrored { (width - right, width - left) } else { (left, right) };
        ((top, left), (bottom, right))
    }
}

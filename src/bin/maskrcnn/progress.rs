//! How far the work is: bars on a terminal, plain lines elsewhere.

use std::cell::RefCell;
use std::io::IsTerminal;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// Progress over a known number of images and over the tiles of each, shown on standard error.
pub(crate) struct Progress {
    bars: Option<Bars>,
}

struct Bars {
    all: MultiProgress,
    pictures: ProgressBar,
    /// Of the image that is cut into tiles now.
    tiles: RefCell<Option<ProgressBar>>,
}

impl Progress {
    /// Nothing done yet of `total`.
    pub(crate) fn new(total: usize) -> Self {
        let bars = std::io::stderr().is_terminal().then(|| {
            let all = MultiProgress::new();
            let pictures = all.add(bar(total, "{wide_bar} {pos}/{len} {eta}"));
            Bars { all, pictures, tiles: RefCell::new(None) }
        });
        Self { bars }
    }

    /// Shows how many tiles of the image are done, of how many.
    pub(crate) fn tile(&self, done: usize, total: usize) {
        let Some(bars) = &self.bars else { return };
        let mut tiles = bars.tiles.borrow_mut();
        let tiles = tiles.get_or_insert_with(|| bars.all.add(bar(total, "{wide_bar} tile {pos}/{len} {eta}")));
        tiles.set_position(done as u64);
    }

    /// One more image is done, and this is what to say about it.
    pub(crate) fn step(&self, line: &str) {
        match &self.bars {
            Some(bars) => {
                if let Some(tiles) = bars.tiles.take() {
                    tiles.finish_and_clear();
                }
                bars.pictures.println(line);
                bars.pictures.inc(1);
            }
            None => eprintln!("{line}"),
        }
    }

    /// What else there is to say.
    pub(crate) fn note(&self, line: &str) {
        match &self.bars {
            Some(bars) => bars.pictures.println(format!("note: {line}.")),
            None => eprintln!("note: {line}."),
        }
    }

    /// All is done.
    pub(crate) fn finish(&self) {
        if let Some(bars) = &self.bars {
            bars.pictures.finish_and_clear();
        }
    }
}

fn bar(total: usize, template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(total as u64).with_style(style)
}

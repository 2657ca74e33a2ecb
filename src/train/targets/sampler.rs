//! Which anchors and proposals the losses are taken over
//! (`BalancedPositiveNegativeSampler` in `torchvision/models/detection/_utils.py`).

use crate::structures::BoundingBox;
use crate::train::Random;
use crate::train::targets::matcher::Match;

/// Which stage of the network is sampled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The region proposal network, whose candidates are anchors: levels, rows, columns, ratios.
    Anchors,
    /// The heads, whose candidates are the proposals, the likeliest first, and then the objects.
    Proposals,
}

/// How many candidates of an image are sampled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quota {
    /// Maximum number of both.
    pub total: usize,
    /// Maximum share of positives, 0..1.
    pub positive: f32,
}

/// What is sampled from: anchors or proposals of one image.
#[derive(Debug, Clone, Copy)]
pub struct Candidates<'a> {
    /// In pixels of the resized image.
    pub boxes: &'a [BoundingBox],
    /// What each of them matches.
    pub matches: &'a [Match],
}

/// The chosen candidates of an image.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sampled {
    /// Indices of the positives.
    pub positive: Vec<usize>,
    /// Indices of the negatives.
    pub negative: Vec<usize>,
}

/// Chooses candidates.
pub trait Sampler {
    /// Chooses among the candidates of one entry of the batch: positive ones among those that match an
    /// object, negative ones among those that match the background.
    fn sample(&mut self, stage: Stage, entry: usize, candidates: Candidates<'_>, quota: Quota) -> Sampled;
}

/// Chooses at random: as many positive ones as allowed, then negative ones up to the total.
#[derive(Debug, Clone)]
pub struct BalancedSampler {
    random: Random,
}

impl BalancedSampler {
    /// A sampler that draws from `random`.
    pub fn new(random: Random) -> Self {
        Self { random }
    }

    /// `count` of `candidates`, or all of them, in ascending order.
    fn choose(&mut self, mut candidates: Vec<usize>, count: usize) -> Vec<usize> {
        let count = count.min(candidates.len());
        for position in 0..count {
            let other = position + self.random.below(candidates.len() - position);
            candidates.swap(position, other);
        }
        candidates.truncate(count);
        candidates.sort_unstable();
        candidates
    }
}

impl Sampler for BalancedSampler {
    fn sample(&mut self, _stage: Stage, _entry: usize, candidates: Candidates<'_>, quota: Quota) -> Sampled {
        let matches = candidates.matches;
        let indices = |wanted: fn(&Match) -> bool| {
            let wanted = matches.iter().enumerate().filter(move |(_, found)| wanted(found));
            wanted.map(|(index, _)| index).collect()
        };
        let max_positive = (quota.total as f32 * quota.positive) as usize;
        let positive = self.choose(indices(|found| matches!(found, Match::Object(_))), max_positive);
        let negative = self.choose(indices(|found| *found == Match::Background), quota.total - positive.len());
        Sampled { positive, negative }
    }
}

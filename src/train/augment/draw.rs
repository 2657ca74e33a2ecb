//! Amounts drawn from a [`Jitter`].

use super::Jitter;
use crate::train::Random;

/// A factor from `low..high`, both greater than 0, such that halving and doubling are equally likely.
pub(super) fn amount([low, high]: [f32; 2], random: &mut Random) -> f32 {
    random.between(low.ln(), high.ln()).exp()
}

/// A factor, 1 where the change is not made.
pub(super) fn factor(jitter: &Jitter, random: &mut Random) -> f32 {
    if random.chance(jitter.probability) { amount(jitter.range, random) } else { 1.0 }
}

/// An amount that is as likely anywhere in the range; `None` where the change is not made.
pub(super) fn uniform(jitter: &Jitter, random: &mut Random) -> Option<f32> {
    let [low, high] = jitter.range;
    random.chance(jitter.probability).then(|| random.between(low, high))
}

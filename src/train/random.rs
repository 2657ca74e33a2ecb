//! The random numbers of a training: seeded, so that a run can be repeated and resumed.

/// A generator of random numbers: SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable
/// pseudorandom number generators").
///
/// Its state is one number, which a checkpoint keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Random {
    state: u64,
}

impl Random {
    /// The generator of a seed.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// A generator of its own for part `index` of what `seed` drives, such as an image of a run:
    /// it depends on nothing else, whichever thread asks first.
    pub fn of_part(seed: u64, index: u64) -> Self {
        let mut whole = Self::new(seed);
        let mut part = Self::new(whole.next_u64() ^ index.wrapping_mul(GOLDEN));
        Self::new(part.next_u64())
    }

    /// The state; [`Random::new`] continues from it.
    pub fn state(&self) -> u64 {
        self.state
    }

    /// 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Uniform in 0..1, 1 excluded.
    pub fn uniform(&mut self) -> f32 {
        // As many bits as a float32 has, so that it is never rounded up to 1.
        (self.next_u64() >> 40) as f32 / (1u64 << 24) as f32
    }

    /// Uniform in `low..high`.
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.uniform()
    }

    /// True with this probability, 0..1.
    pub fn chance(&mut self, probability: f32) -> bool {
        self.uniform() < probability
    }

    /// Uniform among the whole numbers below `end`; 0 for `end` 0.
    pub fn below(&mut self, end: usize) -> usize {
        ((u128::from(self.next_u64()) * end as u128) >> 64) as usize
    }

    /// Normal with mean 0 and standard deviation 1 (Box and Muller 1958).
    pub fn normal(&mut self) -> f32 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (core::f32::consts::TAU * self.uniform()).cos()
    }

    /// Puts values into a random order (Fisher and Yates).
    pub fn shuffle<T>(&mut self, values: &mut [T]) {
        for last in (1..values.len()).rev() {
            values.swap(last, self.below(last + 1));
        }
    }
}

/// 2⁶⁴ divided by the golden ratio, odd: the step of SplitMix64.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

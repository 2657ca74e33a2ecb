//! Training (He et al. 2017, section 3.1): L = L_cls + L_box + L_mask, and the region proposal
//! network's two losses, on burn's autodiff. Native only.

mod random;
mod sample;

pub use random::Random;
pub use sample::{Object, ObjectMask, Sample};

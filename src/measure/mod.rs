//! Measures of objects: shape, position, neighbours and intensities, with the names and definitions of scikit-image's
//! `regionprops` where it has them. No tensors.
//!
//! Positions are continuous, with the upper left pixel from 0 to 1, as boxes and outlines have them; scikit-image counts
//! from that pixel's centre, so that its centroids are less by 0.5.

mod condition;
mod convex_hull;
mod feret;
mod filter;
mod intensity;
mod measures;
mod moments;
mod nearest_neighbour;
mod perimeter;
mod regions;
mod shape;

pub use condition::Condition;
pub use filter::ObjectFilter;
pub use intensity::{Intensities, channel_names};
pub use measures::{Measure, Measures, Unit};
pub use regions::{ObjectRegion, object_regions};
pub use shape::Shape;

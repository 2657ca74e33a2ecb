//! Images cut into tiles, and their objects stitched, without any network.

mod first_look;
mod plan;
mod scale;
mod stitch;

use maskrcnn_web::config::InputSettings;

/// The input of a model that sees objects at a scale of their own.
fn input() -> InputSettings {
    InputSettings { min_size: 704, max_size: 1408, min_scale: 1.0, object_diameter: Some(40.0), ..Default::default() }
}

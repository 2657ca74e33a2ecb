use maskrcnn_web::ops::{roi_levels::level_scale, roi_pool::roi_pool};

use crate::{Reference, devices, values};

#[test]
fn equals_torchvision_on_every_level() {
    let reference = Reference::open("roi_pool.safetensors");
    for device in devices() {
        let levels = [0, 1, 2, 3].map(|level| reference.tensor::<4>(&format!("rp.feat.{level}"), &device));
        let scales = levels.each_ref().map(|level| level_scale(level.dims()[2], 500));
        let got = values(roi_pool(levels, reference.tensor::<2>("rp.boxes", &device), scales, 7));
        assert_eq!(got, reference.floats("rp.out7"), "on {device:?}");
    }
}

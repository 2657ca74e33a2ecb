//! COCO's JSON: data sets and results, and the masks in them.

#![no_main]

mod same_json;

use maskrcnn_web::coco::{CocoDataset, CocoResults, Warnings};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let warnings = &mut Warnings::default();
    if let Ok(dataset) = CocoDataset::from_json(bytes, warnings) {
        for annotation in &dataset.annotations {
            let image = dataset.images.iter().find(|image| image.id == annotation.image_id);
            let image = image.expect("each annotation is of an image of the data set");
            if let Some(segmentation) = &annotation.segmentation {
                let _ = segmentation.to_rle(image.width, image.height);
            }
        }
        let again = CocoDataset::from_json(&dataset.to_json(), warnings).expect("a written data set can be read");
        same_json::check(&dataset.to_json(), &again.to_json());
    }
    if let Ok(results) = CocoResults::from_json(bytes, warnings) {
        let again = CocoResults::from_json(&results.to_json(), warnings).expect("written results can be read");
        same_json::check(&results.to_json(), &again.to_json());
    }
});

//! Whole files, byte for byte those that other programs have read.

use std::fs;
use std::path::Path;

use maskrcnn_web::export::{
    CocoKind, CocoOptions, CocoSegmentations, CocoWriter, CsvOptions, Findings, GeoJsonOptions, LabelBits,
    LabelImageFormat, LabelImageOptions, write_csv, write_geojson, write_imagej_rois, write_label_image,
};
use maskrcnn_web::measure::Measures;
use sha2::{Digest, Sha256};

use crate::{REFERENCE, reference_objects};

#[test]
fn files_are_those_that_other_programs_have_read() {
    let objects = reference_objects();
    let measures = Measures::new(&objects, None, Some(REFERENCE.pixel_size)).unwrap();
    let pixel_size = Some(REFERENCE.pixel_size);
    let found = Findings {
        objects: &objects,
        labels: &REFERENCE.labels,
        measures: Some(&measures),
        pixel_size,
        file_name: "in.tif",
    };

    let mut files: Vec<(&str, Vec<u8>)> = Vec::new();
    let mut add = |name, write: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = Vec::new();
        write(&mut bytes);
        files.push((name, bytes));
    };
    add("comma.csv", &|out| write_csv(&[found], &CsvOptions::default(), out).unwrap());
    let semicolon = CsvOptions { delimiter: ';', decimal: ',', bom: true };
    add("semicolon.csv", &|out| write_csv(&[found], &semicolon, out).unwrap());
    let label_image = |format, bits| LabelImageOptions { format, bits };
    add("labels_16.tif", &|out| write_label_image(&found, &LabelImageOptions::default(), out).unwrap());
    let options = label_image(LabelImageFormat::Tiff, Some(LabelBits::ThirtyTwo));
    add("labels_32.tif", &|out| write_label_image(&found, &options, out).unwrap());
    let options = label_image(LabelImageFormat::Png, None);
    add("labels.png", &|out| write_label_image(&found, &options, out).unwrap());
    add("rois.zip", &|out| assert_eq!(write_imagej_rois(&found, out).unwrap(), 1));
    add("objects.geojson", &|out| assert_eq!(write_geojson(&found, &GeoJsonOptions::default(), out).unwrap(), 1));
    for (name, kind, segmentation) in [
        ("dataset.json", CocoKind::Dataset, CocoSegmentations::Rle),
        ("polygons.json", CocoKind::Dataset, CocoSegmentations::Polygons),
        ("results.json", CocoKind::Results, CocoSegmentations::Rle),
    ] {
        add(name, &|out| {
            let options = CocoOptions { kind, segmentation, image_id: Some(7) };
            let mut writer = CocoWriter::new(out, options, &REFERENCE.labels).unwrap();
            writer.add(&found).unwrap();
            writer.finish().unwrap();
        });
    }

    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("export");
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).unwrap();
    for (name, bytes) in &files {
        fs::write(folder.join(name), bytes).unwrap();
    }
    for (name, bytes) in &files {
        let checksum: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            Some(&checksum),
            REFERENCE.sha256.get(*name),
            "{name} is another file than the one that other programs have read; tests/reference/make_exports.py has \
             them read {}",
            folder.display()
        );
    }
    assert_eq!(files.len(), REFERENCE.sha256.len());
}

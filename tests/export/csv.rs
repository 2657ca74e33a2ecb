//! Tables.

use maskrcnn_web::Result;
use maskrcnn_web::export::{CsvOptions, Findings, write_csv};
use maskrcnn_web::image::{Image, ImageShape, SampleLayout, Samples};
use maskrcnn_web::measure::{Intensities, Measures};

use crate::{Full, boxes_only, filled, findings, objects};

fn csv(images: &[Findings<'_>], options: &CsvOptions) -> Result<String> {
    let mut bytes = Vec::new();
    write_csv(images, options, &mut bytes).map(|()| String::from_utf8(bytes).unwrap())
}

/// The label's cell of an object with this label.
fn cell(label: &str, options: &CsvOptions) -> String {
    let objects = objects([9, 9], [filled(1, 1, 2, 2)]);
    let labels = ["background".to_owned(), label.to_owned()];
    let text = csv(&[Findings { labels: &labels, ..findings(&objects) }], options).unwrap();
    let row = text.split_once("\r\n").unwrap().1;
    row.strip_prefix("1,").unwrap().strip_suffix(",1\r\n").unwrap().to_owned()
}

#[test]
fn text_is_quoted_where_it_must_be_and_never_a_formula() {
    for (label, expected) in [
        ("nucleus", "nucleus"),
        ("a,b", "\"a,b\""),
        ("a;b", "\"a;b\""),
        ("5\" disc", "\"5\"\" disc\""),
        ("two\nlines", "\"two\nlines\""),
        (" spaced ", "\" spaced \""),
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-x", "'-x"),
        ("@x", "'@x"),
        ("＝1", "'＝1"),
        ("\t=1", "\"'\t=1\""),
        ("  =1", "\"'  =1\""),
        ("a=1", "a=1"),
        ("Zellkern µ", "Zellkern µ"),
    ] {
        assert_eq!(cell(label, &CsvOptions::default()), expected, "{label:?}");
    }
}

#[test]
fn images_with_other_channels_share_a_table() {
    let objects = objects([9, 9], [filled(1, 1, 2, 2)]);
    let image = |channels| {
        let shape = ImageShape { width: 9, height: 9, channels, layout: SampleLayout::Planar };
        Image::new(shape, Samples::U16(vec![1000; 81 * channels])).unwrap()
    };
    let measures = |channels: usize, size| {
        let names: Vec<String> = ["DAPI", "GFP"].into_iter().take(channels).map(String::from).collect();
        let intensities = Intensities::of(&objects, &image(channels), &names).unwrap();
        Measures::new(&objects, Some(&intensities), size).unwrap()
    };
    let (one, two) = (measures(1, None), measures(2, Some(2.0)));
    let a = Findings { measures: Some(&one), file_name: "a.tif", ..findings(&objects) };
    let b = Findings { measures: Some(&two), file_name: "b.tif", ..findings(&objects) };
    let text = csv(&[a, b], &CsvOptions::default()).unwrap();
    let table: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(table.iter().map(Vec::len).collect::<Vec<_>>(), [table[0].len(); 3]);
    let column = |name: &str| {
        let index = table[0].iter().position(|header| *header == name).unwrap();
        (table[1][index], table[2][index])
    };
    assert_eq!(column("image"), ("a.tif", "b.tif"));
    assert_eq!(column("area_px2"), ("4", "4"));
    assert_eq!(column("area_um2"), ("", "16"));
    assert_eq!(column("intensity_sum_DAPI"), ("4000", "4000"));
    assert_eq!(column("intensity_sum_GFP"), ("", "4000"));
    // A square of four pixels has no distance to another object.
    assert_eq!(column("nearest_neighbour_distance_px"), ("", ""));
}

#[test]
fn options_are_checked() {
    let objects = boxes_only();
    let table = |delimiter, decimal| csv(&[findings(&objects)], &CsvOptions { delimiter, decimal, bom: true });
    assert_eq!(table('\t', ',').unwrap(), "\u{feff}id\tlabel\tscore\r\n1\tnucleus\t0,5\r\n");
    for (delimiter, decimal) in [(',', ','), ('|', '.'), (';', ';')] {
        assert_eq!(table(delimiter, decimal).unwrap_err().code(), "invalid-input", "{delimiter} {decimal}");
    }
    let options: CsvOptions = serde_json::from_str(r#"{ "delimiter": ";", "decimal": "," }"#).unwrap();
    assert_eq!(options, CsvOptions { delimiter: ';', decimal: ',', bom: false });
    assert!(serde_json::from_str::<CsvOptions>(r#"{ "separator": ";" }"#).is_err());
}

#[test]
fn what_cannot_be_written_is_an_error() {
    let error = write_csv(&[findings(&boxes_only())], &CsvOptions::default(), &mut Full).unwrap_err();
    assert_eq!((error.code(), error.to_string()), ("io", "the output: the disk is full".into()));
}

use maskrcnn_web::config::{ContrastSettings, RoiPooling, Settings};
use proptest::prelude::*;
use serde_json::{Value, json};

fn message(changes: &Value) -> String {
    let error = Settings::default().with(changes).unwrap_err();
    assert_eq!(error.code(), "invalid-input");
    error.to_string()
}

#[test]
fn nothing_given_changes_nothing() {
    for changes in [json!({}), json!({ "input": {}, "detections": {} })] {
        assert_eq!(Settings::default().with(&changes), Ok(Settings::default()));
    }
}

#[test]
fn what_is_given_takes_the_place_of_what_was_there() {
    let changes = json!({
        "input": { "minSize": 256, "contrast": { "low": 0.01, "high": 0.998 }, "mean": [0, 0.5, 1] },
        "anchors": { "sizes": [8, 16, 32, 64, 128] },
        "detections": { "pooling": "aligned", "nmsThreshold": 0.4 },
    });
    let Settings { input, anchors, proposals, detections } = Settings::default().with(&changes).unwrap();
    assert_eq!((input.min_size, input.max_size), (256, 1333));
    assert_eq!(input.contrast, Some(ContrastSettings { low: 0.01, high: 0.998 }));
    assert_eq!(input.mean, [0.0, 0.5, 1.0]);
    assert_eq!(anchors.sizes, [8.0, 16.0, 32.0, 64.0, 128.0]);
    assert_eq!(anchors.aspect_ratios, [0.5, 1.0, 2.0]);
    assert_eq!(proposals, Settings::default().proposals);
    assert_eq!((detections.pooling, detections.nms_threshold), (RoiPooling::Aligned, 0.4));
}

#[test]
fn contrast_is_changed_in_part_and_switched_off() {
    let stretched = Settings::default().with(&json!({ "input": { "contrast": { "low": 0.0, "high": 0.9 } } })).unwrap();
    let part = stretched.with(&json!({ "input": { "contrast": { "high": 1.0 } } })).unwrap();
    assert_eq!(part.input.contrast, Some(ContrastSettings { low: 0.0, high: 1.0 }));
    assert_eq!(stretched.with(&json!({ "input": { "contrast": null } })), Ok(Settings::default()));
}

#[test]
fn names_may_be_written_as_in_toml() {
    let snake = json!({ "input": { "min_size": 300 }, "proposals": { "pre_nms_top_n": 7 } });
    let camel = json!({ "input": { "minSize": 300 }, "proposals": { "preNmsTopN": 7 } });
    assert_eq!(Settings::default().with(&snake), Settings::default().with(&camel));
    let each = [("input.min_size", json!(300)), ("proposals.preNmsTopN", json!(7))];
    assert_eq!(Settings::default().with_each(each), Settings::default().with(&camel));
}

#[test]
fn mistakes_are_named_with_what_was_expected() {
    for (changes, words) in [
        (json!(7), ["expected an object", "the settings"]),
        (json!({ "input": 7 }), ["expected an object", "`input`"]),
        (json!({ "inputs": {} }), ["`inputs` is not a setting", "anchors, detections, input"]),
        (json!({ "input": { "minSise": 4 } }), ["`input.minSise` is not a setting", "minSize"]),
        (json!({ "input": { "minSize": "large" } }), ["`input.minSize`", "invalid type"]),
        (json!({ "input": { "minSize": 1.5 } }), ["`input.minSize`", "1.5"]),
        (json!({ "input": { "minSize": -1 } }), ["`input.minSize`", "-1"]),
        (json!({ "input": { "mean": [0, 0] } }), ["`input.mean`", "3"]),
        (json!({ "detections": { "pooling": "mean" } }), ["`detections.pooling`", "aligned"]),
        (json!({ "input": { "contrast": { "low": 0.1 } } }), ["`input.contrast", "high"]),
    ] {
        let message = message(&changes);
        assert!(words.iter().all(|word| message.contains(word)), "{changes}: {message}");
    }
}

#[test]
fn values_out_of_range_are_named_with_their_range() {
    for (changes, words) in [
        (json!({ "input": { "minSize": 0 } }), ["`input.minSize` is 0", "1 to 16384"]),
        (json!({ "input": { "maxSize": 20000 } }), ["`input.maxSize`", "1 to 16384"]),
        (json!({ "input": { "maxSize": 700 } }), ["`input.maxSize` is 700", "800"]),
        (json!({ "input": { "minScale": -0.5 } }), ["`input.minScale`", "0 to 10000"]),
        (json!({ "input": { "contrast": { "low": 0.5, "high": 0.5 } } }), ["`input.contrast.low`", "less than"]),
        (json!({ "input": { "std": [1, 1, 0] } }), ["`input.std[2]` is 0", "0.0001"]),
        (json!({ "anchors": { "sizes": [1, 2, 3, 4, -5] } }), ["`anchors.sizes[4]`", "-5"]),
        (json!({ "proposals": { "preNmsTopN": 9000 } }), ["`proposals.preNmsTopN`", "1 to 8192"]),
        (json!({ "proposals": { "postNmsTopN": 0 } }), ["`proposals.postNmsTopN`", "1 to 2048"]),
        (json!({ "proposals": { "nmsThreshold": 2 } }), ["`proposals.nmsThreshold`", "0 to 1"]),
        (json!({ "detections": { "scoreThreshold": 1.5 } }), ["`detections.scoreThreshold`", "0 to 1"]),
        (json!({ "detections": { "maxDetections": 1001 } }), ["`detections.maxDetections`", "1 to 1000"]),
    ] {
        let message = message(&changes);
        assert!(words.iter().all(|word| message.contains(word)), "{changes}: {message}");
    }
}

proptest! {
    /// Single precision survives JSON, whose numbers are of double precision.
    #[test]
    fn settings_survive_being_written(mean in prop::array::uniform3(-10.0_f32..10.0), threshold in 0.0_f32..1.0) {
        let mut settings = Settings::default();
        settings.input.mean = mean;
        settings.detections.score_threshold = threshold;
        let text = serde_json::to_string(&settings).unwrap();
        prop_assert_eq!(serde_json::from_str::<Settings>(&text).unwrap(), settings.clone());
        prop_assert_eq!(Settings::default().with(&serde_json::from_str(&text).unwrap()), Ok(settings));
    }
}

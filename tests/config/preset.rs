use maskrcnn_web::config::{Layout, Preset, Settings};

#[test]
fn every_preset_is_read_and_within_its_limits() {
    for name in Preset::NAMES {
        let preset = Preset::named(name).unwrap();
        preset.settings.check().unwrap();
    }
    let preset = Preset::named("resnet50_fpn").unwrap();
    assert_eq!(preset, Preset { layout: Layout::default(), settings: Settings::default() });
}

#[test]
fn an_unknown_preset_is_refused_with_the_known_ones() {
    let error = Preset::named("nucleus").unwrap_err();
    assert_eq!(error.code(), "invalid-input");
    assert!(
        error.to_string().contains("`nucleus`") && error.to_string().contains("nuclei, everyday, resnet50_fpn"),
        "{error}"
    );
}

/// What a preset's file leaves out is torchvision's.
#[test]
fn the_default_models_preset_differs_from_torchvision_where_it_says_so() {
    let Preset { layout, settings } = Preset::named("nuclei").unwrap();
    assert_eq!(layout.architecture(), "resnet-2-3-3-2_fpn (narrow)");
    assert_eq!((layout.num_classes, layout.masks, layout.rpn), (2, true, Layout::default().rpn));
    assert_eq!(settings.input.mean, Settings::default().input.mean);
    assert_eq!(settings.proposals, Settings::default().proposals);
}

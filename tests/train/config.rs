//! The configuration file of a training.

use maskrcnn_web::config::{ContrastSettings, Norm, Preset, RoiPooling, Settings};
use maskrcnn_web::train::{OptimizerKind, TrainConfig};
use maskrcnn_web::{Error, Layout};

#[track_caller]
fn refused(text: &str, changes: &[&str], word: &str) {
    let changes: Vec<String> = changes.iter().map(|&change| change.to_owned()).collect();
    match TrainConfig::from_toml(text, &changes) {
        Err(Error::InvalidInput(reason)) => assert!(reason.contains(word), "{reason}"),
        other => panic!("{text} {changes:?}: {other:?}"),
    }
}

#[test]
fn an_empty_file_is_the_defaults() {
    assert_eq!(TrainConfig::from_toml("", &[]), Ok(TrainConfig::default()));
}

#[test]
fn what_is_written_reads_as_it_was() {
    let text = "seed = 3\n[network]\nstem = 8\n[optimizer]\nkind = 'sgd'\nlearning_rate = 0.02\n[augment]\ngrey = 0.7";
    let config = TrainConfig::from_toml(text, &[]).unwrap();
    assert_eq!(config.optimizer.kind, OptimizerKind::Sgd);
    assert_eq!(TrainConfig::from_toml(&config.to_toml().unwrap(), &[]), Ok(config));
}

#[test]
fn a_model_s_configurations_are_its_preset() {
    for (name, file, classes) in [
        ("nuclei", "train.toml", 2),
        ("nuclei", "tune.toml", 2),
        ("everyday", "train.toml", 3),
        ("everyday", "tune.toml", 3),
    ] {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("models").join(name).join(file);
        let config = TrainConfig::from_toml(&std::fs::read_to_string(path).unwrap(), &[]).unwrap();
        config.augment.check().unwrap();
        let Preset { layout, settings } = config.build(classes).unwrap();
        assert!(matches!(layout.norm, Norm::Batch { .. }), "{name}, {file}");
        let preset = Preset::named(name).unwrap();
        let found = (Layout { norm: Norm::Folded, ..layout }, settings);
        assert_eq!(found, (preset.layout, preset.settings), "{name}, {file}");
    }
}

#[test]
fn what_only_a_residual_network_has_is_refused_for_another_body() {
    for change in
        ["network.stem=8", "network.depths=[1, 1, 1, 1]", "network.planes=[4, 4, 4, 4]", "network.block=\"basic\""]
    {
        let changes = ["network.preset=everyday", change].map(String::from);
        let error = TrainConfig::from_toml("", &changes).unwrap_err();
        assert!(error.to_string().contains("a residual network's"), "{change}: {error}");
    }
}

#[test]
fn single_values_can_be_changed() {
    let changes = ["optimizer.kind=sgd", "schedule.steps = 12", "network.planes=[1, 2, 3, 4]", "seed=5"];
    let config = TrainConfig::from_toml("[schedule]\nsteps = 7\nwarmup = 2", &changes.map(String::from)).unwrap();
    assert_eq!((config.seed, config.schedule.steps, config.schedule.warmup), (5, 12, 2));
    assert_eq!(config.optimizer.kind, OptimizerKind::Sgd);
    assert_eq!(config.network.build(2).unwrap().layout.backbone.as_resnet().unwrap().planes, [1, 2, 3, 4]);
}

#[test]
fn mistakes_are_named() {
    refused("[schedule]\nlength = 5", &[], "length");
    refused("[optimiser]", &[], "optimiser");
    refused("seed = 'one'", &[], "seed");
    refused("seed =", &[], "line 1");
    refused("[optimizer]\nlearning_rate = -1.0", &[], "optimizer.learning_rate");
    refused("[network]\nfreeze_stages = 6", &[], "network.freeze_stages");
    refused("[network]\nbox_fc_channels = [8]", &[], "network.box_fc_channels");
    refused("[ema]\ndecay = 1.0", &[], "ema.decay");
    refused("", &["schedule.steps"], "schedule.steps");
    refused("", &["schedule.length=1"], "length");
    refused("seed = 1", &["seed.one=1"], "seed.one");
}

#[test]
fn every_setting_of_a_manifest_can_be_set() {
    let snake = "[settings.input]\nmin_size = 96\ncontrast = { low = 0.1, high = 0.9 }\nmean = [0.5, 0.5, 0.5]\n\
                 std = [1, 1, 1]\n[settings.anchors]\naspect_ratios = [0.25, 1, 4]\n[settings.proposals]\n\
                 nms_threshold = 0.6\n[settings.detections]\npooling = 'pool'\nnms_threshold = 0.4";
    let Settings { input, anchors, proposals, detections } = settings(snake, &[]);
    assert_eq!((input.min_size, input.max_size), (96, 1408));
    assert_eq!(input.contrast, Some(ContrastSettings { low: 0.1, high: 0.9 }));
    assert_eq!((input.mean, input.std, anchors.aspect_ratios), ([0.5; 3], [1.0; 3], [0.25, 1.0, 4.0]));
    assert_eq!((proposals.nms_threshold, detections.nms_threshold), (0.6, 0.4));
    assert_eq!(detections.pooling, RoiPooling::Pool);
}

#[test]
fn a_setting_has_the_name_that_a_manifest_has_for_it_too() {
    let snake = TrainConfig::from_toml("[settings.input]\nmin_size = 96", &[]);
    assert_eq!(TrainConfig::from_toml("[settings.input]\nminSize = 96", &[]), snake);
    assert_eq!(TrainConfig::from_toml("", &["settings.input.minSize=96".into()]), snake);
    let changed = settings("[settings.input]\nmin_size = 96", &["settings.input.minSize=64".into()]);
    assert_eq!(changed.input.min_size, 64);
}

#[test]
fn contrast_is_left_as_it_is_with_false() {
    assert!(Preset::named("nuclei").unwrap().settings.input.contrast.is_some());
    assert_eq!(settings("[settings.input]\ncontrast = false", &[]).input.contrast, None);
}

#[test]
fn mistaken_settings_are_named() {
    refused("[settings.input]\nmin_sise = 5", &[], "`input.minSise` is not a setting");
    refused("[settings]\nmin_size = 5", &[], "`minSize` is not a setting");
    refused("[settings.input]\nmin_size = 'large'", &[], "minSize");
    refused("", &["settings.anchors.sizes=[1, 2]"], "anchors.sizes");
    refused("", &["settings.detections.score_threshold=2"], "scoreThreshold");
}

#[test]
fn keys_that_moved_are_refused_with_their_new_place() {
    for (old, new) in [
        ("network.anchor_sizes=[8, 16, 32, 64, 128]", "settings.anchors.sizes"),
        ("network.min_size=64", "settings.input.min_size"),
        ("network.max_size=64", "settings.input.max_size"),
        ("network.min_scale=1.0", "settings.input.min_scale"),
        ("network.detections_per_image=7", "settings.detections.max_detections"),
    ] {
        refused("", &[old], new);
    }
}

fn settings(text: &str, changes: &[String]) -> Settings {
    TrainConfig::from_toml(text, changes).unwrap().build(2).unwrap().settings
}

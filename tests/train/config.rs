//! The configuration file of a training.

use maskrcnn_web::config::{Norm, Preset};
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
fn the_default_model_s_configurations_are_its_preset() {
    for file in ["train.toml", "tune.toml"] {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("models/nuclei").join(file);
        let config = TrainConfig::from_toml(&std::fs::read_to_string(path).unwrap(), &[]).unwrap();
        let Preset { layout, settings } = config.network.build(2).unwrap();
        assert!(matches!(layout.norm, Norm::Batch { .. }), "{file}");
        let nuclei = Preset::named("nuclei").unwrap();
        assert_eq!((Layout { norm: Norm::Folded, ..layout }, settings), (nuclei.layout, nuclei.settings), "{file}");
    }
}

#[test]
fn single_values_can_be_changed() {
    let changes = ["optimizer.kind=sgd", "schedule.steps = 12", "network.planes=[1, 2, 3, 4]", "seed=5"];
    let config = TrainConfig::from_toml("[schedule]\nsteps = 7\nwarmup = 2", &changes.map(String::from)).unwrap();
    assert_eq!((config.seed, config.schedule.steps, config.schedule.warmup), (5, 12, 2));
    assert_eq!(config.optimizer.kind, OptimizerKind::Sgd);
    assert_eq!(config.network.build(2).unwrap().layout.backbone.planes, [1, 2, 3, 4]);
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

//! The configuration file that explains itself.

use maskrcnn_web::Error;
use maskrcnn_web::config::Preset;
use maskrcnn_web::train::{Block, NetworkConfig, TrainConfig};

#[test]
fn the_explained_configuration_is_the_defaults() {
    let text = TrainConfig::help().unwrap();
    assert_eq!(TrainConfig::from_toml(&text, &[]), Ok(TrainConfig::default()));
    assert!(text.lines().all(|line| line.chars().count() <= 140), "{text}");
    // Links of rustdoc are not followed here.
    assert!(!text.contains("[`") && !text.contains("](") && !text.contains("::"), "{text}");
}

/// A configuration in which every key has a value, also those that a preset says otherwise. It names every field, so
/// that it cannot miss a new one.
fn everything() -> TrainConfig {
    let network = NetworkConfig {
        block: Some(Block::Basic),
        depths: Some([1; 4]),
        stem: Some(1),
        planes: Some([1; 4]),
        fpn_channels: Some(1),
        box_fc_channels: Some(vec![1, 1]),
        mask_conv_channels: Some(vec![1]),
        mask_deconv_channels: Some(1),
        preset: NetworkConfig::default().preset,
        masks: true,
        norm: NetworkConfig::default().norm,
        norm_eps: 1e-5,
        norm_momentum: 0.1,
        freeze_stages: 0,
    };
    let settings = toml::Table::try_from(Preset::named("nuclei").unwrap().settings).unwrap();
    let file = toml::Table::from_iter([("settings".to_owned(), toml::Value::Table(settings))]).to_string();
    TrainConfig { network, ..TrainConfig::from_toml(&file, &[]).unwrap() }
}

#[test]
fn every_key_is_explained() {
    let text = TrainConfig::help().unwrap();
    let mut section = String::new();
    for line in everything().to_toml().unwrap().lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = name.to_owned();
            continue;
        }
        let Some((key, _)) = line.split_once(" = ") else { continue };
        // A jitter is a table of its own where it is written, and one line where it is explained.
        let (section, key) = match section.split_once('.') {
            Some(("settings", "input.contrast")) => ("settings.input", "contrast"),
            Some(("settings", _)) => (section.as_str(), key),
            Some((section, jitter)) => (section, jitter),
            None => (section.as_str(), key),
        };
        let start = if section.is_empty() { 0 } else { text.find(&format!("\n[{section}]\n")).expect(section) + 3 };
        let part = &text[start..];
        let part = &part[..part.find("\n[").unwrap_or(part.len())];
        let line = part.lines().position(|line| line.trim_start_matches("# ").starts_with(&format!("{key} = ")));
        let above = part.lines().nth(line.unwrap_or_else(|| panic!("{section}.{key}")).saturating_sub(1)).unwrap();
        assert!(above.starts_with("# "), "{section}.{key}: {above}");
    }
}

#[test]
fn every_name_that_a_key_can_have_is_named() {
    let text = TrainConfig::help().unwrap();
    let keys = [
        "start",
        "network.preset",
        "network.norm",
        "network.block",
        "optimizer.kind",
        "schedule.decay",
        "validation.metric",
    ];
    for key in keys {
        let Err(Error::InvalidInput(reason)) = TrainConfig::from_toml("", &[format!("{key}='nonsense'")]) else {
            panic!("{key}")
        };
        let expected = reason.lines().find_map(|line| line.split_once("expected")).unwrap().1;
        let names: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
        assert!(names.len() > 1, "{reason}");
        for name in names {
            assert!(text.contains(&format!("`{name}`")), "{key}: {name}");
        }
    }
}

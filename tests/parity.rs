//! `maskrcnn parity`: the network against torchvision and detectron2, and the comparison against mistakes.

#![cfg(feature = "cli")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

const CASES: [(&str, &str); 3] = [
    ("models/reference-tiny.safetensors", "tests/reference/tiny_ref_128.safetensors"),
    ("tests/reference/tiny_v2.safetensors", "tests/reference/tiny_v2_ref_64.safetensors"),
    ("tests/reference/detectron2.pkl", "tests/reference/detectron2_ref.safetensors"),
];

fn parity(weights: &Path, reference: &Path, rest: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_maskrcnn"));
    command.arg("parity").arg("--weights").arg(weights).arg("--reference").arg(reference).args(rest);
    command.output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// A file of tensors that can be changed: type, shape and bytes by name.
struct Tensors(BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>);

impl Tensors {
    fn read(path: &str) -> Self {
        let bytes = std::fs::read(path).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let tensors = file.tensors().into_iter();
        Self(tensors.map(|(name, view)| (name, (view.dtype(), view.shape().to_vec(), view.data().to_vec()))).collect())
    }

    fn write(&self, name: &str) -> PathBuf {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let views = self.0.iter().map(|(name, (dtype, shape, bytes))| {
            (name.clone(), TensorView::new(*dtype, shape.clone(), bytes).unwrap())
        });
        std::fs::write(&path, safetensors::serialize(views, None).unwrap()).unwrap();
        path
    }

    /// Changes the values of an f32 tensor.
    fn change(&mut self, name: &str, change: impl FnOnce(&mut [f32])) {
        let (_, _, bytes) = self.0.get_mut(name).unwrap();
        let mut values: Vec<f32> = bytes.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
        change(&mut values);
        *bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    }

    /// Puts the rows of all tensors that begin with one of `names` into another order, or leaves some out.
    fn reorder(&mut self, names: &[&str], order: impl Fn(usize) -> Vec<usize>) {
        for (name, (_, shape, bytes)) in &mut self.0 {
            if names.iter().any(|start| name.starts_with(start)) {
                let rows = order(shape[0]);
                let length = bytes.len() / shape[0];
                *bytes = rows.iter().flat_map(|&row| bytes[row * length..(row + 1) * length].to_vec()).collect();
                shape[0] = rows.len();
            }
        }
    }
}

/// What follows a proposal, and what follows a detection.
const OF_PROPOSALS: [&str; 2] = ["rpn.proposal", "box."];
const OF_DETECTIONS: [&str; 2] = ["det.", "mask.logits"];

/// Holds the reference's own stages, changed, against the reference.
fn changed(name: &str, change: impl FnOnce(&mut Tensors)) -> Output {
    let (weights, reference) = CASES[1];
    let mut stages = Tensors::read(reference);
    change(&mut stages);
    let stages = stages.write(&format!("{name}.safetensors"));
    parity(Path::new(weights), Path::new(reference), &["--stages", stages.to_str().unwrap()])
}

#[track_caller]
fn agrees(output: &Output) {
    assert!(output.status.success(), "{}", text(output));
}

/// Fails, and the table says so of this stage and no other.
#[track_caller]
fn fails(output: &Output, stage: &str) {
    assert_eq!(output.status.code(), Some(1), "{}", text(output));
    let text = text(output);
    let failed: Vec<&str> = text.lines().filter(|line| line.contains("FAIL")).collect();
    assert!(!failed.is_empty() && failed.iter().all(|line| line.starts_with(stage)), "{text}");
}

#[test]
fn the_network_agrees_on_the_cpu() {
    for (weights, reference) in CASES {
        let output = parity(Path::new(weights), Path::new(reference), &["--backend", "cpu"]);
        assert!(output.status.success(), "{}", text(&output));
    }
}

#[test]
fn the_network_agrees_on_wgpu() {
    for (weights, reference) in CASES {
        let output = parity(Path::new(weights), Path::new(reference), &["--backend", "wgpu"]);
        if text(&output).contains("error[webgpu-unavailable]") {
            eprintln!("skipped: there is no wgpu adapter");
            return;
        }
        assert!(output.status.success(), "{}", text(&output));
    }
}

#[test]
fn the_network_without_masks_agrees_as_a_faster_rcnn() {
    let (weights, reference) = CASES[0];
    let mut faster = Tensors::read(weights);
    faster.0.retain(|name, _| !name.contains(".mask_"));
    let faster = faster.write("faster_rcnn.safetensors");
    for weights in [Path::new(weights), &faster] {
        agrees(&parity(weights, Path::new(reference), &["--backend", "cpu", "--no-masks"]));
    }
    fails(&parity(&faster, Path::new(reference), &["--backend", "cpu"]), "mask.");
}

#[test]
fn other_weights_are_noticed() {
    let (weights, reference) = CASES[0];
    for (tensor, stage) in [
        ("backbone.fpn.layer_blocks.0.0.weight", "fpn.0"),
        ("rpn.head.bbox_pred.bias", "rpn.deltas.0"),
        ("roi_heads.box_predictor.cls_score.bias", "box.logits"),
        ("roi_heads.mask_predictor.mask_fcn_logits.bias", "mask.logits"),
    ] {
        let mut altered = Tensors::read(weights);
        altered.change(tensor, |values| values.iter_mut().for_each(|value| *value = *value * 1.01 + 0.05));
        let path = altered.write("altered_weights.safetensors");
        let output = parity(&path, Path::new(reference), &["--backend", "cpu"]);
        assert_eq!(output.status.code(), Some(1), "{tensor}: {}", text(&output));
        let table = text(&output);
        let first = table.lines().find(|line| line.contains("FAIL")).unwrap();
        assert!(first.starts_with(stage), "{tensor}: {table}");
    }
}

#[test]
fn the_reference_agrees_with_itself() {
    agrees(&changed("same", |_| ()));
}

#[test]
fn order_does_not_matter_among_proposals() {
    agrees(&changed("reversed", |stages| stages.reorder(&OF_PROPOSALS, |rows| (0..rows).rev().collect())));
}

#[test]
fn order_matters_among_detections() {
    let swap_ends = |rows: usize| [vec![rows - 1], (1..rows - 1).collect(), vec![0]].concat();
    fails(&changed("swapped", |stages| stages.reorder(&OF_DETECTIONS, swap_ends)), "det.labels");
}

#[test]
fn the_last_proposal_may_be_missing_but_no_other() {
    agrees(&changed("no_last", |stages| stages.reorder(&OF_PROPOSALS, |rows| (0..rows - 1).collect())));
    fails(&changed("no_first", |stages| stages.reorder(&OF_PROPOSALS, |rows| (1..rows).collect())), "rpn.proposals");
    fails(&changed("few", |stages| stages.reorder(&OF_PROPOSALS, |rows| (0..rows - 9).collect())), "rpn.proposals");
}

#[test]
fn a_missing_detection_is_noticed() {
    fails(&changed("no_best", |stages| stages.reorder(&OF_DETECTIONS, |rows| (1..rows).collect())), "det.boxes");
    fails(&changed("none", |stages| stages.reorder(&OF_DETECTIONS, |_| vec![])), "det.boxes");
}

#[test]
fn small_mistakes_are_noticed() {
    fails(&changed("feature", |stages| stages.change("fpn.1", |values| values[7] += 0.1)), "fpn.1");
    fails(&changed("nan", |stages| stages.change("c.2", |values| values[7] = f32::NAN)), "c.2");
    fails(&changed("proposal", |stages| stages.change("rpn.proposals", |values| values[5] += 0.1)), "rpn.proposals");
    fails(&changed("box", |stages| stages.change("det.boxes", |values| values[2] += 0.1)), "det.boxes");
    fails(&changed("score", |stages| stages.change("det.scores", |values| values[3] += 0.002)), "det.scores");
    fails(&changed("logit", |stages| stages.change("box.logits", |values| values[3] += 0.1)), "box.logits");
    fails(&changed("nan_logit", |stages| stages.change("mask.logits", |values| values[3] = f32::NAN)), "mask.");
}

#[test]
fn a_wrong_mask_is_noticed() {
    let output = changed("mask", |stages| {
        stages.change("mask.logits", |values| values[..28 * 28].iter_mut().for_each(|value| *value = -*value));
    });
    fails(&output, "mask.");
    assert_eq!(text(&output).matches("FAIL").count(), 2, "{}", text(&output));
}

#[test]
fn a_missing_stage_is_noticed() {
    for stage in ["input.padded", "c.3", "rpn.deltas.2", "rpn.proposals", "box.deltas", "det.scores", "mask.logits"] {
        let output = changed("missing", |stages| drop(stages.0.remove(stage)));
        assert_eq!(output.status.code(), Some(1), "{stage}: {}", text(&output));
        let table = text(&output);
        let line = table.lines().find(|line| line.starts_with(stage));
        assert!(line.is_some_and(|line| line.contains("FAIL") && line.contains("missing")), "{stage}: {table}");
    }
}

#[test]
fn a_stage_of_another_shape_is_noticed() {
    let output = changed("shape", |stages| stages.0.get_mut("fpn.0").unwrap().1.swap(2, 3));
    fails(&output, "fpn.0");
}

#[test]
fn a_file_that_is_no_reference_is_an_error() {
    let (weights, _) = CASES[0];
    let output = parity(Path::new(weights), Path::new(weights), &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).contains("error[invalid-input]"), "{}", text(&output));
}

//! `maskrcnn inspect`: what a checkpoint holds.

use crate::{maskrcnn, succeeds};

#[test]
fn inspect_says_what_a_checkpoint_holds() {
    let output = maskrcnn(&["inspect", "tests/reference/tiny_v2.safetensors"]);
    succeeds(&output);
    let text = String::from_utf8(output.stdout).unwrap();
    for part in ["resnet50_fpn_v2", "6 and the background", "roi_heads.box_head.convs.3.weight", "16×16×3×3"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

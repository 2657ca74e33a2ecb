//! detectron2's checkpoints: names, and what is brought to torchvision's order.

use maskrcnn_web::config::{AnchorPlacement, RoiPooling};
use maskrcnn_web::weights::{NamedTensors, StateDict, Weights, WeightsOptions, read};
use safetensors::tensor::{Dtype, TensorView};

use crate::fixtures::{ones, reference, shapes};

fn network(bytes: Vec<u8>) -> Weights {
    read(bytes, &WeightsOptions::default()).unwrap()
}

fn values(tensors: &NamedTensors, path: &str) -> Vec<f32> {
    tensors.get(path).unwrap_or_else(|| panic!("{path} is missing")).clone().try_into_vec().unwrap()
}

/// The numbers of a tensor of the fixture, under detectron2's name.
fn original(name: &str) -> Vec<f32> {
    StateDict::from_bytes(reference("detectron2.pkl")).unwrap().get(name).unwrap().to_f32().unwrap()
}

#[test]
fn the_model_zoos_mask_rcnn_is_known() {
    let Weights { layout, settings, .. } = network(ones(&shapes("detectron2")));
    assert_eq!(layout.architecture(), "resnet50_fpn_detectron2");
    assert_eq!((layout.num_classes, layout.masks), (81, true));
    assert_eq!(
        (layout.rpn.anchor_placement, settings.detections.pooling),
        (AnchorPlacement::Exact, RoiPooling::Aligned)
    );
    assert!(layout.backbone.as_resnet().unwrap().stride_in_1x1);
    // 123.675, 116.28 and 103.53 of 255: torchvision's means, but no deviation.
    for (mean, expected) in settings.input.mean.iter().zip([0.485, 0.456, 0.406]) {
        assert!((mean - expected).abs() < 1e-6, "{mean}");
    }
    assert_eq!(settings.input.std, [1.0 / 255.0; 3]);
}

#[test]
fn a_faster_rcnn_has_no_mask_branch() {
    let mut shapes = shapes("detectron2");
    shapes.retain(|name, _| !name.contains("mask_head"));
    assert!(!network(ones(&shapes)).layout.masks);
}

#[test]
fn the_background_comes_first_with_zeros() {
    let Weights { layout, tensors, .. } = network(reference("detectron2.pkl"));
    assert_eq!(layout.num_classes, 6);
    let rows = |path: &str, rows: usize| {
        let values = values(&tensors, path);
        values.chunks_exact(values.len() / rows).map(<[f32]>::to_vec).collect::<Vec<_>>()
    };
    let scores = original("roi_heads.box_predictor.cls_score.weight");
    let ours = rows("roi_heads.box_predictor.cls_score.weight", 6);
    assert_eq!(ours.concat(), [&scores[5 * 24..], &scores[..5 * 24]].concat());
    let deltas = rows("roi_heads.box_predictor.bbox_pred.bias", 24).concat();
    assert_eq!(deltas[..4], [0.0; 4]);
    assert_eq!(deltas[4..], original("roi_heads.box_predictor.bbox_pred.bias"));
    let masks = rows("roi_heads.mask_predictor.mask_fcn_logits.weight", 6);
    assert_eq!(masks[0], [0.0; 8]);
    assert_eq!(masks[1..].concat(), original("roi_heads.mask_head.predictor.weight"));
}

/// Red comes first, and 1e-5 is added to variances.
#[test]
fn the_first_convolution_takes_red_first() {
    let part = |name: &str| original(&format!("backbone.bottom_up.stem.conv1.{name}"));
    let Weights { tensors, .. } = network(reference("detectron2.pkl"));
    let ours = values(&tensors, "backbone.body.conv1.weight");
    let (weight, gain, variance) = (part("weight"), part("norm.weight"), part("norm.running_var"));
    for output in 0..8 {
        let scale = f64::from(gain[output]) / (f64::from(variance[output]) + 1e-5).sqrt();
        for colour in 0..3 {
            for cell in 0..49 {
                let blue_first = f64::from(weight[output * 147 + (2 - colour) * 49 + cell]) * scale;
                let red_first = f64::from(ours[output * 147 + colour * 49 + cell]);
                assert!((red_first - blue_first).abs() < 1e-6, "{output} {colour} {cell}");
            }
        }
    }
}

/// The trainer's own files: the same names as tensors of PyTorch's, here in `.safetensors`.
#[test]
fn the_format_does_not_matter() {
    let state = StateDict::from_bytes(reference("detectron2.pkl")).unwrap();
    let mean: Vec<u8> = [10.0_f32, 20.0, 30.0].map(f32::to_le_bytes).concat();
    let tensors: Vec<_> =
        state.iter().map(|(name, tensor)| (name, tensor.shape().to_vec(), tensor.to_bytes().unwrap())).collect();
    let views = tensors.iter().map(|(name, shape, bytes)| (*name, TensorView::new(Dtype::F32, shape.clone(), bytes)));
    let mean = ("pixel_mean", TensorView::new(Dtype::F32, vec![3, 1, 1], &mean));
    let views = views.chain([mean]).map(|(name, view)| (name, view.unwrap()));
    let Weights { settings, tensors: other, .. } = network(safetensors::serialize(views, None).unwrap());
    assert_eq!(settings.input.mean, [30.0 / 255.0, 20.0 / 255.0, 10.0 / 255.0], "the file's own mean");
    let Weights { tensors, .. } = network(reference("detectron2.pkl"));
    assert_eq!(tensors.iter().count(), other.iter().count());
    for ((name, expected), (_, tensor)) in tensors.iter().zip(other.iter()) {
        assert_eq!(tensor, expected, "{name}");
    }
}

/// `box_head.fc2` lies in the file with its first axis running fastest.
#[test]
fn arrays_of_either_order_are_read() {
    let state = StateDict::from_bytes(reference("detectron2.pkl")).unwrap();
    let tensor = state.get("roi_heads.box_head.fc2.weight").unwrap();
    assert_eq!(tensor.shape(), [24, 24]);
    let values = tensor.to_f32().unwrap();
    // As NumPy prints the corner of the array: the pickle holds them 24 apart.
    let bytes = reference("detectron2.pkl");
    let columns: Vec<u8> = (0..24).flat_map(|row| values[row * 24].to_le_bytes()).collect();
    assert!(bytes.windows(columns.len()).any(|window| window == columns), "the first column is in one piece");
}

#[test]
fn what_is_no_detector_is_named() {
    let mut shapes = shapes("detectron2");
    shapes.insert("roi_heads.keypoint_head.conv_fcn1.weight".into(), vec![8, 8, 3, 3]);
    let error = read(ones(&shapes), &WeightsOptions::default()).unwrap_err();
    assert_eq!(error.code(), "weights-incompatible");
    assert!(error.to_string().contains("unexpected: roi_heads.keypoint_head.conv_fcn1.weight"), "{error}");
}

#[test]
fn pickles_that_are_no_state_dict_are_refused() {
    let global = |name: &str| [&b"\x80\x03}X\x01\0\0\0wc"[..], name.as_bytes(), b"(tRs."].concat();
    for pickle in [
        global("os\nsystem\n"),
        global("numpy\nfromfile\n"),
        global("numpy.core.multiarray\nscalar\n"),
        b"\x80\x02U\x05conv1.".to_vec(),
        b"\x80\x03}.".to_vec(),
        b"\x80\x03K\x07.".to_vec(),
    ] {
        let error = StateDict::from_bytes(pickle).unwrap_err();
        assert_eq!(error.code(), "weights-incompatible", "{error}");
        assert!(error.to_string().contains("no state dict"), "{error}");
    }
}

/// A pickle with the array `w` of this shape, which has these bytes.
fn array(shape: &[u8], dtype: &str, order: u8, bytes: &[u8]) -> Vec<u8> {
    let sizes: Vec<u8> = shape.iter().flat_map(|&size| [b'K', size]).collect();
    let text = |text: &str| [&[b'X'][..], &(text.len() as u32).to_le_bytes(), text.as_bytes()].concat();
    let empty = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\0\x85C\x01btR";
    let dtype = [b"cnumpy\ndtype\n(", &text(dtype)[..], b"\x89\x88tR(K\x03", &text("<"), b"tb"].concat();
    let elements = [&[b'C', bytes.len() as u8][..], bytes].concat();
    let state = [&b"(K\x01("[..], &sizes, b"t", &dtype, &[order], &elements, b"tb"].concat();
    [&b"\x80\x03}"[..], &text("w"), &empty[..], &state, b"s."].concat()
}

#[test]
fn an_array_is_read_as_numpy_pickles_it() {
    let bytes: Vec<u8> = (0..6).flat_map(|value| (value as f32).to_le_bytes()).collect();
    let read = |pickle| StateDict::from_bytes(pickle).unwrap().get("w").unwrap().to_f32().unwrap();
    assert_eq!(read(array(&[2, 3], "f4", 0x89, &bytes)), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    assert_eq!(read(array(&[2, 3], "f4", 0x88, &bytes)), [0.0, 2.0, 4.0, 1.0, 3.0, 5.0]);
}

/// Protocol 2 has bytes as text, with a character each; Python 2's are bytes; protocol 5 has another function.
#[test]
fn an_array_is_read_as_every_python_writes_it() {
    let bytes: Vec<u8> = [1.5_f32, -200.25].into_iter().flat_map(f32::to_le_bytes).collect();
    let read = |pickle| StateDict::from_bytes(pickle).unwrap().get("w").unwrap().to_f32().unwrap();
    let with = |elements: Vec<u8>| {
        let whole = array(&[2], "f4", 0x89, &bytes);
        let place = whole.windows(8).position(|window| window == bytes).unwrap();
        [&whole[..place - 2], &elements, &whole[place + 8..]].concat()
    };
    let text: String = bytes.iter().map(|&byte| char::from(byte)).collect();
    let text = [&[b'X'][..], &(text.len() as u32).to_le_bytes(), text.as_bytes()].concat();
    let latin1 = [&b"c_codecs\nencode\n"[..], &text, b"X\x06\0\0\0latin1\x86R"].concat();
    assert_eq!(read(with(latin1)), [1.5, -200.25]);
    assert_eq!(read(with([&b"U\x08"[..], &bytes].concat())), [1.5, -200.25]);
    let dtype = b"cnumpy\ndtype\nX\x02\0\0\0f4\x89\x88\x87R";
    let buffer = [&b"\x96\x08\0\0\0\0\0\0\0"[..], &bytes].concat();
    let five = [
        &b"\x80\x05}X\x01\0\0\0wcnumpy.core.numeric\n_frombuffer\n("[..],
        &buffer,
        dtype,
        b"K\x02\x85X\x01\0\0\0CtRs.",
    ];
    assert_eq!(read(five.concat()), [1.5, -200.25]);
    let big = with([&b"C\x08"[..], &bytes].concat());
    let place = big.windows(6).position(|window| window == b"X\x01\0\0\0<").unwrap();
    let big = [&big[..place + 5], b">", &big[place + 6..]].concat();
    assert!(StateDict::from_bytes(big).unwrap_err().to_string().contains("big-endian"));
}

#[test]
fn an_array_that_claims_more_than_it_has_is_damage() {
    for (shape, dtype) in [(&[7][..], "f4"), (&[4, 1], "f8"), (&[255; 8], "f4")] {
        let error = StateDict::from_bytes(array(shape, dtype, 0x89, &[0; 24])).unwrap_err();
        assert_eq!(error.code(), "weights-integrity", "{shape:?}: {error}");
    }
    let error = StateDict::from_bytes(array(&[3], "O8", 0x89, &[0; 24])).unwrap_err();
    assert_eq!(error.code(), "weights-incompatible", "{error}");
}

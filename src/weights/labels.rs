//! Names of the classes, where nobody gave any.

/// The class names of COCO as torchvision's checkpoints number them, the background first;
/// `N/A` where COCO left a number out.
#[rustfmt::skip]
const COCO: [&str; 91] = [
    "background", "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat",
    "traffic light", "fire hydrant", "N/A", "stop sign", "parking meter", "bench", "bird", "cat", "dog", "horse",
    "sheep", "cow", "elephant", "bear", "zebra", "giraffe", "N/A", "backpack", "umbrella", "N/A",
    "N/A", "handbag", "tie", "suitcase", "frisbee", "skis", "snowboard", "sports ball", "kite", "baseball bat",
    "baseball glove", "skateboard", "surfboard", "tennis racket", "bottle", "N/A", "wine glass", "cup", "fork", "knife",
    "spoon", "bowl", "banana", "apple", "sandwich", "orange", "broccoli", "carrot", "hot dog", "pizza",
    "donut", "cake", "chair", "couch", "potted plant", "bed", "N/A", "dining table", "N/A", "N/A",
    "toilet", "N/A", "tv", "laptop", "mouse", "remote", "keyboard", "cell phone", "microwave", "oven",
    "toaster", "sink", "refrigerator", "N/A", "book", "clock", "vase", "scissors", "teddy bear", "hair drier",
    "toothbrush",
];

/// Names for `num_classes` classes, the background first: COCO's for 91, and for 81, which detectron2 numbers
/// without gaps; else `class 1`, `class 2`…
pub fn default_labels(num_classes: usize) -> Vec<String> {
    let used: Vec<&str> = COCO.into_iter().filter(|&name| name != "N/A").collect();
    if num_classes == COCO.len() {
        COCO.map(String::from).to_vec()
    } else if num_classes == used.len() {
        used.into_iter().map(String::from).collect()
    } else {
        (0..num_classes).map(|class| format!("class {class}")).collect()
    }
}

use burn::tensor::{DType, Int, Tensor, TensorData};
use maskrcnn_web::ops::ABSENT;
use maskrcnn_web::ops::chosen_boxes::chosen_boxes;

use crate::{devices, noise, values};

#[test]
fn are_the_entries_that_the_numbers_name() {
    const GROUPS: usize = 3;
    const N: usize = 50;
    let corners = noise(GROUPS * N * 4, 1);
    let mut scores = noise(GROUPS * N, 2);
    scores[77] = ABSENT;
    // The first of a group, the last of all, and an absent one.
    for (chosen, present) in [(vec![50, 149, 3, 77], 3), (vec![0], 1), (vec![77], 1)] {
        for device in devices() {
            let k = chosen.len();
            let boxes = Tensor::<2>::from_data(TensorData::new(corners.clone(), [GROUPS * N, 4]), &device);
            let all = Tensor::<2>::from_data(TensorData::new(scores.clone(), [GROUPS, N]), &device);
            let numbers = Tensor::<1, Int>::from_data(TensorData::new(chosen.clone(), [k]), (&device, DType::I32));
            let (boxes, best, groups) = chosen_boxes(boxes, all, numbers);
            let [kept] = best.dims();
            assert!((present..=k).contains(&kept), "{kept} of {chosen:?} on {device:?}");
            let groups: Vec<i32> = groups.into_data().try_into_vec().expect("integers");
            let (boxes, best) = (values(boxes), values(best));
            assert_eq!((boxes.len(), groups.len()), (kept * 4, kept));
            for (place, &entry) in chosen.iter().enumerate().take(kept) {
                let entry = entry as usize;
                if scores[entry] > ABSENT {
                    assert_eq!(boxes[place * 4..][..4], corners[entry * 4..][..4], "{entry} on {device:?}");
                }
                assert_eq!((best[place], groups[place]), (scores[entry], (entry / N) as i32 + 1), "{entry}");
            }
        }
    }
}

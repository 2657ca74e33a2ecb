use burn::tensor::{Device, Tensor, TensorData};
use maskrcnn_web::ops::{ABSENT, top_k::top_k};

use crate::{devices, noise};

fn expected(row: &[f32], k: usize) -> Vec<i32> {
    let mut order: Vec<usize> = (0..row.len()).collect();
    order.sort_by(|&a, &b| row[b].total_cmp(&row[a]).then(a.cmp(&b)));
    order.into_iter().take(k).map(|index| index as i32).collect()
}

fn check(rows: &[Vec<f32>], k: usize, device: &Device) {
    let n = rows[0].len();
    let scores = Tensor::<2>::from_data(TensorData::new(rows.concat(), [rows.len(), n]), device);
    let got: Vec<i32> = top_k(scores, k).into_data().convert::<i32>().try_into_vec().expect("integers");
    let want: Vec<i32> = rows.iter().flat_map(|row| expected(row, k)).collect();
    assert_eq!(got, want, "{} rows of {n}, the best {k}, on {device:?}", rows.len());
}

#[test]
fn equals_a_full_sort() {
    for device in devices() {
        for (n, k) in [(1, 1), (7, 3), (7, 7), (100, 1), (4608, 500), (20_000, 1000)] {
            let rows: Vec<Vec<f32>> =
                (0..3).map(|row| noise(n, 7 + row).into_iter().map(|x| x * 20.0 - 10.0).collect()).collect();
            check(&rows, k, &device);
        }
    }
}

#[test]
fn takes_the_lower_index_of_equal_scores() {
    for device in devices() {
        check(&[vec![0.5; 5000]], 700, &device);
        let few_values: Vec<f32> = noise(5000, 3).into_iter().map(|x| (x * 4.0).floor() - 2.0).collect();
        check(&[few_values], 1300, &device);
    }
}

#[test]
fn puts_absent_entries_last() {
    for device in devices() {
        let mut row = vec![ABSENT; 300];
        row[40] = -3.0;
        row[41] = 3.0;
        row[299] = 0.0;
        check(&[row], 10, &device);
    }
}

#[test]
fn asks_for_no_more_than_there_is() {
    for device in devices() {
        let scores = Tensor::<2>::from_floats([[1.0, 3.0, 2.0]], &device);
        assert_eq!(top_k(scores, 1000).dims(), [1, 3]);
    }
}

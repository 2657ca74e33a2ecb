//! [`top_k`](crate::ops::top_k::top_k) on the GPU: a radix select, then a rank among the selected.
//!
//! Scores become integers of the same order, and the index breaks ties, so every entry has a unique key: 32 bits of score, 22 bits of index. Five passes find the k-th largest key, eleven bits
//! at a time: a histogram of the digit over the entries that agree with the key so far, then a walk
//! from the top bin down. No pass needs a barrier, so the same kernels are fast on any adapter.

use crate::ops::gpu::workgroup::WORKGROUP;
use crate::ops::top_k::TopKBackend;
use burn::tensor::{DType, Shape};
use burn_cubecl::{
    CubeBackend,
    kernel::into_contiguous,
    ops::numeric::{empty_device_dtype, zeros_client},
    tensor::CubeTensor,
};
use cubecl::{calculate_cube_count_elemwise, prelude::*};

const BINS: usize = 2048;
const PASSES: u32 = 5;
const INDEX_MASK: u32 = (crate::ops::top_k::MAX_ROW - 1) as u32;
/// State of each row between passes: the key of the score so far, that of the index, the entries left to find.
const STATE: usize = 3;
/// Counters of each row: a histogram per pass, then the number of collected entries.
const COUNTS: usize = PASSES as usize * BINS + 1;

/// An integer with the order of the float.
#[cube]
fn score_key(score: f32) -> u32 {
    let bits = u32::reinterpret(score);
    select(bits >> 31u32 == 1u32, !bits, bits | 0x8000_0000u32)
}

/// The digit of an entry in a pass: eleven, eleven and ten bits of score, then twice eleven of index.
#[cube]
fn digit(key: u32, index: u32, #[comptime] pass: u32) -> u32 {
    match comptime!(pass) {
        0 => key >> 21u32,
        1 => (key >> 10u32) & 0x7FFu32,
        2 => key & 0x3FFu32,
        3 => index >> 11u32,
        _ => index & 0x7FFu32,
    }
}

/// Whether an entry has all digits that earlier passes chose.
#[cube]
fn agrees(key: u32, index: u32, chosen_key: u32, chosen_index: u32, #[comptime] pass: u32) -> bool {
    match comptime!(pass) {
        0 => true.runtime(),
        1 => key >> 21u32 == chosen_key >> 21u32,
        2 => key >> 10u32 == chosen_key >> 10u32,
        3 => key == chosen_key,
        _ => key == chosen_key && index >> 11u32 == chosen_index >> 11u32,
    }
}

/// Where a row's histogram of a pass starts.
#[cube]
fn bins_of(row: usize, #[comptime] pass: u32) -> usize {
    row * COUNTS + comptime!(pass as usize * BINS)
}

#[cube(launch)]
fn histogram_kernel(scores: &Tensor<f32>, state: &Tensor<u32>, histogram: &Tensor<Atomic<u32>>, #[comptime] pass: u32) {
    let n = scores.shape(1);
    let position = ABSOLUTE_POS;
    if position >= scores.shape(0) * n {
        terminate!();
    }
    let row = position / n;
    let key = score_key(scores[position]);
    let index = INDEX_MASK - u32::cast_from(position % n);
    if agrees(key, index, state[row * STATE], state[row * STATE + 1], pass) {
        let bin = usize::cast_from(digit(key, index, pass));
        histogram[bins_of(row, pass) + bin].fetch_add(1u32);
    }
}

#[cube(launch)]
fn choose_kernel(histogram: &Tensor<u32>, state: &mut Tensor<u32>, k: u32, #[comptime] pass: u32) {
    let row = ABSOLUTE_POS;
    if row >= state.shape(0) {
        terminate!();
    }
    // The state is uninitialised in the first pass.
    let is_first = comptime!(pass == 0);
    let mut left = select(is_first, k, state[row * STATE + 2]);
    let bins = bins_of(row, pass);
    let mut bin = u32::cast_from(BINS) - 1u32;
    let mut count = histogram[bins + usize::cast_from(bin)];
    while count < left && bin > 0u32 {
        left -= count;
        bin -= 1u32;
        count = histogram[bins + usize::cast_from(bin)];
    }
    let shifted = match comptime!(pass) {
        0 => bin << 21u32,
        1 => bin << 10u32,
        2 => bin,
        3 => bin << 11u32,
        _ => bin,
    };
    if is_first {
        state[row * STATE] = shifted;
        state[row * STATE + 1] = 0u32;
    } else if comptime!(pass < 3) {
        state[row * STATE] |= shifted;
    } else {
        state[row * STATE + 1] |= shifted;
    }
    state[row * STATE + 2] = left;
}

/// Collects, in any order, the entries whose key is at least the k-th largest.
#[cube(launch)]
fn collect_kernel(scores: &Tensor<f32>, state: &Tensor<u32>, counts: &Tensor<Atomic<u32>>, selected: &mut Tensor<u32>) {
    let n = scores.shape(1);
    let k = selected.shape(1);
    let position = ABSOLUTE_POS;
    if position >= scores.shape(0) * n {
        terminate!();
    }
    let row = position / n;
    let key = score_key(scores[position]);
    let index = INDEX_MASK - u32::cast_from(position % n);
    let chosen_key = state[row * STATE];
    if key > chosen_key || (key == chosen_key && index >= state[row * STATE + 1]) {
        let slot = usize::cast_from(counts[row * COUNTS + COUNTS - 1].fetch_add(1u32));
        if slot < k {
            selected[row * k + slot] = u32::cast_from(position % n);
        }
    }
}

/// Sorts the selected entries by their rank among themselves.
#[cube(launch)]
fn rank_kernel(scores: &Tensor<f32>, selected: &Tensor<u32>, output: &mut Tensor<i32>) {
    let n = scores.shape(1);
    let k = selected.shape(1);
    let position = ABSOLUTE_POS;
    if position >= selected.shape(0) * k {
        terminate!();
    }
    let row = position / k;
    let mine = selected[position];
    let key = score_key(scores[row * n + usize::cast_from(mine)]);
    let mut rank = 0usize;
    for other in 0..k {
        let theirs = selected[row * k + other];
        let their_key = score_key(scores[row * n + usize::cast_from(theirs)]);
        if their_key > key || (their_key == key && theirs < mine) {
            rank += 1;
        }
    }
    output[row * k + rank] = i32::cast_from(mine);
}

impl TopKBackend for CubeBackend {
    fn top_k(scores: CubeTensor, k: usize) -> CubeTensor {
        let scores = into_contiguous(scores);
        let (client, device) = (scores.client.clone(), scores.device.clone());
        let [rows, n] = scores.meta.shape().dims();
        let empty = |shape: Shape, dtype: DType| empty_device_dtype(client.clone(), device.clone(), shape, dtype);
        let counts = zeros_client(client.clone(), device.clone(), Shape::new([rows, COUNTS]), DType::U32);
        let state = empty(Shape::new([rows, STATE]), DType::U32);

        let scores_count = calculate_cube_count_elemwise(&client, rows * n, WORKGROUP);
        let rows_count = calculate_cube_count_elemwise(&client, rows, WORKGROUP);
        for pass in 0..PASSES {
            histogram_kernel::launch(
                &client,
                scores_count.clone(),
                WORKGROUP,
                scores.clone().into_tensor_arg(),
                state.clone().into_tensor_arg(),
                counts.clone().into_tensor_arg(),
                pass,
            );
            choose_kernel::launch(
                &client,
                rows_count.clone(),
                WORKGROUP,
                counts.clone().into_tensor_arg(),
                state.clone().into_tensor_arg(),
                k as u32,
                pass,
            );
        }

        let selected = empty(Shape::new([rows, k]), DType::U32);
        collect_kernel::launch(
            &client,
            scores_count,
            WORKGROUP,
            scores.clone().into_tensor_arg(),
            state.into_tensor_arg(),
            counts.into_tensor_arg(),
            selected.clone().into_tensor_arg(),
        );
        let output = empty(Shape::new([rows, k]), DType::I32);
        rank_kernel::launch(
            &client,
            calculate_cube_count_elemwise(&client, rows * k, WORKGROUP),
            WORKGROUP,
            scores.into_tensor_arg(),
            selected.into_tensor_arg(),
            output.clone().into_tensor_arg(),
        );
        output
    }
}

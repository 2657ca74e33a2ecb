//! [`leading`](super::leading) on the CPU.

use super::LeadingBackend;
use crate::ops::ABSENT;
use burn_flex::{Flex, FlexTensor};

impl LeadingBackend for Flex {
    fn leading(rows: FlexTensor, scores: FlexTensor) -> FlexTensor {
        let scores = scores.to_contiguous();
        let present = scores.as_slice::<f32>().unwrap_or_default().iter().take_while(|&&score| score > ABSENT).count();
        rows.narrow(0, 0, present.max(1)).to_contiguous()
    }
}

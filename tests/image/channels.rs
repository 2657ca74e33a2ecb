use maskrcnn_web::image::{ChannelMap, Image, SampleLayout, Samples, Tone};

use crate::{raw, refusal};

fn of_channels(channels: usize) -> Image {
    raw(channels, SampleLayout::Planar, Samples::U8(vec![0; channels]))
}

#[test]
fn one_channel_is_grey_and_three_are_colours() {
    assert_eq!(ChannelMap::of(&of_channels(1)).unwrap().sources(), [0, 0, 0]);
    assert_eq!(ChannelMap::of(&of_channels(3)).unwrap().sources(), [0, 1, 2]);
    let canvas = Image::from_rgba(1, 1, vec![0; 4]).unwrap();
    assert_eq!(ChannelMap::of(&canvas).unwrap().sources(), [0, 1, 2]);
}

#[test]
fn any_other_number_of_channels_needs_a_map() {
    for channels in [2, 4, 5] {
        let reason = refusal(Tone::measure(&of_channels(channels), None, None));
        assert!(reason.starts_with(&format!("the image has {channels} channels, and")), "{reason}");
        assert!(reason.contains("set `channels` to the index of one, such as [0]"), "{reason}");
    }
}

#[test]
fn a_map_is_a_list_of_one_channel_or_three() {
    for list in [vec![3], vec![2, 1, 0], vec![0, 0, 1]] {
        assert_eq!(Vec::from(ChannelMap::try_from(list.clone()).unwrap()), list);
    }
    assert_eq!(
        refusal(ChannelMap::try_from(vec![0, 1])),
        "`channels` must name 1 channel (seen in grey) or 3 (for red, green and blue), not 2"
    );
    assert_eq!(
        refusal(ChannelMap::try_from(vec![usize::MAX])),
        format!("`channels` names channel {}; an image has at most 1024", usize::MAX)
    );
}

#[test]
fn a_channel_that_is_not_there_is_refused() {
    let map = ChannelMap::try_from(vec![2]).unwrap();
    assert_eq!(
        refusal(Tone::measure(&of_channels(1), Some(&map), None)),
        "`channels` names channel 2, but the image has 1 channel, counted from 0"
    );
}

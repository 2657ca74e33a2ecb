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

/// An image of two pixels, which differ in the channels that are in use.
fn in_use(channels: &[bool]) -> Image {
    let first = vec![7; channels.len()];
    let second = channels.iter().map(|&is_in_use| 7 + u8::from(is_in_use));
    let samples = first.iter().copied().chain(second).collect();
    raw(channels.len(), SampleLayout::Interleaved, Samples::U8(samples))
}

#[test]
fn the_only_channel_in_use_is_seen() {
    for (channels, seen) in [(&[false, true][..], 1), (&[false, false, false, true], 3), (&[false; 5], 0)] {
        assert_eq!(ChannelMap::of(&in_use(channels)).unwrap().sources(), [seen; 3]);
    }
    let separate = in_use(&[false, false, true]).with_separate_channels();
    assert_eq!(ChannelMap::of(&separate).unwrap().sources(), [2; 3]);
    assert_eq!(ChannelMap::of(&in_use(&[false, false, true])).unwrap().sources(), [0, 1, 2]);
    let reason = refusal(ChannelMap::of(&in_use(&[true; 3]).with_separate_channels()));
    assert!(reason.starts_with("the image has 3 channels, and"), "{reason}");
    let raw = raw(2, SampleLayout::Planar, Samples::F32(vec![0.5, 0.5, 0.5, 0.75]));
    assert_eq!(ChannelMap::of(&raw).unwrap().sources(), [1; 3]);
}

#[test]
fn channels_are_chosen_by_index_or_name() {
    let names = ["DAPI", "GFP", "405", "gfp"].map(String::from);
    let choose = |choices: &[&str]| {
        let choices: Vec<_> = choices.iter().map(|&choice| choice.to_owned()).collect();
        ChannelMap::choose(&choices, &names, 4)
    };
    assert_eq!(choose(&["dapi"]).unwrap().sources(), [0; 3]);
    assert_eq!(choose(&[" 405"]).unwrap().sources(), [2; 3]);
    assert_eq!(choose(&["3", "DAPI", "1"]).unwrap().sources(), [3, 0, 1]);
    let listed = "the image has 4 channels: 0 DAPI, 1 GFP, 2 405, 3 gfp";
    assert_eq!(refusal(choose(&["4"])), format!("there is no channel \"4\"; {listed}"));
    assert_eq!(refusal(choose(&["Cy5"])), format!("there is no channel \"Cy5\"; {listed}"));
    assert_eq!(refusal(choose(&["GFP"])), format!("several channels are called \"GFP\"; choose by index; {listed}"));
    assert!(refusal(choose(&["0", "1"])).contains("1 channel (seen in grey) or 3"));
    let unnamed = ChannelMap::choose(&["DAPI".into()], &[], 2);
    assert_eq!(refusal(unnamed), "there is no channel \"DAPI\"; the image has 2 channels, counted from 0");
}

#[test]
fn several_channels_in_use_need_a_map() {
    for channels in [2, 4, 5] {
        let reason = refusal(Tone::measure(&in_use(&vec![true; channels]), None, None));
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

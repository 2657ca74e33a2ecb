//! Which anchors and proposals are learnt from.

use maskrcnn_web::train::{BalancedSampler, Candidates, Match, Quota, Random, Sampled, Sampler, Stage};
use proptest::prelude::*;

fn sample(seed: u64, matches: &[Match], quota: Quota) -> Sampled {
    BalancedSampler::new(Random::new(seed)).sample(Stage::Anchors, 0, Candidates { boxes: &[], matches }, quota)
}

/// Background, but for every tenth candidate, which matches an object, and every seventh, which is
/// ignored.
fn matches(count: usize) -> Vec<Match> {
    let found = |index: usize| match index {
        _ if index.is_multiple_of(10) => Match::Object(index % 3),
        _ if index.is_multiple_of(7) => Match::Ignored,
        _ => Match::Background,
    };
    (0..count).map(found).collect()
}

#[test]
fn objects_get_their_share_and_background_fills_up() {
    let quota = Quota { total: 256, positive: 0.5 };
    let sampled = sample(1, &matches(5000), quota);
    assert_eq!((sampled.positive.len(), sampled.negative.len()), (128, 128));
    let sampled = sample(1, &matches(1000), quota);
    assert_eq!((sampled.positive.len(), sampled.negative.len()), (100, 156));
    let sampled = sample(1, &matches(100), quota);
    assert_eq!((sampled.positive.len(), sampled.negative.len()), (10, 77));
    assert_eq!(sample(1, &[], quota), Sampled::default());
    assert_eq!(sample(1, &matches(100), Quota { total: 0, positive: 0.5 }), Sampled::default());
}

#[test]
fn the_seed_decides() {
    let quota = Quota { total: 64, positive: 0.25 };
    let matches = matches(2000);
    assert_eq!(sample(5, &matches, quota), sample(5, &matches, quota));
    assert_ne!(sample(5, &matches, quota), sample(6, &matches, quota));
}

/// Over 400 draws of 10 among 100 each candidate is drawn about 40 times; 6 standard deviations are 36.
#[test]
fn every_candidate_has_the_same_chance() {
    let matches = vec![Match::Background; 100];
    let mut sampler = BalancedSampler::new(Random::new(3));
    let mut drawn = [0; 100];
    for _ in 0..400 {
        let sampled = sampler.sample(
            Stage::Proposals,
            0,
            Candidates { boxes: &[], matches: &matches },
            Quota { total: 10, positive: 0.0 },
        );
        sampled.negative.iter().for_each(|&index| drawn[index] += 1);
    }
    assert!(drawn.iter().all(|&count| (4..=76).contains(&count)), "{drawn:?}");
    assert_eq!(drawn.iter().sum::<i32>(), 4000);
}

proptest! {
    #[test]
    fn what_is_sampled_is_there_once_and_what_it_is_said_to_be(
        seed: u64,
        kinds in prop::collection::vec(0..3usize, 0..300),
        total in 0..200usize,
        positive in 0.0f32..=1.0,
    ) {
        let kind = |&kind: &usize| [Match::Object(0), Match::Background, Match::Ignored][kind];
        let matches: Vec<Match> = kinds.iter().map(kind).collect();
        let Sampled { positive: objects, negative } = sample(seed, &matches, Quota { total, positive });
        prop_assert!(objects.len() <= (total as f32 * positive) as usize);
        prop_assert!(objects.len() + negative.len() <= total);
        prop_assert!(objects.is_sorted_by(|a, b| a < b) && negative.is_sorted_by(|a, b| a < b));
        prop_assert!(objects.iter().all(|&index| matches[index] == Match::Object(0)));
        prop_assert!(negative.iter().all(|&index| matches[index] == Match::Background));
    }
}

//! Getting ready, step by step.

use futures_lite::future::block_on;
use maskrcnn_web::Error;
use maskrcnn_web::config::ContrastSettings;
use maskrcnn_web::weights::WeightsOptions;

use crate::{devices, tiny, with};

#[test]
fn says_after_each_step_how_many_there_are_of_how_many() {
    for device in devices() {
        let contrast = Some(ContrastSettings { low: 0.02, high: 0.98 });
        for (masks, contrast, total) in [(true, None, 28), (false, None, 26), (true, contrast, 30)] {
            let model = tiny(&WeightsOptions { masks: Some(masks), ..WeightsOptions::default() }, &device);
            let model = with(model, |settings| settings.input.contrast = contrast);
            let mut steps = Vec::new();
            let report = async |done, total| {
                steps.push((done, total));
                true
            };
            block_on(model.network.warm_up(&model.settings, report)).expect("the network is ready");
            assert_eq!(steps, (0..=total).map(|done| (done, total)).collect::<Vec<_>>(), "on {device:?}");
        }
    }
}

#[test]
fn stops_when_it_is_told_to() {
    for device in devices() {
        let model = tiny(&WeightsOptions::default(), &device);
        let mut calls = 0;
        let report = async |done, _| {
            calls += 1;
            done < 3
        };
        assert_eq!(block_on(model.network.warm_up(&model.settings, report)), Err(Error::Aborted));
        assert_eq!(calls, 4, "on {device:?}");
    }
}

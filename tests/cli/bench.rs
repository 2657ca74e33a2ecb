//! `maskrcnn bench`: how fast each stage is.

use crate::{WEIGHTS, fails, folder, json, maskrcnn, path, succeeds};

#[test]
fn bench_says_of_every_stage_how_long_it_takes_and_how_much_it_computes() {
    let report = folder("bench").join("times.json");
    let rest = ["--backend", "cpu", "--size", "90x60", "--min-size", "64", "--runs", "2", "--json", path(&report)];
    let output = maskrcnn(&[&["bench", "--weights", WEIGHTS], &rest[..]].concat());
    succeeds(&output);
    let (figures, printed) = (json(&report), String::from_utf8_lossy(&output.stdout).into_owned());
    let stages = figures["stages"].as_array().unwrap();
    let stage = |name: &str| stages.iter().find(|stage| stage["stage"] == name).unwrap_or_else(|| panic!("{name}"));
    let line = |name: &str| printed.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}"));
    assert!(figures["peak_gigaflops"].as_f64().unwrap() > 0.0);
    let mut operations = 0;
    for name in ["backbone", "fpn", "rpn head", "box head", "mask head"] {
        let found = stage(name);
        operations += found["operations"].as_u64().unwrap();
        let seconds = found["warm_milliseconds"].as_f64().unwrap() / 1e3;
        let gigaflops = found["operations"].as_f64().unwrap() / 1e9 / seconds;
        assert!((found["gigaflops"].as_f64().unwrap() / gigaflops - 1.0).abs() < 1e-6, "{found}");
        let share = gigaflops / figures["peak_gigaflops"].as_f64().unwrap();
        assert!((found["share_of_peak"].as_f64().unwrap() / share - 1.0).abs() < 1e-6, "{found}");
        assert_eq!(found["all_milliseconds"].as_array().unwrap().len(), 2);
        assert!(line(name).ends_with('%') && !line(name).contains('–'), "{}", line(name));
    }
    assert_eq!(stage("whole")["operations"].as_u64(), Some(operations));
    for name in ["transform", "proposals", "detections", "paste"] {
        assert!(stage(name).get("operations").is_none() && line(name).ends_with('–'), "{}", line(name));
    }
    if cfg!(target_os = "linux") {
        let bytes = |name: &str| figures[name].as_u64().unwrap();
        assert!(bytes("load_memory_bytes") > 1 << 20 && bytes("peak_memory_bytes") >= bytes("load_memory_bytes"));
    }
}

#[test]
fn a_backend_that_was_not_built_is_told() {
    if !cfg!(feature = "cuda") {
        fails(&maskrcnn(&["bench", "--weights", WEIGHTS, "--backend", "cuda"]), "invalid-input");
    }
}

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

#[test]
fn bench_measures_each_layer_of_a_network_by_itself() {
    let out = folder("bench-layers");
    let rest = ["--layer", "7×7", "--backend", "cpu", "--max-gigaflop", "0.001", "--out", path(&out)];
    let output = maskrcnn(&[&["bench", "--layers", "--network", "nuclei"], &rest[..]].concat());
    succeeds(&output);
    let figures = json(&out.join("cpu.json"));
    let [network] = &figures["networks"].as_array().unwrap()[..] else { panic!("{figures}") };
    let [layer] = &network["layers"].as_array().unwrap()[..] else { panic!("{network}") };
    assert_eq!((network["name"].as_str(), layer["count"].as_u64()), (Some("nuclei"), Some(1)));
    let [measured] = &figures["measurements"].as_array().unwrap()[..] else { panic!("{figures}") };
    assert_eq!((&measured["name"], measured["kernels"].as_str()), (&layer["name"], None));
    assert_ne!(measured["measured"].as_str(), measured["name"].as_str());
    let number = |value: &serde_json::Value| value.as_f64().unwrap();
    let rate = number(&layer["gigaflop"]) / number(&measured["milliseconds"]) * 1e3;
    assert!((rate / number(&measured["gigaflops"]) - 1.0).abs() < 1e-6, "{measured}");
    let share = rate / number(&figures["peak"]["multiply_adds_gigaflops"]);
    assert!((share / number(&measured["share_of_peak"]) - 1.0).abs() < 1e-6, "{measured}");
    let tables = std::fs::read_to_string(out.join("cpu.md")).unwrap();
    assert_eq!(tables, String::from_utf8_lossy(&output.stdout));
    assert!(tables.contains(layer["name"].as_str().unwrap()) && tables.contains("| all layers |"), "{tables}");
    fails(&maskrcnn(&["bench", "--layers", "--network", "other"]), "invalid-input");
}

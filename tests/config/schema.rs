//! The JSON schema of a manifest, which the npm package's types are generated from.

use maskrcnn_web::weights::Manifest;

#[test]
fn the_committed_schema_is_that_of_the_types() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/models/manifest.schema.json");
    let committed = std::fs::read_to_string(path).expect("the schema is there");
    assert_eq!(committed, Manifest::schema(), "run `cargo run -- schema > models/manifest.schema.json`");
}

//! The JSON schema of a manifest: for editors, which check a manifest by it, and for the npm package's types.

use schemars::schema_for;

use super::Manifest;

impl Manifest {
    /// The JSON schema (draft 2020-12) of version 2 as a file's content.
    pub fn schema() -> String {
        let schema = schema_for!(Manifest);
        format!("{:#}\n", schema.as_value())
    }
}

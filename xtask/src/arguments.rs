//! The command line, taken apart by hand: flags, options with a value, and what is left.

use anyhow::{Result, bail};

/// The arguments after the command's name. Each is taken out once; [`Arguments::finish`] refuses what nobody took.
pub(crate) struct Arguments {
    rest: Vec<String>,
}

impl Arguments {
    pub(crate) fn new(arguments: impl IntoIterator<Item = String>) -> Self {
        Self { rest: arguments.into_iter().collect() }
    }

    /// Whether `name` (such as `--full`) was given.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        let before = self.rest.len();
        self.rest.retain(|argument| argument != name);
        self.rest.len() != before
    }

    /// The value behind `name` (such as `--port`).
    pub(crate) fn value(&mut self, name: &str) -> Result<Option<String>> {
        let Some(at) = self.rest.iter().position(|argument| argument == name) else { return Ok(None) };
        self.rest.remove(at);
        if at == self.rest.len() || self.rest[at].starts_with("--") {
            bail!("{name} needs a value behind it.");
        }
        Ok(Some(self.rest.remove(at)))
    }

    /// The next argument that is not an option. Ask for it after the options with values.
    pub(crate) fn positional(&mut self) -> Option<String> {
        let at = self.rest.iter().position(|argument| !argument.starts_with("--"))?;
        Some(self.rest.remove(at))
    }

    /// Ends the reading: an error names the first argument that no one asked for.
    pub(crate) fn finish(self) -> Result<()> {
        match self.rest.first() {
            None => Ok(()),
            Some(unknown) => bail!("\"{unknown}\" means nothing here; `cargo xtask` alone lists what there is."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Arguments;

    fn arguments(line: &str) -> Arguments {
        Arguments::new(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn takes_flags_values_and_the_rest_in_any_order() {
        let mut given = arguments("cases --browser --backend cpu");
        assert!(given.flag("--browser"));
        assert!(!given.flag("--full"));
        assert_eq!(given.value("--backend").unwrap().as_deref(), Some("cpu"));
        assert_eq!(given.positional().as_deref(), Some("cases"));
        assert!(given.finish().is_ok());
    }

    #[test]
    fn a_value_left_out_is_an_error() {
        assert!(arguments("--port").value("--port").is_err());
        assert!(arguments("--port --dev").value("--port").is_err());
    }

    #[test]
    fn what_no_one_asked_for_is_an_error() {
        let error = arguments("--wrong").finish().unwrap_err();
        assert!(error.to_string().contains("--wrong"));
    }
}

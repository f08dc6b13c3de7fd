//! A small reader of command-line flags: switches, options with a value, and plain words.

use crate::Result;

/// The flags of one verb, taken one by one; [`Flags::finish`] rejects what nobody took.
pub struct Flags {
    left: Vec<String>,
}

impl Flags {
    /// Starts with the words after the verb.
    pub fn new(args: &[String]) -> Self {
        Self { left: args.to_vec() }
    }

    /// Takes a switch such as `--json`; true when it was there.
    pub fn switch(&mut self, name: &str) -> bool {
        let before = self.left.len();
        self.left.retain(|word| word != name);
        self.left.len() != before
    }

    /// Takes an option with its value, as `--name VALUE` or `--name=VALUE`.
    ///
    /// # Errors
    /// When the option is the last word and so has no value.
    pub fn option(&mut self, name: &str) -> Result<Option<String>> {
        if let Some(at) = self.left.iter().position(|word| word == name) {
            if at + 1 == self.left.len() {
                return Err(format!("`{name}` needs a value"));
            }
            self.left.remove(at);
            return Ok(Some(self.left.remove(at)));
        }
        let prefix = format!("{name}=");
        let at = self.left.iter().position(|word| word.starts_with(&prefix));
        Ok(at.map(|at| self.left.remove(at)[prefix.len()..].to_owned()))
    }

    /// Takes the first plain word.
    pub fn word(&mut self) -> Option<String> {
        let at = self.left.iter().position(|word| !word.starts_with('-'))?;
        Some(self.left.remove(at))
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// When a word is left that nobody took.
    pub fn finish(self) -> Result<()> {
        match self.left.first() {
            None => Ok(()),
            Some(word) => Err(format!("unknown argument `{word}`")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Flags;

    fn flags(words: &[&str]) -> Flags {
        Flags::new(&words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn takes_switches_options_and_words() {
        let mut f = flags(&["run", "--json", "--filter", "a", "--runs=3"]);
        assert!(f.switch("--json") && !f.switch("--quick"));
        assert_eq!(f.option("--filter").unwrap().as_deref(), Some("a"));
        assert_eq!(f.option("--runs").unwrap().as_deref(), Some("3"));
        assert_eq!(f.word().as_deref(), Some("run"));
        f.finish().unwrap();
    }

    #[test]
    fn rejects_what_is_unknown_or_incomplete() {
        assert!(flags(&["--nonsense"]).finish().is_err());
        assert!(flags(&["--filter"]).option("--filter").is_err());
    }
}

//! Whose native code may run.

use clap::Args;
pub use waxwing_program::flags::trust::{TrustFlags, beside, keys, short_text, signature_of};

/// Options that say who is trusted, or that nobody has to be.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Trust")]
pub struct TrustOrNot {
    #[command(flatten)]
    pub trust: TrustFlags,
    /// Run compiled programs that nobody signed: native code, with all your rights
    #[arg(long, conflicts_with = "verify_keys")]
    pub allow_unsigned: bool,
}

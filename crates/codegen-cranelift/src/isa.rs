//! Cranelift's target for a processor.

use crate::{OptLevel, Options};
use cranelift_codegen::isa::{self, OwnedTargetIsa, TargetIsa};
use cranelift_codegen::settings::{self, Configurable, SetError};
use waxwing_layout::target::Cpu;
use waxwing_lower::Error;

/// Cranelift's name of each feature in [`waxwing_layout::target::FEATURES`].
const SETTINGS: &[(&str, &str)] = &[
    ("sse3", "has_sse3"),
    ("ssse3", "has_ssse3"),
    ("sse4.1", "has_sse41"),
    ("sse4.2", "has_sse42"),
    ("popcnt", "has_popcnt"),
    ("avx", "has_avx"),
    ("avx2", "has_avx2"),
    ("fma", "has_fma"),
    ("bmi1", "has_bmi1"),
    ("bmi2", "has_bmi2"),
    ("lzcnt", "has_lzcnt"),
    ("avx512f", "has_avx512f"),
    ("avx512vl", "has_avx512vl"),
    ("avx512dq", "has_avx512dq"),
    ("avx512bitalg", "has_avx512bitalg"),
    ("avx512vbmi", "has_avx512vbmi"),
];

/// The flags that hold for every function, whatever the processor.
fn flags(options: Options, metered: bool) -> Result<settings::Flags, SetError> {
    let mut flags = settings::builder();
    flags.set("opt_level", options.opt_level.name())?;
    flags.set("enable_verifier", if options.verifier { "true" } else { "false" })?;
    flags.set("enable_alias_analysis", "true")?;
    // The fuel that is left has a register of its own: r15.
    flags.set("enable_pinned_reg", if metered { "true" } else { "false" })?;
    // A backtrace is a walk over frame pointers; no other unwind information is needed.
    flags.set("preserve_frame_pointers", "true")?;
    flags.set("unwind_info", "false")?;
    // A frame must not step over the guard page beneath the guest's stack.
    flags.set("enable_probestack", "true")?;
    flags.set("probestack_strategy", "inline")?;
    flags.set("probestack_size_log2", "12")?;
    flags.set("is_pic", "true")?;
    flags.set("log2_min_function_alignment", "4")?;
    Ok(settings::Flags::new(flags))
}

/// The target for `cpu`, for metered code or other.
///
/// # Errors
/// If the processor lacks what stands in the place of library calls, or Cranelift refuses.
pub(crate) fn target(cpu: Cpu, metered: bool, options: Options) -> Result<OwnedTargetIsa, Error> {
    if !cpu.is_sufficient() {
        return Err(Error::Backend(
            "the processor is older than x86-64-v2 (SSE 4.2, POPCNT), which this tier needs".into(),
        ));
    }
    let refused = |e: SetError| Error::Backend(format!("Cranelift refuses a setting: {e}"));
    let mut builder = isa::lookup_by_name("x86_64-unknown-linux-gnu")
        .map_err(|e| Error::Backend(format!("Cranelift has no x86-64: {e}")))?;
    for &(feature, setting) in SETTINGS {
        if cpu.has(feature) {
            builder.enable(setting).map_err(refused)?;
        }
    }
    builder
        .finish(flags(options, metered).map_err(refused)?)
        .map_err(|e| Error::Backend(format!("Cranelift cannot make its target: {e}")))
}

/// Whether the target has a feature, by Cranelift's name.
pub(crate) fn has(isa: &dyn TargetIsa, setting: &str) -> bool {
    isa.isa_flags().iter().any(|f| f.name == setting && f.as_bool() == Some(true))
}

impl OptLevel {
    /// Cranelift's name of the level.
    pub(crate) fn name(self) -> &'static str {
        match self {
            OptLevel::None => "none",
            OptLevel::Speed => "speed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_layout::target::FEATURES;

    #[test]
    fn every_feature_has_a_setting_that_cranelift_knows() {
        assert_eq!(SETTINGS.len(), FEATURES.len());
        for &(name, _) in FEATURES {
            assert!(SETTINGS.iter().any(|&(n, _)| n == name), "{name}");
        }
        let isa = target(Cpu { bits: u32::MAX }, true, Options::default()).unwrap();
        for &(_, setting) in SETTINGS {
            let value = isa.isa_flags().into_iter().find(|f| f.name == setting);
            assert_eq!(value.and_then(|v| v.as_bool()), Some(true), "{setting}");
        }
    }

    #[test]
    fn an_old_processor_is_refused_with_a_reason() {
        let Err(Error::Backend(why)) = target(Cpu { bits: 0b111 }, false, Options::default())
        else {
            panic!("accepted");
        };
        assert!(why.contains("x86-64-v2"));
    }
}

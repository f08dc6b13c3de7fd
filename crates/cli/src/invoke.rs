//! Calling an export with arguments from the command line.

use crate::failure::{Failure, Result, USAGE};
use std::ffi::OsString;
use std::fmt::Write;
use std::path::Path;
use waxwing::{ExternKind, FuncType, Module, RefType, V128, Val, ValType};

/// A call that fits its function.
#[derive(Debug)]
pub struct Invocation {
    /// The export.
    pub name: String,
    /// Its arguments.
    pub args: Vec<Val>,
    /// Room for its results.
    pub results: Vec<Val>,
}

impl Invocation {
    /// Reads the arguments by the function's type, before anything of the module has run.
    ///
    /// # Errors
    /// If there is no such function, or arguments do not fit its type.
    pub fn new(module: &Module, file: &Path, name: &str, args: &[OsString]) -> Result<Invocation> {
        let ty = function(module, name).ok_or_else(|| {
            Failure::new(format!("the module exports no function \"{name}\""))
                .at_file(file)
                .help(exported_functions(module))
                .code(USAGE)
        })?;
        let wrong = |what: String| {
            Failure::new(what)
                .at(format!("--invoke {name}"))
                .help(format!("its type is {ty}"))
                .code(USAGE)
        };
        if args.len() != ty.params.len() {
            let (want, s) = (ty.params.len(), if ty.params.len() == 1 { "" } else { "s" });
            return Err(wrong(format!(
                "\"{name}\" takes {want} argument{s}, {} given",
                match args.len() {
                    0 => "none was".to_owned(),
                    1 => "one was".to_owned(),
                    n => format!("{n} were"),
                }
            )));
        }
        let values = args.iter().zip(&ty.params).enumerate().map(|(i, (text, &param))| {
            let text = text.to_string_lossy();
            value(&text, param).ok_or_else(|| {
                wrong(format!("argument {} of \"{name}\" is no {param}: `{text}`", i + 1))
            })
        });
        Ok(Invocation {
            name: name.to_owned(),
            args: values.collect::<Result<_>>()?,
            results: ty.results.iter().map(|&t| Val::default_of(t)).collect(),
        })
    }

    /// The results, one a line.
    pub fn results(&self) -> String {
        self.results.iter().fold(String::new(), |mut text, value| {
            show(value, &mut text);
            text.push('\n');
            text
        })
    }
}

fn function<'a>(module: &'a Module, name: &str) -> Option<&'a FuncType> {
    let facts = module.facts();
    let export = facts.export(name).filter(|e| e.kind == ExternKind::Func)?;
    Some(facts.func_type(export.index))
}

/// Names what could be called instead.
pub fn exported_functions(module: &Module) -> String {
    /// More would hide the message.
    const MOST: usize = 12;
    let exports = module.facts().exports.iter().filter(|e| e.kind == ExternKind::Func);
    let mut names: Vec<&str> = exports.map(|e| e.name.as_str()).collect();
    let all = names.len();
    names.truncate(MOST);
    match all {
        0 => "it exports no functions at all".to_owned(),
        n if n > MOST => format!("it exports {}, and {} more", names.join(", "), n - MOST),
        _ => format!("it exports {}", names.join(", ")),
    }
}

/// A value of a type from text: integers in decimal or `0x` hexadecimal, signed or not; floats as
/// usual; vectors as `0x` and up to 32 digits, lane 0 lowest; of references only `null`.
fn value(text: &str, ty: ValType) -> Option<Val> {
    Some(match ty {
        ValType::I32 => Val::I32(integer(text, 32)? as i32),
        ValType::I64 => Val::I64(integer(text, 64)? as i64),
        ValType::F32 => Val::from(text.parse::<f32>().ok()?),
        ValType::F64 => Val::from(text.parse::<f64>().ok()?),
        ValType::V128 => {
            let digits = text.strip_prefix("0x")?;
            Val::V128(V128(u128::from_str_radix(digits, 16).ok()?))
        }
        ValType::Ref(RefType { nullable: true, .. }) if text == "null" => Val::default_of(ty),
        ValType::Ref(_) => return None,
    })
}

/// An integer that fits into so many bits, as signed or as unsigned.
fn integer(text: &str, bits: u32) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (digits, radix) = match digits.strip_prefix("0x") {
        Some(rest) => (rest, 16),
        None => (digits, 10),
    };
    if !digits.starts_with(|c: char| c.is_digit(radix)) {
        return None;
    }
    let value = i128::from_str_radix(digits, radix).ok()?;
    let value = if negative { -value } else { value };
    (-(1 << (bits - 1))..1 << bits).contains(&value).then_some(value)
}

fn show(value: &Val, to: &mut String) {
    // Writing to a string cannot fail.
    let _ = match value {
        Val::I32(v) => write!(to, "{v}"),
        Val::I64(v) => write!(to, "{v}"),
        Val::F32(bits) => write!(to, "{}", f32::from_bits(*bits)),
        Val::F64(bits) => write!(to, "{}", f64::from_bits(*bits)),
        Val::V128(V128(bits)) => write!(to, "{bits:#034x}"),
        value if value.is_null() => write!(to, "null"),
        Val::AnyRef(Some(value)) => match value.as_i31() {
            Some(value) => write!(to, "i31 {}", value.get_i32()),
            None => write!(to, "anyref"),
        },
        other => write!(to, "{}", other.ty()),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(text: &str, ty: ValType) -> Option<String> {
        let mut shown = String::new();
        show(&value(text, ty)?, &mut shown);
        Some(shown)
    }

    #[test]
    fn values_are_read_and_shown() {
        use ValType::{F32, F64, I32, I64, V128};
        for (text, ty, shown) in [
            ("-1", I32, "-1"),
            ("4294967295", I32, "-1"),
            ("0x10", I32, "16"),
            ("-0x8000000000000000", I64, "-9223372036854775808"),
            ("1.5", F32, "1.5"),
            ("-inf", F64, "-inf"),
            ("NaN", F64, "NaN"),
            ("0x1", V128, "0x00000000000000000000000000000001"),
            ("null", ValType::Ref(RefType::FUNCREF), "null"),
        ] {
            assert_eq!(round(text, ty).as_deref(), Some(shown), "{text}");
        }
        for (text, ty) in [
            ("", I32),
            ("x", I32),
            ("--1", I32),
            ("4294967296", I32),
            ("-2147483649", I32),
            ("1.0", I64),
            ("0x", I64),
            ("1,5", F64),
            ("7", V128),
            ("7", ValType::Ref(RefType::EXTERNREF)),
        ] {
            assert_eq!(round(text, ty), None, "{text}");
        }
    }
}

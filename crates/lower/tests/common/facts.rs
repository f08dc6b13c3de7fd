//! The facts of a module that lowering needs, and its functions, one after the other.

use wasmparser::{
    FuncToValidate, FunctionBody, Parser, ValidPayload, Validator, ValidatorResources, WasmFeatures,
};
use waxwing_module::Module;

/// A function that is ready to be lowered.
pub type Body<'a> = (FuncToValidate<ValidatorResources>, FunctionBody<'a>);

/// Reads a module with everything that the parser knows switched on by `features`.
pub fn read(
    wasm: &[u8],
    features: WasmFeatures,
) -> Result<(Module, Vec<Body<'_>>), wasmparser::BinaryReaderError> {
    let mut validator = Validator::new_with_features(features);
    let mut bodies = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        if let ValidPayload::Func(validate, body) = validator.payload(&payload)? {
            bodies.push((validate, body));
        }
    }
    let decoded = waxwing_decode::decode(wasm, &waxwing_decode::Options::default());
    Ok((decoded.unwrap_or_else(|e| panic!("a module that the parser takes: {e}")).module, bodies))
}

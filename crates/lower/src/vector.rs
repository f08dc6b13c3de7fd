//! Vector operators (specification, section 4.4.3).

use crate::function::Lower;
use crate::{Emit, Error, LoadOp, SimdOp, StoreOp};
use wasmparser::{MemArg, Operator};
use waxwing_layout::abi::Ty;

macro_rules! by_name {
    ($($op:ident $({ $imm:ident })?;)*) => {
        impl SimdOp {
            /// The operation that a WebAssembly operator of the same name is.
            pub(crate) fn of(op: &Operator<'_>) -> Option<SimdOp> {
                match *op {
                    $(Operator::$op $({ $imm })? => Some(SimdOp::$op $({ $imm })?),)*
                    _ => None,
                }
            }
        }
    };
}
for_each_simd_op!(by_name);

impl<E: Emit> Lower<'_, E> {
    pub(crate) fn simd(&mut self, op: SimdOp) {
        let args = self.take(op.params().len());
        let val = match self.env.deterministic {
            true => self.deterministic(op, args),
            false => self.emit.simd(op, args),
        };
        self.push(val, op.result());
    }

    /// Reads and writes of single lanes.
    pub(crate) fn lane_operator(&mut self, op: &Operator<'_>) -> Result<(), Error> {
        match *op {
            Operator::V128Load8Lane { ref memarg, lane } => {
                self.load_lane(LoadOp::I32Load8U, SimdOp::I8x16ReplaceLane { lane }, memarg);
            }
            Operator::V128Load16Lane { ref memarg, lane } => {
                self.load_lane(LoadOp::I32Load16U, SimdOp::I16x8ReplaceLane { lane }, memarg);
            }
            Operator::V128Load32Lane { ref memarg, lane } => {
                self.load_lane(LoadOp::I32, SimdOp::I32x4ReplaceLane { lane }, memarg);
            }
            Operator::V128Load64Lane { ref memarg, lane } => {
                self.load_lane(LoadOp::I64, SimdOp::I64x2ReplaceLane { lane }, memarg);
            }
            Operator::V128Store8Lane { ref memarg, lane } => {
                self.store_lane(StoreOp::I32Store8, SimdOp::I8x16ExtractLaneU { lane }, memarg);
            }
            Operator::V128Store16Lane { ref memarg, lane } => {
                self.store_lane(StoreOp::I32Store16, SimdOp::I16x8ExtractLaneU { lane }, memarg);
            }
            Operator::V128Store32Lane { ref memarg, lane } => {
                self.store_lane(StoreOp::I32, SimdOp::I32x4ExtractLane { lane }, memarg);
            }
            Operator::V128Store64Lane { ref memarg, lane } => {
                self.store_lane(StoreOp::I64, SimdOp::I64x2ExtractLane { lane }, memarg);
            }
            _ => return Err(self.no_meaning(op)),
        }
        Ok(())
    }

    fn load_lane(&mut self, load: LoadOp, replace: SimdOp, memarg: &MemArg) {
        let vector = self.pop_val();
        self.load(load, memarg);
        let lane = self.pop_val();
        let val = self.emit.simd(replace, vec![vector, lane]);
        self.push(val, Ty::V128);
    }

    fn store_lane(&mut self, store: StoreOp, extract: SimdOp, memarg: &MemArg) {
        let vector = self.pop_val();
        let lane = self.emit.simd(extract, vec![vector]);
        self.push(lane, extract.result());
        self.store(store, memarg);
    }
}

//! Which instructions may fault, and where in the module each instruction comes from. The choice is
//! explained in the crate's documentation.

use crate::code::{Extracted, Row};
use iced_x86::{Decoder, DecoderOptions, Instruction, Mnemonic, OpKind, Register};
use waxwing_lower::Error;
use waxwing_module::Trap;

/// Fills in the tables of traps and of offsets. `start` is the offset of the function's body.
pub fn describe(extracted: &mut Extracted, start: u32) -> Result<(), Error> {
    let Extracted { code, text_len, rows } = extracted;
    let text = &code.bytes[..*text_len];
    let mut decoder = Decoder::with_ip(64, text, 0, DecoderOptions::NONE);
    let mut rows_left = rows.iter().peekable();
    let mut row = Row { at: 0, line: 0, column: 0 };
    for instruction in &mut decoder {
        let at = instruction.ip() as u32;
        while let Some(next) = rows_left.next_if(|next| next.at <= at) {
            row = *next;
        }
        if instruction.is_invalid() {
            return Err(Error::Backend(format!("LLVM's code cannot be decoded at {at:#x}")));
        }
        if let Some(trap) = meaning(&instruction, row)? {
            code.traps.push((at, trap));
        }
    }
    code.addresses.push((0, start));
    for row in rows.iter().filter(|row| row.line > 0) {
        let offset = row.line - 1;
        match code.addresses.last_mut() {
            Some(last) if last.1 == offset => {}
            Some(last) if last.0 == row.at => last.1 = offset,
            _ => code.addresses.push((row.at, offset)),
        }
    }
    Ok(())
}

/// What it means when the instruction faults, if it can.
fn meaning(instruction: &Instruction, row: Row) -> Result<Option<Trap>, Error> {
    let stop = |number: u64| {
        u8::try_from(number)
            .ok()
            .and_then(Trap::from_code)
            .map(Some)
            .ok_or_else(|| Error::Backend(format!("LLVM's code stops for reason {number}")))
    };
    match instruction.mnemonic() {
        Mnemonic::Ud1 => return stop(instruction.memory_displacement64()),
        Mnemonic::Ud2 => return Ok(Some(Trap::Unreachable)),
        // They name memory but do not touch it, or touch only fields and the stack.
        Mnemonic::Lea | Mnemonic::Nop | Mnemonic::Call | Mnemonic::Jmp => return Ok(None),
        _ => {}
    }
    if !touches_memory(instruction) {
        return Ok(None);
    }
    let known = u8::try_from(row.column).ok().and_then(Trap::from_code);
    Ok(Some(known.unwrap_or(Trap::MemoryOutOfBounds)))
}

/// Whether the instruction touches memory other than the frame and constants in the code.
fn touches_memory(instruction: &Instruction) -> bool {
    (0..instruction.op_count()).any(|i| match instruction.op_kind(i) {
        OpKind::Memory => {
            !matches!(instruction.memory_base(), Register::RSP | Register::RBP | Register::RIP)
        }
        OpKind::MemorySegSI
        | OpKind::MemorySegESI
        | OpKind::MemorySegRSI
        | OpKind::MemorySegDI
        | OpKind::MemorySegEDI
        | OpKind::MemorySegRDI
        | OpKind::MemoryESDI
        | OpKind::MemoryESEDI
        | OpKind::MemoryESRDI => true,
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_lower::Code;

    fn described(bytes: &[u8], rows: &[Row]) -> Result<Code, Error> {
        let code = Code { bytes: bytes.to_vec(), ..Code::default() };
        let mut extracted = Extracted { code, text_len: bytes.len(), rows: rows.to_vec() };
        describe(&mut extracted, 7)?;
        Ok(extracted.code)
    }

    #[test]
    fn accesses_are_listed_with_their_trap_even_if_the_location_is_lost() {
        // mov eax, [rdi+rsi]; mov [rdi], eax; mov [rbp-8], eax; lea rax, [rdi]; ret
        let bytes = [0x8b, 0x04, 0x37, 0x89, 0x07, 0x89, 0x45, 0xf8, 0x48, 0x8d, 0x07, 0xc3];
        let rows = [
            Row { at: 0, line: 21, column: Trap::NullReference as u32 },
            Row { at: 3, line: 0, column: 0 },
            Row { at: 5, line: 31, column: 0 },
        ];
        let code = described(&bytes, &rows).expect("valid instructions");
        assert_eq!(code.traps, [(0, Trap::NullReference), (3, Trap::MemoryOutOfBounds)]);
        assert_eq!(code.addresses, [(0, 20), (5, 30)]);
    }

    #[test]
    fn stops_say_their_reason() {
        // ud1 eax, [eax+8]
        let code = described(&[0x67, 0x0f, 0xb9, 0x40, 8], &[]).expect("valid instructions");
        assert_eq!(code.traps, [(0, Trap::IntegerDivideByZero)]);
        assert!(described(&[0x67, 0x0f, 0xb9, 0x40, 0x7f], &[]).is_err());
    }

    #[test]
    fn bytes_that_are_no_instruction_are_refused() {
        assert!(described(&[0x06], &[]).is_err());
    }
}

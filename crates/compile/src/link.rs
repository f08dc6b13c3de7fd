//! Placing code, and filling an artifact's large parts on every core.

use crate::Error;
use rayon::prelude::*;
use waxwing_artifact::{INLINED, INLINED_ENTRY, NO_OFFSET, Parts};
use waxwing_lower::{Callee, Code};

/// What a function's address is a multiple of, at least.
const ALIGN: u32 = 16;
/// `int3`: what stands between functions.
const FILL: u8 = 0xcc;

/// Where code lies in the text.
#[derive(Debug)]
pub(crate) struct Placed {
    /// Offset and length of each function, by its index among the module's own.
    pub(crate) functions: Vec<(u32, u32)>,
    /// Offset and length of each leaf.
    pub(crate) leafs: Vec<(u32, u32)>,
    /// Bytes of text.
    pub(crate) text_len: u32,
    /// Entries of the trap table.
    pub(crate) traps: usize,
    /// Entries of the handler table.
    pub(crate) handlers: usize,
    /// Entries of the address table.
    pub(crate) addresses: usize,
    /// Entries of the table of inlined functions.
    pub(crate) inlined: usize,
    imported: u32,
}

/// Places functions, in their order, and leafs behind them.
///
/// # Errors
/// If the code has more bytes than a call can reach over.
pub(crate) fn place(functions: &[Code], leafs: &[Code], imported: u32) -> Result<Placed, Error> {
    let mut at = 0u64;
    let mut one = |code: &Code| {
        let align = u64::from(code.align.max(ALIGN));
        let start = at.next_multiple_of(align);
        at = start + code.bytes.len() as u64;
        match (u32::try_from(start), i32::try_from(at)) {
            (Ok(start), Ok(_)) => Ok((start, code.bytes.len() as u32)),
            _ => Err(Error::link("it has more than 2 GiB")),
        }
    };
    let placed_functions = functions.iter().map(&mut one).collect::<Result<Vec<_>, _>>()?;
    let placed_leafs = leafs.iter().map(&mut one).collect::<Result<Vec<_>, _>>()?;
    let all = || functions.iter().chain(leafs);
    let inlined = all().map(|c| c.inlined.len()).sum();
    if inlined > INLINED as usize - 1 {
        return Err(Error::link("it has too many places in inlined functions"));
    }
    Ok(Placed {
        functions: placed_functions,
        leafs: placed_leafs,
        text_len: at as u32,
        traps: all().map(|c| c.traps.len()).sum(),
        handlers: all().map(|c| c.handlers.len()).sum(),
        addresses: all().map(address_entries).sum(),
        inlined,
        imported,
    })
}

/// Entries in the address table: one more than the code has if its beginning comes from nowhere.
fn address_entries(code: &Code) -> usize {
    code.addresses.len() + usize::from(starts_nowhere(code))
}

fn starts_nowhere(code: &Code) -> bool {
    code.addresses.first().is_none_or(|&(at, _)| at != 0)
}

/// What one function fills in.
struct Slot<'a> {
    code: &'a Code,
    at: u32,
    text: &'a mut [u8],
    trap_offsets: &'a mut [u8],
    trap_codes: &'a mut [u8],
    /// Return addresses, handlers, sizes of frames.
    handlers: [&'a mut [u8]; 3],
    address_offsets: &'a mut [u8],
    address_values: &'a mut [u8],
    inlined: &'a mut [u8],
    /// How many places in inlined functions other code has before it.
    inlined_before: u32,
}

/// Fills in text, trap table and address table.
///
/// # Errors
/// If a relocation is wrong: that is a fault of the back end.
pub(crate) fn link(
    placed: &Placed,
    functions: &[Code],
    leafs: &[Code],
    parts: Parts<'_>,
) -> Result<(), Error> {
    let mut slots = Vec::with_capacity(functions.len() + leafs.len());
    let codes = functions.iter().chain(leafs);
    let places = placed.functions.iter().chain(&placed.leafs);
    let (mut text, mut text_used) = (parts.text, 0);
    let (mut trap_offsets, mut trap_codes) = (parts.trap_offsets, parts.trap_codes);
    let mut handlers = [parts.handler_returns, parts.handler_offsets, parts.handler_frames];
    let (mut address_offsets, mut address_values) = (parts.address_offsets, parts.address_values);
    let (mut inlined, mut inlined_before) = (parts.inlined, 0);
    for (code, &(at, len)) in codes.zip(places) {
        // The gap before the function belongs to its slot.
        let end = (at + len) as usize;
        let addresses = address_entries(code) * 4;
        slots.push(Slot {
            code,
            at,
            text: take(&mut text, end - text_used),
            trap_offsets: take(&mut trap_offsets, code.traps.len() * 4),
            trap_codes: take(&mut trap_codes, code.traps.len()),
            handlers: handlers.each_mut().map(|part| take(part, code.handlers.len() * 4)),
            address_offsets: take(&mut address_offsets, addresses),
            address_values: take(&mut address_values, addresses),
            inlined: take(&mut inlined, code.inlined.len() * INLINED_ENTRY),
            inlined_before,
        });
        text_used = end;
        inlined_before += code.inlined.len() as u32;
    }
    slots.into_par_iter().with_min_len(16).try_for_each(|slot| slot.fill(placed))
}

fn take<'a>(from: &mut &'a mut [u8], len: usize) -> &'a mut [u8] {
    let (head, tail) = std::mem::take(from).split_at_mut(len);
    *from = tail;
    head
}

impl Slot<'_> {
    fn fill(self, placed: &Placed) -> Result<(), Error> {
        let code = self.code;
        let gap = self.text.len() - code.bytes.len();
        let (before, text) = self.text.split_at_mut(gap);
        before.fill(FILL);
        text.copy_from_slice(&code.bytes);
        for reloc in &code.relocs {
            let target = placed.target(reloc.target)?;
            let from = i64::from(self.at) + i64::from(reloc.at);
            let value = i64::from(target) + i64::from(reloc.addend) - from;
            let value = i32::try_from(value).map_err(|_| Error::link("a call reaches too far"))?;
            let place = text.get_mut(reloc.at as usize..).and_then(|t| t.first_chunk_mut::<4>());
            let Some(place) = place else {
                return Err(Error::link("a relocation lies outside its function"));
            };
            *place = value.to_le_bytes();
        }
        let traps = self.trap_offsets.chunks_exact_mut(4).zip(self.trap_codes);
        for (&(at, trap), (offset, code)) in code.traps.iter().zip(traps) {
            offset.copy_from_slice(&(self.at + at).to_le_bytes());
            *code = trap as u8;
        }
        let [returns, offsets, frames] = self.handlers.map(|part| part.chunks_exact_mut(4));
        for (handler, to) in code.handlers.iter().zip(returns.zip(offsets).zip(frames)) {
            let ((return_at, offset), frame) = to;
            return_at.copy_from_slice(&(self.at + handler.return_at).to_le_bytes());
            offset.copy_from_slice(&(self.at + handler.handler).to_le_bytes());
            frame.copy_from_slice(&handler.frame.to_le_bytes());
        }
        // A back end numbers the places of each function from 0.
        let renumbered = |place: u32| match place.checked_sub(INLINED) {
            Some(i) if (i as usize) < code.inlined.len() => place + self.inlined_before,
            Some(_) if placed.inlined > 0 => NO_OFFSET,
            _ => place,
        };
        let nowhere = starts_nowhere(code).then_some((0, NO_OFFSET));
        let addresses = nowhere.iter().chain(&code.addresses);
        let to = self.address_offsets.chunks_exact_mut(4);
        let to = to.zip(self.address_values.chunks_exact_mut(4));
        for (&(at, wasm), (offset, value)) in addresses.zip(to) {
            offset.copy_from_slice(&(self.at + at).to_le_bytes());
            value.copy_from_slice(&renumbered(wasm).to_le_bytes());
        }
        for (place, entry) in code.inlined.iter().zip(self.inlined.chunks_exact_mut(INLINED_ENTRY))
        {
            entry[..4].copy_from_slice(&place.function.to_le_bytes());
            entry[4..8].copy_from_slice(&place.offset.to_le_bytes());
            entry[8..].copy_from_slice(&renumbered(place.caller).to_le_bytes());
        }
        Ok(())
    }
}

impl Placed {
    /// Where a callee begins. There is nothing outside the artifact that could be named.
    fn target(&self, callee: Callee) -> Result<u32, Error> {
        let place = match callee {
            Callee::Func(index) => index
                .checked_sub(self.imported)
                .and_then(|own| self.functions.get(own as usize))
                .ok_or_else(|| Error::link(format!("function {index} is not in the artifact")))?,
            Callee::Leaf(leaf) => self
                .leafs
                .get(leaf as usize)
                .ok_or_else(|| Error::link(format!("{} is not in the artifact", leaf.name())))?,
        };
        Ok(place.0)
    }
}

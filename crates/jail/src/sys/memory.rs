//! Reading another process's memory (`process_vm_readv(2)`), in bounded pieces. What is read was written by that
//! process, and may change while it is read. And giving back what this process has freed.

use std::io;

/// The smallest page there is; a multiple of it on larger ones is still a page boundary.
const PAGE: u64 = 4096;

/// The bytes at `address` up to the first NUL, at most `most` of them.
///
/// # Errors
/// When not even the first byte can be read, or the address range does not exist.
pub(crate) fn read_string(process: i32, address: u64, most: usize) -> io::Result<Vec<u8>> {
    /// Most strings are shorter.
    const FIRST: usize = 256;
    let mut bytes = vec![0; most.min(FIRST)];
    let read = read(process, address, &mut bytes)?;
    bytes.truncate(read);
    if read == FIRST && most > FIRST && !bytes.contains(&0) {
        bytes.resize(most, 0);
        let rest = bytes.get_mut(FIRST..).unwrap_or_default();
        let further = address.checked_add(FIRST as u64).map_or(Ok(0), |next| self::read(process, next, rest));
        bytes.truncate(FIRST.saturating_add(further.unwrap_or(0)));
    }
    if let Some(end) = bytes.iter().position(|&byte| byte == 0) {
        bytes.truncate(end);
    }
    Ok(bytes)
}

/// Reads up to `into.len()` bytes, as many as there are before the first page that cannot be read.
///
/// # Errors
/// When not even the first byte can be read, or the address range does not exist.
pub(crate) fn read(process: i32, address: u64, into: &mut [u8]) -> io::Result<usize> {
    /// Pieces per call: 16 pages are more than anything here asks for.
    const PIECES: usize = 17;
    let fault = || io::Error::from_raw_os_error(libc::EFAULT);
    let mut pieces = [libc::iovec { iov_base: std::ptr::null_mut(), iov_len: 0 }; PIECES];
    let (mut place, mut left, mut used) = (address, into.len(), 0);
    // A transfer stops between pieces, so no piece crosses a page.
    for piece in &mut pieces {
        if left == 0 {
            break;
        }
        let to_boundary = usize::try_from(PAGE - place % PAGE).map_err(|_| fault())?;
        let length = to_boundary.min(left);
        let base = usize::try_from(place).map_err(|_| fault())?;
        *piece = libc::iovec { iov_base: std::ptr::without_provenance_mut(base), iov_len: length };
        place = place.checked_add(length as u64).ok_or_else(fault)?;
        left -= length;
        used += 1;
    }
    let local = libc::iovec { iov_base: into.as_mut_ptr().cast(), iov_len: into.len() };
    // SAFETY: `local` is the whole of `into`, borrowed mutably; the remote pieces are another process's addresses, which
    // the kernel checks, and are never read through here.
    let result = unsafe { libc::process_vm_readv(process, &raw const local, 1, pieces.as_ptr(), used, 0) };
    usize::try_from(result).map_err(|_| io::Error::last_os_error())
}

/// Gives memory that was freed back to the system: for a process that has prepared something large and now only waits.
pub fn give_back_freed() {
    // SAFETY: the allocator does this under its own locks, and touches only what is free.
    #[cfg(target_env = "gnu")]
    unsafe {
        libc::malloc_trim(0)
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> i32 {
        i32::try_from(std::process::id()).unwrap()
    }

    #[test]
    fn a_string_is_read_up_to_its_end() {
        for length in [0, 1, 255, 256, 257, 4000] {
            let text = [vec![b'a'; length], vec![0], vec![b'b'; 5000]].concat();
            let read = read_string(own(), text.as_ptr() as u64, 4096).unwrap();
            assert_eq!(read.len(), length);
        }
    }

    #[test]
    fn a_string_without_an_end_is_cut() {
        let text = vec![b'a'; 100_000];
        assert_eq!(read_string(own(), text.as_ptr() as u64, 4096).unwrap().len(), 4096);
    }

    #[test]
    fn wild_addresses_are_errors() {
        for address in [0, 1, 4095, u64::MAX, u64::MAX - 10, 1 << 47, 1 << 63] {
            assert!(read_string(own(), address, 4096).is_err(), "{address:#x}");
        }
        assert!(read_string(i32::MAX, 0x1000, 16).is_err());
    }
}

//! Reading another process's memory (`process_vm_readv(2)`, or `/proc/PID/mem` where that is refused), in bounded pieces.
//! What is read was written by that process, and may change while it is read. And giving back what this process no longer
//! needs.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;

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
    match usize::try_from(result).map_err(|_| io::Error::last_os_error()) {
        // Filters of containers know this call by name, and let the same be read as a file.
        Err(error) if [Some(libc::EPERM), Some(libc::ENOSYS)].contains(&error.raw_os_error()) => {
            read_as_file(process, address, into)
        }
        done => done,
    }
}

/// The same by proc_pid_mem(5).
fn read_as_file(process: i32, address: u64, into: &mut [u8]) -> io::Result<usize> {
    match File::open(format!("/proc/{process}/mem"))?.read_at(into, address)? {
        0 if !into.is_empty() => Err(io::Error::from_raw_os_error(libc::EFAULT)),
        read => Ok(read),
    }
}

/// Gives back what this process needed to start and may not need again: memory that it freed, and the pages of program files
/// that it looked at. Those come back from the file when they are used. For a process that now mostly waits.
pub fn give_back() {
    // SAFETY: the allocator does this under its own locks, and touches only what is free.
    #[cfg(target_env = "gnu")]
    unsafe {
        libc::malloc_trim(0)
    };
    let maps = std::fs::read("/proc/self/smaps").unwrap_or_default();
    let maps = String::from_utf8_lossy(&maps);
    for range in pages_of_files(&maps) {
        let start = std::ptr::without_provenance_mut(range.start);
        // SAFETY: the range is a private mapping of a file in which this process has changed no page and cannot, so that
        // whatever reads it again finds the same bytes.
        unsafe { libc::madvise(start, range.end.saturating_sub(range.start), libc::MADV_DONTNEED) };
    }
}

/// The private, unwritable mappings of files of which no page was changed: relocations change pages before they are protected.
fn pages_of_files(smaps: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut last = None;
    for line in smaps.lines() {
        let mut words = line.split_ascii_whitespace();
        match (words.next(), words.next()) {
            (Some("Anonymous:"), Some("0")) => found.extend(last.take()),
            (Some(range), Some("r-xp" | "r--p")) if words.nth(2).is_some_and(|inode| inode != "0") => {
                let (start, end) = range.split_once('-').unwrap_or_default();
                let address = |text| usize::from_str_radix(text, 16);
                last = address(start).ok().zip(address(end).ok()).map(|(start, end)| start..end);
            }
            (Some(word), _) if !word.ends_with(':') => last = None,
            _ => {}
        }
    }
    found
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

    #[test]
    fn a_file_tells_the_same() {
        let text = vec![7; 10_000];
        let mut read = vec![0; 10_000];
        assert_eq!(read_as_file(own(), text.as_ptr() as u64, &mut read).unwrap(), 10_000);
        assert_eq!(read, text);
        for address in [0, 1, 4095, u64::MAX, u64::MAX - 10, 1 << 47, 1 << 63] {
            assert!(read_as_file(own(), address, &mut read).is_err(), "{address:#x}");
        }
        assert!(read_as_file(i32::MAX, 0x1000, &mut read).is_err());
    }

    #[test]
    fn only_pages_as_they_are_in_the_file_are_given_back() {
        let part = |range: &str, rights: &str, inode: u32, changed: u32| {
            format!(
                "{range} {rights} 00000000 fe:00 {inode} /bin/x\nSize: 8 kB\nRss: 8 kB\nAnonymous: {changed} kB\n"
            )
        };
        let smaps = [
            part("1000-3000", "r--p", 7, 0),
            part("3000-5000", "r-xp", 7, 0),
            part("5000-6000", "r--p", 7, 4), // relocated
            part("6000-7000", "rw-p", 7, 0),
            part("7000-8000", "r--s", 7, 0),
            part("8000-9000", "r-xp", 0, 0),
            part("zz-9000", "r-xp", 7, 0),
            "a000-b000 r-xp 00000000 fe:00 7 /bin/x\n".to_owned(), // cut short
        ];
        assert_eq!(pages_of_files(&smaps.concat()), [0x1000..0x3000, 0x3000..0x5000]);
    }

    #[test]
    fn a_process_goes_on_after_it_gave_back() {
        let words: Vec<String> = (0..1000).map(|number| format!("{number}")).collect();
        give_back();
        assert_eq!(words.concat().len(), 2890);
        assert!(u32::from_str_radix("zz", 16).is_err());
    }
}

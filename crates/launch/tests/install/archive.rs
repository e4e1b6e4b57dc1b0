//! Archives as an attacker writes them: by hand.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

/// What stands in an archive.
pub(crate) enum Part<'a> {
    File(&'a str, &'a [u8]),
    Link(&'a str, &'a str),
    HardLink(&'a str, &'a str),
    /// This many bytes of nothing.
    Zeros(&'a str, u64),
    Folder(&'a str),
    /// Of this kind, as tar(5) numbers them, and with this mode.
    Odd(&'a str, u8, &'static str),
}

/// A gzipped tar archive.
pub(crate) fn tarball(parts: &[Part<'_>]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::fast());
    write(&mut out, parts);
    out.finish().unwrap()
}

/// The same, not compressed.
pub(crate) fn tar(parts: &[Part<'_>]) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out, parts);
    out
}

fn write(mut out: &mut impl Write, parts: &[Part<'_>]) {
    for part in parts {
        match *part {
            Part::Folder(name) => header(&mut out, name, 0, b'5', ""),
            Part::Odd(name, kind, mode) => header_of(&mut out, name, 0, kind, "", mode),
            Part::File(name, bytes) => {
                header(&mut out, name, bytes.len() as u64, b'0', "");
                out.write_all(bytes).unwrap();
                out.write_all(&vec![0; bytes.len().next_multiple_of(512) - bytes.len()]).unwrap();
            }
            Part::Link(name, target) => header(&mut out, name, 0, b'2', target),
            Part::HardLink(name, target) => header(&mut out, name, 0, b'1', target),
            Part::Zeros(name, size) => {
                header(&mut out, name, size, b'0', "");
                std::io::copy(
                    &mut std::io::Read::take(std::io::repeat(0), size.next_multiple_of(512)),
                    &mut out,
                )
                .unwrap();
            }
        }
    }
    out.write_all(&[0; 1024]).unwrap();
}

fn header(out: &mut impl Write, name: &str, size: u64, kind: u8, target: &str) {
    header_of(out, name, size, kind, target, "0000755\0");
}

fn header_of(out: &mut impl Write, name: &str, size: u64, kind: u8, target: &str, mode: &str) {
    let mut header = [0_u8; 512];
    let mut put = |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, name);
    put(100, mode);
    put(108, "0000000\0");
    put(116, "0000000\0");
    put(124, &format!("{size:011o}\0"));
    put(136, "00000000000\0");
    put(148, "        ");
    put(157, target);
    put(257, "ustar\x0000");
    header[156] = kind;
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    out.write_all(&header).unwrap();
}

/// A zip archive. Names are written as they are.
pub(crate) fn zip(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        out.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        out.write_all(bytes).unwrap();
    }
    out.finish().unwrap().into_inner()
}

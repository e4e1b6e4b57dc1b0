//! Decompression of hostile streams: the format is known by the first bytes, and a stream that expands like a bomb
//! ends with an error.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::tar::{Skip, Streamed};

/// Decompressed bytes of one stream (32 GiB).
const MAX_STREAM: u64 = 32 * 1024 * 1024 * 1024;
/// A stream may expand this far before its ratio is looked at, in bytes (64 MiB).
const FREE_EXPANSION: u64 = 64 * 1024 * 1024;
/// Beyond that, one byte may become this many. Real layers stay below 50.
const MAX_RATIO: u64 = 200;

#[derive(PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Gzip,
    Zstd,
}

pub(super) fn compression(head: &[u8]) -> Compression {
    match head {
        [0x1f, 0x8b, ..] => Compression::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Compression::Zstd,
        _ => Compression::None,
    }
}

/// Decompresses by the first bytes, under the caps.
pub(super) fn decompressed<'a>(source: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
    let taken = Rc::new(Cell::new(0));
    let mut source = BufReader::with_capacity(64 * 1024, Counted { source, taken: Rc::clone(&taken) });
    let stream: Box<dyn Read + 'a> = match compression(source.fill_buf()?) {
        Compression::None => return Ok(Box::new(source)),
        Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(source)),
        Compression::Zstd => Box::new(ZstdFrames { source, decoder: FrameDecoder::new(), in_frame: false }),
    };
    Ok(Box::new(Capped { stream, taken, given: 0 }))
}

/// Counts the compressed bytes.
struct Counted<R> {
    source: R,
    taken: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        self.taken.set(self.taken.get() + count as u64);
        Ok(count)
    }
}

/// Ends a stream that expands like a bomb.
struct Capped<'a> {
    stream: Box<dyn Read + 'a>,
    taken: Rc<Cell<u64>>,
    given: u64,
}

impl Read for Capped<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buffer)?;
        self.given += count as u64;
        let is_bomb = self.given > FREE_EXPANSION && self.given / MAX_RATIO > self.taken.get();
        match is_bomb || self.given > MAX_STREAM {
            false => Ok(count),
            true => Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                format!(
                    "it expands from {} to over {} bytes; the rest was not read",
                    self.taken.get(),
                    self.given
                ),
            )),
        }
    }
}

/// The frames of a zstd stream, one after another, skippable ones skipped (RFC 8878, section 3).
struct ZstdFrames<R> {
    source: R,
    decoder: FrameDecoder,
    in_frame: bool,
}

impl<R: BufRead> Read for ZstdFrames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let invalid =
            |error: FrameDecoderError| io::Error::new(io::ErrorKind::InvalidData, error.to_string());
        loop {
            if self.in_frame {
                if self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                    let step = BlockDecodingStrategy::UptoBlocks(1);
                    self.decoder.decode_blocks(&mut self.source, step).map_err(invalid)?;
                }
                let count = self.decoder.read(buffer)?;
                if count > 0 || buffer.is_empty() {
                    return Ok(count);
                }
                self.in_frame = !self.decoder.is_finished();
                continue;
            }
            if self.source.fill_buf()?.is_empty() {
                return Ok(0);
            }
            match self.decoder.init(&mut self.source) {
                Ok(()) => self.in_frame = true,
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    Streamed(&mut self.source).skip(u64::from(length))?;
                }
                Err(error) => return Err(invalid(error)),
            }
        }
    }
}

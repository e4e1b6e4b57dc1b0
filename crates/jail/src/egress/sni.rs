//! The server name in the first bytes of a TLS connection (RFC 8446, section 4.1.2; RFC 6066, section 3).
//!
//! Strict, because the peer at the other end may be lenient: where bytes look like TLS they must be one whole
//! ClientHello with one server name, else the connection is refused. Records of any size are put together first.

use crate::grant::Name;

/// Bytes that a ClientHello may take with the headers of its records.
pub(crate) const LONGEST: usize = 64 << 10;

/// What the first bytes of a connection are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Hello {
    /// Too few to tell.
    More,
    /// No TLS.
    Plain,
    /// A ClientHello that asks for this name.
    Name(Name),
    /// A ClientHello that asks for something else, escaped for the report.
    BadName(String),
    /// A ClientHello that asks for no name.
    Nameless,
    /// Something that a TLS server might take and that is not understood here.
    Malformed,
}

/// What these first bytes of a connection are.
pub(crate) fn hello(bytes: &[u8]) -> Hello {
    match parse(bytes) {
        Ok(hello) => hello,
        Err(Short::More) if bytes.len() >= LONGEST => Hello::Malformed,
        Err(Short::More) => Hello::More,
        Err(Short::Malformed) => Hello::Malformed,
    }
}

enum Short {
    More,
    Malformed,
}

fn parse(bytes: &[u8]) -> Result<Hello, Short> {
    match bytes {
        [] => return Err(Short::More),
        // Any record of TLS: change cipher spec to heartbeat. Only a handshake begins a connection. What version a record
        // claims is to be ignored (RFC 8446, section 5.1), and some servers do: here it has to be the usual one.
        [22] => return Err(Short::More),
        [22, 3, ..] => {}
        [20..=24, ..] => return Err(Short::Malformed),
        // The ClientHello of SSL 2, which old servers still take and which names nobody.
        [first, _, 1, 0, 2, ..] | [first, _, 1, 3, 0..=4, ..] if first & 0x80 != 0 => {
            return Ok(Hello::Nameless);
        }
        [first, _, 1] | [first, _, 1, 0 | 3] if first & 0x80 != 0 => return Err(Short::More),
        _ => return Ok(Hello::Plain),
    }
    let handshake = handshake(bytes)?;
    let mut message = Reader(&handshake);
    let kind = message.byte().ok_or(Short::More)?;
    if kind != 1 {
        return Err(Short::Malformed);
    }
    let length = message.number(3).ok_or(Short::More)?;
    if length > LONGEST {
        return Err(Short::Malformed);
    }
    let body = message.take(length).ok_or(Short::More)?;
    client_hello(body).ok_or(Short::Malformed)
}

/// The payloads of the handshake records, as far as they came.
fn handshake(bytes: &[u8]) -> Result<Vec<u8>, Short> {
    let mut records = Reader(bytes);
    let mut message = Vec::new();
    while let Some(kind) = records.byte() {
        if kind != 22 {
            // Behind a whole ClientHello anything may follow; `parse` says so if it is not whole.
            return if whole(&message) { Ok(message) } else { Err(Short::Malformed) };
        }
        let Some(major) = records.byte() else { break };
        if major != 3 {
            return if whole(&message) { Ok(message) } else { Err(Short::Malformed) };
        }
        let (Some(_), Some(length)) = (records.byte(), records.number(2)) else { break };
        if length == 0 || length > 1 << 14 {
            return if whole(&message) { Ok(message) } else { Err(Short::Malformed) };
        }
        match records.take(length) {
            Some(payload) => message.extend(payload),
            None => {
                message.extend(records.0);
                break;
            }
        }
    }
    Ok(message)
}

/// Whether the bytes hold at least one whole handshake message.
fn whole(message: &[u8]) -> bool {
    let mut reader = Reader(message);
    reader.byte().is_some() && reader.number(3).and_then(|length| reader.take(length)).is_some()
}

fn client_hello(body: &[u8]) -> Option<Hello> {
    let mut reader = Reader(body);
    reader.take(2 + 32)?;
    for width in [1, 2, 1] {
        // Session, cipher suites, compression methods.
        let length = reader.number(width)?;
        reader.take(length)?;
    }
    if reader.0.is_empty() {
        return Some(Hello::Nameless);
    }
    let length = reader.number(2)?;
    let mut extensions = Reader(reader.take(length)?);
    if !reader.0.is_empty() {
        return None;
    }
    let mut found = None;
    while !extensions.0.is_empty() {
        let kind = extensions.number(2)?;
        let length = extensions.number(2)?;
        let content = extensions.take(length)?;
        if kind == 0 && found.replace(server_name(content)?).is_some() {
            return None;
        }
    }
    Some(found.unwrap_or(Hello::Nameless))
}

/// Exactly one name of the one kind there is.
fn server_name(content: &[u8]) -> Option<Hello> {
    let mut reader = Reader(content);
    let length = reader.number(2)?;
    let mut list = Reader(reader.take(length)?);
    let kind = list.byte()?;
    let length = list.number(2)?;
    let name = list.take(length)?;
    if kind != 0 || !list.0.is_empty() || !reader.0.is_empty() {
        return None;
    }
    Some(Name::parse(name).map_or_else(|_| Hello::BadName(name.escape_ascii().to_string()), Hello::Name))
}

/// The rest of some bytes.
struct Reader<'bytes>(&'bytes [u8]);

impl<'bytes> Reader<'bytes> {
    fn take(&mut self, count: usize) -> Option<&'bytes [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    /// A number of at most three bytes, the highest first.
    fn number(&mut self, width: usize) -> Option<usize> {
        Some(self.take(width)?.iter().fold(0, |number, &byte| number << 8 | usize::from(byte)))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    fn sized(width: usize, content: &[u8]) -> Vec<u8> {
        let length = content.len().to_be_bytes();
        [length.get(8 - width..).unwrap(), content].concat()
    }

    fn extension(kind: u16, content: &[u8]) -> Vec<u8> {
        [&kind.to_be_bytes()[..], &sized(2, content)].concat()
    }

    fn name(name: &[u8]) -> Vec<u8> {
        extension(0, &sized(2, &[&[0][..], &sized(2, name)].concat()))
    }

    fn hello_with(extensions: &[u8]) -> Vec<u8> {
        let body = [
            &[3, 3][..],
            &[7; 32],
            &sized(1, &[1; 32]),
            &sized(2, &[0x13, 1]),
            &sized(1, &[0]),
            &sized(2, extensions),
        ]
        .concat();
        [&[1][..], &sized(3, &body)].concat()
    }

    fn records(message: &[u8], size: usize) -> Vec<u8> {
        message.chunks(size).flat_map(|chunk| [&[22, 3, 1][..], &sized(2, chunk)].concat()).collect()
    }

    /// A ClientHello for a server name, in records of at most this size.
    pub(crate) fn client_hello_for(server: &str, size: usize) -> Vec<u8> {
        let extensions =
            [extension(43, &[2, 3, 4]), name(server.as_bytes()), extension(16, b"\0\x03\x02h2")].concat();
        records(&hello_with(&extensions), size)
    }

    fn named(text: &str) -> Hello {
        Hello::Name(Name::parse(text.as_bytes()).unwrap())
    }

    #[test]
    fn the_name_is_found_however_the_hello_is_cut() {
        for size in [1, 2, 3, 5, 7, 64, 16384] {
            let bytes = client_hello_for("Api.Example.com", size);
            assert_eq!(hello(&bytes), named("api.example.com"));
            for length in 0..bytes.len() {
                assert_eq!(hello(&bytes[..length]), Hello::More, "{length} bytes of records of {size}");
            }
            assert_eq!(hello(&[&bytes[..], &[20, 3, 3, 0, 1, 1]].concat()), named("api.example.com"));
            assert_eq!(hello(&[&bytes[..], b"anything"].concat()), named("api.example.com"));
        }
    }

    #[test]
    fn a_hello_for_nobody_or_for_two_is_not_a_name() {
        assert_eq!(hello(&records(&hello_with(&[]), 100)), Hello::Nameless);
        assert_eq!(hello(&records(&hello_with(&extension(43, &[2, 3, 4])), 100)), Hello::Nameless);
        let twice = [name(b"a.example"), name(b"b.example")].concat();
        assert_eq!(hello(&records(&hello_with(&twice), 100)), Hello::Malformed);
        let entries = [&[0][..], &sized(2, b"a.example"), &[0], &sized(2, b"b.example")].concat();
        assert_eq!(hello(&records(&hello_with(&extension(0, &sized(2, &entries))), 100)), Hello::Malformed);
        for bad in ["a.example\0.b.example", "127.0.0.1", "b\u{fc}cher.example", "a.example..", ""] {
            assert!(
                matches!(hello(&records(&hello_with(&name(bad.as_bytes())), 100)), Hello::BadName(_)),
                "{bad}"
            );
        }
    }

    #[test]
    fn old_and_odd_beginnings_of_tls_are_not_taken_for_something_else() {
        assert_eq!(hello(&[0x80, 46, 1, 3, 1, 0]), Hello::Nameless);
        assert_eq!(hello(&[0x80, 46, 1, 0, 2, 0]), Hello::Nameless);
        assert_eq!(hello(&[20, 3, 3, 0, 1, 1]), Hello::Malformed);
        assert_eq!(hello(&[21, 3, 3, 0, 2, 1, 0]), Hello::Malformed);
        assert_eq!(hello(&[21]), Hello::Malformed);
        for version in [0, 1, 2, 4, 15, 255] {
            let mut bytes = client_hello_for("a.example", 100);
            bytes[1] = version;
            assert_eq!(hello(&bytes), Hello::Malformed, "a record of version {version}");
        }
        assert_eq!(hello(&[22, 3, 1, 0, 0]), Hello::Malformed);
        assert_eq!(hello(&[22, 3, 1, 0xff, 0xff]), Hello::Malformed);
        assert_eq!(hello(&[22, 3, 1, 0, 4, 2, 0, 0, 0]), Hello::Malformed);
        assert_eq!(hello(&[22, 3, 1, 0, 4, 1, 0xff, 0xff, 0xff]), Hello::Malformed);
        assert_eq!(hello(&[22, 3, 1, 0, 1, 1, 23, 3, 3, 0, 1, 0]), Hello::Malformed);
    }

    #[test]
    fn other_protocols_are_told_at_the_first_byte() {
        for bytes in [
            &b"G"[..],
            b"GET / HTTP/1.1\r\n",
            b"PRI * HTTP/2.0\r\n",
            b"SSH-2.0-x\r\n",
            b"\0\0\0\x08\x04\xd2\x16/",
        ] {
            assert_eq!(hello(bytes), Hello::Plain);
        }
    }

    #[test]
    fn an_endless_hello_ends() {
        let endless = records(&[&[1, 0, 0xff, 0xff][..], &vec![0; 1 << 17]].concat(), 100);
        assert_eq!(hello(&endless[..LONGEST]), Hello::Malformed);
    }
}

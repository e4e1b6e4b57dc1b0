//! The form of DNS messages (RFC 1035): questions in, answers out. Nothing is decided and nothing is forwarded here.

use std::net::IpAddr;

use crate::grant::{BadName, Name};

/// Bytes of the longest answer that every client takes (RFC 1035, section 4.2.1). Ours are cut to fit.
pub(crate) const ANSWER: usize = 512;
/// Bytes of the longest question that is read. Options of EDNS make some longer than 512.
pub(crate) const QUESTION: usize = 4096;

const HEADER: usize = 12;
const A: u16 = 1;
const AAAA: u16 = 28;
const INTERNET: u16 = 1;

/// One question that has the right form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    id: u16,
    recursion: bool,
    /// The question section as it came, case and all: some clients check that it comes back so.
    section: Vec<u8>,
    /// What is asked for.
    pub(crate) kind: Kind,
    /// The name in canonical form, or why there is none.
    pub(crate) name: Result<Name, BadName>,
    /// The name as it came, for the report.
    pub(crate) written: String,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Addresses of IPv4.
    A,
    /// Addresses of IPv6.
    Aaaa,
    /// Something that is answered with nothing.
    Other,
}

/// The kind of answer (RFC 1035, section 4.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    /// These addresses, or none of that kind.
    Fine = 0,
    /// The question has no form.
    Malformed = 1,
    /// Try again later.
    Failure = 2,
    /// There is no such name.
    NoName = 3,
    /// No such operation.
    NotImplemented = 4,
}

/// Reads a message.
///
/// # Errors
/// The answer to give when it is no question, or `None` when it deserves no answer.
pub(crate) fn question(message: &[u8]) -> Result<Question, Option<Vec<u8>>> {
    let Some((header, rest)) = message.split_first_chunk::<HEADER>() else { return Err(None) };
    let &[id0, id1, flags0, _, questions0, questions1, .., _, _] = header;
    let id = u16::from_be_bytes([id0, id1]);
    if flags0 & 0x80 != 0 {
        // An answer. Answering it could go on for ever.
        return Err(None);
    }
    let recursion = flags0 & 1 != 0;
    if flags0 & 0x78 != 0 {
        return Err(Some(bare(id, recursion, Code::NotImplemented)));
    }
    let malformed = || Some(bare(id, recursion, Code::Malformed));
    if u16::from_be_bytes([questions0, questions1]) != 1 {
        return Err(malformed());
    }
    let (labels, end) = labels(rest).ok_or_else(malformed)?;
    let section = rest.get(..end.saturating_add(4)).ok_or_else(malformed)?;
    let Some(&[kind0, kind1, class0, class1]) = section.get(end..) else { return Err(malformed()) };
    let kind = match u16::from_be_bytes([kind0, kind1]) {
        A => Kind::A,
        AAAA => Kind::Aaaa,
        _ => Kind::Other,
    };
    if u16::from_be_bytes([class0, class1]) != INTERNET {
        return Err(Some(bare(id, recursion, Code::NotImplemented)));
    }
    // A dot inside a label must not become one between labels.
    let name = if labels.iter().any(|label| label.contains(&b'.')) {
        Err(BadName::Byte)
    } else {
        Name::parse(&labels.join(&b'.'))
    };
    let written = labels.join(&b'.').escape_ascii().to_string();
    Ok(Question { id, recursion, section: section.to_vec(), kind, name, written })
}

/// The labels of a name and where it ends. Compression has nothing to point to in a first question, so it is refused.
fn labels(bytes: &[u8]) -> Option<(Vec<&[u8]>, usize)> {
    let mut labels = Vec::new();
    let mut at = 0_usize;
    loop {
        let length = usize::from(*bytes.get(at)?);
        at = at.checked_add(1)?;
        if length == 0 {
            return Some((labels, at));
        }
        if length > 63 || at > 255 {
            return None;
        }
        let end = at.checked_add(length)?;
        labels.push(bytes.get(at..end)?);
        at = end;
    }
}

/// The answer to a question. Addresses of the kind that was not asked for are left out, and those that do not fit.
pub(crate) fn answer(question: &Question, code: Code, addresses: &[IpAddr], seconds: u32) -> Vec<u8> {
    let mut message = bare(question.id, question.recursion, code);
    set(&mut message, 4, 1);
    message.extend(&question.section);
    let mut count = 0_u16;
    for address in addresses {
        let octets: &[u8] = match (question.kind, address) {
            (Kind::A, IpAddr::V4(address)) => &address.octets(),
            (Kind::Aaaa, IpAddr::V6(address)) => &address.octets(),
            _ => continue,
        };
        if message.len().saturating_add(12).saturating_add(octets.len()) > ANSWER {
            break;
        }
        // The name is the one at byte 12, where the question section begins.
        message.extend([0xc0, 12]);
        message.extend(if octets.len() == 4 { A } else { AAAA }.to_be_bytes());
        message.extend(INTERNET.to_be_bytes());
        message.extend(seconds.to_be_bytes());
        message.extend(u16::try_from(octets.len()).unwrap_or_default().to_be_bytes());
        message.extend(octets);
        count = count.saturating_add(1);
    }
    set(&mut message, 6, count);
    message
}

/// A header that answers and carries nothing.
fn bare(id: u16, recursion: bool, code: Code) -> Vec<u8> {
    let mut message = Vec::with_capacity(ANSWER);
    message.extend(id.to_be_bytes());
    message.push(0x80 | u8::from(recursion));
    message.push(0x80 | code as u8);
    message.extend([0; 8]);
    message
}

/// Sets a count of the header.
fn set(message: &mut [u8], at: usize, count: u16) {
    if let Some(place) = message.get_mut(at..at.saturating_add(2)) {
        place.copy_from_slice(&count.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(labels: &[&[u8]], kind: u16, tail: &[u8]) -> Vec<u8> {
        let mut message = vec![0xab, 0xcd, 1, 0, 0, 1, 0, 0, 0, 0, 0, u8::from(!tail.is_empty())];
        for label in labels {
            message.push(label.len() as u8);
            message.extend(*label);
        }
        message.push(0);
        message.extend(kind.to_be_bytes());
        message.extend([0, 1]);
        message.extend(tail);
        message
    }

    #[test]
    fn a_question_is_read_and_answered_with_its_own_spelling() {
        let message = asked(&[b"aPi", b"Example", b"com"], 1, &[]);
        let question = question(&message).unwrap();
        assert_eq!(question.name.as_ref().unwrap().as_str(), "api.example.com");
        let addresses =
            ["192.0.2.1".parse().unwrap(), "2001:db8::1".parse().unwrap(), "192.0.2.2".parse().unwrap()];
        let answer = answer(&question, Code::Fine, &addresses, 30);
        assert_eq!(answer.get(..12).unwrap(), [0xab, 0xcd, 0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 0]);
        assert_eq!(answer.get(12..33).unwrap(), message.get(12..33).unwrap());
        assert_eq!(answer.get(33..49).unwrap(), [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 30, 0, 4, 192, 0, 2, 1]);
        assert_eq!(answer.len(), 33 + 2 * 16);
    }

    #[test]
    fn options_behind_the_question_are_tolerated() {
        let edns = [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0];
        assert_eq!(question(&asked(&[b"a", b"example"], 28, &edns)).unwrap().kind, Kind::Aaaa);
        assert_eq!(question(&asked(&[b"a", b"example"], 65, &edns)).unwrap().kind, Kind::Other);
    }

    #[test]
    fn a_name_that_hides_a_dot_or_a_zero_byte_is_no_name() {
        for labels in [
            &[&b"a.example"[..], b"evil"][..],
            &[b"allowed\0", b"example"],
            &[b"a b", b"example"],
            &[b"127", b"0", b"0", b"1"],
        ] {
            assert!(question(&asked(labels, 1, &[])).unwrap().name.is_err());
        }
        assert!(question(&asked(&[], 1, &[])).unwrap().name.is_err());
    }

    #[test]
    fn what_is_no_question_is_refused_and_an_answer_is_ignored() {
        let good = asked(&[b"a", b"example"], 1, &[]);
        for length in 0..12 {
            assert_eq!(question(good.get(..length).unwrap()), Err(None));
        }
        for length in 12..good.len() {
            assert!(matches!(question(good.get(..length).unwrap()), Err(Some(_))), "{length}");
        }
        let changed = |at: usize, byte: u8| {
            let mut message = good.clone();
            message[at] = byte;
            question(&message)
        };
        assert_eq!(changed(2, 0x81), Err(None));
        assert!(matches!(changed(2, 0x29), Err(Some(_))));
        assert!(matches!(changed(5, 2), Err(Some(_))));
        assert!(matches!(changed(5, 0), Err(Some(_))));
        assert!(matches!(changed(12, 0xc0), Err(Some(_))));
        assert!(matches!(changed(12, 64), Err(Some(_))));
        let endless: Vec<u8> = vec![1; 4000];
        assert!(matches!(question(&[&good[..12], &endless].concat()), Err(Some(_))));
    }

    #[test]
    fn many_addresses_are_cut_to_what_every_client_takes() {
        let label = [b'a'; 60];
        let asked = asked(&[&label, &label, &label, &label], 28, &[]);
        let addresses = vec!["2001:db8::1".parse().unwrap(); 100];
        let answer = answer(&question(&asked).unwrap(), Code::Fine, &addresses, 30);
        assert!(answer.len() <= ANSWER && answer[7] == ((ANSWER - asked.len()) / 28) as u8);
    }
}

//! What a signing certificate of Sigstore's says of its holder. Whether it may be believed is asked elsewhere.

/// Object identifiers, as they are encoded (Fulcio, "oid-info").
const SUBJECT_ALTERNATIVE_NAME: &[u8] = &[0x55, 0x1d, 0x11];
const ISSUER: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x83, 0xbf, 0x30, 0x01, 0x08];
const SOURCE_COMMIT: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x83, 0xbf, 0x30, 0x01, 0x0d];

const SEQUENCE: u8 = 0x30;
const OCTETS: u8 = 0x04;
const OBJECT: u8 = 0x06;
const TEXT: u8 = 0x0c;
/// `[3]`, the extensions of a certificate.
const EXTENSIONS: u8 = 0xa3;
/// `[1]` and `[6]`, an address of mail and one of the web.
const MAIL: u8 = 0x81;
const ADDRESS: u8 = 0x86;

/// Who signed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Holder {
    /// The workflow, as its repository and branch or tag have it, or an address of mail.
    pub(super) name: String,
    /// Who says so.
    pub(super) issuer: String,
    /// The commit that was built.
    pub(super) commit: Option<String>,
}

/// The holder of a certificate (RFC 5280, section 4.1); nothing where it names none.
pub(super) fn holder(der: &[u8]) -> Option<Holder> {
    let (SEQUENCE, certificate, _) = value(der)? else { return None };
    let (SEQUENCE, mut signed, _) = value(certificate)? else { return None };
    let extensions = loop {
        let (tag, inner, rest) = value(signed)?;
        if tag == EXTENSIONS {
            break inner;
        }
        signed = rest;
    };
    let (SEQUENCE, mut extensions, _) = value(extensions)? else { return None };
    let mut holder = Holder::default();
    while let Some((SEQUENCE, extension, rest)) = value(extensions) {
        extensions = rest;
        let (OBJECT, id, mut after) = value(extension)? else { return None };
        // Whether it is critical may stand between.
        let octets = loop {
            let (tag, inner, rest) = value(after)?;
            if tag == OCTETS {
                break inner;
            }
            after = rest;
        };
        match id {
            SUBJECT_ALTERNATIVE_NAME => {
                let (SEQUENCE, names, _) = value(octets)? else { return None };
                let (MAIL | ADDRESS, name, []) = value(names)? else { return None };
                holder.name = plain(name)?;
            }
            ISSUER => holder.issuer = text(octets)?,
            SOURCE_COMMIT => holder.commit = Some(text(octets)?),
            _ => {}
        }
    }
    (!holder.name.is_empty() && !holder.issuer.is_empty()).then_some(holder)
}

fn text(der: &[u8]) -> Option<String> {
    let (TEXT, inner, []) = value(der)? else { return None };
    plain(inner)
}

/// A text of one word that shows all that it is.
fn plain(bytes: &[u8]) -> Option<String> {
    let fits = !bytes.is_empty() && bytes.len() <= 512 && bytes.iter().all(u8::is_ascii_graphic);
    fits.then(|| String::from_utf8_lossy(bytes).into_owned())
}

/// The first value (X.690, section 8.1): its tag, its contents, and what is behind it.
fn value(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let [tag, length, rest @ ..] = der else { return None };
    let (length, rest) = match length {
        0..=0x7f => (usize::from(*length), rest),
        0x81..=0x83 => {
            let (digits, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            (digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let (inner, rest) = rest.split_at_checked(length)?;
    Some((*tag, inner, rest))
}

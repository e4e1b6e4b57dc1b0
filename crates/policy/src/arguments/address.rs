//! Addresses: where a URL or host leads, read as widely as any library reads it.
//!
//! Owns the parsing of a URL's front part for judgement only: what two readers could take differently is a fault of its own. Never
//! resolves a name; what a public name leads to is the business of whoever dials.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use unicode_normalization::UnicodeNormalization as _;

/// What is wrong with an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault {
    /// A scheme that reads files, speaks other protocols or runs a script.
    Scheme,
    /// A scheme that is none of the web's.
    OddScheme,
    /// A link-local address, or a name, by which clouds hand out credentials.
    Metadata,
    /// This machine, a private network, or a name that only exists in one.
    Inside,
    /// An address in a notation that hides what it is, or a public name for a private address.
    Hidden,
    /// Something before an `@`, a backslash, a blank or a line break: readers disagree about where the host is.
    Ambiguous,
    /// A host's name with letters that look like others'.
    LookAlike,
    /// A page for a person that is not protected by TLS, or has a number for a name.
    Unprotected,
}

const SCRIPTS_AND_FILES: [&str; 26] = [
    "file",
    "gopher",
    "dict",
    "ldap",
    "ldaps",
    "ldapi",
    "tftp",
    "ftp",
    "sftp",
    "smb",
    "jar",
    "netdoc",
    "php",
    "phar",
    "expect",
    "javascript",
    "vbscript",
    "data",
    "blob",
    "view-source",
    "chrome",
    "resource",
    "ogg",
    "zlib",
    "ssh2",
    "imap",
];
const OF_THE_WEB: [&str; 9] = ["http", "https", "ws", "wss", "mailto", "tel", "about", "git", "ssh"];
/// Services that answer for any address that stands in the name.
const ECHOES: [&str; 12] = [
    "nip.io",
    "sslip.io",
    "xip.io",
    "localtest.me",
    "lvh.me",
    "vcap.me",
    "lacolhost.com",
    "traefik.me",
    "1u.ms",
    "rbndr.us",
    "backname.io",
    "local.gd",
];
const ONLY_INSIDE: [&str; 9] =
    ["localhost", "localdomain", "local", "internal", "intranet", "lan", "home", "corp", "home.arpa"];

/// Everything that is wrong with a URL. A bare host or a path is read as one without a scheme.
pub(super) fn faults(url: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    look(url, 0, &mut faults);
    faults.sort_unstable();
    faults.dedup();
    faults
}

/// Everything that is wrong with a URL that a person is to open.
pub(super) fn faults_for_a_person(url: &str) -> Vec<Fault> {
    let mut found = faults(url);
    let front = url.trim().to_ascii_lowercase();
    let host = host_of(url.trim()).unwrap_or_default();
    let loopback = matches!(host.as_str(), "localhost" | "127.0.0.1" | "[::1]");
    // Sign-in pages of programs on this machine listen on the loopback (RFC 8252).
    found.retain(|fault| !(loopback && *fault == Fault::Inside));
    if !loopback && (!front.starts_with("https://") || address(&host).is_some()) {
        found.push(Fault::Unprotected);
    }
    found
}

/// Everything that is wrong with a bare host, which may have a port.
pub(super) fn host_faults(host: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    let host = host.trim();
    if host.contains("://") {
        look(host, 0, &mut faults);
    } else {
        look_at_host(host, &mut faults);
        // A name of one label is a host of this network, which is what such a parameter is for.
        if !host.contains('.')
            && !host.contains(':')
            && !host.eq_ignore_ascii_case("localhost")
            && address(host).is_none()
        {
            faults.retain(|fault| *fault != Fault::Inside);
        }
    }
    faults
}

fn look(url: &str, depth: usize, faults: &mut Vec<Fault>) {
    let url = url.trim();
    let folded = url.to_ascii_lowercase();
    if url.chars().any(|letter| letter.is_control())
        || folded.contains("%0d")
        || folded.contains("%0a")
        || folded.contains("%00")
    {
        faults.push(Fault::Ambiguous);
    }
    let (scheme, rest) = match url.split_once(':') {
        Some((scheme, rest))
            if is_scheme(scheme) && !rest.starts_with(|next: char| next.is_ascii_digit()) =>
        {
            (Some(scheme.to_ascii_lowercase()), rest)
        }
        _ => (None, url),
    };
    if let Some(scheme) = &scheme {
        // Wrappers such as `url:file:` and `git+file:` are read by what is inside.
        let inner = scheme.rsplit(['+', ':']).next().unwrap_or(scheme);
        if SCRIPTS_AND_FILES.contains(&inner) || scheme == "url" {
            faults.push(Fault::Scheme);
            return;
        }
        if !OF_THE_WEB.contains(&inner) {
            faults.push(Fault::OddScheme);
        }
        if matches!(inner, "mailto" | "tel" | "about") {
            return;
        }
    }
    let behind = rest.trim_start_matches(['/', '\\']);
    let slashes = rest.get(..rest.len() - behind.len()).unwrap_or_default();
    if slashes.contains('\\') || (scheme.is_some() && slashes.len() != 2) {
        faults.push(Fault::Ambiguous);
    }
    // A path of this server leads nowhere else.
    if scheme.is_none() && slashes.len() == 1 {
        return;
    }
    let end = behind.find(['/', '?', '#']).unwrap_or(behind.len());
    let (authority, tail) = behind.split_at_checked(end).unwrap_or((behind, ""));
    if authority.contains(['\\', ' ', '\t', '<', '>', '"', '|', '^', '`']) {
        faults.push(Fault::Ambiguous);
    }
    let authority = authority.split('\\').next().unwrap_or(authority);
    let host = match authority.rsplit_once('@') {
        Some((user, host)) => {
            let git = matches!(scheme.as_deref(), Some("ssh" | "git+ssh")) && user == "git";
            if !git {
                faults.push(Fault::Ambiguous);
            }
            // Some take what is before the @, with a password or not.
            look_at_host(user.split(':').next().unwrap_or_default(), &mut Vec::new());
            host
        }
        None => authority,
    };
    look_at_host(host, faults);
    if depth == 0 {
        nested(tail, faults);
    }
}

/// Addresses inside the path or the query, which proxies and redirects follow.
fn nested(tail: &str, faults: &mut Vec<Fault>) {
    let decoded = percent_decoded(&percent_decoded(tail));
    for part in decoded.split(['?', '&', '=', '#', ';', ',']).take(64) {
        let start = ["http://", "https://", "file://", "gopher://"]
            .iter()
            .filter_map(|scheme| part.to_ascii_lowercase().find(scheme))
            .min();
        if let Some(inside) = start.and_then(|start| part.get(start..)) {
            let mut found = Vec::new();
            look(inside, 1, &mut found);
            // An archive's page about a host that readers disagree about is nobody's attack.
            faults.extend(found.into_iter().filter(|fault| {
                matches!(fault, Fault::Metadata | Fault::Inside | Fault::Hidden | Fault::Scheme)
            }));
        }
    }
}

fn host_of(url: &str) -> Option<String> {
    let rest = url.split_once("://")?.1;
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    Some(bare(authority.rsplit('@').next()?).to_owned())
}

/// The host without its port.
fn bare(host: &str) -> &str {
    match (host.starts_with('['), host.find(']')) {
        (true, Some(end)) => host.get(..=end).unwrap_or(host),
        _ if host.matches(':').count() == 1 => host.split(':').next().unwrap_or(host),
        _ => host,
    }
}

fn is_scheme(scheme: &str) -> bool {
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '+' | '-' | '.'))
        && !scheme.contains("localhost")
        && (!scheme.contains('.') || scheme.len() < 4)
}

fn look_at_host(host: &str, faults: &mut Vec<Fault>) {
    let written = bare(host);
    let decoded = percent_decoded(written);
    let folded: String = decoded
        .nfkc()
        .flat_map(char::to_lowercase)
        .map(|letter| if letter == '。' { '.' } else { letter })
        .collect();
    let name = folded.trim_end_matches('.');
    if decoded != written {
        faults.push(Fault::Hidden);
    }
    if name.split('.').any(mixes_scripts) {
        faults.push(Fault::LookAlike);
    }
    if let Some(address) = address(name) {
        let plain = match address {
            IpAddr::V4(address) => written == address.to_string(),
            IpAddr::V6(_) => written.is_ascii(),
        };
        if !plain {
            faults.push(Fault::Hidden);
        }
        let wrapped = unwrapped(address);
        if wrapped != address {
            faults.push(Fault::Hidden);
        }
        if is_metadata(wrapped) {
            faults.push(Fault::Metadata);
        } else if !is_public(wrapped) || !is_public(address) {
            faults.push(Fault::Inside);
        }
        return;
    }
    if !written.is_ascii() && name.is_ascii() {
        faults.push(Fault::Hidden); // fullwidth or enclosed letters
    }
    if name.starts_with("metadata.")
        || name == "metadata"
        || name == "instance-data"
        || name.ends_with(".metadata.google.internal")
    {
        faults.push(Fault::Metadata);
        return;
    }
    let is_or_in =
        |zone: &&str| name == *zone || name.strip_suffix(*zone).is_some_and(|rest| rest.ends_with('.'));
    if ECHOES.iter().any(&is_or_in) {
        faults.push(Fault::Hidden);
    } else if ONLY_INSIDE.iter().any(is_or_in) || (!name.is_empty() && !name.contains('.') && name.is_ascii())
    {
        faults.push(Fault::Inside);
    }
}

/// Whether a label mixes Latin with Cyrillic, Greek or Armenian, or is all of those and looks Latin.
fn mixes_scripts(label: &str) -> bool {
    let other = label.chars().filter(|letter| matches!(letter, '\u{0370}'..='\u{058F}')).count();
    let latin = label.chars().filter(char::is_ascii_alphabetic).count();
    other > 0
        && (latin > 0
            || label
                .chars()
                .filter(|letter| letter.is_alphabetic())
                .all(|letter| "асеорхуіјѕһԁԛԝӏ".contains(letter)))
}

/// The address that a host is, in any notation: `inet_aton`'s, or IPv6 in brackets or not, with a zone or not.
fn address(host: &str) -> Option<IpAddr> {
    let inner = host.trim_start_matches('[').trim_end_matches(']');
    if inner.contains(':') {
        let inner = inner.split('%').next().unwrap_or(inner);
        return inner.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    }
    let parts: Vec<&str> = inner.split('.').collect();
    if parts.is_empty() || parts.len() > 4 {
        return None;
    }
    let numbers: Vec<u64> = parts.iter().map(|part| number(part)).collect::<Option<_>>()?;
    let (last, front) = numbers.split_last()?;
    let free = 8 * (4 - front.len());
    if front.iter().any(|part| *part > 255) || *last >= 1_u64 << free {
        return None;
    }
    let front = front.iter().fold(0_u64, |value, part| (value << 8) | part);
    u32::try_from((front << free) | last).ok().map(|value| IpAddr::V4(Ipv4Addr::from(value)))
}

fn number(part: &str) -> Option<u64> {
    match part.strip_prefix("0x").or(part.strip_prefix("0X")) {
        Some("") => Some(0),
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None if part.len() > 1 && part.starts_with('0') => {
            u64::from_str_radix(part, 8).or_else(|_| part.parse()).ok()
        }
        None if part.bytes().all(|byte| byte.is_ascii_digit()) => part.parse().ok(),
        None => None,
    }
}

/// The IPv4 address inside an IPv6 one: mapped, compatible, NAT64, 6to4, Teredo's server left aside.
fn unwrapped(address: IpAddr) -> IpAddr {
    let IpAddr::V6(six) = address else { return address };
    let four = |high: u16, low: u16| IpAddr::V4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)));
    match six.segments() {
        [0, 0, 0, 0, 0, 0xFFFF, high, low] | [0, 0, 0, 0, 0xFFFF, 0, high, low] => four(high, low),
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 => four(high, low),
        [0x64, 0xFF9B, 0 | 1, _, _, _, high, low] => four(high, low),
        [0x2002, high, low, ..] => four(high, low),
        _ => address,
    }
}

fn is_metadata(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => {
            four.is_link_local()
                || matches!(four.octets(), [100, 100, 100, 200] | [168, 63, 129, 16] | [192, 0, 0, 192])
        }
        IpAddr::V6(six) => {
            matches!(six.segments(), [0xFD00, 0xEC2, 0, 0, 0, 0, 0, 0x254] | [0xFE80..=0xFEBF, ..])
        }
    }
}

/// Whether an address is one of the public internet's (RFC 6890 and the registries it began).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => !matches!(
            four.octets(),
            [0 | 10 | 127, ..]
                | [100, 64..=127, ..]
                | [169, 254, ..]
                | [172, 16..=31, ..]
                | [192, 168, ..]
                | [192, 0, 0, _]
                | [198, 18 | 19, ..]
                | [224..=255, ..]
        ),
        IpAddr::V6(six) => {
            matches!(six.segments(), [0x2000..=0x3FFF, ..]) || matches!(six.segments(), [0x64, 0xFF9B, ..])
        }
    }
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push(u8::try_from(high * 16 + low).unwrap_or_default());
                at += 3;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notation_of_an_address_is_read() {
        for host in ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "0x7f000001", "127.0.0.1."] {
            let found = faults(&format!("http://{host}/"));
            assert!(found.contains(&Fault::Inside), "{host}: {found:?}");
        }
        for host in
            ["[::1]", "[::ffff:10.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fc00::1]", "[::]"]
        {
            let found = faults(&format!("http://{host}:80/"));
            assert!(found.contains(&Fault::Inside), "{host}: {found:?}");
        }
    }

    #[test]
    fn ordinary_addresses_have_no_fault() {
        for url in [
            "https://example.com/a?b=c#d",
            "http://93.184.216.34:8080/x",
            "https://[2606:4700:4700::1111]/",
            "https://münchen.example/",
            "https://пример.example/",
            "example.com",
            "example.com:8080/path",
            "about:blank",
            "mailto:a@example.com",
            "https://medium.example/@user/post",
            "/relative/path",
        ] {
            assert_eq!(faults(url), [], "{url}");
        }
    }
}

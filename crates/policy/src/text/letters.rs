//! Letters that look like others, and characters that look like nothing.

/// The ASCII letter or mark that a character is taken for, for what compatibility normalisation leaves as it is.
pub(super) const fn looks_like(letter: char) -> Option<char> {
    Some(match letter {
        // Cyrillic
        'а' => 'a',
        'в' | 'ь' | 'ъ' => 'b',
        'с' | 'ҫ' => 'c',
        'ԁ' => 'd',
        'е' | 'ё' | 'є' | 'э' => 'e',
        'ғ' => 'f',
        'ԍ' => 'g',
        'һ' | 'н' => 'h',
        'і' | 'ї' | 'ı' => 'i',
        'ј' => 'j',
        'к' | 'қ' => 'k',
        'ӏ' => 'l',
        'м' => 'm',
        'и' | 'п' => 'n',
        'о' | 'ө' => 'o',
        'р' => 'p',
        'ԛ' => 'q',
        'г' | 'я' => 'r',
        'ѕ' => 's',
        'т' => 't',
        'ц' => 'u',
        'ѵ' => 'v',
        'ԝ' | 'ш' => 'w',
        'х' | 'ҳ' => 'x',
        'у' | 'ү' => 'y',
        'з' => 'z',
        // Greek
        'α' => 'a',
        'β' => 'b',
        'ϲ' | 'ς' => 'c',
        'δ' => 'd',
        'ε' | 'ξ' => 'e',
        'η' => 'n',
        'ι' => 'i',
        'κ' => 'k',
        'ν' => 'v',
        'ο' | 'σ' => 'o',
        'ρ' => 'p',
        'τ' => 't',
        'υ' | 'μ' => 'u',
        'χ' => 'x',
        'γ' => 'y',
        'ω' => 'w',
        // Armenian, Latin extensions, letters of phonetic alphabets
        'ս' => 'u',
        'օ' => 'o',
        'հ' => 'h',
        'ց' => 'g',
        'զ' => 'q',
        'ɑ' | 'ᴀ' => 'a',
        'ʙ' | 'ƅ' => 'b',
        'ᴄ' | 'ɔ' => 'c',
        'ᴅ' | 'đ' => 'd',
        'ᴇ' | 'ǝ' | 'ə' | 'ɛ' => 'e',
        'ꜰ' | 'ƒ' => 'f',
        'ɢ' | 'ɡ' | 'ǥ' => 'g',
        'ʜ' | 'ħ' | 'ɦ' => 'h',
        'ɪ' | 'ɩ' => 'i',
        'ᴊ' | 'ɟ' => 'j',
        'ᴋ' | 'ĸ' => 'k',
        'ʟ' | 'ł' => 'l',
        'ᴍ' | 'ɱ' => 'm',
        'ɴ' | 'ŋ' => 'n',
        'ᴏ' | 'ø' => 'o',
        'ᴘ' => 'p',
        'ꞯ' => 'q',
        'ʀ' | 'ɾ' => 'r',
        'ꜱ' | 'ʂ' => 's',
        'ᴛ' | 'ŧ' => 't',
        'ᴜ' | 'ʊ' => 'u',
        'ᴠ' | 'ʋ' => 'v',
        'ᴡ' => 'w',
        'ʏ' => 'y',
        'ᴢ' | 'ʐ' => 'z',
        _ => return None,
    })
}

/// The letter of an enclosed or regional-indicator symbol, which compatibility normalisation leaves as it is.
pub(super) fn enclosed(symbol: char) -> Option<char> {
    let place = match symbol {
        '\u{1F130}'..='\u{1F149}' => u32::from(symbol) - 0x1F130,
        '\u{1F150}'..='\u{1F169}' => u32::from(symbol) - 0x1F150,
        '\u{1F170}'..='\u{1F189}' => u32::from(symbol) - 0x1F170,
        '\u{1F1E6}'..='\u{1F1FF}' => u32::from(symbol) - 0x1F1E6,
        _ => return None,
    };
    u8::try_from(place).ok().map(|place| char::from(b'a' + place))
}

/// Typographic marks as ASCII has them.
pub(super) const fn plain_mark(mark: char) -> Option<char> {
    Some(match mark {
        '\u{2018}' | '\u{2019}' | '\u{201B}' | '\u{02BC}' | '\u{00B4}' | '\u{2032}' | '\u{FF07}' => '\'',
        '\u{201C}' | '\u{201D}' | '\u{201E}' | '\u{00AB}' | '\u{00BB}' => '"',
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        '\u{00A0}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}' => ' ',
        '\u{2028}' | '\u{2029}' | '\u{0085}' => '\n',
        '\u{2024}' | '\u{3002}' | '\u{FF61}' => '.',
        _ => return None,
    })
}

/// Whether a character shows nothing at all, so that text with it reads as text without it.
pub(super) const fn is_invisible(letter: char) -> bool {
    matches!(letter,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{FFF9}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}')
}

/// Marks that are put on the letter before.
pub(super) const fn is_combining(mark: char) -> bool {
    matches!(mark, '\u{0300}'..='\u{036F}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}')
}

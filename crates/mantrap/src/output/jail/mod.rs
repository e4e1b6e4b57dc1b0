//! What `mantrap jail` and `mantrap doctor` print: for people, and as JSON for programs. Everything that a jailed
//! process chose is made visible before it reaches a terminal.

pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod report;

use std::time::Duration;

use mantrap_jail::{Delivery, Right};
use mantrap_scan::excerpt::visible;
use unicode_width::UnicodeWidthStr;

use super::text::{Paint, wrapped};

/// Rows with a name on the left and text on the right, under headings.
struct Sheet {
    paint: Paint,
    width: usize,
    out: String,
}

impl Sheet {
    fn new(paint: Paint, width: usize) -> Self {
        Self { paint, width, out: String::new() }
    }

    fn line(&mut self, text: &str) {
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }

    fn heading(&mut self, text: &str) {
        let text = self.paint.bold(text);
        self.line("");
        self.line(&text);
    }

    /// `  lead      text`, the text wrapped under itself. The lead is drawn by `draw`.
    fn row(&mut self, lead: &str, columns: usize, text: &str, draw: impl Fn(Paint, &str) -> String) {
        let indent = columns + 4;
        for (nth, line) in wrapped(&visible(text), self.width, indent, indent).iter().enumerate() {
            let gap = " ".repeat(columns.saturating_sub(lead.width()) + 2);
            let lead =
                if nth == 0 { format!("  {}{gap}", draw(self.paint, lead)) } else { " ".repeat(indent) };
            self.line(&format!("{lead}{line}"));
        }
    }

    fn plain(&mut self, lead: &str, columns: usize, text: &str) {
        self.row(lead, columns, text, |_, lead| lead.to_owned());
    }
}

/// The word that grants it.
fn right(right: Right) -> &'static str {
    match right {
        Right::Read => "read",
        Right::Exec => "exec",
        Right::Write => "write",
        Right::Socket => "socket",
        Right::Copy => "copy",
        Right::Build => "build",
    }
}

fn delivery(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::Env => "env",
        Delivery::File => "file",
    }
}

/// A number of bytes for people: three digits at most, powers of 1024.
fn bytes(count: u64) -> String {
    let mut unit = 0_usize;
    let mut whole = count;
    let mut tenths = 0;
    while whole >= 1024 && unit < 4 {
        tenths = whole % 1024 * 10 / 1024;
        whole /= 1024;
        unit += 1;
    }
    let name = ["B", "KiB", "MiB", "GiB", "TiB"].get(unit).copied().unwrap_or_default();
    if unit > 0 && whole < 10 && tenths > 0 {
        format!("{whole}.{tenths} {name}")
    } else {
        format!("{whole} {name}")
    }
}

/// A length of time for people.
fn time(span: Duration) -> String {
    match span.as_millis() {
        milliseconds @ 0..1_000 => format!("{milliseconds} ms"),
        milliseconds @ 1_000..120_000 => format!("{}.{} s", milliseconds / 1_000, milliseconds % 1_000 / 100),
        milliseconds => format!("{} min {} s", milliseconds / 60_000, milliseconds / 1_000 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_short() {
        let bytes: Vec<String> = [0, 1023, 1024, 1536, 10 << 20, 3 << 30, u64::MAX].map(bytes).into();
        assert_eq!(bytes, ["0 B", "1023 B", "1 KiB", "1.5 KiB", "10 MiB", "3 GiB", "16777215 TiB"]);
        let times: Vec<String> = [7, 1_234, 61_000, 200_500].map(|ms| time(Duration::from_millis(ms))).into();
        assert_eq!(times, ["7 ms", "1.2 s", "61.0 s", "3 min 20 s"]);
    }
}

//! After: the same documents where the deployment is mantrap's. What travels is a name, and everything else of the document can at most reach
//! `mantrap run` in one of three shapes.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::home::{Server, home, mantrap, program};
use crate::scratch::Scratch;
use crate::sdk::{SDKS, Sdk};
use crate::vectors::{Set, Vector, vectors};

/// What of a document reaches `mantrap run`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// The product starts `mantrap run TEXT`: the text is the attacker's.
    Name,
    /// It starts `mantrap run NAME`, and lets the document's command and arguments follow.
    Arguments,
    /// It starts `mantrap run NAME` and nothing else, with the document's environment and working directory.
    Surroundings,
}

const SHAPES: [Shape; 3] = [Shape::Name, Shape::Arguments, Shape::Surroundings];

impl Shape {
    /// Whether the vector has anything that this shape lets through.
    fn fits(self, vector: &Vector) -> bool {
        self != Self::Surroundings || !vector.env.is_empty() || vector.cwd.is_some()
    }

    fn document(self, set: &Set) -> Value {
        let server = approved(set.vector);
        let command = set.fill(&set.vector.command);
        let arguments = match self {
            Self::Name => vec![format!("{command} {}", set.args().join(" "))],
            Self::Arguments => [vec![server.name.to_owned(), command], set.args()].concat(),
            Self::Surroundings => vec![server.name.to_owned()],
        };
        let mut started = run(&arguments);
        if self == Self::Surroundings {
            started["env"] = json!(set.env());
            started["cwd"] = json!(set.cwd());
        }
        server.document(&started, false)
    }
}

/// How a host starts `mantrap run` with these arguments.
pub(crate) fn run(arguments: &[String]) -> Value {
    let arguments: Vec<String> = [vec!["run".to_owned()], arguments.to_vec()].concat();
    json!({ "command": program(), "args": arguments, "env": {}, "cwd": "/" })
}

/// The approved server on which the vector would have worked, had it been able to.
fn approved(vector: &Vector) -> &'static Server {
    Server::named(match vector.command.as_str() {
        "node" | "npx" | "./npx" | "bun" => "everything",
        "{python}" | "uv" | "uvx" => "time",
        _ => "reader",
    })
}

/// Whether the kernel starts the program through a loader, which reads variables before the program's first instruction.
pub(crate) fn is_dynamic(program: &Path) -> bool {
    const INTERPRETER: u32 = 3;
    let file = std::fs::read(program).unwrap();
    let number = |at: usize, length: usize| {
        file[at..at + length].iter().rev().fold(0_usize, |number, &byte| number << 8 | usize::from(byte))
    };
    assert_eq!(&file[..6], b"\x7fELF\x02\x01", "a 64-bit little-endian program");
    let (start, size, count) = (number(32, 8), number(54, 2), number(56, 2));
    (0..count).any(|header| number(start + header * size, 4) == INTERPRETER as usize)
}

/// What went wrong through this SDK.
fn play(sdk: &Sdk) -> Vec<String> {
    let scratch = Scratch::new();
    let dynamic = is_dynamic(&program());
    let mut played = Vec::new();
    for shape in SHAPES {
        for vector in vectors() {
            // A dynamic build cannot hold these: docs/sdk-table.md says so, and the released one is static.
            let lost = shape == Shape::Surroundings && vector.loader && dynamic;
            if shape.fits(vector) && !lost {
                let work = scratch.path().join(format!("{shape:?}-{}", vector.id));
                played.push((shape, Set::up(vector, work)));
            }
        }
    }
    let documents: Vec<Value> = played.iter().map(|(shape, set)| shape.document(set)).collect();
    let answers = sdk.visit(&documents, home(), Duration::from_secs(400));
    let mut wrong = Vec::new();
    for ((shape, set), answer) in played.iter().zip(answers) {
        let vector = set.vector;
        let place = format!("{} as {shape:?} through {}", vector.id, sdk.name);
        if set.fired() {
            wrong.push(format!("{place} fired: {answer}"));
        }
        // Without its home mantrap knows no lock: the only vector that keeps the approved server from starting.
        let works = *shape == Shape::Surroundings && !vector.env.contains_key("HOME");
        let worked = answer["results"].to_string().contains(approved(vector).says);
        if works != worked {
            wrong.push(format!("{place}: worked {worked}: {answer}"));
        }
    }
    wrong
}

#[test]
fn with_mantrap_no_vector_fires_and_the_approved_server_works() {
    mantrap(&["list"]).unwrap(); // the home is there before the clocks start
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let hosts: Vec<_> = SDKS.iter().map(|sdk| scope.spawn(|| play(sdk))).collect();
        hosts.into_iter().flat_map(|host| host.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

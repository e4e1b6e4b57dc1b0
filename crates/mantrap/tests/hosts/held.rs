//! After: the same documents where the deployment is mantrap's. What travels is a name, and everything else of the document can at most reach
//! `mantrap run` in one of three shapes.

use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::{Value, json};

use crate::home::{Server, home, mantrap, program};
use crate::scratch::{Scratch, alone};
use crate::sdk::{SDKS, Sdk, of_each};
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
        server.document(&started, false, 60)
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

/// What came of one document.
pub(crate) struct Outcome {
    sdk: &'static str,
    pub(crate) vector: &'static Vector,
    shape: Shape,
    pub(crate) fired: bool,
    /// Whether the approved server did its work.
    worked: bool,
    answer: Value,
}

impl Outcome {
    /// Whether the loader of a dynamically linked mantrap would decide it, and not mantrap.
    pub(crate) fn is_the_loaders(&self) -> bool {
        self.shape == Shape::Surroundings && self.vector.loader
    }
}

pub(crate) fn outcomes() -> &'static Vec<Outcome> {
    static OUTCOMES: OnceLock<Vec<Outcome>> = OnceLock::new();
    OUTCOMES.get_or_init(|| {
        let _alone = alone();
        mantrap(&["list"]).unwrap(); // the home is there before the clocks start
        of_each(&SDKS.iter().collect::<Vec<_>>(), play).into_iter().flatten().collect()
    })
}

fn play(sdk: &'static Sdk) -> Vec<Outcome> {
    let scratch = Scratch::new();
    let mut played = Vec::new();
    for shape in SHAPES {
        for vector in vectors().iter().filter(|vector| shape.fits(vector)) {
            let work = scratch.path().join(format!("{shape:?}-{}", vector.id));
            played.push((shape, Set::up(vector, work)));
        }
    }
    let documents: Vec<Value> = played.iter().map(|(shape, set)| shape.document(set)).collect();
    let mut answers = sdk.visit(&documents, home(), Duration::from_secs(400));
    for (document, answer) in documents.iter().zip(&mut answers) {
        // The Java SDK's outbox takes no two threads at once, and a server may ask while the host does.
        if answer["failed"].as_str().is_some_and(|failed| failed.contains("Failed to enqueue message")) {
            *answer = sdk.visit(std::slice::from_ref(document), home(), Duration::from_secs(60)).remove(0);
        }
    }
    let outcome = |((shape, set), answer): (&(Shape, Set), Value)| Outcome {
        sdk: sdk.name,
        vector: set.vector,
        shape: *shape,
        fired: set.fired(),
        worked: answer["results"].to_string().contains(approved(set.vector).says),
        answer,
    };
    played.iter().zip(answers).map(outcome).collect()
}

#[test]
fn with_mantrap_no_vector_fires_and_the_approved_server_works() {
    let dynamic = is_dynamic(&program());
    let mut wrong = Vec::new();
    for outcome in outcomes() {
        let Outcome { sdk, vector, shape, fired, worked, answer } = outcome;
        // Without its home mantrap knows no lock: the only vector that keeps the approved server from starting.
        let should = *shape == Shape::Surroundings && !vector.env.contains_key("HOME");
        // What the loader does with a dynamic build, it does before mantrap is there: docs/sdk-table.md says so.
        if *fired && !(dynamic && outcome.is_the_loaders()) || *worked != should {
            wrong.push(format!(
                "{} as {shape:?} through {sdk}: fired {fired}, worked {worked}: {answer}",
                vector.id
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_dynamic_build_obeys_the_loader_and_a_static_one_does_not() {
    let fired = outcomes().iter().filter(|outcome| outcome.is_the_loaders()).map(|outcome| outcome.fired);
    assert!(fired.clone().count() > 0 && fired.into_iter().all(|fired| fired == is_dynamic(&program())));
}

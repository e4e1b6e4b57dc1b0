//! Guards on a way, and how much each holds.
//!
//! A guard is believed as far as its like has held: a list of program names stops nobody who may choose the arguments.

/// What stands between the outsider and the launch, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Grade {
    /// Nothing.
    #[default]
    None,
    /// The program's name is on a list; its arguments are free.
    NameList,
    /// Characters that a shell would read are refused; no shell is involved.
    Metacharacters,
    /// Some flags of some programs are refused.
    FlagDenyList,
    /// Some variables of the environment are refused.
    EnvironmentDenyList,
    /// Lists that the operator owns, closed by default.
    OperatorLists,
    /// Program and arguments have to equal a known whole.
    ExactMap,
}

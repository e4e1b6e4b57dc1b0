//! `mantrap run`.

pub(super) const EXIT_CODES: &str = "\
Exit codes:
  the server's own; 128 and the signal's number when a signal ended it; 0 when the client left; and from mantrap
  119  it ended by itself too often, and is not started for a while
  120  it ran and never spoke MCP
  121  not what was approved, or a lock or approval that does not count
  122  the journal cannot be written
  123  a guarantee of the jail is missing here
  124  its time limit ended it
  125  the jail could not be built or watched";

//! Reads options as the program would.

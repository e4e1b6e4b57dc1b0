//! The system calls that reach the kernel: an allow-list, as data.

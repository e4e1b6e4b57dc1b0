//! What options mean to each program: data.

/// What is known about a wrapper.
pub(super) struct WrapperSpec;

pub(super) fn wrapper(_name: &str) -> Option<&'static WrapperSpec> {
    None
}

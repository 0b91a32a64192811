//! What the tests of several programs share.

pub mod fake_upstream;

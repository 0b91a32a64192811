//! The proxy as its callers meet it: real sockets on a free port, a stand-in for the model behind.

#![allow(clippy::panic, reason = "a test fails by panicking")]

mod access;
mod harness;
mod lifecycle;
mod limits;
mod openapi;
mod page;
mod replies;
mod requests;
mod secrets;

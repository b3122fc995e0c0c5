//! portcullis.
fn main() {}

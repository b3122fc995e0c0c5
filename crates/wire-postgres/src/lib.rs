//! wire-postgres.

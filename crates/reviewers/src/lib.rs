//! reviewers.

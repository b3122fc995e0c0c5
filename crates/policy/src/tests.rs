//! Tables against the two doors, `load` and `judge`; the fold against a naive reference.

mod fold;
mod grants;
mod hints;
mod judging;
mod loading;
mod pack;
mod past;
mod speed;
mod stage;

//! Spans found so far: the first to claim a place keeps it.

use std::ops::Range;

use model::Class;

pub(super) struct Found<'t> {
    spans: Vec<(Range<usize>, Class)>,
    text: &'t str,
}

impl<'t> Found<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            spans: Vec::new(),
            text,
        }
    }

    pub(super) fn text(&self) -> &'t str {
        self.text
    }

    /// Claims a span, unless part of it is taken.
    pub(super) fn add(&mut self, range: Range<usize>, class: Class) {
        if !range.is_empty() && self.text.get(range.clone()).is_some() && self.is_free(&range) {
            self.spans.push((range, class));
        }
    }

    pub(super) fn is_free(&self, range: &Range<usize>) -> bool {
        !self
            .spans
            .iter()
            .any(|(taken, _)| taken.start < range.end && range.start < taken.end)
    }

    /// In order of place.
    pub(super) fn sorted(mut self) -> Vec<(Range<usize>, Class)> {
        self.spans.sort_by_key(|(range, _)| range.start);
        self.spans
    }
}

//! Edits: what a wire sends in place of what its client wrote.
//!
//! Why: a reader from whom a column is hidden speaks of it in stand-ins, and the target knows the
//! values alone. Made by `govern` beside the plan, for one text under one sight; a wire sends what
//! they say, tells positions as the client counts them, and shows nothing of the rest to anybody.
//! They decide nothing and understand no SQL.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use model::Parameter;

/// One stretch of a text, and what stands in its place; in bytes and, for positions, characters.
#[derive(Clone, PartialEq, Eq)]
struct Stretch {
    at: Range<usize>,
    came: Range<usize>,
    sent: Range<usize>,
    text: String,
}

/// What is sent in place of what came. Cheap to clone. Prints nothing of what it holds.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Edits {
    parameters: Arc<[(usize, Vec<u8>)]>,
    stretches: Arc<[Stretch]>,
}

impl Edits {
    /// Stretches of the text by bytes, and parameters by their number from 0. Of two stretches
    /// that overlap the second is left out.
    pub fn new(
        came: &str,
        mut stretches: Vec<(Range<usize>, String)>,
        mut parameters: Vec<(usize, Vec<u8>)>,
    ) -> Self {
        stretches.sort_by_key(|(at, _)| at.start);
        stretches.dedup_by(|next, last| next.0.start < last.0.end);
        parameters.sort();
        parameters.dedup_by_key(|(number, _)| *number);
        let count = |range: Range<usize>| came.get(range).unwrap_or_default().chars().count();
        let (mut at_byte, mut of_came, mut of_sent) = (0, 0, 0);
        let stretch = |(at, text): (Range<usize>, String)| {
            let between = count(at_byte..at.start);
            let came = of_came + between..of_came + between + count(at.clone());
            let sent = of_sent + between..of_sent + between + text.chars().count();
            (at_byte, of_came, of_sent) = (at.end, came.end, sent.end);
            Stretch {
                at,
                came,
                sent,
                text,
            }
        };
        let stretches = stretches.into_iter().map(stretch).collect();
        Self {
            parameters: parameters.into(),
            stretches,
        }
    }

    /// The same for a text that was another before: what is sent in place of `came`, where these
    /// say what is sent in place of `next`, which goes instead of it. Where the two begin and end
    /// alike, positions are told as they are.
    #[must_use]
    pub fn over(&self, came: &str, next: &str) -> Self {
        let sent = self.text(next.as_bytes());
        let sent = String::from_utf8_lossy(&sent);
        let is_alike = |(a, b): &(char, char)| a == b;
        let pairs = came.chars().zip(sent.chars());
        let head: usize = pairs.take_while(is_alike).map(|(a, _)| a.len_utf8()).sum();
        let rest = |text: &str| text.get(head..).unwrap_or_default().to_owned();
        let (left, new) = (rest(came), rest(&sent));
        let pairs = left.chars().rev().zip(new.chars().rev());
        let tail: usize = pairs.take_while(is_alike).map(|(a, _)| a.len_utf8()).sum();
        let text = new.get(..new.len() - tail).unwrap_or_default().to_owned();
        let parameters = self.parameters.to_vec();
        Self::new(came, vec![(head..came.len() - tail, text)], parameters)
    }

    /// Whether everything is sent as it came.
    pub fn is_empty(&self) -> bool {
        self.parameters.is_empty() && self.stretches.is_empty()
    }

    /// The text that is sent.
    pub fn text<'t>(&self, came: &'t [u8]) -> Cow<'t, [u8]> {
        if self.stretches.is_empty() {
            return Cow::Borrowed(came);
        }
        let mut sent = Vec::with_capacity(came.len());
        let mut at = 0;
        for stretch in self.stretches.iter() {
            sent.extend_from_slice(came.get(at..stretch.at.start).unwrap_or_default());
            sent.extend_from_slice(stretch.text.as_bytes());
            at = stretch.at.end;
        }
        sent.extend_from_slice(came.get(at..).unwrap_or_default());
        Cow::Owned(sent)
    }

    /// What is sent for a parameter, from 0, that is not NULL; `None`: as it came.
    pub fn parameter(&self, number: usize) -> Option<&[u8]> {
        let mut parameters = self.parameters.iter();
        let found = parameters.find(|(edited, _)| *edited == number);
        found.map(|(_, value)| value.as_slice())
    }

    /// The parameters that are sent.
    pub fn parameters_of(&self, came: &[Parameter]) -> Vec<Parameter> {
        let sent = |(number, came): (usize, &Parameter)| Parameter {
            value: came.value.as_ref().map(|value| {
                let edited = self.parameter(number).unwrap_or(value);
                edited.to_vec()
            }),
            ..came.clone()
        };
        came.iter().enumerate().map(sent).collect()
    }

    /// Whether the same text is sent by both.
    pub fn sends_same_text(&self, other: &Self) -> bool {
        self.stretches == other.stretches
    }

    /// Whether the same parameters are sent by both.
    pub fn sends_same_parameters(&self, other: &Self) -> bool {
        self.parameters == other.parameters
    }

    /// Where a position in the text that was sent, in characters from 1, lies in the text that
    /// came. What lies inside an edited stretch lies at its start.
    pub fn position(&self, sent: usize) -> usize {
        let at = sent.saturating_sub(1);
        let before = self
            .stretches
            .iter()
            .rfind(|stretch| stretch.sent.start <= at);
        match before {
            None => sent,
            Some(stretch) if at < stretch.sent.end => stretch.came.start + 1,
            Some(stretch) => stretch.came.end + (at - stretch.sent.end) + 1,
        }
    }
}

impl fmt::Debug for Edits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (stretches, parameters) = (self.stretches.len(), self.parameters.len());
        write!(f, "Edits({stretches} of the text, {parameters} parameters)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_parameters_are_replaced_where_they_stand() {
        let came = "é = 'a' AND b = 'cc' x";
        let stretches = vec![(17..21, "'d'".to_owned()), (5..8, "'1234'".to_owned())];
        let edits = Edits::new(came, stretches, vec![(1, b"v".to_vec())]);
        let sent = edits.text(came.as_bytes()).into_owned();
        assert_eq!(String::from_utf8(sent).unwrap(), "é = '1234' AND b = 'd' x");
        assert_eq!(edits.parameter(1), Some(&b"v"[..]));
        assert_eq!(edits.parameter(0), None);
        assert!(!format!("{edits:?}").contains("1234"));
    }

    #[test]
    fn a_text_may_have_been_another_before() {
        let came = "SELECT é FROM t WHERE a = 'x' ORDER BY b LIMIT 1";
        let next = "SELECT é FROM t WHERE a = 'x' ORDER BY NULL LIMIT 1";
        let edits = Edits::new(
            next,
            vec![(27..30, "'y'".to_owned())],
            vec![(0, b"v".to_vec())],
        );
        let edits = edits.over(came, next);
        let sent = edits.text(came.as_bytes()).into_owned();
        let expected = "SELECT é FROM t WHERE a = 'y' ORDER BY NULL LIMIT 1";
        assert_eq!(String::from_utf8(sent).unwrap(), expected);
        assert_eq!(edits.parameter(0), Some(&b"v"[..]));
        assert_eq!(edits.position(8), 8);
        for (came, next) in [
            ("a", "a"),
            ("", "b"),
            ("aa", "aaa"),
            ("é", "éé"),
            ("ab", ""),
        ] {
            let sent = Edits::default()
                .over(came, next)
                .text(came.as_bytes())
                .into_owned();
            assert_eq!(String::from_utf8(sent).unwrap(), next, "{came}");
        }
    }

    #[test]
    fn positions_are_told_as_the_client_counts() {
        let came = "é = 'a' AND b = 'cc' x";
        let edits = Edits::new(
            came,
            vec![(5..8, "'1234'".to_owned()), (17..21, "'d'".to_owned())],
            Vec::new(),
        );
        // é, the first literal, inside it, AND, the second literal, x.
        for (sent, expected) in [(1, 1), (5, 5), (7, 5), (12, 9), (20, 17), (24, 22)] {
            assert_eq!(edits.position(sent), expected, "{sent}");
        }
        assert_eq!(Edits::default().position(7), 7);
    }
}

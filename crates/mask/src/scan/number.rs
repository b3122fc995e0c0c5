//! Runs of digits: cards, identifiers, telephone numbers.
//!
//! A run is cut into its groups, and windows of groups are judged: by a checksum that chance does
//! not pass, by the customary grouping, or by a word beside it. Dates, amounts and what follows a
//! word such as "order" are left alone.

use std::ops::Range;
use std::sync::LazyLock;

use model::Class;

use super::found::Found;
use super::labels::LABELS;
use super::lexicon::{ID_WORD, Lexicon, THING};
use super::tokens::{Kind, Scene};
use crate::formats::{self, Format};

/// How many words back a word still speaks of a number.
pub(super) const REACH: usize = 6;
/// More groups than this are a table of numbers.
const MOST_GROUPS: usize = 12;

/// The kind of payment cards.
static CARD: LazyLock<Option<formats::Kind>> = LazyLock::new(|| formats::named("card"));

/// A run of groups of digits.
struct Run {
    /// Index of its first token.
    first: usize,
    groups: Vec<Range<usize>>,
    /// Index behind its last token.
    next: usize,
}

/// What stands before a run.
struct Before<'l> {
    is_amount: bool,
    is_phone: bool,
    is_thing: bool,
    kinds: Vec<&'l Format>,
}

/// Everything that digits may be.
pub(super) fn numbers(scene: &Scene<'_>, found: &mut Found<'_>) {
    let mut at = 0;
    while at < scene.tokens.len() {
        let Some(run) = run(scene, at) else {
            at += 1;
            continue;
        };
        at = run.next.max(at + 1);
        judge(scene, &run, found);
    }
}

/// Payment cards: before any label, since they prove themselves.
pub(super) fn cards(scene: &Scene<'_>, found: &mut Found<'_>) {
    let mut at = 0;
    while at < scene.tokens.len() {
        let Some(run) = run(scene, at) else {
            at += 1;
            continue;
        };
        at = run.next.max(at + 1);
        let is_amount = before(scene, run.first).is_amount;
        if !is_amount && !is_embedded(scene, &run) && !is_international(scene, &run) {
            windows(&run, |range, groups| card(scene, found, range, groups));
        }
    }
}

/// Whether a plus stands before a run, with or without a bracket between.
fn is_international(scene: &Scene<'_>, run: &Run) -> bool {
    let before = scene.before(run.first);
    let start = run.groups.first().map_or(0, |group| group.start);
    let is_plus = before.is_some_and(|token| token.is_sign('+') && token.end == start);
    let is_bracketed = before.is_some_and(|token| token.is_sign('('))
        && run
            .first
            .checked_sub(2)
            .and_then(|at| scene.get(at))
            .is_some_and(|t| t.is_sign('+'));
    is_plus || is_bracketed
}

/// Whether a run is a piece of something larger: a UUID, a name with dashes, a path.
fn is_embedded(scene: &Scene<'_>, run: &Run) -> bool {
    let is_word = |index: Option<usize>| {
        index
            .and_then(|at| scene.get(at))
            .is_some_and(|t| matches!(t.kind, Kind::Mixed | Kind::Word) && scene.word(t).is_ascii())
    };
    let is_joint = |index: Option<usize>| {
        index
            .and_then(|at| scene.get(at))
            .is_some_and(|t| matches!(t.kind, Kind::Sign('-' | '_' | '/' | '.')))
    };
    let (one, two) = (run.first.checked_sub(1), run.first.checked_sub(2));
    let before = is_joint(one)
        && one.is_some_and(|at| scene.touches(at))
        && is_word(two)
        && two.is_some_and(|at| scene.touches(at));
    let last = run.next - 1;
    let after = is_joint(Some(run.next))
        && scene.touches(last)
        && is_word(Some(run.next + 1))
        && scene.touches(run.next);
    before || after
}

/// The run that starts at a token.
fn run(scene: &Scene<'_>, first: usize) -> Option<Run> {
    let token = scene.get(first)?;
    (token.kind == Kind::Digits).then_some(())?;
    let mut groups: Vec<Range<usize>> = Vec::new();
    groups.push(token.start..token.end);
    let mut at = first + 1;
    while groups.len() < MOST_GROUPS {
        let from = groups.last()?.end;
        // Signs up to the next group.
        let mut next = at;
        while scene.get(next).is_some_and(|t| {
            matches!(
                t.kind,
                Kind::Sign('-' | '.' | '/' | '(' | ')' | '–' | '‑' | '·')
            )
        }) {
            next += 1;
        }
        let Some(token) = scene.get(next).filter(|token| token.kind == Kind::Digits) else {
            break;
        };
        let gap = scene.str(from, token.start);
        let is_gap = gap.chars().count() <= 3 && !gap.contains('\n') && gap != "  " && gap != "..";
        if !is_gap {
            break;
        }
        groups.push(token.start..token.end);
        at = next + 1;
    }
    Some(Run {
        first,
        groups,
        next: at,
    })
}

fn judge(scene: &Scene<'_>, run: &Run, found: &mut Found<'_>) {
    let count: usize = run.groups.iter().map(Range::len).sum();
    if count < 5 {
        return;
    }
    let before = before(scene, run.first);
    let plus = is_international(scene, run);
    if before.is_amount || is_embedded(scene, run) && before.kinds.is_empty() {
        return;
    }
    if !plus {
        let dated = dates(scene, run);
        windows(run, |range, groups| {
            let is_dated = dated
                .iter()
                .any(|date| date.start < range.end && range.start < date.end);
            !is_dated && identifier(scene, found, range, groups, &before)
        });
    }
    phone(scene, run, plus, &before, found);
}

/// Every window of groups, the longest first; a window that was claimed is not cut further.
fn windows(run: &Run, mut claim: impl FnMut(Range<usize>, &[Range<usize>]) -> bool) {
    let count = run.groups.len();
    let mut taken: Vec<Range<usize>> = Vec::new();
    for length in (1..=count).rev() {
        for start in 0..=count - length {
            let Some(groups) = run.groups.get(start..start + length) else {
                continue;
            };
            let (Some(first), Some(last)) = (groups.first(), groups.last()) else {
                continue;
            };
            let range = first.start..last.end;
            let is_taken = taken
                .iter()
                .any(|taken| taken.start < range.end && range.start < taken.end);
            if !is_taken && claim(range.clone(), groups) {
                taken.push(range);
            }
        }
    }
}

fn card(
    scene: &Scene<'_>,
    found: &mut Found<'_>,
    range: Range<usize>,
    groups: &[Range<usize>],
) -> bool {
    let count: usize = groups.iter().map(Range::len).sum();
    if !(12..=19).contains(&count) {
        return false;
    }
    let lengths: Vec<usize> = groups.iter().map(Range::len).collect();
    // In groups as a card's are, or all in one.
    let is_grouped = matches!(
        lengths.as_slice(),
        [_] | [4, 6, 4 | 5] | [4, 4, 4, ..] | [4, 5, 6] | [6, 13]
    ) || lengths.iter().all(|length| *length <= 2) && lengths.len() > 6
        || lengths.iter().all(|length| *length == 1);
    let text = scene.str(range.start, range.end);
    let is_card = is_grouped && CARD.is_some_and(|card| formats::holds(card, text));
    if is_card && found.is_free(&range) {
        found.add(range, Class::CardNumber);
    }
    is_card
}

/// The parts of a run that are dates.
fn dates(scene: &Scene<'_>, run: &Run) -> Vec<Range<usize>> {
    let value = |group: &Range<usize>| {
        scene
            .str(group.start, group.end)
            .parse::<u32>()
            .unwrap_or(9999)
    };
    let mut dates = Vec::new();
    for groups in run.groups.windows(3) {
        let [a, b, c] = groups else { continue };
        let (one, two) = (scene.str(a.end, b.start), scene.str(b.end, c.start));
        let is_signed = one == two && matches!(one, "-" | "/" | "." | ". ");
        let is_year_first =
            a.len() == 4 && (1800..2200).contains(&value(a)) && value(b) <= 12 && value(c) <= 31;
        let is_year_last = matches!(c.len(), 2 | 4)
            && a.len() <= 2
            && b.len() <= 2
            && (value(a) <= 12 && value(b) <= 31 || value(a) <= 31 && value(b) <= 12)
            && (c.len() == 2 || (1800..2200).contains(&value(c)));
        let is_short = a.len() + b.len() + c.len() <= 8 && value(a) > 0 && value(b) > 0;
        if is_signed && is_short && (is_year_first || is_year_last) {
            dates.push(a.start..c.end);
        }
    }
    dates
}

fn identifier(
    scene: &Scene<'_>,
    found: &mut Found<'_>,
    range: Range<usize>,
    groups: &[Range<usize>],
    before: &Before<'_>,
) -> bool {
    let count: usize = groups.iter().map(Range::len).sum();
    if !(6..=20).contains(&count) || !found.is_free(&range) {
        return false;
    }
    let text = scene.str(range.start, range.end);
    let is_grouped_as = |kind: &Format| {
        let is_signed = text.bytes().any(|byte| matches!(byte, b'-' | b'.' | b'/'));
        is_signed
            && groups.len() > 1
            && groups
                .iter()
                .map(Range::len)
                .eq(kind.groups.iter().copied())
    };
    let claimed = formats::candidates(count).find(|kind| {
        if kind.class == Class::CardNumber {
            return false;
        }
        let is_named = before.kinds.contains(kind);
        if is_named && formats::is_shaped(kind, text) {
            return true;
        }
        // Its own grouping and a check, or a check that chance seldom passes.
        let is_sure = kind.odds >= 1000 && groups.len() == 1 && !before.is_thing;
        let is_typical = is_grouped_as(kind)
            && (kind.odds > 1 || kind.name == "us.ssn" || kind.name == "pk.cnic");
        (is_sure || is_typical) && formats::holds(kind, text)
    });
    if let Some(kind) = claimed {
        found.add(range, kind.class);
    }
    claimed.is_some()
}

/// What the words before a run say.
fn before<'l>(scene: &Scene<'_>, first: usize) -> Before<'l> {
    let lexicon = Lexicon::the();
    let mut said = Before {
        is_amount: false,
        is_phone: false,
        is_thing: false,
        kinds: Vec::new(),
    };
    let mut words = 0;
    let mut index = first;
    while let Some(token) = scene.before(index) {
        index -= 1;
        match token.kind {
            Kind::Sign('\n' | ';' | '|' | '•') => break,
            Kind::Sign('$' | '€' | '£' | '¥' | '₹' | '₽') if words == 0 && index + 2 >= first =>
            {
                said.is_amount = true;
            }
            Kind::Sign(_) => continue,
            _ => {}
        }
        words += 1;
        if token.is(ID_WORD) {
            said.kinds.extend(lexicon.kinds(token.hash));
        }
        let label = token.sense.label().and_then(|label| LABELS.get(label));
        said.is_phone |= label.is_some_and(|label| label.class == Class::Phone) && words <= 4;
        said.is_thing |= token.is(THING) && words <= 2;
        if words >= REACH {
            break;
        }
    }
    said
}

/// Telephone numbers: international, in customary groups, or behind a word that says so.
fn phone(scene: &Scene<'_>, run: &Run, plus: bool, before: &Before<'_>, found: &mut Found<'_>) {
    let (Some(first), Some(last)) = (run.groups.first(), run.groups.last()) else {
        return;
    };
    let mut range = first.start..last.end;
    let count: usize = run.groups.iter().map(Range::len).sum();
    let lead = scene.str(first.start, first.end);
    let lengths: Vec<usize> = run.groups.iter().map(Range::len).collect();
    let signs = scene.str(first.end, last.end);
    let is_opened = scene.before(run.first).is_some_and(|t| t.is_sign('(')) && signs.contains(')');
    let is_international = plus && (7..=15).contains(&count)
        || lead.starts_with("00")
            && lead.len() >= 4
            && (10..=17).contains(&count)
            && !lead.starts_with("000");
    let is_dated = !dates(scene, run).is_empty();
    let is_national = !is_dated
        && !before.is_thing
        && match lengths.as_slice() {
            [3, 3, 4] | [1, 3, 3, 4] => !lead.starts_with('0') || lengths.len() == 3,
            [3, 7] if is_opened => true,
            [2, 2, 2, 2, 2] => lead.starts_with('0'),
            _ if is_opened => (6..=12).contains(&count),
            [a, rest @ ..] if lead.starts_with('0') => {
                (9..=12).contains(&count)
                    && (2..=5).contains(a)
                    && !rest.is_empty()
                    && rest.len() <= 4
                    || rest.is_empty() && (10..=11).contains(a)
            }
            [2, 4 | 5, 4] => true,
            _ => false,
        };
    let is_said = before.is_phone && !is_dated && (6..=15).contains(&count);
    if !(is_international || is_national || is_said) {
        return;
    }
    // The sign or bracket that opens it belongs to it.
    let mut opening = run.first;
    while let Some(token) = scene.before(opening) {
        let is_part = matches!(token.kind, Kind::Sign('+' | '(')) && scene.touches(opening - 1);
        if !is_part {
            break;
        }
        range.start = token.start;
        opening -= 1;
    }
    found.add(range, Class::Phone);
}

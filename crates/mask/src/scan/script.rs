//! Names in scripts without capitals or without spaces: Han, Kana, Hangul, Arabic, Hebrew,
//! Devanagari, Thai.

use std::collections::HashSet;
use std::sync::LazyLock;

use model::Class;

use super::found::Found;
use super::lexicon::{FAMILY_NAME, GIVEN_NAME, GREETING, NAME_LABEL, TITLE};
use super::tokens::{Kind, Scene};

const WORLD: &str = include_str!("../lists/names/world.txt");

fn section(name: &str) -> HashSet<&'static str> {
    let mut lines = WORLD
        .lines()
        .skip_while(|line| line.strip_prefix("# ") != Some(name));
    lines.next();
    let section = lines.take_while(|line| !line.starts_with('#'));
    section.flat_map(str::split_whitespace).collect()
}

struct Lists {
    han: HashSet<&'static str>,
    hangul_family: HashSet<&'static str>,
    hangul_given: HashSet<&'static str>,
    japanese: HashSet<&'static str>,
    japanese_given: HashSet<&'static str>,
    thai: HashSet<&'static str>,
}

static LISTS: LazyLock<Lists> = LazyLock::new(|| Lists {
    han: section("family han"),
    hangul_family: section("syllables hangul family"),
    hangul_given: section("syllables hangul given"),
    japanese: section("family japanese"),
    japanese_given: section("given japanese"),
    thai: section("given thai"),
});

/// What follows a name in Chinese, Japanese and Korean.
const HONORIFICS: &[&str] = &[
    "先生",
    "女士",
    "小姐",
    "太太",
    "老师",
    "经理",
    "同学",
    "さん",
    "様",
    "さま",
    "氏",
    "君",
    "くん",
    "ちゃん",
    "殿",
    "씨",
    "님",
    "고객님",
    "선생님",
    "부장",
    "과장",
    "대리",
    "군",
    "양",
];
/// What leads to one.
const LEADS: &[&str] = &[
    "姓名",
    "名字",
    "我叫",
    "叫做",
    "联系人",
    "客户",
    "患者",
    "收件人",
    "名前",
    "氏名",
    "お名前",
    "担当者",
    "担当",
    "私は",
    "이름",
    "성명",
    "고객",
    "담당자",
    "환자",
    "제이름은",
    "저는",
];
const THAI_TITLES: &[&str] = &["นาย", "นางสาว", "นาง", "น.ส.", "คุณ", "ด.ช.", "ด.ญ.", "ดร."];

pub(super) fn names(scene: &Scene<'_>, found: &mut Found<'_>) {
    for (index, token) in scene.tokens.iter().enumerate() {
        if token.kind != Kind::Word {
            continue;
        }
        let word = scene.word(token);
        match word.chars().next().unwrap_or(' ') {
            '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' => han(scene, index, found),
            '\u{ac00}'..='\u{d7af}' => hangul(scene, index, found),
            '\u{e00}'..='\u{e7f}' => thai(scene, index, found),
            '\u{590}'..='\u{6ff}' | '\u{900}'..='\u{97f}' => spaced(scene, index, found),
            _ => {}
        }
    }
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '々')
}

/// Where a name may stand in a run without spaces: before an honorific, behind a lead, alone.
fn han(scene: &Scene<'_>, index: usize, found: &mut Found<'_>) {
    let Some(token) = scene.get(index) else {
        return;
    };
    let word = scene.word(token);
    for sign in HONORIFICS {
        for (at, _) in word.match_indices(sign) {
            let head = word.get(..at).unwrap_or("");
            if let Some(name) = ending_name(head) {
                found.add(token.start + at - name..token.start + at, Class::FullName);
            }
        }
    }
    for lead in LEADS {
        for (at, _) in word.match_indices(lead) {
            let from = at + lead.len();
            let rest = word.get(from..).unwrap_or("");
            let rest_start = from + rest.len() - rest.trim_start_matches(['是', '为', 'は']).len();
            if let Some(name) = opening_name(word.get(rest_start..).unwrap_or("")) {
                found.add(
                    token.start + rest_start..token.start + rest_start + name,
                    Class::FullName,
                );
            }
        }
    }
    // A short run that is a name and nothing else; a Japanese one may come in two.
    let count = word.chars().count();
    let next = scene
        .get(index + 1)
        .filter(|next| next.kind == Kind::Word && scene.gap(index) == " ")
        .map(|next| scene.word(next));
    if LISTS.japanese.contains(word) {
        if let (Some(given), Some(after)) = (next, scene.get(index + 1))
            && given.chars().count() <= 4
        {
            return found.add(token.start..after.end, Class::FullName);
        }
        let labelled = scene
            .before(index)
            .is_some_and(|t| matches!(t.kind, Kind::Sign(':' | '：' | ',' | '、' | '\n')));
        if labelled || scene.tokens.len() == 1 {
            found.add(token.start..token.end, Class::LastName);
        }
        return;
    }
    let japanese = (1..=3).find_map(|length| {
        let (end, _) = word.char_indices().nth(length)?;
        let (family, given) = word.split_at_checked(end)?;
        (LISTS.japanese.contains(family) && LISTS.japanese_given.contains(given)).then_some(())
    });
    let is_alone = (2..=4).contains(&count)
        && word.chars().all(is_han)
        && opening_name(word) == Some(word.len());
    let is_set_apart = scene
        .before(index)
        .is_none_or(|t| matches!(t.kind, Kind::Sign(_)));
    if japanese.is_some() || is_alone && is_set_apart && count == 3 {
        found.add(token.start..token.end, Class::FullName);
    }
}

/// How long the Chinese or Japanese name at the end of a run is.
fn ending_name(head: &str) -> Option<usize> {
    let starts: Vec<usize> = head.char_indices().map(|(at, _)| at).collect();
    (1..=4).rev().find_map(|count| {
        let start = *starts.get(starts.len().checked_sub(count)?)?;
        let name = head.get(start..)?;
        let is_family = |length: usize| {
            let end = name
                .char_indices()
                .nth(length)
                .map_or(name.len(), |(end, _)| end);
            name.get(..end).is_some_and(|family| {
                LISTS.han.contains(family) && count <= length + 2 || LISTS.japanese.contains(family)
            })
        };
        (name.chars().all(is_han) && (is_family(1) || is_family(2) || is_family(3)))
            .then_some(name.len())
    })
}

/// How long the Chinese name at the start of a run is: a family's and one or two characters.
fn opening_name(text: &str) -> Option<usize> {
    let family = [2, 1].into_iter().find_map(|length| {
        let end = text
            .char_indices()
            .nth(length)
            .map_or(text.len(), |(end, _)| end);
        let family = text.get(..end)?;
        (LISTS.han.contains(family) || LISTS.japanese.contains(family)).then_some(length)
    })?;
    let han = text.chars().take_while(|c| is_han(*c)).count();
    let count = han.min(family + 2);
    let end = text
        .char_indices()
        .nth(count)
        .map_or(text.len(), |(end, _)| end);
    (count > family).then_some(end)
}

/// Three syllables of which the first is a family's and the others names are made of.
fn hangul(scene: &Scene<'_>, index: usize, found: &mut Found<'_>) {
    let Some(token) = scene.get(index) else {
        return;
    };
    let word = scene.word(token);
    let syllables: Vec<(usize, char)> = word.char_indices().collect();
    let name = |length: usize| {
        let end = syllables.get(length).map_or(word.len(), |(end, _)| *end);
        word.get(..end)
    };
    let is_name = |length: usize| {
        let is_in = |set: &HashSet<&str>, c: char| set.contains(c.encode_utf8(&mut [0; 4]) as &str);
        syllables.len() >= length
            && syllables
                .first()
                .is_some_and(|(_, c)| is_in(&LISTS.hangul_family, *c))
            && syllables
                .iter()
                .take(length)
                .skip(1)
                .all(|(_, c)| is_in(&LISTS.hangul_given, *c))
    };
    let tail = name(3)
        .and_then(|name| word.strip_prefix(name))
        .unwrap_or("");
    let is_particle = matches!(
        tail,
        "" | "은"
            | "는"
            | "이"
            | "가"
            | "을"
            | "를"
            | "의"
            | "에게"
            | "과"
            | "와"
            | "입니다"
            | "이라고"
            | "씨"
            | "님"
            | "씨는"
            | "씨가"
            | "님이"
            | "님은"
            | "고객님"
            | "고객"
            | "환자"
            | "선생님"
            | "씨의"
            | "님의"
    );
    let honoured = scene.get(index + 1).is_some_and(|next| {
        HONORIFICS
            .iter()
            .any(|sign| scene.word(next).starts_with(sign))
    });
    let labelled = scene.before(index).is_some_and(|before| {
        LEADS.contains(&scene.word(before)) || matches!(before.kind, Kind::Sign(':' | '：'))
    });
    if is_name(3) && is_particle {
        let end = name(3).map_or(word.len(), str::len);
        found.add(token.start..token.start + end, Class::FullName);
    } else if syllables.len() <= 3 && syllables.len() >= 2 && is_name(2) && (honoured || labelled) {
        found.add(token.start..token.end, Class::FullName);
    }
}

/// A title and what follows, or a known given name and the word behind it.
fn thai(scene: &Scene<'_>, index: usize, found: &mut Found<'_>) {
    let Some(token) = scene.get(index) else {
        return;
    };
    let word = scene.word(token);
    let title = THAI_TITLES
        .iter()
        .find(|title| word.starts_with(**title))
        .map_or(0, |title| title.len());
    let bare = word.get(title..).unwrap_or("");
    let is_given = LISTS.thai.contains(bare) || title > 0 && bare.chars().count() >= 3;
    let titled = scene
        .before(index)
        .is_some_and(|before| THAI_TITLES.contains(&scene.word(before)));
    if !(is_given || titled) || bare.is_empty() {
        return;
    }
    let next = scene
        .get(index + 1)
        .filter(|next| next.kind == Kind::Word && scene.gap(index) == " ");
    let end = next
        .filter(|next| {
            scene
                .word(next)
                .starts_with(|c| matches!(c, '\u{e00}'..='\u{e7f}'))
        })
        .map_or(token.end, |next| next.end);
    let class = if end > token.end {
        Class::FullName
    } else {
        Class::FirstName
    };
    found.add(token.start + title..end, class);
}

/// Arabic, Hebrew, Devanagari: a given name and a family's, or a name that is introduced.
fn spaced(scene: &Scene<'_>, index: usize, found: &mut Found<'_>) {
    let Some(token) = scene
        .get(index)
        .filter(|token| token.is(GIVEN_NAME | FAMILY_NAME))
    else {
        return;
    };
    let introduced = (1..=2).any(|back| {
        index
            .checked_sub(back)
            .and_then(|at| scene.get(at))
            .is_some_and(|before| before.is(TITLE | GREETING | NAME_LABEL))
    });
    let mut end = token.end;
    let mut at = index;
    let mut known = 1;
    while let Some(next) = scene
        .get(at + 1)
        .filter(|next| next.kind == Kind::Word && scene.gap(at) == " ")
    {
        let is_article = scene.word(next).starts_with("ال")
            || matches!(scene.word(next), "بن" | "أبو" | "عبد" | "آل" | "בן" | "בת");
        if !(next.is(GIVEN_NAME | FAMILY_NAME)
            || is_article && scene.word(next).chars().count() > 1)
            || known > 4
        {
            break;
        }
        known += 1;
        at += 1;
        end = next.end;
    }
    if known > 1 && token.is(GIVEN_NAME) {
        found.add(token.start..end, Class::FullName);
    } else if introduced {
        // An unknown word behind an introduced given name is the family's.
        let next = scene
            .get(at + 1)
            .filter(|next| next.kind == Kind::Word && scene.gap(at) == " " && token.is(GIVEN_NAME));
        found.add(
            token.start..next.map_or(end, |next| next.end),
            Class::FullName,
        );
    }
}

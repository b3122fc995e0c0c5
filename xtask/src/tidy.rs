//! The house card, enforced: file and function sizes, opening lines, words (HOUSE.md §1 and §6).
//!
//! What breaks a rule today stands in `tidy-exceptions.toml` with its measure; the list may only
//! shrink: a measure above the listed one fails, and so does an exception nobody needs any more.
//! A declarative table is exempt from sizes when its header says `// tidy: table — why`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use syn::spanned::Spanned;
use syn::visit::Visit;

const FILE_LINES: usize = 400;
const FUNCTION_LINES: usize = 70;
const FUNCTION_PARAMETERS: usize = 5;
const LINE_CHARS: usize = 100;
const EXCEPTIONS: &str = "tidy-exceptions.toml";

/// Words that name nothing (HOUSE.md §1), as whole parts of the names we give.
const BANNED_PARTS: &[&str] = &[
    "anonymise",
    "backend",
    "context",
    "dlp",
    "engine",
    "frontend",
    "handler",
    "helper",
    "info",
    "manager",
    "misc",
    "obfuscate",
    "redact",
    "service",
    "util",
    "utils",
];
const BANNED_PREFIXES: &[&str] = &["do_", "get_", "maybe_", "process_"];
const BANNED_SUFFIXES: &[&str] = &["_inner"];

/// Names that belong to others: policy's entity type for a service, which is a kind of principal.
const ALLOWED_NAMES: &[&str] = &["Service"];

/// Every breach: `path: rule` → measure.
type Breaches = BTreeMap<String, usize>;

/// Fails with every breach that is not excepted, and every exception that is not needed.
pub(crate) fn check() -> anyhow::Result<()> {
    let mut breaches = Breaches::new();
    for file in sources(Path::new("."))? {
        inspect(&file, &mut breaches).with_context(|| file.display().to_string())?;
    }
    let listed: Breaches = match fs::read_to_string(EXCEPTIONS) {
        Ok(text) => toml::from_str(&text)?,
        Err(_) => Breaches::new(),
    };
    let mut problems = Vec::new();
    for (breach, measure) in &breaches {
        match listed.get(breach) {
            Some(most) if measure <= most => {}
            Some(most) => problems.push(format!("{breach} = {measure} (was {most})")),
            None => problems.push(format!("{breach} = {measure}")),
        }
    }
    let stale = listed.keys().filter(|key| !breaches.contains_key(*key));
    problems.extend(stale.map(|key| format!("{key}: mended, take it off {EXCEPTIONS}")));
    if problems.is_empty() {
        return Ok(());
    }
    bail!("untidy:\n  {}", problems.join("\n  "))
}

fn sources(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for item in fs::read_dir(folder)? {
            let path = item?.path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if path.is_dir() && !name.starts_with('.') && name != "target" && name != "corpus" {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn inspect(file: &Path, breaches: &mut Breaches) -> anyhow::Result<()> {
    let text = fs::read_to_string(file)?;
    let name = file.strip_prefix(".").unwrap_or(file).display().to_string();
    let mut breach = |rule: &str, measure: usize| {
        let most = breaches.entry(format!("{name}: {rule}")).or_default();
        *most = measure.max(*most);
    };
    // A module of tests is opened by its parent's last line.
    let is_tests = name.ends_with("tests.rs");
    if !text.starts_with("//!") && !is_tests {
        breach("opens without //!", 1);
    }
    let is_table = text
        .lines()
        .take(40)
        .any(|line| line.contains("// tidy: table — "));
    let lines = text.lines().count();
    if lines > FILE_LINES && !is_table && !is_tests {
        breach("lines", lines);
    }
    let wide = text
        .lines()
        .filter(|line| line.chars().count() > LINE_CHARS)
        .count();
    if wide > 0 && !is_table && !is_tests {
        breach("lines over 100 characters", wide);
    }
    let mut names = Names {
        breach: &mut breach,
        is_table,
    };
    names.visit_file(&syn::parse_file(&text)?);
    Ok(())
}

struct Names<'a> {
    breach: &'a mut dyn FnMut(&str, usize),
    is_table: bool,
}

impl Names<'_> {
    fn name(&mut self, ident: &syn::Ident) {
        let name = ident.to_string();
        let parts = snake(&name);
        let has_part = parts.split('_').any(|part| BANNED_PARTS.contains(&part));
        let has_prefix = BANNED_PREFIXES
            .iter()
            .any(|prefix| parts.starts_with(prefix));
        let has_suffix = BANNED_SUFFIXES.iter().any(|suffix| parts.ends_with(suffix));
        if (has_part || has_prefix || has_suffix) && !ALLOWED_NAMES.contains(&name.as_str()) {
            (self.breach)(&format!("banned word in {name}"), 1);
        }
    }

    fn function(&mut self, signature: &syn::Signature, block: &syn::Block) {
        self.name(&signature.ident);
        let lines = block
            .span()
            .end()
            .line
            .saturating_sub(signature.span().start().line)
            + 1;
        if lines > FUNCTION_LINES && !self.is_table {
            (self.breach)(&format!("fn {}: lines", signature.ident), lines);
        }
        let parameters = signature.inputs.len();
        if parameters > FUNCTION_PARAMETERS + usize::from(signature.receiver().is_some()) {
            (self.breach)(&format!("fn {}: parameters", signature.ident), parameters);
        }
    }
}

impl<'ast> Visit<'ast> for Names<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, &item.block);
        syn::visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, &item.block);
        syn::visit::visit_impl_item_fn(self, item);
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.name(&item.ident);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.name(&item.ident);
        item.variants
            .iter()
            .for_each(|variant| self.name(&variant.ident));
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.name(&item.ident);
        syn::visit::visit_item_mod(self, item);
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.name(&item.ident);
        syn::visit::visit_item_trait(self, item);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        // A foreign trait's methods keep their names; its functions' sizes are still ours.
        if item.trait_.is_none() {
            syn::visit::visit_item_impl(self, item);
        }
    }
}

/// `FooBar` and `foo_bar` as `foo_bar`.
fn snake(name: &str) -> String {
    let mut out = String::new();
    for (at, c) in name.char_indices() {
        if c.is_uppercase() && at > 0 {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

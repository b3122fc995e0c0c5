//! A text in the configuration that may stand for something else: `${NAME}` and `file:path`.
//!
//! Why: secrets do not belong into the file. What is named and missing is an error at its line.
//! It resolves nothing lazily: after loading, a configuration holds plain texts.

use std::borrow::Cow;
use std::ops::Range;
use std::path::{Path, PathBuf};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use toml::Spanned;

use super::fault::{Fault, Page};

/// A text as written, with its place.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub(crate) struct Text(pub(crate) Spanned<String>);

impl JsonSchema for Text {
    fn schema_name() -> Cow<'static, str> {
        "Text".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "`${NAME}` stands for an environment variable, `file:path` for a file's \
                            text without its last newline; `$$` is a dollar sign",
        })
    }
}

/// Where named things are found.
pub(crate) struct Lookup<'a> {
    /// The environment.
    pub(crate) env: &'a dyn Fn(&str) -> Option<String>,
    /// The file's text, for places.
    pub(crate) page: &'a Page,
    /// What relative paths are relative to.
    pub(crate) folder: &'a Path,
}

impl Text {
    /// Where it stands.
    pub(crate) fn at(&self) -> Range<usize> {
        self.0.span()
    }

    /// The text meant.
    pub(crate) fn resolve(&self, lookup: &Lookup<'_>) -> Result<String, Fault> {
        let fault = |message: String| lookup.page.fault(&self.at(), message);
        let text = expand(self.0.get_ref(), lookup.env).map_err(fault)?;
        let Some(path) = text.strip_prefix("file:") else {
            return Ok(text);
        };
        let path = lookup.folder.join(path);
        let read = std::fs::read_to_string(&path)
            .map_err(|error| fault(format!("cannot read {}: {error}", path.display())))?;
        Ok(read.strip_suffix('\n').unwrap_or(&read).to_owned())
    }

    /// The path meant, relative to the file's folder.
    pub(crate) fn path(&self, lookup: &Lookup<'_>) -> Result<PathBuf, Fault> {
        let fault = |message| lookup.page.fault(&self.at(), message);
        let text = expand(self.0.get_ref(), lookup.env).map_err(fault)?;
        Ok(lookup
            .folder
            .join(text.strip_prefix("file:").unwrap_or(&text)))
    }
}

fn expand(text: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        whole.push_str(before);
        if let Some(after) = after.strip_prefix('$') {
            whole.push('$');
            rest = after;
            continue;
        }
        let Some((name, after)) = after
            .strip_prefix('{')
            .and_then(|text| text.split_once('}'))
        else {
            return Err("a `$` is written `$$`, a variable `${NAME}`".to_owned());
        };
        let value = env(name).ok_or_else(|| format!("`${{{name}}}` is not set: export {name}"))?;
        whole.push_str(&value);
        rest = after;
    }
    whole.push_str(rest);
    Ok(whole)
}

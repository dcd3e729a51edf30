//! The pages, as Markdown.

use super::{
    items::{ErrorCode, Function, Module, Type},
    names::Names,
};

/// The page of a module.
pub(super) fn render(module: &Module, names: &mut Names) -> String {
    let Module {
        package,
        name,
        docs,
        ..
    } = module;
    let mut page = format!(
        "<!-- Written by `cargo xtask docs` from sources/{name}.move; do not edit. -->\n\n# `{package}::{name}`\n\n{}\n",
        names.link(docs, name)
    );
    let (objects, others): (Vec<&Type>, Vec<&Type>) =
        module.types.iter().partition(|item| item.is_object());
    let (events, values): (Vec<&Type>, Vec<&Type>) =
        others.into_iter().partition(|item| item.is_event());
    for (title, types) in [("Objects", objects), ("Types", values), ("Events", events)] {
        if types.is_empty() {
            continue;
        }
        page.push_str(&format!("\n## {title}\n"));
        for item in types {
            page.push_str(&data_type(item, name, names));
        }
    }
    let mut section = "";
    for function in &module.functions {
        if function.section != section {
            section = &function.section;
            page.push_str(&format!("\n## {section}\n"));
        }
        page.push_str(&call(function, name, names));
    }
    if !module.errors.is_empty() {
        page.push_str(
            "\n## Errors\n\n| code | name | message | when |\n| --- | --- | --- | --- |\n",
        );
        for error in &module.errors {
            page.push_str(&error_row(error));
        }
    }
    page
}

/// The page that leads to the others.
pub(super) fn index(modules: &[Module]) -> String {
    let package = modules.first().map_or("", |module| &module.package);
    let mut page = format!(
        "\
<!-- Written by `cargo xtask docs` from sources/; do not edit. -->

# The modules of `{package}`

What each is for, its objects and types, its events, the functions that other modules and transactions can call with what
they abort with, and its errors. The guides are [a first dApp](../first-dapp.md), [limits and budgets](../limits.md) and
[security](../security.md).

| module | purpose |
| --- | --- |
"
    );
    for Module { name, docs, .. } in modules {
        let purpose = cell(first_paragraph(docs));
        page.push_str(&format!("| [`{name}`]({name}.md) | {purpose} |\n"));
    }
    page
}

fn data_type(item: &Type, module: &str, names: &mut Names) -> String {
    let kind = if item.is_enum { "enum" } else { "struct" };
    let abilities = match &item.abilities[..] {
        [] => String::new(),
        abilities => format!(" has {}", abilities.join(", ")),
    };
    let mut text = format!(
        "\n### `{}`\n\n```move\npublic {kind} {}{abilities}\n```\n",
        item.name, item.title
    );
    if !item.docs.is_empty() {
        text.push_str(&format!("\n{}\n", names.link(&item.docs, module)));
    }
    if !item.members.is_empty() {
        let (what, content) = if item.is_enum {
            ("variant", "holds")
        } else {
            ("field", "type")
        };
        text.push_str(&format!(
            "\n| {what} | {content} | |\n| --- | --- | --- |\n"
        ));
        for member in &item.members {
            let content = match member.content.as_str() {
                "" => String::new(),
                content => format!("`{content}`"),
            };
            let docs = cell(&names.link(&member.docs, module));
            text.push_str(&format!("| `{}` | {content} | {docs} |\n", member.name));
        }
    }
    text
}

fn call(function: &Function, module: &str, names: &mut Names) -> String {
    let mut text = format!(
        "\n### `{}`\n\n```move\n{}\n```\n",
        function.name, function.signature
    );
    if let Some(method) = &function.method {
        text.push_str(&format!("\nAs a method: `{method}`.\n"));
    }
    if function.is_entry_only {
        text.push_str("\nFor transactions alone; no module can call it.\n");
    }
    if !function.docs.is_empty() {
        let docs = names.link(&function.docs, module);
        text.push_str(&format!(
            "\n{}\n",
            docs.replace("#### Aborts\n", "#### Aborts\n\n")
        ));
    }
    text
}

fn error_row(error: &ErrorCode) -> String {
    format!(
        "| {} | `{}` | {} | {} |\n",
        error.code,
        error.name,
        cell(&error.message),
        cell(&error.docs)
    )
}

fn first_paragraph(docs: &str) -> &str {
    docs.split("\n\n").next().unwrap_or(docs)
}

/// Text as a table's cell holds it.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use anyhow::Result;

    use super::*;
    use crate::move_source::Source;

    const MODULE: &str = r#"/// What it is
/// for.
///
/// And how.
module a::b;

/// If so.
#[error(code = 0)]
const EBad: vector<u8> = b"Either | or.";

/// One.
public struct Thing<phantom D> has key {
    /// Its
    /// id.
    id: UID,
}

/// Emitted by `act`.
public struct Acted has copy, drop {}

// === Public functions ===

/// Acts.
///
/// #### Aborts
/// - `EBad` if so.
entry fun act() {}
"#;

    const PAGE: &str = "\
<!-- Written by `cargo xtask docs` from sources/b.move; do not edit. -->

# `a::b`

What it is
for.

And how.

## Objects

### `Thing`

```move
public struct Thing<phantom D> has key
```

One.

| field | type | |
| --- | --- | --- |
| `id` | `UID` | Its id. |

## Events

### `Acted`

```move
public struct Acted has copy, drop
```

Emitted by [`act`](#act).

## Public functions

### `act`

```move
entry fun act()
```

For transactions alone; no module can call it.

Acts.

#### Aborts

- [`EBad`](#errors) if so.

## Errors

| code | name | message | when |
| --- | --- | --- | --- |
| 0 | `EBad` | Either \\| or. | If so. |
";

    #[test]
    fn a_page_has_what_a_caller_needs() -> Result<()> {
        let modules = [Module::read(&Source::read(MODULE)?)?];
        let mut names = Names::of(&modules);
        assert_eq!(render(&modules[0], &mut names), PAGE);
        assert!(index(&modules).ends_with("| [`b`](b.md) | What it is for. |\n"));
        Ok(())
    }
}

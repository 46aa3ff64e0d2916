//! The CWE of a result, wherever a producer has put it.

use serde_json::Value;

use super::format::{Component, Outcome, Properties, Reference, Rule, Run};

/// The first of: the result's taxa and properties; the rule's relationships, properties, page at MITRE, id and name.
pub fn of(run: &Run, result: &Outcome, rule: Option<&Rule>) -> Option<u32> {
    let taxa = || result.taxa.iter().flatten().find_map(|taxon| referred(run, taxon));
    let related = |rule: &Rule| rule.relationships.iter().flatten().find_map(|related| referred(run, &related.target));
    taxa().or_else(|| in_properties(result.properties.as_ref()?)).or_else(|| {
        let rule = rule?;
        related(rule)
            .or_else(|| in_properties(rule.properties.as_ref()?))
            .or_else(|| at_mitre(rule.help_uri.as_deref()?))
            .or_else(|| in_words(rule.id.as_deref()?))
            .or_else(|| in_words(rule.name.as_deref()?))
    })
}

/// A taxon of the component `CWE` is a bare number; elsewhere the id must say `CWE-`.
fn referred(run: &Run, reference: &Reference) -> Option<u32> {
    let named = reference.tool_component.as_ref();
    let taxonomy = named.and_then(|named| taxonomy(run, named.index, named.name.as_deref(), named.guid.as_deref()));
    let name = named.and_then(|named| named.name.as_deref()).or_else(|| taxonomy?.name.as_deref());
    let listed = || {
        let taxa = taxonomy?.taxa.as_ref()?;
        taxa.get(usize::try_from(reference.index?).ok()?)?.id.as_deref()
    };
    let id = reference.id.as_deref().or_else(listed)?;
    let ours = name.is_some_and(|name| name.to_ascii_lowercase().contains("cwe"));
    in_words(id).or_else(|| if ours { number(id) } else { None })
}

fn taxonomy<'a>(run: &'a Run, index: Option<i64>, name: Option<&str>, guid: Option<&str>) -> Option<&'a Component> {
    let taxonomies = run.taxonomies.as_ref()?;
    let at = index.and_then(|index| taxonomies.get(usize::try_from(index).ok()?));
    at.or_else(|| taxonomies.iter().find(|known| guid.is_some() && known.guid.as_deref() == guid))
        .or_else(|| taxonomies.iter().find(|known| name.is_some() && known.name.as_deref() == name))
}

fn in_properties(properties: &Properties) -> Option<u32> {
    let called_cwe = |name: &str| name.to_ascii_lowercase().starts_with("cwe");
    let own = properties.iter().filter(|(name, _)| called_cwe(name)).find_map(|(_, value)| in_value(value, true));
    own.or_else(|| properties.get("tags").and_then(|tags| in_value(tags, false)))
}

fn in_value(value: &Value, bare: bool) -> Option<u32> {
    match value {
        Value::Number(n) if bare => n.as_u64().and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0),
        Value::String(text) => in_words(text).or_else(|| if bare { number(text) } else { None }),
        Value::Array(values) => values.iter().find_map(|value| in_value(value, bare)),
        Value::Object(fields) => fields.get("id").and_then(|id| in_value(id, bare)),
        _ => None,
    }
}

fn at_mitre(uri: &str) -> Option<u32> {
    let (_, rest) = uri.split_once("cwe.mitre.org/data/definitions/")?;
    number(rest.split('.').next()?)
}

/// `CWE-89: …`, `external/cwe/cwe-089`, `CWE 89`.
fn in_words(text: &str) -> Option<u32> {
    let lower = text.to_ascii_lowercase();
    lower.match_indices("cwe").find_map(|(at, word)| {
        let rest = lower[at + word.len()..].trim_start_matches(['-', '_', ':', ' ']);
        number(&rest[..rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())])
    })
}

fn number(text: &str) -> Option<u32> {
    text.trim().parse().ok().filter(|n| (1..100_000).contains(n))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(run: &str, result: &str, rule: &str) -> Option<u32> {
        let run: Run = serde_json::from_str(run).expect("a run");
        let rule: Rule = serde_json::from_str(rule).expect("a rule");
        of(&run, &serde_json::from_str(result).expect("a result"), Some(&rule))
    }

    #[test]
    fn every_place_that_producers_use() {
        let by_rule = |rule: &str| found("{}", "{}", rule);
        assert_eq!(by_rule(r#"{"properties": {"tags": ["security", "external/cwe/cwe-089"]}}"#), Some(89));
        assert_eq!(by_rule(r#"{"properties": {"tags": ["CWE-95: Eval Injection"]}}"#), Some(95));
        assert_eq!(by_rule(r#"{"properties": {"tags": ["cwe", "owasp"]}}"#), None);
        assert_eq!(by_rule(r#"{"properties": {"cwe": ["CWE-78: x"]}}"#), Some(78));
        assert_eq!(by_rule(r#"{"properties": {"cwe_id": 22}}"#), Some(22));
        assert_eq!(by_rule(r#"{"properties": {"cwe": {"id": "502", "name": "x"}}}"#), Some(502));
        assert_eq!(by_rule(r#"{"helpUri": "https://cwe.mitre.org/data/definitions/91.html"}"#), Some(91));
        assert_eq!(by_rule(r#"{"id": "CWE-79"}"#), Some(79));
        assert_eq!(by_rule(r#"{"id": "B608", "properties": {"tags": [608]}}"#), None);
        assert_eq!(
            by_rule(r#"{"relationships": [{"target": {"id": "22", "toolComponent": {"name": "CWE"}}}]}"#),
            Some(22)
        );
        assert_eq!(
            by_rule(r#"{"relationships": [{"target": {"id": "A03", "toolComponent": {"name": "OWASP"}}}]}"#),
            None
        );
    }

    #[test]
    fn taxa_of_a_taxonomy_go_before_the_rule() {
        let run = r#"{"taxonomies": [{"name": "OWASP", "taxa": [{"id": "10"}]}, {"name": "CWE", "guid": "g", "taxa": [{"id": "20"}, {"id": "89"}]}]}"#;
        let rule = r#"{"properties": {"tags": ["CWE-1"]}}"#;
        assert_eq!(found(run, r#"{"taxa": [{"index": 1, "toolComponent": {"index": 1}}]}"#, rule), Some(89));
        assert_eq!(found(run, r#"{"taxa": [{"index": 0, "toolComponent": {"guid": "g"}}]}"#, rule), Some(20));
        assert_eq!(found(run, r#"{"taxa": [{"index": 0, "toolComponent": {"index": 0}}]}"#, rule), Some(1));
    }
}

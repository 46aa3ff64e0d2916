//! The part of SARIF that holds findings. Everything but `runs` may be missing, unknown fields are passed over: real
//! producers deviate from the schema.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

pub type Properties = Map<String, Value>;

#[derive(Debug, Deserialize)]
pub struct Log {
    pub version: Option<String>,
    /// `null` where the producer could not gather any.
    pub runs: Option<Vec<Run>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Run {
    pub tool: Tool,
    pub invocations: Option<Vec<Invocation>>,
    pub artifacts: Option<Vec<Artifact>>,
    pub original_uri_base_ids: Option<BTreeMap<String, ArtifactLocation>>,
    pub taxonomies: Option<Vec<Component>>,
    pub results: Option<Vec<Outcome>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Tool {
    pub driver: Component,
    pub extensions: Option<Vec<Component>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Component {
    pub name: Option<String>,
    pub guid: Option<String>,
    pub version: Option<String>,
    pub semantic_version: Option<String>,
    pub dotted_quad_file_version: Option<String>,
    pub rules: Option<Vec<Rule>>,
    pub taxa: Option<Vec<Rule>>,
    pub global_message_strings: Option<BTreeMap<String, Words>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rule {
    pub id: Option<String>,
    pub name: Option<String>,
    pub short_description: Option<Words>,
    pub help_uri: Option<String>,
    pub message_strings: Option<BTreeMap<String, Words>>,
    pub default_configuration: Option<Configuration>,
    pub relationships: Option<Vec<Relationship>>,
    pub properties: Option<Properties>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Configuration {
    pub level: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Relationship {
    pub target: Reference,
}

/// Names a rule or a taxon, by id or by its place in a component.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Reference {
    pub id: Option<String>,
    pub index: Option<i64>,
    pub tool_component: Option<ComponentReference>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ComponentReference {
    pub name: Option<String>,
    pub index: Option<i64>,
    pub guid: Option<String>,
}

/// A message, a description or a message string.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Words {
    pub text: Option<String>,
    pub markdown: Option<String>,
    pub id: Option<String>,
    pub arguments: Option<Vec<String>>,
}

/// A result, by the schema's name.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Outcome {
    pub rule_id: Option<String>,
    pub rule_index: Option<i64>,
    pub rule: Option<Reference>,
    pub kind: Option<String>,
    pub level: Option<String>,
    pub message: Words,
    pub locations: Option<Vec<Location>>,
    pub suppressions: Option<Vec<Suppression>>,
    pub baseline_state: Option<String>,
    pub taxa: Option<Vec<Reference>>,
    pub code_flows: Option<Vec<CodeFlow>>,
    pub properties: Option<Properties>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Location {
    pub physical_location: Option<PhysicalLocation>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PhysicalLocation {
    pub artifact_location: Option<ArtifactLocation>,
    pub region: Option<Region>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ArtifactLocation {
    pub uri: Option<String>,
    pub uri_base_id: Option<String>,
    pub index: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Artifact {
    pub location: Option<ArtifactLocation>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Region {
    pub start_line: Option<i64>,
    pub start_column: Option<i64>,
    pub end_line: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Suppression {
    pub kind: Option<String>,
    pub status: Option<String>,
    /// `status` in earlier drafts, which some producers still write.
    pub state: Option<String>,
    pub justification: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CodeFlow {
    pub thread_flows: Option<Vec<ThreadFlow>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ThreadFlow {
    pub locations: Option<Vec<FlowStep>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct FlowStep {
    pub location: Option<Location>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Invocation {
    pub execution_successful: Option<bool>,
    pub exit_code: Option<i64>,
    pub exit_code_description: Option<String>,
    pub process_start_failure_message: Option<String>,
    pub tool_execution_notifications: Option<Vec<Notification>>,
    pub tool_configuration_notifications: Option<Vec<Notification>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Notification {
    pub level: Option<String>,
    pub message: Words,
    pub locations: Option<Vec<Location>>,
    pub descriptor: Option<Reference>,
}

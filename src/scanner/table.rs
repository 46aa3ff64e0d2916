//! Ruff's S rules in the words of Bandit 1.9: id, name, CWE, severity, confidence.

use crate::core::finding::Level;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Ruff's, e.g. `S608`; empty where ruff has none.
    pub code: &'static str,
    /// Bandit's, e.g. `B608`.
    pub id: &'static str,
    /// As Bandit reports it: `blacklist` for all of its lists.
    pub name: &'static str,
    /// As a `# nosec` comment may call it.
    pub alias: &'static str,
    pub cwe: u32,
    /// `None`: depends on the call that was found.
    pub severity: Option<Level>,
    pub confidence: Option<Level>,
}

const LOW: Option<Level> = Some(Level::Low);
const MEDIUM: Option<Level> = Some(Level::Medium);
const HIGH: Option<Level> = Some(Level::High);
const VARIES: Option<Level> = None;

const fn rule(
    code: &'static str,
    id: &'static str,
    name: &'static str,
    alias: &'static str,
    cwe: u32,
    severity: Option<Level>,
    confidence: Option<Level>,
) -> Rule {
    Rule { code, id, name, alias, cwe, severity, confidence }
}

/// Every S rule that ruff names, by code.
#[rustfmt::skip]
pub const RULES: &[Rule] = &[
    rule("S101", "B101", "assert_used", "assert_used", 703, LOW, HIGH),
    rule("S102", "B102", "exec_used", "exec_used", 78, MEDIUM, HIGH),
    rule("S103", "B103", "set_bad_file_permissions", "set_bad_file_permissions", 732, VARIES, HIGH),
    rule("S104", "B104", "hardcoded_bind_all_interfaces", "hardcoded_bind_all_interfaces", 605, MEDIUM, MEDIUM),
    rule("S105", "B105", "hardcoded_password_string", "hardcoded_password_string", 259, LOW, MEDIUM),
    rule("S106", "B106", "hardcoded_password_funcarg", "hardcoded_password_funcarg", 259, LOW, MEDIUM),
    rule("S107", "B107", "hardcoded_password_default", "hardcoded_password_default", 259, LOW, MEDIUM),
    rule("S108", "B108", "hardcoded_tmp_directory", "hardcoded_tmp_directory", 377, MEDIUM, MEDIUM),
    rule("S110", "B110", "try_except_pass", "try_except_pass", 703, LOW, HIGH),
    rule("S112", "B112", "try_except_continue", "try_except_continue", 703, LOW, HIGH),
    rule("S113", "B113", "request_without_timeout", "request_without_timeout", 400, MEDIUM, LOW),
    rule("S201", "B201", "flask_debug_true", "flask_debug_true", 94, HIGH, MEDIUM),
    rule("S202", "B202", "tarfile_unsafe_members", "tarfile_unsafe_members", 22, VARIES, VARIES),
    rule("S301", "B301", "blacklist", "pickle", 502, MEDIUM, HIGH),
    rule("S302", "B302", "blacklist", "marshal", 502, MEDIUM, HIGH),
    rule("S303", "B303", "blacklist", "md5", 327, MEDIUM, HIGH),
    rule("S304", "B304", "blacklist", "ciphers", 327, HIGH, HIGH),
    rule("S305", "B305", "blacklist", "cipher_modes", 327, MEDIUM, HIGH),
    rule("S306", "B306", "blacklist", "mktemp_q", 377, MEDIUM, HIGH),
    rule("S307", "B307", "blacklist", "eval", 78, MEDIUM, HIGH),
    rule("S308", "B308", "blacklist", "mark_safe", 79, MEDIUM, HIGH),
    rule("S310", "B310", "blacklist", "urllib_urlopen", 22, MEDIUM, HIGH),
    rule("S311", "B311", "blacklist", "random", 330, LOW, HIGH),
    rule("S312", "B312", "blacklist", "telnetlib", 319, HIGH, HIGH),
    rule("S313", "B313", "blacklist", "xml_bad_cElementTree", 20, MEDIUM, HIGH),
    rule("S314", "B314", "blacklist", "xml_bad_ElementTree", 20, MEDIUM, HIGH),
    rule("S315", "B315", "blacklist", "xml_bad_expatreader", 20, MEDIUM, HIGH),
    rule("S316", "B316", "blacklist", "xml_bad_expatbuilder", 20, MEDIUM, HIGH),
    rule("S317", "B317", "blacklist", "xml_bad_sax", 20, MEDIUM, HIGH),
    rule("S318", "B318", "blacklist", "xml_bad_minidom", 20, MEDIUM, HIGH),
    rule("S319", "B319", "blacklist", "xml_bad_pulldom", 20, MEDIUM, HIGH),
    rule("S320", "B320", "blacklist", "xml_bad_etree", 20, MEDIUM, HIGH),
    rule("S321", "B321", "blacklist", "ftplib", 319, HIGH, HIGH),
    rule("S323", "B323", "blacklist", "unverified_context", 295, MEDIUM, HIGH),
    rule("S324", "B324", "hashlib", "hashlib", 327, VARIES, HIGH),
    rule("S401", "B401", "blacklist", "import_telnetlib", 319, HIGH, HIGH),
    rule("S402", "B402", "blacklist", "import_ftplib", 319, HIGH, HIGH),
    rule("S403", "B403", "blacklist", "import_pickle", 502, LOW, HIGH),
    rule("S404", "B404", "blacklist", "import_subprocess", 78, LOW, HIGH),
    rule("S405", "B405", "blacklist", "import_xml_etree", 20, LOW, HIGH),
    rule("S406", "B406", "blacklist", "import_xml_sax", 20, LOW, HIGH),
    rule("S407", "B407", "blacklist", "import_xml_expat", 20, LOW, HIGH),
    rule("S408", "B408", "blacklist", "import_xml_minidom", 20, LOW, HIGH),
    rule("S409", "B409", "blacklist", "import_xml_pulldom", 20, LOW, HIGH),
    rule("S410", "B410", "blacklist", "import_lxml", 20, LOW, HIGH),
    rule("S411", "B411", "blacklist", "import_xmlrpclib", 20, HIGH, HIGH),
    rule("S412", "B412", "blacklist", "import_httpoxy", 284, HIGH, HIGH),
    rule("S413", "B413", "blacklist", "import_pycrypto", 327, HIGH, HIGH),
    rule("S415", "B415", "blacklist", "import_pyghmi", 319, HIGH, HIGH),
    rule("S501", "B501", "request_with_no_cert_validation", "request_with_no_cert_validation", 295, HIGH, HIGH),
    rule("S502", "B502", "ssl_with_bad_version", "ssl_with_bad_version", 327, VARIES, VARIES),
    rule("S503", "B503", "ssl_with_bad_defaults", "ssl_with_bad_defaults", 327, MEDIUM, MEDIUM),
    rule("S504", "B504", "ssl_with_no_version", "ssl_with_no_version", 327, LOW, MEDIUM),
    rule("S505", "B505", "weak_cryptographic_key", "weak_cryptographic_key", 326, VARIES, HIGH),
    rule("S506", "B506", "yaml_load", "yaml_load", 20, MEDIUM, HIGH),
    rule("S507", "B507", "ssh_no_host_key_verification", "ssh_no_host_key_verification", 295, HIGH, MEDIUM),
    rule("S508", "B508", "snmp_insecure_version_check", "snmp_insecure_version_check", 319, MEDIUM, HIGH),
    rule("S509", "B509", "snmp_crypto_check", "snmp_crypto_check", 319, MEDIUM, HIGH),
    rule("S601", "B601", "paramiko_calls", "paramiko_calls", 78, MEDIUM, MEDIUM),
    rule("S602", "B602", "subprocess_popen_with_shell_equals_true", "subprocess_popen_with_shell_equals_true", 78, VARIES, HIGH),
    rule("S603", "B603", "subprocess_without_shell_equals_true", "subprocess_without_shell_equals_true", 78, LOW, HIGH),
    rule("S604", "B604", "any_other_function_with_shell_equals_true", "any_other_function_with_shell_equals_true", 78, MEDIUM, LOW),
    rule("S605", "B605", "start_process_with_a_shell", "start_process_with_a_shell", 78, VARIES, HIGH),
    rule("S606", "B606", "start_process_with_no_shell", "start_process_with_no_shell", 78, LOW, MEDIUM),
    rule("S607", "B607", "start_process_with_partial_path", "start_process_with_partial_path", 78, LOW, HIGH),
    rule("S608", "B608", "hardcoded_sql_expressions", "hardcoded_sql_expressions", 89, MEDIUM, VARIES),
    rule("S609", "B609", "linux_commands_wildcard_injection", "linux_commands_wildcard_injection", 155, HIGH, MEDIUM),
    rule("S610", "B610", "django_extra_used", "django_extra_used", 89, MEDIUM, MEDIUM),
    rule("S611", "B611", "django_rawsql_used", "django_rawsql_used", 89, MEDIUM, MEDIUM),
    rule("S612", "B612", "logging_config_insecure_listen", "logging_config_insecure_listen", 94, MEDIUM, HIGH),
    rule("S701", "B701", "jinja2_autoescape_false", "jinja2_autoescape_false", 94, HIGH, VARIES),
    rule("S702", "B702", "use_of_mako_templates", "use_of_mako_templates", 80, MEDIUM, HIGH),
    rule("S704", "B704", "markupsafe_markup_xss", "markupsafe_markup_xss", 79, MEDIUM, HIGH),
];

/// Rules of Bandit that ruff does not have. Ruff's S308 finds most of what B703 finds.
#[rustfmt::skip]
pub const ONLY_BANDIT: &[Rule] = &[
    rule("", "B613", "trojansource", "trojansource", 838, HIGH, MEDIUM),
    rule("", "B614", "pytorch_load", "pytorch_load", 502, MEDIUM, HIGH),
    rule("", "B615", "huggingface_unsafe_download", "huggingface_unsafe_download", 494, MEDIUM, HIGH),
    rule("", "B703", "django_mark_safe", "django_mark_safe", 80, MEDIUM, HIGH),
];

/// Rules that Bandit had once and 1.9 no longer has.
pub const ONLY_RUFF: &[&str] = &["S320", "S410"];

pub fn by_code(code: &str) -> Option<&'static Rule> {
    RULES.binary_search_by(|rule| rule.code.cmp(code)).ok().map(|at| &RULES[at])
}

/// Bandit's id of a rule called by its id or its name, as in a `# nosec` comment.
pub fn id(word: &str) -> Option<&'static str> {
    let known = RULES.iter().chain(ONLY_BANDIT);
    known
        .filter(|rule| !ONLY_RUFF.contains(&rule.code))
        .find(|rule| rule.id == word || rule.alias == word)
        .map(|r| r.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::security_rules;

    #[test]
    fn every_rule_of_this_ruff_is_mapped_and_no_other() {
        let ruff: Vec<String> = security_rules().into_iter().map(|rule| rule.code).collect();
        let table: Vec<&str> = RULES.iter().map(|rule| rule.code).collect();
        assert_eq!(table, ruff);
        for rule in RULES {
            assert_eq!(by_code(rule.code), Some(rule));
            assert_eq!(rule.code.replace('S', "B"), rule.id);
        }
    }
}

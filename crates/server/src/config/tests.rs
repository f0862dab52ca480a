use super::{Config, ConfigError, Layers, LogFormat, NewPlan, Place, nearest};

fn with_file(text: &str) -> Result<Config, ConfigError> {
    let mut layers = Layers::defaults().unwrap();
    layers.add_text(text, "recado.toml")?;
    Config::from_layers(&layers)
}

fn with_variable(name: &str, text: &str) -> Result<Config, ConfigError> {
    let mut layers = Layers::defaults().unwrap();
    layers.add_environment(vec![(name.to_owned(), text.to_owned())])?;
    Config::from_layers(&layers)
}

#[test]
fn the_documented_defaults_are_the_defaults() {
    let config = Config::from_layers(&Layers::defaults().unwrap()).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.public_url, None);
    assert_eq!(config.key_file, std::path::Path::new("data/secret.key"));
    assert_eq!(config.retention_days, 30);
    assert_eq!(config.log_format, LogFormat::Pretty);
    assert_eq!(config.new_account_plan, NewPlan::Paid);
    assert_eq!(config.trial_days, 7);
    assert!(config.allow_egress.is_empty());
    assert_eq!(config.ca_file, None);
    assert_eq!(config.webhook_pending_max, recado_model::limits::WEBHOOK_PENDING_MAX);
}

#[test]
fn every_default_is_explained_by_the_comment_above_it() {
    let lines: Vec<&str> = super::DEFAULTS.lines().collect();
    for (index, line) in lines.iter().enumerate().filter(|(_, line)| !line.starts_with('#') && line.contains(" = ")) {
        assert!(lines[index - 1].starts_with("# "), "no comment above `{line}`");
    }
}

#[test]
fn the_file_wins_over_the_defaults_and_the_environment_over_the_file() {
    let mut layers = Layers::defaults().unwrap();
    layers.add_text("retention_days = 10\nlisten = \"127.0.0.1:9000\"", "recado.toml").unwrap();
    layers.add_environment(vec![("RECADO_RETENTION_DAYS".to_owned(), "20".to_owned())]).unwrap();
    let config = Config::from_layers(&layers).unwrap();
    assert_eq!((config.retention_days, config.listen.port()), (20, 9000));
    layers.set("listen", "127.0.0.1:1".into(), Place::CommandLine);
    assert_eq!(Config::from_layers(&layers).unwrap().listen.port(), 1);
}

#[test]
fn every_key_can_be_set_by_the_environment() {
    let defaults = Layers::defaults().unwrap();
    for (key, value, _) in defaults.iter() {
        let text = if value.is_array() {
            "127.0.0.1:3000, 10.0.0.0/8".to_owned()
        } else {
            value.as_str().map_or_else(|| value.to_string(), str::to_owned)
        };
        with_variable(&format!("RECADO_{}", key.to_uppercase()), &text).unwrap();
    }
    let config = with_variable("RECADO_ALLOW_EGRESS", "127.0.0.1:3000, 10.0.0.0/8").unwrap();
    assert_eq!(config.allow_egress, ["127.0.0.1:3000", "10.0.0.0/8"]);
}

#[test]
fn an_unknown_key_names_the_nearest_known_one() {
    let error = with_file("retention_day = 3").unwrap_err().to_string();
    assert_eq!(error, "recado.toml has an unknown key `retention_day`; did you mean `retention_days`?");
    let error = with_file("colour = 3").unwrap_err().to_string();
    assert_eq!(error, "recado.toml has an unknown key `colour`; recado.default.toml lists them all");
}

#[test]
fn a_value_that_can_not_be_used_says_where_it_stands_and_what_it_must_be() {
    let error = with_file("listen = \"here\"").unwrap_err().to_string();
    assert_eq!(
        error,
        "`listen` in recado.toml can not be \"here\": it must be an address and a port, as in 127.0.0.1:8080"
    );
    let error = with_variable("RECADO_TRIAL_DAYS", "soon").unwrap_err().to_string();
    assert_eq!(
        error,
        "`trial_days` in the environment variable RECADO_TRIAL_DAYS can not be `soon`: it must be a whole number"
    );
    let error = with_file("trial_days = 0").unwrap_err().to_string();
    assert_eq!(error, "`trial_days` in recado.toml can not be 0: it must be a whole number from 1 to 365");
    for url in ["ftp://example.org", "https://user:pass@example.org", "https://example.org/path", "nonsense"] {
        assert!(with_file(&format!("public_url = \"{url}\"")).is_err(), "{url}");
    }
    assert!(with_file("this is not toml").unwrap_err().to_string().starts_with("recado.toml is not valid TOML: "));
}

#[test]
fn a_public_url_loses_its_trailing_slash() {
    assert_eq!(
        with_file("public_url = \"https://bots.example.org/\"").unwrap().public_url.unwrap(),
        "https://bots.example.org"
    );
}

#[test]
fn a_foreign_variable_is_kept_for_the_check_and_no_error() {
    let mut layers = Layers::defaults().unwrap();
    let names = ["RECADO_SERVICE_HOST", "RECADO_TOKEN", "RECADO_LISTN"];
    layers.add_environment(names.map(|name| (name.to_owned(), "x".to_owned())).to_vec()).unwrap();
    assert_eq!(layers.unknown_variables, ["RECADO_LISTN", "RECADO_SERVICE_HOST"]);
    assert_eq!(
        layers.unknown_words().unwrap(),
        "environment variables that are no settings and have no effect: RECADO_LISTN (did you mean RECADO_LISTEN?), RECADO_SERVICE_HOST"
    );
    assert_eq!(Layers::defaults().unwrap().unknown_words(), None);
}

#[test]
fn a_level_that_does_not_exist_is_no_module_s_name() {
    for level in ["warning", "verbose", "", "info,debugg", "info,recado_server=loud"] {
        let error = with_file(&format!("log_level = \"{level}\"")).unwrap_err().to_string();
        assert!(error.contains("error, warn, info, debug, trace"), "{error}");
    }
    for level in ["warn", "INFO", "off", "info,recado_server=debug", "recado_server=debug, warn"] {
        assert_eq!(with_file(&format!("log_level = \"{level}\"")).unwrap().log_level, level);
    }
}

#[test]
fn the_nearest_word_is_found_within_a_third_of_its_length() {
    let known = ["listen", "public_url", "data_dir"];
    assert_eq!(nearest("lisen", known), Some("listen"));
    assert_eq!(nearest("LISTEN", known), Some("listen"));
    assert_eq!(nearest("publicurl", known), Some("public_url"));
    assert_eq!(nearest("completely_else", known), None);
}

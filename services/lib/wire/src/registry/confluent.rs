//! A registry that speaks the Confluent API, such as Apicurio at `/apis/ccompat/v7`. Plain HTTP: it stands in
//! the deployment's own network. Every call has a deadline, is made again where it passes (a registry that was just
//! started, or shares a busy machine, may pause for long), and has an answer of bounded size.

use super::{Compatibility, Registry, RegistryError};
use serde_json::{Value, json};
use std::time::Duration;
use ureq::Agent;
use ureq::http::Request;

/// How long a call may take before it is made again.
const DEADLINE: Duration = Duration::from_secs(20);
/// How often a call is made that is not answered in time. Each may be repeated: the same schema has the same id.
const ATTEMPTS: usize = 4;
/// The largest answer that is read, in bytes.
const LARGEST: u64 = 4 << 20;

/// A client of one registry.
#[derive(Debug)]
pub struct Confluent {
    url: String,
    agent: Agent,
}

/// The registry's own code for a subject, version or schema that is not there.
const ABSENT: i64 = 404;

impl Confluent {
    /// A client of the registry at `url`, such as `http://127.0.0.1:18081/apis/ccompat/v7`.
    pub fn new(url: &str) -> Self {
        let config = Agent::config_builder().timeout_global(Some(DEADLINE)).http_status_as_error(false);
        Self { url: url.trim_end_matches('/').to_owned(), agent: config.build().into() }
    }

    fn unavailable(&self, what: &str, found: String) -> RegistryError {
        RegistryError::Unavailable { what: what.to_owned(), url: self.url.clone(), found }
    }

    fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, RegistryError> {
        let what = format!("{method} {path}");
        let text = body.map(Value::to_string).unwrap_or_default();
        let (status, text) =
            self.answer(method, path, &text).map_err(|error| self.unavailable(&what, error.to_string()))?;
        let value: Value = serde_json::from_str(&text).unwrap_or(Value::String(text));
        match status {
            200..=299 => Ok(value),
            400..=499 if status != 408 && status != 429 => Err(RegistryError::Refused {
                what,
                url: self.url.clone(),
                code: value["error_code"].as_i64().unwrap_or(status),
                reason: value["message"].as_str().map_or_else(|| value.to_string(), str::to_owned),
            }),
            _ => Err(self.unavailable(&what, format!("status {status}: {value}"))),
        }
    }

    /// The status and text of the answer, asked for again where it does not come in time.
    fn answer(&self, method: &str, path: &str, text: &str) -> Result<(i64, String), ureq::Error> {
        let mut attempt = 1;
        loop {
            match self.ask(method, path, text) {
                Err(ureq::Error::Timeout(_)) if attempt < ATTEMPTS => attempt += 1,
                answer => return answer,
            }
        }
    }

    fn ask(&self, method: &str, path: &str, text: &str) -> Result<(i64, String), ureq::Error> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header("content-type", "application/vnd.schemaregistry.v1+json")
            .header("accept", "application/vnd.schemaregistry.v1+json, application/json")
            .body(text.to_owned())?;
        let mut answer = self.agent.run(request)?;
        let status = i64::from(answer.status().as_u16());
        Ok((status, answer.body_mut().with_config().limit(LARGEST).read_to_string()?))
    }

    fn number(&self, what: &str, answer: &Value, key: &str) -> Result<u32, RegistryError> {
        let number = answer[key].as_u64().and_then(|id| u32::try_from(id).ok());
        number.ok_or_else(|| self.unavailable(what, format!("no number `{key}` in {answer}")))
    }

    fn text(&self, what: &str, answer: &Value) -> Result<String, RegistryError> {
        let text = answer["schema"].as_str().map(str::to_owned);
        text.ok_or_else(|| self.unavailable(what, format!("no text `schema` in {answer}")))
    }
}

/// `Ok(None)` for what is not there.
fn absent<T>(answer: Result<T, RegistryError>) -> Result<Option<T>, RegistryError> {
    match answer {
        // 404 itself, or one of the registry's codes that begin with it: 40401, 40402, 40403.
        Err(RegistryError::Refused { code, .. }) if code == ABSENT || code / 100 == ABSENT => Ok(None),
        other => other.map(Some),
    }
}

impl Registry for Confluent {
    fn register(&self, subject: &str, schema: &str) -> Result<u32, RegistryError> {
        let path = format!("/subjects/{subject}/versions");
        let answer = self.call("POST", &path, Some(&json!({ "schema": schema })))?;
        self.number(&path, &answer, "id")
    }

    fn schema(&self, id: u32) -> Result<Option<String>, RegistryError> {
        let path = format!("/schemas/ids/{id}");
        absent(self.call("GET", &path, None))?.map(|answer| self.text(&path, &answer)).transpose()
    }

    fn versions(&self, subject: &str) -> Result<Vec<(u32, String)>, RegistryError> {
        let path = format!("/subjects/{subject}/versions");
        let Some(versions) = absent(self.call("GET", &path, None))? else { return Ok(Vec::new()) };
        let numbers = versions.as_array().map(Vec::as_slice).unwrap_or_default();
        let version = |number: &Value| {
            let path = format!("{path}/{number}");
            let answer = self.call("GET", &path, None)?;
            Ok((self.number(&path, &answer, "id")?, self.text(&path, &answer)?))
        };
        numbers.iter().map(version).collect()
    }

    fn set_compatibility(&self, subject: &str, level: Compatibility) -> Result<(), RegistryError> {
        let path = format!("/config/{subject}");
        self.call("PUT", &path, Some(&json!({ "compatibility": level.as_str() }))).map(|_| ())
    }

    fn is_compatible(&self, subject: &str, schema: &str) -> Result<bool, RegistryError> {
        let path = format!("/compatibility/subjects/{subject}/versions");
        match absent(self.call("POST", &path, Some(&json!({ "schema": schema }))))? {
            None => Ok(true), // a subject without versions takes anything
            Some(answer) => answer["is_compatible"]
                .as_bool()
                .ok_or_else(|| self.unavailable(&path, format!("no `is_compatible` in {answer}"))),
        }
    }
}

//! What it says of itself: an example in every help, completions for every shell.

use crate::{lotstream, printed};

fn help(of: &[&str]) -> String {
    printed(&lotstream(&[of, &["--help"]].concat()).output().unwrap())
}

/// The commands below this one, by its help.
fn commands(help: &str) -> Vec<String> {
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names = listed.take_while(|line| !line.is_empty()).filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

#[test]
fn every_help_has_an_example() {
    let mut ahead: Vec<Vec<String>> = vec![Vec::new()];
    let mut seen = 0;
    while let Some(command) = ahead.pop() {
        let names: Vec<&str> = command.iter().map(String::as_str).collect();
        let help = help(&names);
        assert!(help.contains("Example"), "lotstream {} --help has no example:\n{help}", names.join(" "));
        ahead.extend(commands(&help).into_iter().map(|name| [command.clone(), vec![name]].concat()));
        seen += 1;
    }
    assert!(seen > 4, "{seen} commands");
}

#[test]
fn completions_of_every_shell_know_every_command() {
    let known = commands(&help(&[]));
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = printed(&lotstream(&["completions", shell]).output().unwrap());
        for command in &known {
            assert!(script.contains(command.as_str()), "{shell}: {command} is missing");
        }
    }
    let refused = lotstream(&["completions", "tcsh"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(told.contains("possible values: bash, elvish, fish, powershell, zsh"), "{told}");
}

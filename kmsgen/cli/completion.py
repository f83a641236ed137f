"""Completion in shells: the scripts that `kmsgen completion SHELL` prints, and the answers that they ask for.

A script runs `kmsgen` with what has been typed and `_KMSGEN_COMPLETE` set. The first line of the answer is `words`, and
each line after it a word, perhaps with a tab and what it means; or it is `files`, where the shell knows best.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

import typer
from typer._completion_classes import BashComplete

from kmsgen.cli import values

_BREAKS = ":="
"""Where bash begins a new word within a word, unless told otherwise."""

_BASH = """\
# Completion of kmsgen for bash: source it from ~/.bashrc.
_kmsgen() {
    local IFS=$'\\n' line kind=
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ -z $kind ]]; then
            kind=$line
        else
            COMPREPLY+=("${line%%$'\\t'*}")
        fi
    done < <(_KMSGEN_COMPLETE=bash COMP_WORDBREAKS="$COMP_WORDBREAKS" "$1" "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
    if [[ $kind == files ]]; then
        compopt -o default -o filenames 2>/dev/null
    elif [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=/:#] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
complete -F _kmsgen kmsgen
"""

_ZSH = """\
#compdef kmsgen
# Completion of kmsgen for zsh: put it into a folder of $fpath as _kmsgen, or evaluate it after compinit.
_kmsgen() {
    local -a lines items open
    local line word
    lines=("${(@f)$(_KMSGEN_COMPLETE=zsh "${words[1]}" "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
    if [[ ${lines[1]} == files ]]; then
        _files
        return
    fi
    for line in "${(@)lines[2,-1]}"; do
        word=${line%%$'\\t'*}
        if [[ $word == *[=/:#] ]]; then
            open+=("$word")
        elif [[ $line == *$'\\t'* ]]; then
            items+=("${word//:/\\\\:}:${line#*$'\\t'}")
        else
            items+=("${word//:/\\\\:}")
        fi
    done
    (( ${#open} )) && compadd -S '' -- "${(@)open}"
    (( ${#items} )) && _describe kmsgen items
}
if [[ ${funcstack[1]} == _kmsgen ]]; then
    _kmsgen "$@"
else
    compdef _kmsgen kmsgen
fi
"""

_FISH = """\
# Completion of kmsgen for fish: put it into ~/.config/fish/completions/kmsgen.fish.
function __kmsgen_complete
    set -l before (commandline -opc)
    set -l current (commandline -ct)
    set -l lines (_KMSGEN_COMPLETE=fish $before[1] $before[2..-1] "$current" 2>/dev/null)
    if test "$lines[1]" = files
        __fish_complete_path "$current"
    else
        printf '%s\\n' $lines[2..-1]
    end
end
complete --command kmsgen --no-files --arguments '(__kmsgen_complete)'
"""

SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}


def run(shell: str) -> int:
    """Print the script of a shell; the exit code."""
    print(SCRIPTS[shell], end="")
    return 0


def answer(app: typer.Typer, typed: Sequence[str], environment: Mapping[str, str]) -> str:
    """What may stand where the last of the typed words begins; what goes wrong is passed over."""
    try:
        shell = environment[values.VARIABLE]
        words = _split(" ".join(typed)) if shell == "bash" else list(typed)
        *before, incomplete = words or [""]
        found = _found(app, before, incomplete)
    except Exception:
        return ""
    if found is None:
        return "files\n"
    if shell == "bash":
        breaks = environment.get("COMP_WORDBREAKS", _BREAKS)
        found = [(_behind_break(value, incomplete, breaks), "") for value, _ in found]
    else:
        option = incomplete.partition("=")[0] + "=" if incomplete.startswith("--") and "=" in incomplete else ""
        found = [(f"{option}{value}", meaning) for value, meaning in found]
    return "".join(f"{line}\n" for line in ("words", *map(_line, found)))


def _found(app: typer.Typer, before: list[str], incomplete: str) -> list[tuple[str, str]] | None:
    """The values that may stand there, each with what it means; None where it is a file's place."""
    completion = BashComplete(typer.main.get_command(app), {}, "kmsgen", values.VARIABLE)
    items = completion.get_completions(before, incomplete)
    if any(item.value.endswith(values.FILE) for item in items):
        return None
    return [(item.value, item.help or "") for item in items]


def _split(line: str) -> list[str]:
    """The words of a line behind the command's name; the last is the one that is being typed, perhaps empty."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=False)
    lexer.whitespace_split, lexer.commenters = True, ""
    words: list[str] = []
    try:
        words.extend(lexer)
    except ValueError:
        words.append(lexer.token)  # a quotation that is not closed yet
    if not line or (line[-1].isspace() and not line.endswith("\\ ")):
        words.append("")
    return words[1:]


def _behind_break(value: str, incomplete: str, breaks: str) -> str:
    """What bash puts in the place of the word it sees, which begins behind the last break in what was typed."""
    cut = max((incomplete.rfind(one) for one in breaks if one in _BREAKS), default=-1) + 1
    return value[cut:] if cut and value.startswith(incomplete[:cut]) else value


def _line(found: tuple[str, str]) -> str:
    value, meaning = found
    return f"{value}\t{' '.join(meaning.split())}" if meaning else value

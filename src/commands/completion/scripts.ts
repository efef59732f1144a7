import { FILES_LINE, type Shell } from "./lines.ts";

const PROGRAM = "tmt-broker";

/** What a shell runs to learn how to complete the program's words. */
export function scriptFor(shell: Shell): string {
  return { bash: BASH, zsh: ZSH, fish: FISH }[shell];
}

// Bash breaks words at `:`, `=` and `@` too. The line is split at blanks instead, and what bash has of the
// last word already is taken off each answer.
const BASH = `# bash completion of ${PROGRAM}
_tmt_broker() {
  local line=\${COMP_LINE:0:COMP_POINT} word answer
  local -a words answers
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  word=\${words[-1]}
  mapfile -t answers < <("\${words[0]}" __complete bash -- "\${words[@]:1}" 2>/dev/null)
  COMPREPLY=()
  if [[ \${answers[0]} == ${FILES_LINE} ]]; then
    compopt -o default
    return
  fi
  local known=\${word%"\${COMP_WORDS[COMP_CWORD]}"}
  for answer in "\${answers[@]}"; do
    [[ $answer == *= ]] && compopt -o nospace
    COMPREPLY+=("\${answer#"$known"}")
  done
}
complete -F _tmt_broker ${PROGRAM}
`;

// The file is loaded as the function's own body when it is first needed, or sourced by hand.
const ZSH = `#compdef ${PROGRAM}
_tmt-broker() {
  local -a answers
  answers=("\${(@f)$("\${words[1]}" __complete zsh -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ \${answers[1]} == ${FILES_LINE} ]]; then
    _files
    return
  fi
  [[ -n \${answers[1]} ]] && _describe -V "${PROGRAM}" answers -M 'm:{a-z}={A-Z}'
}
if [[ $funcstack[1] == _tmt-broker ]]; then
  _tmt-broker
else
  compdef _tmt-broker ${PROGRAM}
fi
`;

const FISH = `# fish completion of ${PROGRAM}
function __tmt_broker_complete
  set -l words (commandline --tokens-expanded --cut-at-cursor 2>/dev/null; or commandline -opc)
  set -l answers ($words[1] __complete fish -- $words[2..] (commandline --current-token --cut-at-cursor) 2>/dev/null)
  if test "$answers[1]" = "${FILES_LINE}"
    __fish_complete_path (commandline --current-token --cut-at-cursor)
  else
    printf '%s\\n' $answers
  end
end
complete --command ${PROGRAM} --no-files --keep-order --arguments '(__tmt_broker_complete)'
`;

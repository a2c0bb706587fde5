# postern.bash - completion for bash: the program itself knows its words.
# shellcheck shell=bash
_postern() {
	local word words=() known

	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		[[ $word == -* ]] || words+=("$word")
	done
	known=$("${COMP_WORDS[0]}" complete -- "${words[@]:0:8}" 2>/dev/null |
		cut -f 1)
	mapfile -t COMPREPLY < <(compgen -W "$known" -- \
		"${COMP_WORDS[COMP_CWORD]}")
}
complete -o default -F _postern postern

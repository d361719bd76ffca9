#!/bin/bash
# Writes crawlers.txt anew from the package crawler-user-agents of npm:
#
#   internal/guard/agents/refresh.sh 1.60.0
#
# Its regular expressions become marks, which lists.go explains. What cannot be
# written as marks is named and ends the script. Needs npm and node.
set -euo pipefail

version=${1:?which version of crawler-user-agents}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm pack --silent "crawler-user-agents@$version" >/dev/null
tar -xzf ./*.tgz --strip-components=1
cp LICENSE "$here/crawlers.LICENSE"
node - "$version" >crawlers.txt <<'NODE'
const list = require(process.cwd() + '/crawler-user-agents.json')

// choices cuts a pattern at the bars outside of brackets.
function choices(s) {
  const parts = ['']
  let depth = 0
  for (let i = 0; i < s.length; i++) {
    if (s[i] === '\\') { parts[parts.length - 1] += s[i] + s[++i]; continue }
    if (s[i] === '(' || s[i] === '[') depth++
    if (s[i] === ')' || s[i] === ']') depth--
    if (s[i] === '|' && depth === 0) parts.push('')
    else parts[parts.length - 1] += s[i]
  }
  return parts
}

// marks writes out what a pattern may match, in lower case.
function marks(s) {
  const all = choices(s)
  if (all.length > 1) return all.flatMap(marks)
  s = s.replaceAll('[\\s\\S]*', '\0').replaceAll('([^-]|$)', '').replaceAll('\\d\\.\\d+', '\0')
  let out = ['']
  const add = (more) => { out = out.flatMap((o) => more.map((m) => o + m)) }
  for (let i = 0; i < s.length; i++) {
    const c = s[i]
    if (c === '\0') add(['*'])
    else if (c === '\\' && /[^a-z0-9]/i.test(s[i + 1])) add([s[++i].toLowerCase()])
    else if (c === '[') { const end = s.indexOf(']', i); add([...new Set(s.slice(i + 1, end).toLowerCase())]); i = end }
    else if (c === '(') { const end = s.indexOf(')', i); add([...new Set(marks(s.slice(i + 1, end)))]); i = end }
    else if (/[\\)\]?+*{}.]/.test(c)) throw new Error(`${s}: no mark for ${c}`)
    else add([c.toLowerCase()])
  }
  return out
}

// bound has a mark begin a word. Where an instance has letters before it, they
// belong to the name: patterns are short, and stand in the middle of words that
// they do not mean, as Sonic does in Panasonic.
function bound(mark, instances) {
  if (!/^[a-z]/.test(mark)) return [mark]
  const text = mark.split('*')[0]
  const out = new Set()
  for (const instance of instances.map((i) => i.toLowerCase())) {
    const before = []
    for (let at = instance.indexOf(text); at >= 0; at = instance.indexOf(text, at + 1)) {
      before.push(/[a-z]*$/.exec(instance.slice(0, at))[0])
    }
    before.sort((a, b) => a.length - b.length)
    if (before.length > 0) out.add('<' + before[0] + mark)
  }
  return out.size > 0 ? [...out] : [mark]
}

console.log(`# ${list.length} patterns of crawler-user-agents ${process.argv[2]} (npm), MIT: see crawlers.LICENSE.`)
console.log('# Made by refresh.sh; what is to be different belongs into own.txt.')
const lines = new Set()
for (const { pattern, tags, instances } of list) {
  for (const m of marks(pattern)) for (const b of bound(m, instances ?? [])) lines.add(`${tags[0]}\t${b}`)
}
for (const line of lines) console.log(line)
NODE
mv crawlers.txt "$here/crawlers.txt"

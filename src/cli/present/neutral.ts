/**
 * Text from outside on a terminal. Caller names are written by whoever calls: an escape sequence in one could colour, move or
 * retitle the reader's terminal, a direction mark could turn a number round. Nothing of that reaches the terminal: what is not
 * a letter, mark, sign or space stands there visibly.
 */

const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}]/gu
const plain = /^[\x20-\x7E\u00A0-\u00AC\u00AE-\u02FF\u0400-\u0482\u048A-\u052F]*$/u

/** True for text whose every character takes one cell on every terminal and does nothing there. */
const isPlain = (text: string): boolean => plain.test(text)

/** One line that is safe to print: controls as their pictures (`␛`, `␊`), other invisible characters as U+FFFD. */
export function neutralise(text: string): string {
  if (isPlain(text)) return text
  return (
    text
      .normalize('NFC')
      .replace(/[\uFE00-\uFE0F]/gu, '')
      .replace(invisible, (character) => {
        const code = character.codePointAt(0) ?? 0
        if (code < 0x20) return String.fromCodePoint(0x2400 + code)
        return code === 0x7f ? '␡' : '\uFFFD'
      })
      // A pile of marks on one letter would run into the lines above and below.
      .replace(/(\p{M}{2})\p{M}+/gu, '$1')
  )
}

/** Letters and signs that take two cells: East Asian ones and pictures. Where terminals differ, the larger count. */
const wide =
  /[\p{Emoji_Presentation}\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Bopomofo}\p{sc=Yi}\p{sc=Tangut}\p{sc=Nushu}\u2329\u232A\u3000-\u303E\u3190-\u33FF\uA960-\uA97C\uFE10-\uFE19\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6]/u
const zero = /[\p{Mn}\p{Me}]/u

const cellsOf = (character: string): number => (zero.test(character) ? 0 : wide.test(character) ? 2 : 1)

/** Cells that neutralised text takes on a terminal. */
export function widthOf(text: string): number {
  if (isPlain(text)) return text.length
  let width = 0
  for (const character of text) width += cellsOf(character)
  return width
}

/** Neutralised text in at most `width` cells; `…` stands for what was cut. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  if (width < 1) return ''
  let kept = ''
  let used = 0
  for (const character of text) {
    used += cellsOf(character)
    if (used > width - 1) break
    kept += character
  }
  return `${kept.trimEnd()}…`
}

/** Plain text in lines of at most `width` cells, broken at spaces; lines after the first are set in. */
export function wrap(text: string, width: number): string {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    const longer = line === undefined ? word : `${line} ${word}`
    if (line === undefined) lines.push(word)
    else if (widthOf(longer) <= width) lines[lines.length - 1] = longer
    else lines.push(`  ${word}`)
  }
  return lines.join('\n')
}

const extension = /^\d{3,5}$/u

/** An address is no part of a number. */
export const withoutHost = (number: string): string => (number.split('@')[0] ?? '').trim()

/** A number that can be an extension of that system. */
export function oldExtension(text: string): string | null {
  const number = withoutHost(text)
  return extension.test(number) ? number : null
}

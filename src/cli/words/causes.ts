import type { Language } from '../../domain/settings.ts'

/** What an error number of the system means to a person; the number itself stays beside it, for searching. */
const causes: Readonly<Record<string, { readonly en: string; readonly ru: string }>> = {
  EACCES: { en: 'this account may not', ru: 'этой учётной записи нельзя' },
  EADDRINUSE: { en: 'another process listens there already', ru: 'там уже слушает другой процесс' },
  EADDRNOTAVAIL: { en: 'this machine has no such address', ru: 'у этой машины нет такого адреса' },
  ECONNREFUSED: { en: 'nothing listens there', ru: 'там никто не слушает' },
  ECONNRESET: { en: 'the other side broke the connection off', ru: 'другая сторона оборвала соединение' },
  EHOSTUNREACH: { en: 'no way leads there', ru: 'туда нет пути' },
  EIO: { en: 'the disk failed', ru: 'сбой диска' },
  EISDIR: { en: 'it is a directory', ru: 'это каталог' },
  EMFILE: { en: 'too many files are open', ru: 'открыто слишком много файлов' },
  ENOENT: { en: 'there is no such file', ru: 'такого файла нет' },
  ENOSPC: { en: 'the disk is full', ru: 'диск полон' },
  ENOTDIR: { en: 'a part of its path is no directory', ru: 'часть пути — не каталог' },
  ENOTFOUND: { en: 'no machine has this name', ru: 'машины с таким именем нет' },
  EPERM: { en: 'this account may not', ru: 'этой учётной записи нельзя' },
  EPIPE: { en: 'the other side broke the connection off', ru: 'другая сторона оборвала соединение' },
  EROFS: { en: 'its file system is read-only', ru: 'файловая система только для чтения' },
  ETIMEDOUT: { en: 'no answer came', ru: 'ответа не было' },
  Z_BUF_ERROR: { en: 'its packed data end too early', ru: 'сжатые данные обрываются раньше времени' },
  Z_DATA_ERROR: { en: 'its packed data are damaged', ru: 'сжатые данные повреждены' },
}

/** The same text when it is no error number. */
export function causeText(text: string, language: Language): string {
  const cause = Object.hasOwn(causes, text) ? causes[text] : undefined
  return cause === undefined ? text : `${cause[language]} (${text})`
}

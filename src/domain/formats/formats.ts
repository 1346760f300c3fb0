import { asteriskCsv } from './asterisk-csv/asterisk-csv.ts'
import { avayaIpOffice } from './avaya-ip-office/avaya-ip-office.ts'
import type { Format } from './format.ts'
import type { FormatName } from './format-name.ts'

/** Every format there is. A new exchange is a new folder, its name in `FormatName` and its line here. */
export const formats: Readonly<Record<FormatName, Format<unknown>>> = {
  'avaya-ip-office': avayaIpOffice as Format<unknown>,
  'asterisk-csv': asteriskCsv as Format<unknown>,
}

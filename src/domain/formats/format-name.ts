/** The formats that there are, as configuration names them. */
export type FormatName = 'avaya-ip-office' | 'asterisk-csv'

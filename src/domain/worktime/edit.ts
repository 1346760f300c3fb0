/** What a correction does, as data (JSON). Instants are UTC milliseconds, cut down to the second. What is not named stays. */
export type Edit =
  | {
      readonly edit: 'add-shift'
      readonly startedAt: number
      readonly endedAt: number
      readonly zone: string
      readonly breaks?: readonly { readonly type: string; readonly startedAt: number; readonly endedAt: number }[]
    }
  | {
      readonly edit: 'set-shift'
      readonly shift: number
      readonly startedAt?: number
      /** Null: opens it again. */
      readonly endedAt?: number | null
      readonly zone?: string
    }
  | { readonly edit: 'remove-shift'; readonly shift: number }
  | {
      readonly edit: 'add-break'
      /** Left out: the shift in which it begins. */
      readonly shift?: number
      readonly type: string
      readonly startedAt: number
      readonly endedAt: number
    }
  | {
      readonly edit: 'set-break'
      readonly break: number
      readonly type?: string
      readonly startedAt?: number
      readonly endedAt?: number | null
    }
  | { readonly edit: 'remove-break'; readonly break: number }
  | {
      readonly edit: 'add-assignment'
      readonly plan: string
      readonly extension: string
      readonly from: number
      readonly to: number | null
    }
  | {
      readonly edit: 'set-assignment'
      readonly assignment: number
      readonly from?: number
      readonly to?: number | null
      readonly confirmed?: boolean
    }
  | { readonly edit: 'remove-assignment'; readonly assignment: number }
  | {
      readonly edit: 'add-mark'
      readonly typeId: number
      readonly at: number
      readonly count?: number
      readonly seconds?: number | null
      readonly comment?: string | null
    }
  | {
      readonly edit: 'set-mark'
      readonly mark: number
      readonly at?: number
      readonly typeId?: number
      readonly count?: number
      readonly seconds?: number | null
      readonly comment?: string | null
      readonly excluded?: boolean
    }
  | { readonly edit: 'remove-mark'; readonly mark: number }
